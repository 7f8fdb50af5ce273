"""Legal holds: what no delete may touch, and the strict parsing of one."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    WithJsonSchema,
)

from dsr.errors import Invalid, Problem
from dsr.model.record import stamp
from dsr.model.request import AssetName, Named, moment, split_asset
from dsr.model.strict_json import parse_json
from dsr.model.wording import one_a_field, problems_of

MAX_ASSETS: Final = 2000
"""Assets that one hold may name."""
ALL: Final = "all"

_AZURE: Final = ":/subscriptions/"
"""What the id of an Azure resource begins with, behind its kind."""

_NAME: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")


def _assets(value: object) -> object:
    """Give None for all, and let nothing else become it."""
    if value == ALL:
        return None
    if value is None or value == [] or isinstance(value, str):
        raise ValueError('has to be a list of at least one asset, or "all"')
    return value


def _until(value: object) -> datetime | None:
    if value is None:
        return None
    found = moment(value)
    if not 1980 <= found.year <= 9000:
        raise ValueError("is no time at which a hold can end; correct it, or leave it out")
    return found.astimezone(UTC)


class HoldBody(BaseModel):
    """The body of PUT of a hold."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    workspace: Named
    assets: Annotated[
        Annotated[list[AssetName], Field(max_length=MAX_ASSETS)] | None,
        BeforeValidator(_assets),
        WithJsonSchema(
            {
                "anyOf": [
                    {"const": ALL},
                    {
                        "type": "array",
                        "items": {"type": "string"},
                        "minItems": 1,
                        "maxItems": MAX_ASSETS,
                    },
                ]
            }
        ),
    ]
    reason: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=4000),
    ]
    until: Annotated[datetime | None, BeforeValidator(_until)] = None


