"""The small workspace that deletes are killed in: everything deletable, and what goes with it."""

from typing import Any, Final

from sandbox.arm.model import Association, CommitmentPlan, NewService
from sandbox.stack import Stack
from sandbox.studio.content import text
from sandbox.studio.identifiers import hex_id, milliseconds, node_id, token
from sandbox.studio.model import (
    DatasetVersion,
    Experiment,
    ModuleNode,
    NodeOutput,
    Run,
    User,
    Workspace,
    family,
)
from sandbox.studio.model_asset import Notebook, Project
from sandbox.studio.model_service import ClassicService, ServiceEndpoint
from sandbox.studio.sample.microsoft import module_id

NAME: Final = "kill-lab"
WORKSPACE_ID: Final = hex_id("workspace", NAME)
SUBSCRIPTION: Final = "33333333-4444-5555-6666-777777777777"
OWNER: Final = User("owner@example.org", "Olga Owner", hex_id("user", "olga"), "Owner")
MEMBER: Final = User("member@example.org", "Max Member", hex_id("user", "max"))
_AT: Final = milliseconds("2018-07-02T09:00:00")
SERVICE: Final = NewService(
    SUBSCRIPTION, "rg-kill", "scores", WORKSPACE_ID, "Scores", "scores one by one", _AT, "killstore"
)
PLAN: Final = CommitmentPlan(
    SUBSCRIPTION, "rg-kill", "plan", _AT, (Association("pays", SERVICE.id, _AT),)
)


def kill_lab() -> Workspace:
    """Give the workspace: a family of two, an experiment, a service of two endpoints, a project."""
    node = ModuleNode(
        node_id(5, NAME),
        module_id("Convert to CSV"),
        outputs=(NodeOutput("Results dataset", text("a,b\n1,2\n")),),
    )
    run = Run(_AT, _AT + 9_000, "Finished", MEMBER.email, "Readings by place", nodes=(node,))
    versions = tuple(
        DatasetVersion(
            number,
            "readings.csv",
            "GenericCSV",
            text(f"place,reading\ncanal,{number}\n"),
            MEMBER.email,
            _AT + number,
            uploaded_from="readings.csv",
        )
        for number in (1, 2)
    )
    endpoints = tuple(
        ServiceEndpoint(name, hex_id("endpoint", NAME, name), f"the {name} endpoint", _AT)
        for name in ("default", "nightly")
    )
    return Workspace(
        name=NAME,
        account_kind="standard",
        workspace_type="PaidStandard",
        region="westeurope",
        region_name="West Europe",
        workspace_id=WORKSPACE_ID,
        created=_AT,
        primary_token=token("primary", WORKSPACE_ID),
        secondary_token=token("secondary", WORKSPACE_ID),
        blob_account="killstore",
        owner_email=OWNER.email,
        owner_principal_id="1003BFFD00000009",
        storage_account="killstore",
        storage_key=token("storage", WORKSPACE_ID),
        subscription_id=SUBSCRIPTION,
        subscription_name="Kills",
        resource_group="rg-kill",
        tenant_id="99999999-8888-7777-6666-555555555555",
        users=(OWNER, MEMBER),
        families=(family(WORKSPACE_ID, "readings.csv", *versions),),
        experiments=(Experiment(WORKSPACE_ID, hex_id("experiment", NAME), (run,)),),
        notebooks=(Notebook(hex_id("notebook", NAME), "Readings", MEMBER.email, _AT, _AT),),
        projects=(Project(hex_id("project", NAME), "Canal", "what the canal gave", MEMBER.email),),
        services=(
            ClassicService(hex_id("service", NAME), "Readings", "gives readings", _AT, endpoints),
        ),
    )


class StudioHolding:
    """What a lab of Studio (classic) holds."""

    name = NAME

    def stack(self, storage: str, **options: Any) -> Stack:
        """Give the sandbox; `storage` is its customer's own account."""
        made = Stack([kill_lab()], own_storage=storage, **options)
        made.arm.put(SERVICE, PLAN)
        return made

    def go_slowly(self, stack: Stack, seconds: float) -> None:
        """Let a New web service take so long to go."""
        stack.arm.operations.seconds = seconds

    def restore(self, stack: Stack) -> None:
        """Put back what runs delete from the customer's account."""
        account = stack.studio.own_account
        assert account is not None
        held = account.hold(kill_lab())
        (service,) = held.services
        for endpoint in service.endpoints:
            log = f"{held.workspace_id}-{service.id}-{endpoint.guid}/2018/07/02.csv"
            account.put("ml-diagnostics", log, b"scored\n")
