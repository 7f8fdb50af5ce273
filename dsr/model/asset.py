"""Assets of a workspace as a connector lists them, and the people of a workspace."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of asset of a service.

    `batch` is how many small assets of the kind one message works on: fewer where each costs
    several calls. `folder` tells that an asset's files get a folder of their own.

    `erasable` tells that an API deletes assets of the kind; where none is known, `by_hand` are
    the steps that a person takes. `stage` orders deletes: what has a lower one is done with
    before anything of a higher one is asked for. `recoverable` says what may be had back after
    a delete, and until when. `takes_users` tells that deleting an asset takes with it what uses
    it, as a web service its endpoints.

    `flag` names the field of a request's scope that has to be true before anything of the kind is
    deleted; "" where there is none. `confirmations`, of the workspace itself, is how many people
    have to approve its delete. `shared` tells that its assets may be those of other workspaces as
    well, as what lies in one storage account: they do not go just because the workspace goes.
    """

    name: str
    batch: int = 64
    folder: bool = False
    erasable: bool = False
    stage: int = 0
    by_hand: tuple[str, ...] = ()
    recoverable: str = ""
    takes_users: bool = False
    flag: str = ""
    confirmations: int = 1
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Asset:
    """What a listing tells of one asset; fields are pairs of the service's field name and value.

    `owners` are free-text author fields, `identifiers` fields that hold an e-mail address or an
    id of a person, `texts` what people write freely. `references` hold the address, id or name of
    somebody who only touched it, as who changed it last: no sign that it is theirs. `size` is in
    bytes, None where unknown.
    `file_name` is what the file (or folder) would be called if every name were safe.
    `builtin` marks what is Microsoft's own: samples, built-in modules, curated environments.
    `listed` is the service's own entry, where the list says all that the service knows of the
    asset; the plan keeps it (without secrets), so that reading the asset need not ask again.
    `unit` is what one delete call takes as a whole, such as the family of a dataset; "" where
    that is the asset alone. `state` is a text that is another one once the asset was changed
    (never a secret, nothing that changes by being listed, or by deleting other assets).
    `disputed` are the units that it may be of, where the service says more than one: what a
    delete of either takes is not known.
    """

    kind: str
    id: str
    name: str
    file_name: str
    owners: tuple[tuple[str, str], ...] = ()
    identifiers: tuple[tuple[str, str], ...] = ()
    texts: tuple[tuple[str, str], ...] = ()
    size: int | None = None
    builtin: bool = False
    listed: Any = None
    unit: str = ""
    state: str = ""
    disputed: tuple[str, ...] = ()
    references: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """A user of a workspace: `ids` are e-mail addresses and user ids, `aliases` shorter names."""

    id: str
    name: str
    ids: tuple[str, ...]
    aliases: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Give the form that the ledger keeps."""
        return {
            "id": self.id,
            "name": self.name,
            "ids": list(self.ids),
            "aliases": list(self.aliases),
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Person":
        """Read what `to_json` gave."""
        return cls(value["id"], value["name"], tuple(value["ids"]), tuple(value["aliases"]))


@dataclass(frozen=True, slots=True)
class WorkspaceRecord:
    """A workspace's own record and its users, as the service gave them.

    `users` are the service's user entries, each beside the person it describes.
    `owner` is what identifies the workspace's owner, as `Asset.identifiers`. `resource` is what
    Azure Resource Manager says of it, `problem` why it says nothing though it was asked. `state` is
    that of `Asset`: another one where a workspace was made anew under the same id.
    """

    id: str
    name: str
    payload: dict[str, Any]
    users: tuple[tuple[Person, dict[str, Any]], ...] = ()
    owner: tuple[tuple[str, str], ...] = ()
    service: str = ""
    resource: dict[str, Any] | None = None
    problem: str = ""
    state: str = ""

    def to_json(self) -> dict[str, Any]:
        """Give the form that the ledger keeps."""
        return {
            "id": self.id,
            "name": self.name,
            "payload": self.payload,
            "users": [{"person": p.to_json(), "payload": u} for p, u in self.users],
            "owner": [list(pair) for pair in self.owner],
            "service": self.service,
            "resource": self.resource,
            "problem": self.problem,
            "state": self.state,
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "WorkspaceRecord":
        """Read what `to_json` gave."""
        return cls(
            value["id"],
            value["name"],
            value["payload"],
            tuple((Person.from_json(u["person"]), u["payload"]) for u in value["users"]),
            tuple((name, text) for name, text in value["owner"]),
            value["service"],
            value["resource"],
            value["problem"],
            value.get("state", ""),
        )


@dataclass(frozen=True, slots=True)
class Notice:
    """What applies to every request of a kind: data that no API reaches, with the steps to take."""

    code: str
    workspace: str
    account_kind: str
    text: str
    steps: tuple[str, ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        """Give the member of `notices` in the status document."""
        return {
            "code": self.code,
            "workspace": self.workspace,
            "account_kind": self.account_kind,
            "text": self.text,
            "steps": list(self.steps),
        }
