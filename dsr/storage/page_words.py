"""What the package's page calls things, in the words of the person who reads it.

Its reader is the data subject, who can open no portal and no workspace: what is missing is told
as what it is and why, and who to ask. What the operator does about it stands in `report.json`.
"""

import re
from collections.abc import Iterable
from typing import Any, Final

from dsr.model.outcome import Outcome

HEADINGS: Final = {
    "workspace": "Workspace",
    "user": "Account",
    "dataset": "Datasets",
    "experiment": "Experiments",
    "trained_model": "Trained models",
    "transform": "Data transformations",
    "custom_module": "Modules that users made",
    "notebook": "Notebooks",
    "project": "Projects",
    "web_service": "Web services (classic)",
    "endpoint": "Endpoints of web services",
    "gateway": "Gateways to data outside the cloud",
    "new_web_service": "Web services (new)",
    "commitment_plan": "Billing plans of web services",
    "job": "Jobs",
    "model": "Registered models",
    "data": "Data assets",
    "environment": "Environments that jobs run in",
    "component": "Components of pipelines",
    "code": "Code that was uploaded",
    "featureset": "Feature sets",
    "schedule": "Schedules that start jobs",
    "online_endpoint": "Endpoints that answer at once",
    "batch_endpoint": "Endpoints that work through batches",
    "compute": "Computers in the cloud",
    "datastore": "Links to storage",
    "connection": "Links to other services",
    "user_folder": "Notebooks and files",
}
"""What people call each kind, whatever service has it."""
ABOUT: Final = {
    "experiment": "Files named node-… are what one step of a run gave; stdout and stderr are what"
    " it printed. Earlier runs are numbered from the latest one back.",
    "job": "A job is something that an account had computed. job.json is what the service noted"
    " about it, metrics.json the figures that it recorded; artifacts are its logs and results. A"
    " job may have started further runs, which stand below it, each with its run.json.",
    "environment": "An environment is a list of the software that jobs need.",
    "component": "A component is one step that pipelines are built of.",
}
"""What helps to read the files of a kind."""
_NO_COPY: Final = "the service gives no copy of it"
_MISSING: Final = {
    "dataset": ("its contents", "the service named no place to copy them from"),
    "experiment": (
        "some of its earlier runs",
        "the service has them no longer, or they were too many to copy",
    ),
    "trained_model": ("the model itself", "the run that made it is gone, so " + _NO_COPY),
    "transform": ("the transformation itself", "the run that made it is gone, so " + _NO_COPY),
    "custom_module": ("its code", _NO_COPY),
    "notebook": (
        "the text of the notebook and its attachments",
        "the service gives no copy of them",
    ),
    "endpoint": ("files that it uses", "the service does not say where they are"),
    "new_web_service": (
        "what it is made of",
        "that lies in a storage account to which the service gives no key",
    ),
}
"""What is missing of a kind of Studio (classic) where it can't be exported, and why."""
_BY_REASON: Final = (
    (
        "no API gives what is on the disk of a compute instance",
        ("what is on its disk", _NO_COPY),
    ),
    (
        "requests that the endpoint answered were collected",
        ("requests that it answered and kept", "the service does not say whose they are"),
    ),
    ("it is larger than the ", ("one or more of its files", "they are too large")),
    (
        "it lies outside the workspace's own blob storage",
        ("its contents", "they lie in a place that the workspace only points to"),
    ),
    (
        "the app may not read the workspace's storage account",
        ("its contents", "the store that has them could not be opened"),
    ),
    (
        "the workspace's storage account has nothing at its place",
        ("its contents", "nothing was found where they should be"),
    ),
)
"""What is missing of Azure Machine Learning's, and why, by how the connector's reason begins."""
_ASK: Final = "Ask whoever sent you this package for it."
_ELSEWHERE: Final = {
    "telemetry": (
        "Records of how an account used the service (telemetry)",
        "They are kept apart from the workspaces that this package was made from.",
    ),
    "ai-gallery": (
        "What was published in the AI Gallery",
        "The gallery is apart from the workspaces: what an account published is not in them.",
    ),
    "storage-account": (
        "Stored files that belong to no item",
        "Left-over results, uploads, notebooks and logs may lie in a workspace's storage without"
        " being part of an item. They were not looked through.",
    ),
    "logs": (
        "Logs of programs that use the service",
        "Programs and web services may have written down what they were asked, in a store of its"
        " own that this package was not made from.",
    ),
    "registries": (
        "What was shared in a registry",
        "A registry keeps copies for several workspaces. It was not looked through.",
    ),
    "artifacts": (
        "Files of jobs that lie elsewhere",
        "The files of a job were taken from the folder of its own. What was kept for it at another"
        " place is not among them.",
    ),
    "azure-resources": (
        "Newer web services, and their billing plans",
        "They are kept beside the workspaces, and were not looked for.",
    ),
}
"""By a notice's code."""
_ANONYMOUS: Final = ("telemetry", "ai-gallery")
"""What no guest has under an account: a guest workspace is anonymous and publishes nothing."""
_LEFT_OUT: Final = {
    "the approval does not include it": "not part of what was approved for this package",
}
"""By a reason that only who works with the app would understand."""
_REFERENCE: Final = (
    "This is somebody else's. Your account changed it, so what the service notes about it is here;"
    " its contents are not."
)
_VERSION: Final = re.compile(r" \((version \w+)\)(?=[.~]|$)")
_MARKED: Final = re.compile(r"~[0-9a-f]{8}(\.[A-Za-z0-9]{1,10})?$")
_EARLIER: Final = re.compile(r"earlier-(\d+)")
_CHILD: Final = re.compile(r"children/([^/]+)(?:/(.+))?")
_ARTIFACTS: Final = re.compile(r"artifacts(?:/(.+))?")


