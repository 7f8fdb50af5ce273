"""Sandbox workspaces with one asset a cell of the table of deletes, before and after approval."""

from dataclasses import dataclass, field, replace

from sandbox.arm.model import Association, CommitmentPlan, NewService
from sandbox.studio import Workspace
from sandbox.studio.content import text
from sandbox.studio.identifiers import hex_id, milliseconds, node_id, token
from sandbox.studio.model import DatasetFamily, DatasetVersion, Experiment, Run, family
from sandbox.studio.model_asset import Gateway, Module, Notebook, Project, promoted
from sandbox.studio.model_service import ClassicService, ServiceEndpoint
from sandbox.studio.sample.microsoft import built_in_modules, sample_experiments, sample_families
from sandbox.studio.sample.people import MIRA, TOMAS, TOMAS_ALIAS
from tests.integration.delete_cells import BY_API, cells, included

SUBSCRIPTION = "33333333-4444-5555-6666-777777777777"
_AT = milliseconds("2018-07-02T09:00:00")
_FOR_HIM = "made for Tomas User"
_TYPES = {"guest": "Anonymous", "free": "Free", "standard": "PaidStandard"}


@dataclass
class Made:
    """A workspace, what ARM has of it, and the assets of its cells.

    `assets` are the plan's entries of a cell, `deletes` the paths of the DELETE calls that it
    may lead to, in small letters; `include` is what the approval names.
    """

    workspace: Workspace
    arm: list[NewService | CommitmentPlan] = field(default_factory=list)
    assets: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    deletes: dict[tuple[str, str], str] = field(default_factory=dict)
    include: list[str] = field(default_factory=list)


def bare(name: str, account: str) -> Workspace:
    """Give an empty workspace of an account kind."""
    workspace_id, in_arm = hex_id("workspace", name), account == "standard"
    return Workspace(
        name=name,
        account_kind=account,
        workspace_type=_TYPES[account],
        region="westeurope" if in_arm else "southcentralus",
        region_name="West Europe" if in_arm else "South Central US",
        workspace_id=workspace_id,
        created=_AT,
        primary_token=token("primary", workspace_id),
        secondary_token=token("secondary", workspace_id),
        blob_account=name.replace("-", ""),
        owner_email=None if account == "guest" else MIRA.email,
        subscription_id=SUBSCRIPTION if in_arm else None,
        resource_group=f"rg-{name}" if in_arm else None,
        users=() if account == "guest" else (MIRA, TOMAS),
        sample_families=sample_families(),
        sample_experiments=sample_experiments(),
        modules=built_in_modules(),
    )


