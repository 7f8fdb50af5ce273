"""The package's `index.html`: what was exported, in plain words, each file linked."""

import base64
import functools
import hashlib
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from dsr.model.outcome import Outcome
from dsr.model.plan import Plan
from dsr.model.record import RequestRecord
from dsr.model.request import DsrRequest, split_asset

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
}
"""What people call each kind, whatever service has it."""
_OUTCOMES: Final = {
    Outcome.EXPORTED: "",
    Outcome.DELETED: "deleted",
    Outcome.MANUAL: "not fully in this package",
    Outcome.RETAINED: "kept",
    Outcome.SKIPPED: "left out",
    Outcome.FAILED: "not in this package",
}
_ONE: Final = "1 sample or built-in"


def heading(kind: str) -> str:
    """Give what people call a kind; one that is not known here by its own name, as words."""
    return HEADINGS.get(kind) or kind.replace("_", " ").capitalize()


@functools.cache
def _parts() -> tuple[Any, str, str]:
    from jinja2 import Environment, FileSystemLoader  # the only user; keeps the cold start short

    folder = Path(__file__).with_name("templates")
    style = (folder / "index.css").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    environment = Environment(loader=FileSystemLoader(folder), autoescape=True)
    return environment.get_template("index.html").module, style, digest


class IndexPage:
    """Renders the page in pieces, in the order of the results: head, rows, tail."""

    def __init__(self, record: RequestRecord, request: DsrRequest, plan: Plan) -> None:
        self._record = record
        self._request = request
        self._plan = plan
        self._macros, self._style, self._digest = _parts()
        self._section: tuple[str, str] | None = None
        self._begun: set[tuple[str, str]] = set()

    @property
    def _whole(self) -> bool:
        return self._request.scope.select == "workspace"

    def head(self, workspaces: list[str]) -> str:
        """Give the page down to the first asset."""
        counts = self._record.counts()
        shown = {
            "exported": counts["exported"],
            "open": counts["manual"] + counts["failed"] + counts["retained"],
        }
        request = {
            "id": self._record.request_id,
            "submitted": f"{self._record.submitted_at:%d %B %Y}",
            "regulation": self._record.regulation.upper(),
            "workspaces": workspaces,
            "whole": self._whole,
        }
        return str(self._macros.head(request, shown, self._style, self._digest))

    def row(self, result: dict[str, Any], name: str) -> str:
        """Give one asset, and the heading where a new workspace or kind begins."""
        workspace, kind, _ = split_asset(result["asset"])
        text = ""
        section = workspace, kind
        if section != self._section:
            text = str(self._macros.end_section()) if self._section else ""
            # further pages of a list come after all kinds' first ones
            again = ", continued" if section in self._begun else ""
            text += str(self._macros.section(workspace, heading(kind) + again))
            self._section = section
            self._begun.add(section)
        files = [
            {
                "href": quote(f["path"]),
                "name": f["path"].rsplit("/", 1)[1],
                "size": _size(f["bytes"]),
            }
            for f in result["evidence"].get("files", ())
        ]
        note = result.get("error") or result.get("reason") or ""
        if result.get("count"):
            name = f"{result['count']} {name}" if result["count"] > 1 else _ONE
        mark = _OUTCOMES[Outcome(result["outcome"])]
        return text + str(self._macros.row(name, mark, files, note, result.get("steps", ())))

    def tail(self, others: list[str]) -> str:
        """Give the page from the last asset on; `others` are files that belong to no asset."""
        links = [{"href": quote(path), "name": path} for path in others]
        text = str(self._macros.end_section()) if self._section else ""
        return text + str(
            self._macros.tail(links, self._plan.notices, self._plan.unattributed, self._whole)
        )


def _size(size: int) -> str:
    if size < 1000:
        return f"{size} bytes"
    for unit in ("kB", "MB", "GB"):
        size_in_unit = size / 1000
        if size_in_unit < 1000 or unit == "GB":
            return f"{size_in_unit:.1f} {unit}"
        size = round(size_in_unit)
    raise AssertionError("unreachable")
