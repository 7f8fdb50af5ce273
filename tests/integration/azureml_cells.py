"""The table of deletes of Azure Machine Learning: what becomes of an asset, by kind and situation.

Each row of `SITUATIONS` says what is expected where an API deletes the kind (`api`), where only a
person can (`hand`), and how many DELETE and cancel calls may be made. `None`: the cell does not
apply, for the reason that `why_not` gives. Source: the design's part 6, invariants 4, 5 and 7.
"""

from dataclasses import dataclass
from typing import Final

VERSIONED: Final = ("model", "data", "environment", "component", "code", "featureset")
"""Kinds of which each version is an asset."""
BY_API: Final = ("job", "model", "data", "environment", "component", "code", "schedule")
BY_HAND: Final = (
    "featureset",
    "online_endpoint",
    "batch_endpoint",
    "compute",
    "datastore",
    "connection",
)
UNFLAGGED: Final = "data, unflagged"
"""Data assets in a request that does not say that it wants them deleted."""
FOLDER: Final = "user_folder"
"""People's folders on the file share, of which every file goes by a call of its own."""
KINDS: Final = (*BY_API, UNFLAGGED, *BY_HAND, FOLDER)
IN_TIME: Final = ("job", "schedule")
"""Kinds whose delete answers 202, with an operation to follow."""
UPLOADED: Final = ("model", "data", "code")
"""Kinds that lead to bytes in the workspace's own account."""
ANY: Final = -1
"""As many calls as there was time for, all of them answered with 409."""


@dataclass(frozen=True)
class Situation:
    """What is expected; `reason` is how the reason or the error begins."""

    meaning: str
    api: str | None
    hand: str | None
    calls: int
    reason: str = ""
    cancels: int = 0


_NO = "the approval does not include it"
_CHANGED = "changed since approval"
_OTHERS = "it is somebody else's: they only changed it"
SITUATIONS: Final = {
    "strong": Situation("a field with ids names the subject", "deleted", "manual", 1),
    "archived": Situation("archived, or a schedule disabled", "deleted", None, 1),
    "weak-in": Situation("a text names the subject, included", "deleted", "manual", 1),
    "weak-out": Situation("a text names the subject, not included", "skipped", "skipped", 0, _NO),
    "twin": Situation("of somebody of the same display name", "skipped", "skipped", 0, _NO),
    "reference": Situation("the subject only changed it", "skipped", "skipped", 0, _OTHERS),
    "curated": Situation("Microsoft's own", "skipped", None, 0, "Microsoft's own"),
    "held": Situation("held before the plan", "retained", "retained", 0, "legal hold before"),
    "held-late": Situation("held since approval", "retained", "retained", 0, "legal hold late"),
    "gone": Situation("deleted by somebody since approval", "skipped", "manual", 0, _CHANGED),
    "changed": Situation("changed since approval", "skipped", "manual", 0, _CHANGED),
    "grown": Situation("a further version since approval", "deleted", None, 1),
    "sibling": Situation("beside somebody else's version", "deleted", None, 1),
    "refused": Situation("the service refuses (403)", "failed", None, 1, "the delete was refused"),
    "locked": Situation("under a lock (409 ScopeLocked)", "retained", None, ANY, "delete "),
    "used": Situation("a deployment uses it (409)", "retained", None, ANY, "delete "),
    "counted": Situation("answers 500 once it counted", "deleted", None, 1),
    "uncounted": Situation("answers 500 once, uncounted", "deleted", None, 2),
    "never": Situation("answers 500 always, uncounted", "failed", None, 3, "still there"),
    "lagging": Situation("lists never stop showing it", "failed", None, 1, "still there"),
    "ends-badly": Situation("202, then it ends in failure", "failed", None, 1, "the delete ended"),
    "shared-bytes": Situation("another leads to its bytes", "deleted", None, 1),
    "running": Situation("a job that is running", "deleted", None, 1, cancels=1),
    "unstoppable": Situation("a job that never stops", "retained", None, 0, "the job is", 1),
    "uncancelled": Situation("its cancel is refused (403)", "failed", None, 0, "the delete was", 1),
    "family": Situation("a pipeline with its steps", "deleted", None, 1),
    "registered": Situation("a job with somebody's model in it", "deleted", None, 1),
}
_OF_FOLDERS: Final = (
    *("weak-in", "weak-out", "held", "held-late"),
    *("gone", "changed", "refused"),
)
_OF_JOBS: Final = ("running", "unstoppable", "uncancelled", "family", "registered")


@dataclass(frozen=True)
class Whole:
    """What becomes of a whole workspace; `calls` names the kinds that are asked to be deleted."""

    workspace: str
    job: str
    endpoint: str
    calls: tuple[str, ...]
    reason: str = ""


_ALL = ("job", "component", "workspace")
_BUT_OWN = ("job", "component")
WHOLE: Final = {
    "plain": Whole("deleted", "deleted", "deleted", _ALL),
    "new": Whole("skipped", "deleted", "manual", _BUT_OWN, _CHANGED),
    "changed": Whole("skipped", "skipped", "manual", ("component",), _CHANGED),
    "held": Whole("retained", "retained", "manual", ("component",), "legal hold"),
    "held-late": Whole("retained", "retained", "manual", ("component",), "legal hold"),
    "refused": Whole("failed", "deleted", "manual", _ALL, "the delete was refused"),
    "ends-badly": Whole("failed", "deleted", "manual", _ALL, "the delete ended in failure"),
    "gone": Whole("skipped", "failed", "skipped", (), _CHANGED),
    "private": Whole("failed", "failed", "manual", (), "list "),
}
"""Whole workspaces; endpoints and data assets go with them or not at all."""


def why_not(kind: str, situation: str) -> str:
    """Give why a cell does not apply; "" where it does."""
    row, by_api = SITUATIONS[situation], kind in (*BY_API, FOLDER)
    rules = (
        (not by_api and row.hand is None, "no API is called for it"),
        (
            situation == "archived" and kind == "code",
            "code has no archive",
        ),
        (
            situation == "curated" and kind not in ("environment", "component"),
            "Microsoft has none of the kind",
        ),
        (
            situation in ("twin", "reference") and kind == "compute",
            "a compute names its people by object id alone",
        ),
        (
            situation in ("grown", "sibling") and kind not in VERSIONED,
            "it has no versions",
        ),
        (
            situation == "used" and kind != "model",
            "no source says that the service refuses it",
        ),
        (
            situation == "ends-badly" and kind not in IN_TIME,
            "its delete is done when it is answered",
        ),
        (
            situation == "shared-bytes" and kind not in UPLOADED,
            "it leads to no bytes that another could lead to",
        ),
        (
            kind == FOLDER and situation not in _OF_FOLDERS,
            "a folder's name alone tells whose it is, and its files go one by one",
        ),
        (situation in _OF_JOBS and kind != "job", "only jobs run, and have steps and outputs"),
    )
    return next((reason for applies, reason in rules if applies), "")


def expected(kind: str, situation: str) -> str:
    """Give the outcome of a cell that applies."""
    row = SITUATIONS[situation]
    return (row.api if kind in (*BY_API, FOLDER) else row.hand) or ""


def included(kind: str, situation: str) -> bool:
    """Tell whether the approval names the cell's asset; a folder is never a sure match."""
    if kind == FOLDER:
        return situation not in ("weak-out", "held")
    return situation.endswith("-in")


def cells(kinds: tuple[str, ...] = KINDS) -> list[tuple[str, str]]:
    """Give kind and situation of every cell that applies."""
    return [(k, s) for k in kinds for s in SITUATIONS if not why_not(k, s)]
