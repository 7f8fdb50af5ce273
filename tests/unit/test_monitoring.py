"""docs/monitoring.md: every text that a query looks for is one that is really logged."""

import ast
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from dsr.wiring import CALLING
from tests.fakes.functions import functions
from tests.unit.troubleshooting_page import page

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "monitoring.md").read_text("utf-8")
SOURCES = [*ROOT.glob("dsr/**/*.py"), *ROOT.glob("handlers/*.py")]
QUERIES = re.findall(r"^```kusto\n(.*?)^```", TEXT, flags=re.M | re.S)
BY_THE_HOST = [
    "Message has reached MaxDequeueCount of 5. Moving message to queue 'dsr-plan-poison'."
]
"""Lines of the Functions host, which the sandbox's host logs as well."""
SAMPLES = {
    "4xx": "409",
    "5xx": "503",
    "choices": "one",
    "code": "UserError",
    "error": "TypeError",
    "id": "6f1c1a52-7a3f-4c0e-9b57-0d5d1f6f6a01",
    "kind": "dataset",
    "message": "list datasets could not be reached",
    "part": "dsr-ledger",
    "ref": "3f9c2b7a1d5e8046",
    "seconds": "0.2",
    "state": "running",
    "status": "403",
    "what": "list datasets",
    "why": "the package could not be made",
}
KNOWN = {
    "record.status": "state",
    "kind.name": "kind",
    "type(error).__name__": "error",
    "why": "why",
    "part": "part",
}
"""Arguments of logger calls, and what they are on the page about messages."""


@dataclass(frozen=True)
class Line:
    """A line of the log, and whether its level is ERROR."""

    text: str
    is_error: bool


def messages() -> list[str]:
    """Give a sample of every message of the page about messages."""
    return [re.sub(r"\{(\w+)\}", lambda m: SAMPLES.get(m[1], "3"), row.template) for row in page()]


def arguments(call: ast.Call) -> list[list[str]]:
    """Give samples of what a logger call fills into its format, by the argument's name."""
    found = []
    for argument in call.args[1:]:
        source = ast.unparse(argument)
        if isinstance(argument, ast.IfExp):
            found.append([ast.literal_eval(argument.body), ast.literal_eval(argument.orelse)])
        elif source in ("error", "trouble") or source.startswith("'; '.join"):
            found.append(messages())
        elif source.endswith("ref[:16]"):
            found.append([SAMPLES["ref"]])
        elif source == "after.status":
            found.append(["completed", "completed_with_exceptions"])
        elif source in KNOWN:
            found.append([SAMPLES[KNOWN[source]]])
        elif source.endswith(("request_id", "self._id", "message.request", "msg.id")):
            found.append([SAMPLES["id"]])
        else:
            found.append(["3"])
    return found


def module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def logged() -> list[Line]:
    """Give what the code logs, each format filled with samples."""
    lines = [Line(text, True) for text in BY_THE_HOST]
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not ast.unparse(node.func).startswith("logger."):
                continue
            template = re.sub(r"%(?:s|d|\.\df)", "%s", ast.literal_eval(node.args[0]))
            if module(path) in CALLING:
                template = f"request {SAMPLES['id']}: {template}"
            is_error = ast.unparse(node.func) == "logger.error"
            samples = arguments(node)
            for number in range(max((len(s) for s in samples), default=1)):
                chosen = tuple(s[min(number, len(s) - 1)] for s in samples)
                lines.append(Line(template % chosen, is_error))
    return lines


LINES = logged()
OPERATOR = re.compile(
    r'\b(message|outerMessage) (matches regex|startswith|has|contains) @?"([^"]+)"'
)


def test_there_is_something_to_look_for():
    assert len(QUERIES) > 15
    assert len(LINES) > 100
    assert all(OPERATOR.search(q) or q.startswith(("requests", "exceptions")) for q in QUERIES)


@pytest.mark.parametrize("query", QUERIES, ids=range(len(QUERIES)))
def test_a_query_looks_for_texts_that_are_really_logged(query: str):
    lines = [line for line in LINES if line.is_error or "severityLevel >= 3" not in query]
    for column, operator, wanted in OPERATOR.findall(query):
        texts = [line.text for line in lines] if column == "message" else messages()
        pattern = wanted if operator == "matches regex" else re.escape(wanted)
        if operator == "startswith":
            pattern = "^" + pattern
        hits = [text for text in texts if re.search(pattern, text)]
        assert hits, wanted
        for alternative in re.findall(r"\(([\w |]+\|[\w |]+)\)", pattern):
            for choice in alternative.split("|"):
                one = pattern.replace(f"({alternative})", choice)
                assert any(re.search(one, text) for text in texts), choice


@pytest.mark.parametrize("query", QUERIES, ids=range(len(QUERIES)))
def test_what_a_query_takes_out_of_a_line_is_in_it(query: str):
    wanted = [w for _, o, w in OPERATOR.findall(query) if o == "matches regex"]
    hits = [t.text for t in LINES if any(re.search(w, t.text) for w in wanted)]
    hits = hits or BY_THE_HOST
    for taken in re.findall(r'extract\(@"([^"]+)", 1, message\)', query):
        assert any(re.search(taken, text) for text in hits), taken


def test_every_line_of_the_code_is_watched_or_explained():
    watched = [w for q in QUERIES for _, o, w in OPERATOR.findall(q) if o == "matches regex"]
    watched += ["^" + re.escape(w) for q in QUERIES for _, o, w in OPERATOR.findall(q)]
    watched.remove("^" + re.escape(f"request {SAMPLES['id']}"))  # looks for one request, whatever
    explained = [row.pattern for row in page() if "log" in row.seen]
    left = [
        line.text
        for line in LINES
        if not any(re.search(w, line.text) for w in watched)
        and not any(p.fullmatch(line.text) for p in explained)
    ]
    assert [text for text in left if not text.endswith(" repeated")] == []


ABOUT_NO_REQUEST = (
    "not ready: ",
    "message 6f1c1a52-7a3f-4c0e-9b57-0d5d1f6f6a01 is none of this app's",
    "hold ",
    *BY_THE_HOST,
)


def test_every_line_names_its_request_unless_it_is_about_none():
    named = [line.text for line in LINES if not line.text.startswith(ABOUT_NO_REQUEST)]
    assert len(named) > 80
    head = rf"(sweeping )?request {SAMPLES['id']}[ :]"
    assert [text for text in named if not re.match(head, text)] == []


def test_functions_and_queues_that_a_query_or_command_names_are_there():
    names = set(re.findall(r'\bname == "(\w+)"', TEXT))
    assert names <= set(functions())
    queues = {
        f.get_trigger().get_dict_repr()["queueName"]
        for f in functions().values()
        if f.get_trigger().get_dict_repr()["type"] == "queueTrigger"
    }
    assert set(re.findall(r"\bdsr-[a-z]+-poison\b", TEXT)) == {
        q for q in queues if q.endswith("-poison")
    }


def test_every_alert_leads_to_its_section():
    section = TEXT.partition("## First alerts")[2].partition("\n## ")[0]
    alerts = [line for line in section.splitlines() if line.startswith("| [")]
    assert len(alerts) > 8
    for line in alerts:
        assert re.match(r"\| \[[^]]+\]\(#[\w-]+\) \|", line), line