@dataclass(frozen=True, slots=True)
class Hold:
    """One legal hold; no `assets` are all of the workspace, no `until` is for good."""

    name: str
    workspace: str
    assets: frozenset[str] | None
    reason: str
    until: datetime | None = None

    def in_force(self, now: datetime) -> bool:
        """Tell whether its time is not over."""
        return self.until is None or self.until > now

    def to_json(self) -> dict[str, Any]:
        """Give the form that the ledger keeps."""
        return {
            "name": self.name,
            "workspace": self.workspace,
            "assets": ALL if self.assets is None else sorted(self.assets),
            "reason": self.reason,
            "until": None if self.until is None else stamp(self.until),
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Hold":
        """Read what `to_json` gave; raises Invalid where it is anything else."""
        body = {k: v for k, v in value.items() if k != "name"}
        return parse_hold(value["name"], body, [value.get("workspace")])


@dataclass(frozen=True, slots=True)
class HoldSet:
    """The holds of one workspace that are in force: names, by name, with what each covers.

    Capitals do not count: a hold that covers too much is put right by a person, a delete by nobody.
    """

    covered: tuple[tuple[str, frozenset[str] | None], ...] = ()

    azure: tuple[tuple[str, frozenset[str] | None], ...] = ()
    """Those of other workspaces: what they cover of Azure resources, as `kind:id`; None: all."""

    shared: frozenset[str] = frozenset()
    """Kinds whose assets may be other workspaces' as well: holds of those count alike."""

    @classmethod
    def of(
        cls,
        holds: Iterable[Hold],
        workspace: str,
        now: datetime,
        beside: Collection[str] = (),
        shared: Collection[str] = (),
    ) -> "HoldSet":
        """Choose those of a workspace that are in force.

        An Azure resource may be listed by more than one workspace, so holds of others count for
        resources that they name, and holds of all that is in a workspace `beside` for every one.
        The same goes for assets of kinds that are `shared`.
        """
        kinds = frozenset(shared)
        chosen = {h.name: h for h in holds if h.in_force(now)}
        own = ((name, h.assets) for name, h in sorted(chosen.items()) if h.workspace == workspace)
        azure = (
            (name, _azure(h.assets, kinds))
            for name, h in sorted(chosen.items())
            if h.workspace != workspace and (h.assets is not None or h.workspace in beside)
        )
        return cls(
            tuple((name, _folded(assets)) for name, assets in own),
            tuple((name, assets) for name, assets in azure if assets is None or assets),
            kinds,
        )

    def holder(self, asset: str) -> str | None:
        """Give the name of a hold that covers `workspace/kind:id`, None where none does."""
        folded = asset.casefold()
        found = (name for name, them in self.covered if them is None or folded in them)
        return next(found, None) or self._azure_holder(folded.partition("/")[2])

    def _azure_holder(self, resource: str) -> str | None:
        if not _may_be_others(resource, self.shared):
            return None
        found = (name for name, them in self.azure if them is None or resource in them)
        return next(found, None)

    def any_holder(self) -> str | None:
        """Give the name of any hold: it keeps what holds other assets, the workspace above all."""
        return next((name for name, _ in self.covered), None)

    def of_delete(self, asset: str, whole: bool) -> str | None:
        """Give a hold that keeps an asset from being deleted, or a workspace as a `whole`."""
        return self.any_holder() if whole else self.holder(asset)


def _may_be_others(resource: str, shared: frozenset[str]) -> bool:
    return _AZURE in resource or resource.partition(":")[0] in shared


def _azure(assets: frozenset[str] | None, shared: frozenset[str]) -> frozenset[str] | None:
    """Give what among assets other workspaces may have as well, without their workspace."""
    if assets is None:
        return None
    folded = (a.casefold().partition("/")[2] for a in assets)
    return frozenset(resource for resource in folded if _may_be_others(resource, shared))


def _folded(assets: frozenset[str] | None) -> frozenset[str] | None:
    return None if assets is None else frozenset(a.casefold() for a in assets)


def check_name(name: str) -> str:
    """Give the name of a hold; raises Invalid."""
    if not _NAME.fullmatch(name):
        raise Invalid([Problem("/name", "has to be 1 to 64 of A-Z a-z 0-9 . _ - with no space")])
    return name


def read_hold(name: str, body: bytes, workspaces: Collection[str]) -> Hold:
    """Read the body of PUT; raises Invalid, which names every bad field and no value."""
    return parse_hold(name, parse_json(body), workspaces)


def parse_hold(name: str, value: Any, workspaces: Collection[Any]) -> Hold:
    """Check a hold; `workspaces` are the names of the configured targets. Raises Invalid."""
    problems: list[Problem] = []
    body: HoldBody | None = None
    try:
        check_name(name)
    except Invalid as error:
        problems += error.problems
    try:
        body = HoldBody.model_validate(value)
    except ValidationError as error:
        problems += problems_of(error)
    problems += _places(value, workspaces)
    if body is None or problems:
        raise Invalid(one_a_field(problems))
    assets = None if body.assets is None else frozenset(body.assets)
    return Hold(name, body.workspace, assets, body.reason, body.until)


def _places(value: Any, workspaces: Collection[Any]) -> list[Problem]:
    """Name a workspace that is not there, or assets of others, whatever else is wrong."""
    if not isinstance(value, dict) or not isinstance(value.get("workspace"), str):
        return []
    workspace, assets = value["workspace"], value.get("assets")
    problems: list[Problem] = []
    if workspace not in workspaces:
        detail = "is not a configured workspace; see GET /api/workspaces"
        return [Problem("/workspace", detail)]
    for index, asset in enumerate(assets if isinstance(assets, list) else ()):
        try:
            other = split_asset(asset)[0] if isinstance(asset, str) else workspace
        except ValueError:
            continue
        if other != workspace:
            problems.append(
                Problem(
                    f"/assets/{index}",
                    "is not in the workspace of the hold; put a hold for each workspace",
                )
            )
    return problems
