"""The small workspaces of docs/coverage.md: one a region, each with a text that no other has.

Source of the regions: the table of regions in the public clients (azuremlps, AzureML for R, the
adoption framework's inventory tool), without the one that Microsoft used for its own tests.
"""

from typing import Final

from sandbox.studio import Workspace
from sandbox.studio.content import text
from sandbox.studio.identifiers import hex_id, milliseconds, node_id, token
from sandbox.studio.model import (
    DatasetVersion,
    Experiment,
    ModuleNode,
    NodeOutput,
    Run,
    User,
    family,
)
from sandbox.studio.sample.microsoft import module_id

REGIONS: Final = {
    "southcentralus": "South Central US",
    "westeurope": "West Europe",
    "southeastasia": "Southeast Asia",
    "japaneast": "Japan East",
    "westcentralus": "West Central US",
    "germanycentral": "Germany Central",
}
_AT: Final = milliseconds("2018-06-20T09:00:00")


def region_workspaces() -> tuple[Workspace, ...]:
    """Give a standard workspace for every region; only the one in Japan East is known to ARM."""
    return tuple(_workspace(region) for region in REGIONS)


def _workspace(region: str) -> Workspace:
    name, workspace_id = f"region-{region}", hex_id("workspace", "region", region)
    owner = User(f"owner.{region}@example.org", "", hex_id("owner", region), "Owner")
    version = DatasetVersion(
        1,
        "reading.txt",
        "PlainText",
        text(f"a reading of {REGIONS[region]}\n"),
        owner.email,
        _AT,
        uploaded_from="reading.txt",
    )
    in_arm = region == "japaneast"
    return Workspace(
        name=name,
        account_kind="standard",
        workspace_type="PaidStandard",
        region=region,
        region_name=REGIONS[region],
        workspace_id=workspace_id,
        created=_AT,
        primary_token=token("primary", workspace_id),
        secondary_token=token("secondary", workspace_id),
        blob_account=f"{region}store",
        description=f"all that is kept in {REGIONS[region]}",
        owner_email=owner.email,
        subscription_id="22222222-3333-4444-5555-666666666666" if in_arm else None,
        resource_group="rg-japan" if in_arm else None,
        users=(owner,),
        families=(family(workspace_id, "reading", version),),
        experiments=(_drawn(workspace_id, owner),) if region == "westeurope" else (),
    )


def _drawn(workspace_id: str, owner: User) -> Experiment:
    """Give an experiment whose output has a visualization."""
    node = ModuleNode(
        node_id(9, "drawn"),
        module_id("Convert to CSV"),
        outputs=(
            NodeOutput(
                "Results dataset",
                text("reading,place\n7,canal\n"),
                visualization=text('{"histogram of": "canal readings"}\n'),
            ),
        ),
    )
    run = Run(_AT, _AT + 4_000, "Finished", owner.email, "Canal readings", nodes=(node,))
    return Experiment(workspace_id, hex_id("experiment", "drawn"), (run,))