class Builder:
    """Builds a workspace as it is planned, or with `later` as it is when it is deleted."""

    def __init__(self, name: str, account: str, later: bool = False) -> None:
        self.made = Made(bare(name, account))
        self._account = account
        self._later = later
        self._id = self.made.workspace.workspace_id
        self._more: dict[str, list] = {}

    def build(self) -> Made:
        """Give the workspace with an asset in each cell."""
        for kind, situation in cells(self._account):
            if situation == "sample":
                self.made.assets[kind, situation] = [f"{self._named(kind)}:samples"]
            elif kind == "user":
                self.made.assets[kind, situation] = [f"{self._named(kind)}:{TOMAS.user_id}"]
            else:
                getattr(self, f"_{kind}")(situation)
        parts = {name: tuple(items) for name, items in self._more.items()}
        parts["modules"] = self.made.workspace.modules + parts.pop("modules", ())
        self.made.workspace = replace(self.made.workspace, **parts)
        return self.made

    def _named(self, kind: str) -> str:
        return f"{self.made.workspace.name}/{kind}"

    def _put(self, kind: str, situation: str, ids: list[str], call: str, part: str, item) -> None:
        """Note a cell's assets and put the thing in the workspace, unless it is gone by now."""
        cell, assets = (kind, situation), [f"{self._named(kind)}:{i}" for i in ids]
        self.made.assets.setdefault(cell, []).extend(assets)
        if kind in BY_API[self._account]:
            self.made.deletes[cell] = call.lower()
        if included(kind, situation):
            self.made.include += assets
        if not (self._later and situation == "gone"):
            self._more.setdefault(part, []).append(item)

    def _owner(self, situation: str) -> str:
        if situation.startswith("weak"):
            return "PowerShell"
        return TOMAS_ALIAS if situation.startswith("resolved") else TOMAS.email

    def _text(self, situation: str, weak: bool = False) -> str:
        told = _FOR_HIM if weak or situation.startswith("weak") else "a text"
        return told + (", changed" if self._later and situation == "changed" else "")

    def _dataset(self, situation: str) -> None:
        def version(number: int, owner: str) -> DatasetVersion:
            name = f"{situation} dataset"
            data = text(f"{situation} {number}\n")
            told = self._text(situation)
            return DatasetVersion(number, name, "PlainText", data, owner, _AT, told)

        versions = [version(1, self._owner(situation)), version(2, self._owner(situation))]
        his = len(versions)
        if situation.startswith("shared"):
            versions.append(version(3, MIRA.email))
        elif self._later and situation == "grown":
            versions.append(version(3, TOMAS.email))
        made: DatasetFamily = family(self._id, situation, *versions)
        ids = [made.id_of(v) for v in versions[:his]]
        call = f"/api/workspaces/{self._id}/datasources/family/{made.family_id}"
        self._put("dataset", situation, ids, call, "families", made)

    def _experiment(self, situation: str) -> None:
        run = Run(
            _AT,
            _AT + 4000,
            "Finished",
            self._owner(situation),
            f"{situation} experiment",
            self._text(situation),
        )
        made = Experiment(self._id, hex_id("experiment", self._id, situation), (run,))
        call = f"/api/workspaces/{self._id}/experiments/{made.id}"
        self._put("experiment", situation, [made.id], call, "experiments", made)

    def _promoted(self, kind: str, situation: str, part: str) -> None:
        source = f"{self._id}.f-id.{hex_id('experiment', 'none')}", node_id(1, "none"), "Port"
        owner = self._owner(situation)
        name = f"{situation} {kind}"
        made = promoted(self._id, name, self._text(situation), owner, _AT, source)
        self._put(kind, situation, [made.id], "", part, made)

    def _trained_model(self, situation: str) -> None:
        self._promoted("trained_model", situation, "models")

    def _transform(self, situation: str) -> None:
        self._promoted("transform", situation, "transforms")

    def _custom_module(self, situation: str) -> None:
        family_id, owner = hex_id("module", self._id, situation), self._owner(situation)
        name = f"{situation} module"
        made = Module(self._id, family_id, 1, name, self._text(situation), owner, _AT)
        self._put("custom_module", situation, [made.id], "", "modules", made)

    def _notebook(self, situation: str) -> None:
        name = f"{situation} notebook, {self._text(situation)}"
        family_id = hex_id("notebook", self._id, situation)
        made = Notebook(family_id, name, self._owner(situation), _AT, None)
        self._put("notebook", situation, [family_id], "", "notebooks", made)

    def _project(self, situation: str) -> None:
        made = Project(
            hex_id("project", self._id, situation),
            f"{situation} project",
            self._text(situation),
            self._owner(situation),
        )
        self._put("project", situation, [made.container_id], "", "projects", made)

    def _gateway(self, situation: str) -> None:
        name, told = f"gateway-{situation}", self._text(situation, weak=True)
        made = Gateway(name, told, "a host", token("gateway", name), _AT)
        self._put("gateway", situation, [name], "", "gateways", made)

    def _endpoint_of(self, service: str, name: str, told: str) -> ServiceEndpoint:
        return ServiceEndpoint(name, hex_id("endpoint", self._id, service, name), told, _AT)

    def _web_service(self, situation: str) -> None:
        names = ["default", "second"] if self._later and situation == "grown" else ["default"]
        made = ClassicService(
            hex_id("service", self._id, situation),
            f"{situation} service",
            self._text(situation, weak=True),
            _AT,
            tuple(self._endpoint_of(situation, n, "an endpoint") for n in names),
        )
        call = f"/workspaces/{self._id}/webservices/{made.id}"
        self._put("web_service", situation, [made.id], call, "services", made)

    def _endpoint(self, situation: str) -> None:
        """Put an endpoint beside the default one, or the default one beside another."""
        service, told = f"{situation} endpoint", self._text(situation, weak=True)
        name = "default" if situation in ("blocked", "last") else "extra"
        names = ["default"] if self._later and situation == "gone" else ["default", "extra"]
        endpoints = [
            self._endpoint_of(service, n, told if n == name else "an endpoint") for n in names
        ]
        service_id = hex_id("service", self._id, service)
        base = f"/workspaces/{self._id}/webservices/{service_id}/endpoints"
        if situation == "last":  # the one in its way goes as well
            endpoints[1] = self._endpoint_of(service, "extra", told)
            extra = f"{self._named('endpoint')}:{service_id}/extra"
            self.made.include.append(extra)
            self.made.assets["endpoint", "last"] = [extra]
            self.made.deletes["endpoint", "last, before"] = f"{base}/extra"
        made = ClassicService(service_id, f"Scores {situation}", "a service", _AT, tuple(endpoints))
        kept = self._later and situation == "gone"
        asset = [f"{service_id}/{name}"]
        self._put("endpoint", situation, asset, f"{base}/{name}", "services", made)
        if kept:
            self._more.setdefault("services", []).append(made)

    def _new_web_service(self, situation: str) -> None:
        made = self._service(f"{self._account}-{situation}", self._text(situation, weak=True))
        self._in_arm("new_web_service", situation, made)

    def _service(self, name: str, told: str) -> NewService:
        group = str(self.made.workspace.resource_group)
        return NewService(SUBSCRIPTION, group, name, self._id, name, told, _AT, "store")

    def _commitment_plan(self, situation: str) -> None:
        group, name = str(self.made.workspace.resource_group), f"plan-{situation}"
        ties: tuple[Association, ...] = ()
        if situation in ("blocked", "last"):
            # what it pays for stays, or goes before it
            other = "weak-out" if situation == "blocked" else "weak-in"
            ties = (Association("a-1", self._service(f"standard-{other}", "").id, _AT),)
        tags = (("about", self._text(situation, weak=True)),)
        made = CommitmentPlan(SUBSCRIPTION, group, name, _AT, ties, tags=tags)
        self._in_arm("commitment_plan", situation, made)

    def _in_arm(self, kind: str, situation: str, made: NewService | CommitmentPlan) -> None:
        cell, asset = (kind, situation), f"{self._named(kind)}:{made.id}"
        self.made.assets[cell] = [asset]
        self.made.deletes[cell] = made.id.lower()
        self.made.arm.append(made)
        if included(kind, situation):
            self.made.include.append(asset)
