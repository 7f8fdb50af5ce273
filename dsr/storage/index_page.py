"""The package's `index.html`: what was exported, in plain words, each file linked."""

import base64
import functools
import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from dsr.model.outcome import Outcome
from dsr.model.paths import BESIDE
from dsr.model.plan import Plan
from dsr.model.record import RequestRecord
from dsr.model.request import DsrRequest, split_asset
from dsr.storage import page_words

Groups = list[tuple[str, list[dict[str, str]]]]
"""Files of an asset by what to call their folders."""
_OWN: Final = 3
"""Components of a path down to the one that is an asset's own."""


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
        self._left_out: Counter[tuple[str, bool]] = Counter()

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

    def rows(self, results: Iterable[tuple[dict[str, Any], str]]) -> str:
        """Give assets, each with what to call it, and a heading where a workspace or kind begins.

        What was left out is nothing to read: it is counted, and told at the end.
        """
        pieces: list[str] = []
        entries: list[tuple[dict[str, str], Groups]] = []
        for result, name in results:
            count = result.get("count", 0)
            if result["outcome"] == Outcome.SKIPPED:
                self._left_out[result.get("reason", ""), bool(count)] += count or 1
                continue
            workspace, kind, asset_id = split_asset(result["asset"])
            if (workspace, kind) != self._section:
                pieces += str(self._macros.rows(entries)), self._begin(workspace, kind)
                entries = []
            files = result["evidence"].get("files", ())
            shown = {
                "name": page_words.called(asset_id, name),
                "apart": page_words.told_apart(name, _component(files)),
                "mark": page_words.mark(Outcome(result["outcome"]), bool(files)),
                "note": page_words.why(result, kind, bool(files)),
            }
            entries.append((shown, _grouped(files)))
        return "".join((*pieces, str(self._macros.rows(entries))))

    def _begin(self, workspace: str, kind: str) -> str:
        section = workspace, kind
        text = str(self._macros.end_section()) if self._section else ""
        # further pages of a list come after all kinds' first ones
        again = section in self._begun
        title = page_words.heading(kind) + (", continued" if again else "")
        about = "" if again else page_words.ABOUT.get(kind, "")
        self._section = section
        self._begun.add(section)
        return text + str(self._macros.section(workspace, title, about))

    def tail(self, others: list[str], uncertain: int) -> str:
        """Give the page from the last asset on; `others` are files that belong to no asset.

        `uncertain` counts weak matches, which are not shown: they may be somebody else's.
        """
        links = [{"href": quote(path), "name": path} for path in others]
        text = str(self._macros.end_section()) if self._section else ""
        left_out = [
            page_words.left_out(reason, count, samples)
            for (reason, samples), count in self._left_out.items()
        ]
        kept, anonymous = page_words.elsewhere(self._plan.notices)
        unattributed = 0 if self._whole else self._plan.unattributed
        return text + str(
            self._macros.tail(links, kept, anonymous, unattributed, left_out, uncertain)
        )


def _grouped(files: Iterable[dict[str, Any]]) -> Groups:
    """Give an asset's files by the folder within its own, each with what to call it."""
    groups: dict[str, list[dict[str, str]]] = {}
    for file in files:
        *folders, name = file["path"].split("/")
        shown = {"href": quote(file["path"]), "name": name, "size": _size(file["bytes"])}
        groups.setdefault("/".join(folders[_OWN:]), []).append(shown)
    return [(page_words.folder(name), shown) for name, shown in groups.items()]


def _component(files: Sequence[dict[str, Any]]) -> str:
    """Give the file or folder that is an asset's own: `{workspace}/{kind}/{component}…`."""
    parts = files[0]["path"].split("/") if files else []
    return parts[_OWN - 1].removesuffix(BESIDE) if len(parts) >= _OWN else ""


def _size(size: int) -> str:
    if size < 1000:
        return f"{size} bytes"
    for unit in ("kB", "MB", "GB"):
        size_in_unit = size / 1000
        if size_in_unit < 1000 or unit == "GB":
            return f"{size_in_unit:.1f} {unit}"
        size = round(size_in_unit)
    raise AssertionError("unreachable")
