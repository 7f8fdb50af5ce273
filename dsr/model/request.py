"""A data subject request as other systems send it, and its strict parsing."""

import json
import re
import uuid
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)

from dsr.errors import Invalid, Problem
from dsr.model.strict_json import parse_json
from dsr.model.wording import REFERENCE, one_a_field, problems_of

_ASSET = re.compile(r"^(?P<workspace>[^/]+)/(?P<kind>[a-z_]+):(?P<id>.+)$", re.DOTALL)

_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def split_asset(asset: str) -> tuple[str, str, str]:
    """Split `workspace/kind:id`; raise ValueError where it is not of that form."""
    found = _ASSET.match(asset)
    if found is None:
        raise ValueError("is not of the form workspace/kind:id; copy it from a plan")
    return found["workspace"], found["kind"], found["id"]


def _uuid(value: object) -> str:
    if not isinstance(value, str) or not _UUID.fullmatch(value):
        raise ValueError("is not a UUID; write 8-4-4-4-12 hex digits, or leave it out")
    return str(uuid.UUID(value))


def moment(value: object) -> datetime:
    """Read an RFC 3339 time; raises ValueError."""
    if not isinstance(value, str):
        raise ValueError("is not an RFC 3339 time; write it like 2026-11-24T09:00:00Z")
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError("is not an RFC 3339 time; write it like 2026-11-24T09:00:00Z") from None
    if found.tzinfo is None:
        raise ValueError("has no time zone; add Z or an offset such as +01:00")
    return found


def _submitted(value: object) -> datetime:
    found = moment(value)
    if not 1980 <= found.year <= 9000:  # what ZIP can say, and what a deadline can be added to
        raise ValueError("is no time at which a request can have been submitted; correct it")
    return found.astimezone(UTC)


def _email(value: str) -> str:
    local, at, domain = value.rpartition("@")
    if not at or not local or not domain or any(c.isspace() for c in value):
        raise ValueError("is not an e-mail address; other identifiers go in user_ids or aliases")
    return value


def _asset(value: str) -> str:
    split_asset(value)
    return value


