"""docs/troubleshooting.md has every message of the code, and no message that nothing says."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit import (
    test_troubleshooting_access,
    test_troubleshooting_azureml,
    test_troubleshooting_azureml_assets,
    test_troubleshooting_azureml_folders,
    test_troubleshooting_carried_on,
    test_troubleshooting_choices,
    test_troubleshooting_deletes,
    test_troubleshooting_discovery,
    test_troubleshooting_erasing,
    test_troubleshooting_log,
    test_troubleshooting_requests,
    test_troubleshooting_results,
    test_troubleshooting_services,
    test_troubleshooting_settings,
)
from tests.unit.troubleshooting_page import PLACES, Row, page

ROOT = Path(__file__).parents[2]
SOURCES = sorted([*ROOT.glob("dsr/**/*.py"), *ROOT.glob("handlers/*.py")])
PROVOKED = [
    template
    for module in (
        test_troubleshooting_settings,
        test_troubleshooting_access,
        test_troubleshooting_requests,
        test_troubleshooting_services,
        test_troubleshooting_results,
        test_troubleshooting_log,
        test_troubleshooting_deletes,
        test_troubleshooting_erasing,
        test_troubleshooting_choices,
        test_troubleshooting_discovery,
        test_troubleshooting_azureml,
        test_troubleshooting_azureml_assets,
        test_troubleshooting_azureml_folders,
        test_troubleshooting_carried_on,
    )
    for template in module.SAYS.known
]
RAISED = {
    "Absent",
    "Conflict",
    "Forbidden",
    "Gone",
    "Misconfigured",
    "NotFound",
    "NotSignedIn",
    "Refused",
    "ServiceError",
    "Unavailable",
    "Unusable",
    "ValueError",
}
NOUNS = (
    *("model", "data asset", "environment", "component", "code version", "schedule"),
    *("feature set", "online endpoint", "batch endpoint", "compute", "datastore", "connection"),
)
"""What messages call assets of Azure Machine Learning; the first six are deleted."""
NOT_SHOWN = {
    "dsr/model/canonical.py": "raised for a programming error only",
    "dsr/services/signing.py": "told by dsr/settings.py and dsr/verify.py, with what is wrong",
    "dsr/model/messages.py": "a message that can't be read is dropped, with a line of the log",
    "dsr/model/paths.py": "raised for a programming error only",
    "dsr/services/connections.py": "told by dsr/services/http.py, with the name of the operation",
    "dsr/services/json_list.py": "said as `answered with malformed JSON`",
    "dsr/services/share_listing.py": "said as `answered with malformed XML`",
}


def texts(node: ast.expr | None) -> Iterator[str]:
    """Give what a string says, with {} for what varies; a choice gives each of its texts."""
    match node:
        case ast.Constant(value=str(value)):
            yield value
        case ast.JoinedStr(values=parts):
            inner = [p.value if isinstance(p, ast.Constant) else "{}" for p in parts]
            yield "".join(str(p) for p in inner)
        case ast.IfExp(body=body, orelse=orelse):
            yield from texts(body)
            yield from texts(orelse)


def said(path: Path) -> Iterator[str]:
    """Give the messages that a file of the code makes."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func)
        first = node.args[0] if node.args else None
        second = node.args[1] if len(node.args) > 1 else None
        if name in RAISED or name in ("problems.append", "found.append", "batch.failed"):
            yield from texts(first)
        elif name in ("Problem", "Missing"):
            yield from texts(second)
        elif name == "fail":
            yield from texts(node.args[2])
        elif name in ("logger.warning", "logger.error"):
            yield re.sub(r"%(s|d|\.\df)", "{}", "".join(texts(first)))


DELETES = (
    "approved",
    "checking",
    "deletion",
    "erasing",
    "exported",
    "exporting",
    "listing_deletes",
    "shown",
    "taken_along",
    "with_workspace",
)


def decided(path: Path) -> Iterator[str]:
    """Give the reasons and errors of deletes that a file of the code makes: constants and texts."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.AnnAssign(annotation=ast.Name("Final"), value=value):
                pass
            case ast.Assign(targets=[ast.Name("reason" | "text")], value=value):
                pass
            case ast.keyword(arg="reason" | "error", value=value):
                pass
            case ast.Call(func=ast.Name("_failed"), args=[value]):
                pass
            case _:
                value = None
        for text in texts(value):
            if " " in text and re.search("[a-z]", text):
                yield text


def test_every_reason_that_a_delete_gives_is_on_the_page():
    known = [plain(row.template) for row in page()]
    made = {text for n in DELETES for text in decided(ROOT / "dsr" / "usecases" / f"{n}.py")}
    assert len(made) > 15
    looks = {re.sub(r"^\{\}: ", "", re.sub(r": \{\}$", "", text)) for text in made}
    assert [t for t in sorted(looks) if not any(plain(t) in text for text in known)] == []


def plain(template: str) -> str:
    return re.sub(r"\{\w*\}", "{}", template)


def test_every_message_of_the_page_has_a_provoker_and_the_other_way_round():
    assert len(PROVOKED) == len(set(PROVOKED))
    assert set(PROVOKED) == {row.template for row in page()}


def test_no_message_stands_on_the_page_twice():
    templates = [row.template for row in page()]
    assert sorted(templates) == sorted(set(templates))


def test_every_message_that_the_code_makes_is_on_the_page():
    known = [plain(row.template) for row in page()]
    made = {
        (str(path.relative_to(ROOT)), text)
        for path in SOURCES
        for text in said(path)
        if str(path.relative_to(ROOT)) not in NOT_SHOWN
    }
    assert len(made) > 90
    assert [m for m in sorted(made) if not any(plain(m[1]) in text for text in known)] == []


@pytest.mark.parametrize("row", page(), ids=lambda row: row.template)
def test_a_row_says_where_the_message_is_seen_what_it_means_and_what_to_do(row: Row):
    assert row.meaning
    assert row.remedy
    assert any(place in row.seen for place in PLACES) or re.search(r"\b[45]\d\d\b", row.seen)


def test_the_page_explains_every_operation_that_messages_name():
    named = {
        node.value
        for path in ROOT.glob("dsr/services/**/*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.fullmatch(
            r"(list|read|download|delete|cancel) [A-Za-z ]+(?<! gave no token)", node.value
        )
    }
    named |= {"list trained models", "list transforms"}  # made of the kind's name
    named |= {f"list {noun}s" for noun in NOUNS} | {f"read {noun}" for noun in NOUNS}
    named |= {f"delete {noun}" for noun in NOUNS[:6]}
    body = (ROOT / "docs" / "troubleshooting.md").read_text("utf-8")
    section = body.partition("### Operations in messages")[2].partition("\n## ")[0]
    heads = re.findall(r"^\| (`.*?) \|", section, flags=re.M)
    assert {n for head in heads for n in re.findall(r"`([^`]+)`", head)} == named
