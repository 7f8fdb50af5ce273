"""The table of deletes: what has to become of an asset, by its kind, its account, its situation.

Each row of `SITUATIONS` says what is expected where an API deletes the kind (`api`), where only a
person can (`hand`), and how many DELETE calls may be made. `None`: the cell does not apply, for
the reason that `why_not` gives. Source: the design's part 6, invariants 4, 5 and 7, and part 4.
"""

from dataclasses import dataclass
from typing import Final

ACCOUNTS: Final = ("guest", "free", "standard")
OWNED: Final = (
    "dataset",
    "experiment",
    "trained_model",
    "transform",
    "custom_module",
    "notebook",
    "project",
)
"""Kinds with a field that names a person."""
OWNERLESS: Final = ("web_service", "endpoint", "new_web_service", "commitment_plan", "gateway")
"""Kinds of which no field names an owner: only free text leads to a person."""
KINDS: Final = (*OWNED, *OWNERLESS, "user", "workspace")
BY_API: Final = {
    "guest": (),
    "free": ("dataset", "experiment", "web_service", "endpoint"),
    "standard": (
        "dataset",
        "experiment",
        "web_service",
        "endpoint",
        "new_web_service",
        "commitment_plan",
    ),
}
"""Which kinds an API deletes, by account kind. Source: facts, sections 5 to 7 and 13.2."""
ABSENT: Final = {
    "guest": {
        **dict.fromkeys(("web_service", "endpoint"), "a guest has no web services"),
        "user": "a guest's workspace has no users",
    },
    "free": {},
    "standard": {},
}


@dataclass(frozen=True)
class Situation:
    """What is expected; `reason` is how the reason or the error begins."""

    meaning: str
    api: str | None
    hand: str | None
    calls: int
    reason: str = ""


_NO = "the approval does not include it"
_CHANGED = "changed since approval"
SITUATIONS: Final = {
    "strong": Situation("the owner is the subject", "deleted", "manual", 1),
    "resolved-in": Situation("resolved, included", "deleted", "manual", 1),
    "resolved-out": Situation("resolved, not included", "skipped", "skipped", 0, _NO),
    "weak-in": Situation("weak, included", "deleted", "manual", 1),
    "weak-out": Situation("weak, not included", "skipped", "skipped", 0, _NO),
    "held": Situation("held before the plan", "retained", "retained", 0, "legal hold before"),
    "held-late": Situation("held since approval", "retained", "retained", 0, "legal hold late"),
    "shared-in": Situation("versions of others, included", "retained", None, 0, "it goes as a"),
    "shared-out": Situation("versions of others, not included", "skipped", None, 0, _NO),
    "sample": Situation("Microsoft's own", "skipped", "skipped", 0, "Microsoft's own"),
    "gone": Situation("deleted by somebody since approval", "skipped", "manual", 0, _CHANGED),
    "changed": Situation("changed since approval", "skipped", "manual", 0, _CHANGED),
    "grown": Situation("more of it since approval", "skipped", None, 0, _CHANGED),
    "refused": Situation("the service refuses (403)", "failed", None, 1, "the delete was refused"),
    "counted": Situation("answers 500 once it counted", "deleted", None, 1),
    "uncounted": Situation("answers 500 once, uncounted", "deleted", None, 2),
    "never": Situation("answers 500 always, uncounted", "failed", None, 3, "still there"),
    "lagging": Situation("lists never stop showing it", "failed", None, 1, "still there"),
    "ends-badly": Situation("202, then it ends in failure", "failed", None, 1, "the delete ended"),
    "blocked": Situation("something else is in its way", "retained", None, 0, "the "),
    "last": Situation("goes once what is in its way went", "deleted", None, 1),
}


@dataclass(frozen=True)
class Whole:
    """What becomes of a whole workspace; `calls` names the kinds that are asked to be deleted."""

    account: str
    workspace: str
    dataset: str
    model: str
    calls: tuple[str, ...]
    reason: str = ""


_ALL = ("dataset", "experiment", "workspace")
_BUT_OWN = ("dataset", "experiment")
WHOLE: Final = {
    "plain": Whole("standard", "deleted", "deleted", "deleted", _ALL),
    "new": Whole("standard", "skipped", "deleted", "manual", _BUT_OWN, _CHANGED),
    "changed": Whole("standard", "skipped", "skipped", "manual", ("experiment",), _CHANGED),
    "held": Whole("standard", "retained", "retained", "manual", ("experiment",), "legal hold"),
    "held-late": Whole("standard", "retained", "retained", "manual", ("experiment",), "legal hold"),
    "refused": Whole("standard", "failed", "deleted", "manual", _ALL, "the delete was refused"),
    "gone": Whole("standard", "skipped", "failed", "skipped", (), _CHANGED),
    "free": Whole("free", "manual", "deleted", "manual", _BUT_OWN),
    "guest": Whole("guest", "manual", "manual", "manual", ()),
}
"""Whole workspaces: users and models fare alike; of `gone`, somebody else deleted it before."""


def why_not(account: str, kind: str, situation: str) -> str:
    """Give why a cell does not apply; "" where it does."""
    row, by_api = SITUATIONS[situation], kind in BY_API[account]
    absent = dict(ABSENT[account])
    if account != "standard":
        absent["gateway"] = "only standard workspaces have gateways"
        for arm in ("new_web_service", "commitment_plan"):
            absent[arm] = "Azure Resource Manager knows standard workspaces alone"
    rules = (
        (kind in absent, absent.get(kind, "")),
        (kind == "workspace", "it goes as a whole or not at all: the table WHOLE"),
        (
            kind == "user" and situation != "strong",
            "the subject is one user, and no API touches one",
        ),
        (
            situation == "sample" and kind not in ("dataset", "experiment", "custom_module"),
            "Microsoft has no samples of the kind",
        ),
        (
            kind in OWNERLESS and situation in ("strong", "resolved-in", "resolved-out"),
            "no field of the kind names an owner, so that no match is sure",
        ),
        (
            situation.startswith("shared") and kind != "dataset",
            "only datasets come in families",
        ),
        (
            situation == "grown" and kind not in ("dataset", "web_service"),
            "nothing else takes anything with it",
        ),
        (
            situation == "ends-badly" and kind != "new_web_service",
            "its delete is done when it is answered",
        ),
        (
            situation in ("blocked", "last") and kind not in ("endpoint", "commitment_plan"),
            "nothing can be in its way",
        ),
        (
            situation == "lagging" and kind == "new_web_service",
            "its list is sparse: what can't be read by itself counts as gone from the list",
        ),
        (not by_api and row.hand is None, "no API is called for it"),
    )
    return next((reason for applies, reason in rules if applies), "")


def expected(account: str, kind: str, situation: str) -> str:
    """Give the outcome of a cell that applies."""
    row = SITUATIONS[situation]
    return (row.api if kind in BY_API[account] else row.hand) or ""


def cells(account: str) -> list[tuple[str, str]]:
    """Give kind and situation of every cell that applies."""
    return [(k, s) for k in KINDS for s in SITUATIONS if not why_not(account, k, s)]


def included(kind: str, situation: str) -> bool:
    """Tell whether the approval names the cell's assets."""
    if kind == "user" or situation in ("held", "sample") or situation.endswith("-out"):
        return False
    return situation.endswith("-in") or kind in OWNERLESS