Identifier = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=320, pattern=r"\S")
]
Email = Annotated[Identifier, AfterValidator(_email)]
Named = Annotated[str, StringConstraints(min_length=1, max_length=64)]
AssetName = Annotated[str, StringConstraints(min_length=1, max_length=1024), AfterValidator(_asset)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Subject(_Strict):
    """The identifiers by which a data subject is known; `names` and `aliases` are the weak ones."""

    emails: list[Email] = Field(default=[], max_length=100)
    user_ids: list[Identifier] = Field(default=[], max_length=100)
    object_ids: list[Identifier] = Field(default=[], max_length=100)
    names: list[Identifier] = Field(default=[], max_length=100)
    aliases: list[Identifier] = Field(default=[], max_length=100)

    def __bool__(self) -> bool:
        return bool(self.emails or self.user_ids or self.object_ids or self.names or self.aliases)


class Scope(_Strict):
    """Where to look and what for; no workspaces named means every configured one."""

    workspaces: list[Named] = Field(default=[], max_length=1000)
    select: Literal["subject", "workspace", "assets"] = "subject"
    assets: list[AssetName] = Field(default=[], max_length=2000)
    include_weak: bool = False
    include_data: bool = True
    delete_data_assets: bool = False

    def sets(self, flag: str) -> bool:
        """Tell whether the field that a kind asks for (`Kind.flag`) is true."""
        return bool(getattr(self, flag, False))


class DsrRequest(_Strict):
    """One data subject request."""

    request_id: Annotated[str | None, BeforeValidator(lambda v: v if v is None else _uuid(v))] = (
        None
    )
    type: Literal["export", "delete"]
    regulation: Literal["gdpr", "ccpa"] = "gdpr"
    subject: Subject = Subject()
    scope: Scope = Scope()
    plan_only: bool = False
    export_first: bool = False
    approval: Literal["required", "automatic"] | None = None
    callback_urls: list[str] = Field(default=[], max_length=10)
    submitted_at: Annotated[
        datetime | None, BeforeValidator(lambda v: v if v is None else _submitted(v))
    ] = None
    reference: Annotated[str | None, StringConstraints(pattern=REFERENCE)] = None

    @property
    def needs_approval(self) -> bool:
        """Tell whether someone has to approve the plan before anything is done."""
        if self.approval is not None:
            return self.approval == "required"
        return self.type == "delete" or self.scope.select == "workspace"


def canonical(value: Any) -> bytes:
    """Give JSON with sorted keys and no white space, UTF-8: equal values, equal bytes."""
    return _CANONICAL(value).encode("utf-8", "surrogatepass")


def parse_request(body: bytes, workspaces: Collection[str]) -> tuple[DsrRequest, bytes]:
    """Give the request and the canonical bytes of what was sent.

    `workspaces` are the names of the configured targets. Raises Invalid, which names every bad
    field at once and never repeats a value.
    """
    value = parse_json(body)
    if not isinstance(value, dict):
        raise Invalid([Problem("", "the body is not a JSON object")])
    problems: list[Problem] = []
    request: DsrRequest | None = None
    try:
        request = DsrRequest.model_validate(value)
    except ValidationError as error:
        problems += problems_of(error)
    problems += _unknown_workspaces(value, workspaces)
    problems += _rules(value)
    if request is None or problems:
        raise Invalid(one_a_field(problems))
    return request, canonical(value)


def _without_data(scope: Any) -> bool:
    return isinstance(scope, dict) and scope.get("include_data") is False


def _sets(scope: Any, name: str) -> bool:
    return isinstance(scope, dict) and scope.get(name) is True


def _rules(value: dict[str, Any]) -> list[Problem]:
    """Name what is well-formed and still not accepted, even where the body is wrong elsewhere."""
    problems = []
    if value.get("export_first") is True and value.get("type") == "export":
        problems.append(Problem("/export_first", "is for deletes; leave it out"))
    if isinstance(value.get("callback_urls"), list) and value["callback_urls"]:
        problems.append(
            Problem("/callback_urls", "callbacks are not available in this version; leave them out")
        )
    subject, scope = value.get("subject", {}), value.get("scope", {})
    if value.get("type") == "export" and _sets(scope, "delete_data_assets"):
        problems.append(Problem("/scope/delete_data_assets", "is for deletes; leave it out"))
    if value.get("export_first") is True and _without_data(scope):
        detail = "can't be false with export_first: the package would lack what is deleted"
        problems.append(Problem("/scope/include_data", detail))
    if not isinstance(scope, dict):
        return problems
    select, assets = scope.get("select", "subject"), scope.get("assets", [])
    if select == "subject" and isinstance(subject, dict) and not any(subject.values()):
        problems.append(
            Problem("/subject", "needs at least one identifier when scope.select is subject")
        )
    whole = select == "workspace" and value.get("type") == "delete"
    if whole and not scope.get("workspaces"):
        problems.append(
            Problem("/scope/workspaces", "has to name the workspaces that are to be deleted")
        )
    if select == "assets" and assets == []:
        problems.append(
            Problem("/scope/assets", "needs at least one asset when scope.select is assets")
        )
    if select in ("subject", "workspace") and isinstance(assets, list) and assets:
        problems.append(
            Problem(
                "/scope/assets",
                "is used only when scope.select is assets; set that, or leave it out",
            )
        )
    return problems


def _unknown_workspaces(value: dict[str, Any], workspaces: Collection[str]) -> list[Problem]:
    """Name workspaces that are not configured, even where the rest of the body is wrong too."""
    scope = value.get("scope")
    if not isinstance(scope, dict):
        return []
    problems = []
    named = scope.get("workspaces")
    for index, name in enumerate(named if isinstance(named, list) else []):
        if isinstance(name, str) and name not in workspaces:
            problems.append(
                Problem(
                    f"/scope/workspaces/{index}",
                    "is not a configured workspace; see GET /api/workspaces",
                )
            )
    assets = scope.get("assets")
    for index, asset in enumerate(assets if isinstance(assets, list) else []):
        found = _ASSET.match(asset) if isinstance(asset, str) else None
        if found is None:
            continue
        if found["workspace"] not in workspaces:
            problems.append(
                Problem(
                    f"/scope/assets/{index}",
                    "is in no configured workspace; see GET /api/workspaces",
                )
            )
        elif isinstance(named, list) and named and found["workspace"] not in named:
            problems.append(
                Problem(
                    f"/scope/assets/{index}",
                    "is in none of the workspaces of the scope; name its workspace there",
                )
            )
    return problems