def heading(kind: str) -> str:
    """Give what people call a kind; one that is not known here by its own name, as words."""
    return HEADINGS.get(kind) or kind.replace("_", " ").capitalize()


def called(asset_id: str, name: str) -> str:
    """Give what to call an entry, which may stand for more or less than one asset."""
    if asset_id == "*":
        return "Everything of this kind"
    return "An entry without a name" if name == "?" else name


def told_apart(name: str, component: str) -> str:
    """Give what tells an asset from others of its name; `component` is its own in its paths."""
    if component == name:
        return ""
    version = _VERSION.search(component)
    words = [version[1]] if version and not _has_version(name, version) else []
    if _MARKED.search(component) and component not in name:
        words.append(f"saved as {component}")
    return ", ".join(words)


def _has_version(name: str, version: re.Match[str]) -> bool:
    return version[0] in name or name.endswith(version[1].replace("version ", ":"))


def folder(name: str) -> str:
    """Give what to call a folder within an asset's own."""
    if earlier := _EARLIER.fullmatch(name):
        return f"Earlier run {earlier[1]}"
    if child := _CHILD.fullmatch(name):
        within = folder(child[2]) if child[2] else ""
        return f"Run {child[1]}" + (f", {within[0].lower()}{within[1:]}" if within else "")
    if artifacts := _ARTIFACTS.fullmatch(name):
        return f"Artifacts in {artifacts[1]}" if artifacts[1] else "Artifacts"
    return {"files": "Files"}.get(name) or name


def mark(outcome: Outcome, partly: bool) -> str:
    """Give the mark of an outcome; `partly` tells that some of the asset is in the package."""
    match outcome:
        case Outcome.EXPORTED:
            return ""
        case Outcome.MANUAL | Outcome.FAILED:
            return "not fully in this package" if partly else "not in this package"
        case Outcome.DELETED:
            return "deleted"
        case Outcome.RETAINED:
            return "kept"
        case Outcome.SKIPPED:
            return "left out"


def why(result: dict[str, Any], kind: str, partly: bool) -> str:
    """Say what of an asset is missing, why, and whom to ask; "" where nothing is."""
    some = "part of it" if partly else "all of it"
    match Outcome(result["outcome"]):
        case Outcome.EXPORTED if result.get("refers"):
            return _REFERENCE
        case Outcome.FAILED:
            return f"Missing: {some}, since it could not be copied or was not there. {_ASK}"
        case Outcome.MANUAL:
            said = result.get("reason", "")
            told = _by_reason(said) or [_MISSING.get(kind) or (some, said or _NO_COPY)]
            missing = "; and ".join(f"{what}, since {reason}" for what, reason in told)
            return f"Missing: {missing}. {_ASK}"
        case _:
            return ""


def _by_reason(said: str) -> list[tuple[str, str]]:
    """Give what is missing, and why, by a connector's reasons; none where all are unknown."""
    return [
        words
        for reason in said.split("; ")
        for start, words in _BY_REASON
        if reason.startswith(start)
    ]


def left_out(reason: str, count: int, samples: bool) -> str:
    """Say how many were left out for one reason."""
    if samples:
        things = "sample or built-in" if count == 1 else "samples and built-ins"
    else:
        things = "item" if count == 1 else "items"
    return f"{count} {things}: {_LEFT_OUT.get(reason, reason)}."


def elsewhere(notices: Iterable[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[str]]:
    """Give what is kept elsewhere, once with all its workspaces; and those that are anonymous."""
    found: dict[str, dict[str, Any]] = {}
    anonymous: dict[str, None] = {}
    for notice in notices:
        code, workspace = notice["code"], notice["workspace"]
        if notice["account_kind"] == "guest" and code in _ANONYMOUS:
            anonymous[workspace] = None
            continue
        title, text = _ELSEWHERE.get(code) or (notice["text"], "It could not be copied.")
        told = found.setdefault(code, {"title": title, "text": text, "workspaces": []})
        told["workspaces"].append(workspace)
    return list(found.values()), list(anonymous)
