"""The small standard workspace `arm-lab`, whose token is in no setting: it comes from ARM."""

from sandbox.studio.identifiers import hex_id, milliseconds, node_id, token
from sandbox.studio.model import (
    DatasetVersion,
    Experiment,
    InputPort,
    ModuleNode,
    NodeOutput,
    Run,
    Workspace,
    family,
)
from sandbox.studio.sample.files import customers
from sandbox.studio.sample.microsoft import module_id
from sandbox.studio.sample.people import MIRA, TOMAS

WORKSPACE_ID = hex_id("workspace", "arm-lab")
_JULY = milliseconds("2018-07-02T09:00:00")


def arm_lab() -> Workspace:
    """Give the workspace: one dataset and one experiment, both of Tomas'."""
    version = DatasetVersion(
        1,
        "leads.csv",
        "GenericCSV",
        customers(40),
        TOMAS.name,
        _JULY,
        "leads of July 2018",
        uploaded_from="leads.csv",
    )
    leads = family(WORKSPACE_ID, "leads.csv", version)
    node = ModuleNode(
        node_id(8, "arm-lab"),
        module_id("Convert to CSV"),
        inputs=(InputPort("Dataset", leads.id_of(version)),),
        outputs=(NodeOutput("Results dataset", customers(20)),),
    )
    run = Run(_JULY, _JULY + 9_000, "Finished", TOMAS.user_id, "Leads by region", nodes=(node,))
    return Workspace(
        name="arm-lab",
        account_kind="standard",
        workspace_type="PaidStandard",
        region="westeurope",
        region_name="West Europe",
        workspace_id=WORKSPACE_ID,
        created=_JULY,
        primary_token=token("primary", WORKSPACE_ID),
        secondary_token=token("secondary", WORKSPACE_ID),
        blob_account="armlabstore",
        description="a workspace without a token setting",
        owner_email=MIRA.email,
        owner_principal_id="1003BFFD00000003",
        storage_account="armlabstore",
        storage_key=token("storage", WORKSPACE_ID),
        subscription_id="11111111-2222-3333-4444-555555555555",
        subscription_name="Research",
        resource_group="rg-arm",
        tenant_id="99999999-8888-7777-6666-555555555555",
        users=(MIRA, TOMAS),
        families=(leads,),
        experiments=(Experiment(WORKSPACE_ID, hex_id("experiment", "arm-lab"), (run,)),),
        has_token_setting=False,
    )
