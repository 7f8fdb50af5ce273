"""docs/troubleshooting.md as data, and what the provokers of its messages share."""

import functools
import json
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import azure.functions as func
import pytest

from tests.fakes.rig import Rig

PAGE = Path(__file__).parents[2] / "docs" / "troubleshooting.md"
PLACES = ("`error`", "`problem`", "`reason`", "`problems`", "`notices`", "log", "exception")
"""Where a message may be seen, besides the statuses of HTTP."""
PLACEHOLDERS = {
    "4xx": r"4\d\d",
    "5xx": r"5\d\d",
    "choices": r".+",
    "code": r"[A-Za-z][\w.-]*",
    "error": r"[A-Z]\w+",
    "field": r"[\w(][\w ()']*",
    "high": r"\d+",
    "id": r"[\w-]+",
    "kind": r"[a-z_]+",
    "low": r"\d+",
    "message": r".+",
    "n": r"\d+",
    "part": r"dsr-[a-z]+",
    "ref": r"[0-9a-f]{16}",
    "role": r"Dsr\.[A-Z][a-z]+",
    "seconds": r"\d+\.\d",
    "service": r"(blob|queue)ServiceUri",
    "setting": r"[A-Z][A-Z0-9_]+",
    "state": r"[a-z_]+",
    "status": r"[1-5]\d\d",
    "tier": r"(weak|resolved)",
    "what": r"(list|read|download|delete|cancel) [A-Za-z ]+",
    "why": r".+",
}


@dataclass(frozen=True)
class Row:
    """One message of the page."""

    template: str
    seen: str
    meaning: str
    remedy: str

    @property
    def pattern(self) -> re.Pattern[str]:
        """What the message looks like; a service's code may be missing with its parentheses."""
        plain, _, code = self.template.partition(" ({code})")
        assert not code
        tail = rf"( \({PLACEHOLDERS['code']}\))?" if plain != self.template else ""
        parts = re.split(r"\{(\w+)\}", plain)
        found = [
            PLACEHOLDERS[part] if number % 2 else re.escape(part)
            for number, part in enumerate(parts)
        ]
        return re.compile("".join(found) + tail, re.DOTALL)

    @property
    def literal(self) -> int:
        """How much of the message does not vary."""
        return len(re.sub(r"\{\w+\}", "", self.template))


@functools.cache
def page() -> tuple[Row, ...]:
    """Give every message of the page, in order."""
    found, inside = [], False
    for line in PAGE.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if cells[:1] == ["message"]:
            inside = True
        elif not cells:
            inside = False
        elif inside and not line.startswith("|---"):
            assert len(cells) == 4, line
            template = re.fullmatch(r"`([^`]+)`", cells[0])
            assert template is not None, line
            found.append(Row(template[1], *cells[1:]))
    return tuple(found)


@dataclass(frozen=True)
class Said:
    """A message of the real code, and where it was seen."""

    where: str
    text: str


@dataclass
class World:
    """What a provoker may turn."""

    monkeypatch: pytest.MonkeyPatch
    caplog: pytest.LogCaptureFixture

    def logged(self) -> list[Said]:
        """Give what was logged so far."""
        return [Said("log", record.getMessage()) for record in self.caplog.records]

    def outcome(self, rig: Rig) -> list[Said]:
        """Give all that a request of the rig says of its troubles, and what was logged."""
        status = rig.status()
        said = [Said("`problems`", p["detail"]) for p in status["problems"]]
        said += [Said("`notices`", n["text"]) for n in status["notices"]]
        if status["plan_hash"]:
            for result in rig.results():
                said += [Said(f"`{k}`", result[k]) for k in ("error", "reason") if k in result]
        return said + self.logged()


def answered(response: func.HttpResponse) -> list[Said]:
    """Give what an answer of problem+json says: its detail, and each bad field's."""
    body: Any = json.loads(response.get_body())
    where = str(response.status_code)
    assert body["status"] == response.status_code
    details = [e["detail"] for e in body.get("errors", ())]
    return [Said(where, text) for text in (body["detail"], *details)]


Provoker = Callable[[World], list[Said]]


@dataclass
class Provokers:
    """Functions that make the real code say a message of the page, by its template."""

    known: dict[str, Provoker] = field(default_factory=dict)

    def __call__(self, *templates: str) -> Callable[[Provoker], Provoker]:
        """Register a provoker of one or several messages."""

        def register(provoker: Provoker) -> Provoker:
            for template in templates:
                assert template not in self.known, template
                self.known[template] = provoker
            return provoker

        return register

    def check(self, template: str, world: World) -> None:
        """Make the code say a message, and compare it with the page as a whole."""
        world.caplog.set_level(logging.INFO)
        row = next((r for r in page() if r.template == template), None)
        assert row is not None, "the page does not have this message"
        said = self.known[template](world)
        hits = [s for s in said if row.pattern.fullmatch(s.text)]
        assert hits, said
        for hit in hits:
            matching = [r for r in page() if r.pattern.fullmatch(hit.text)]
            if max(matching, key=lambda r: r.literal) == row:
                seen = {h.where for h in hits if h.text == hit.text}
                assert any(place in row.seen for place in seen), (row.seen, hits)
                return
        raise AssertionError(f"the page says the same more exactly elsewhere: {hits}")
