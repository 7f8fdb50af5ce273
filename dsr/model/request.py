"""A data subject request as other systems send it (design, part 4), and its strict parsing."""

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

from dsr.errors import Invalid, Problem, TooLarge

MAX_BODY = 256 * 1024
"""Bytes of a request's body that are read at all."""

_ASSET = re.compile(r"^(?P<workspace>[^/]+)/(?P<kind>[a-z_]+):(?P<id>.+)$", re.DOTALL)


def split_asset(asset: str) -> tuple[str, str, str]:
    """Split `workspace/kind:id`; raise ValueError where it is not of that form."""
    found = _ASSET.match(asset)
    if found is None:
        raise ValueError("is not of the form workspace/kind:id")
    return found["workspace"], found["kind"], found["id"]


def _uuid(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9a-fA-F-]{36}", value):
        raise ValueError("is not a UUID")
    return str(uuid.UUID(value))


def _moment(value: object) -> datetime:
    if not isinstance(value, str):
        raise ValueError("is not an RFC 3339 time")
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError("is not an RFC 3339 time") from None
    if moment.tzinfo is None:
        raise ValueError("has no time zone")
    return moment.astimezone(UTC)


def _email(value: str) -> str:
    local, at, domain = value.rpartition("@")
    if not at or not local or not domain or any(c.isspace() for c in value):
        raise ValueError("is not an e-mail address")
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
        datetime | None, BeforeValidator(lambda v: v if v is None else _moment(v))
    ] = None
    reference: Annotated[str | None, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")] = None

    @property
    def needs_approval(self) -> bool:
        """Tell whether someone has to approve the plan before anything is done."""
        if self.approval is not None:
            return self.approval == "required"
        return self.type == "delete" or self.scope.select == "workspace"


def canonical(value: Any) -> bytes:
    """Give JSON with sorted keys and no white space, UTF-8: equal values, equal bytes."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode(
        "utf-8", "surrogatepass"
    )


def parse_json(body: bytes, limit: int = MAX_BODY) -> Any:
    """Read one JSON value strictly.

    Raises TooLarge over `limit` bytes, and Invalid where it is not UTF-8 JSON or a key stands
    twice in one object (each such key is named by its pointer).
    """
    if len(body) > limit:
        raise TooLarge([Problem("", f"the body is larger than {limit} bytes")])
    duplicates: list[str] = []

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in items:
            if key in found:
                duplicates.append(key)
            found[key] = value
        return found

    def constant(name: str) -> Any:
        raise ValueError(name)

    try:
        value = json.loads(body.decode("utf-8"), object_pairs_hook=pairs, parse_constant=constant)
    except (ValueError, RecursionError):
        raise Invalid([Problem("", "the body is not valid JSON in UTF-8")]) from None
    if duplicates:
        raise Invalid([Problem(f"/{_shown(key)}", "stands more than once") for key in duplicates])
    return value


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
    if request is not None:
        problems += _rules(request)
    if request is None or problems:
        raise Invalid(problems)
    return request, canonical(value)


def problems_of(error: ValidationError) -> list[Problem]:
    """Give every bad field of a validation error, never a value."""
    return [
        Problem(_pointer(e["loc"]), _detail(e))
        for e in error.errors(include_url=False, include_input=False)
    ]


def _rules(request: DsrRequest) -> list[Problem]:
    problems = []
    if request.type == "delete":
        problems.append(Problem("/type", "deletes are not available in this version"))
    if request.export_first:
        problems.append(Problem("/export_first", "is not available in this version"))
    if request.callback_urls:
        problems.append(Problem("/callback_urls", "callbacks are not available in this version"))
    scope = request.scope
    if scope.select == "subject" and not request.subject:
        problems.append(
            Problem("/subject", "needs at least one identifier when scope.select is subject")
        )
    if scope.select == "assets" and not scope.assets:
        problems.append(Problem("/scope/assets", "needs at least one asset"))
    if scope.select != "assets" and scope.assets:
        problems.append(Problem("/scope/assets", "is only for scope.select = assets"))
    for index, asset in enumerate(scope.assets):
        if scope.workspaces and split_asset(asset)[0] not in scope.workspaces:
            problems.append(
                Problem(f"/scope/assets/{index}", "is in none of the workspaces of the scope")
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
            problems.append(Problem(f"/scope/workspaces/{index}", "is not a configured workspace"))
    assets = scope.get("assets")
    for index, asset in enumerate(assets if isinstance(assets, list) else []):
        found = _ASSET.match(asset) if isinstance(asset, str) else None
        if found is not None and found["workspace"] not in workspaces:
            problems.append(Problem(f"/scope/assets/{index}", "is in no configured workspace"))
    return problems


def _shown(key: str) -> str:
    """Give a member name for a message: an unknown key may itself be personal data."""
    return key if re.fullmatch(r"[a-z_]{1,32}", key) else "(a key that is not one of this API's)"


def _pointer(location: tuple[int | str, ...]) -> str:
    return "".join(f"/{part if isinstance(part, int) else _shown(part)}" for part in location)


def _detail(error: Any) -> str:
    match error["type"]:
        case "extra_forbidden":
            return "is not a field of this API"
        case "missing":
            return "is required"
        case "value_error":
            return str(error["ctx"]["error"])
        case "literal_error":
            return f"has to be {error['ctx']['expected']}"
        case "string_pattern_mismatch":
            return f"has to match {error['ctx']['pattern']}"
        case _:
            return str(error["msg"])
