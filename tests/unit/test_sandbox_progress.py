"""A request's progress on a terminal and in a file."""

import io
from typing import Any

import pytest

from sandbox.progress import ProgressLines, describe, follow


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def _document(status: str = "running", **counts: int) -> dict[str, Any]:
    names = ("exported", "deleted", "manual", "retained", "skipped", "failed", "unattributed")
    return {"status": status, "counts": dict.fromkeys(names, 0) | {"total": 9} | counts}


class TestDescribe:
    def test_done_is_the_sum_of_every_outcome(self) -> None:
        line = describe(_document(exported=4, manual=1, failed=2))
        assert line.split("  ")[0] == "exporting"
        assert line.endswith("  7 of 9 assets  (4 exported, 1 manual, 2 failed)")

    @pytest.mark.parametrize(
        ("status", "words"),
        [
            ("planning", "planning: who owns what"),
            ("running", "deleting, looking again"),
            ("verifying", "adding up"),
        ],
    )
    def test_a_delete_has_words_of_its_own(self, status: str, words: str) -> None:
        line = describe(_document(status, deleted=2) | {"type": "delete"})
        assert line.startswith(f"{words} ")
        assert line.endswith("  2 of 9 assets  (2 deleted)")

    def test_nothing_done_needs_no_brackets(self) -> None:
        line = describe(_document("planning"))
        assert line.startswith("planning: who owns what ")
        assert line.endswith("    0 of 9 assets")

    def test_unattributed_assets_are_apart(self) -> None:
        line = describe(_document(exported=1, unattributed=3))
        assert line.endswith("1 of 9 assets  (1 exported)  [3 unattributed]")

    def test_a_stage_without_words_of_its_own_shows_as_it_is(self) -> None:
        assert describe(_document("completed")).startswith("completed ")


class TestLines:
    def test_in_a_file_each_change_is_a_line(self) -> None:
        out = io.StringIO()
        lines = ProgressLines(out)
        for document in (_document(), _document(), _document(exported=1), _document("verifying")):
            lines.show(document)
        lines.end()
        shown = out.getvalue()
        assert shown.endswith("\n")
        assert "\r" not in shown
        assert [line.split("  ")[1] for line in shown.splitlines()] == [
            "exporting",
            "exporting",
            "joining the package",
        ]

    def test_on_a_terminal_a_stage_is_rewritten_in_place(self) -> None:
        out = _Terminal()
        lines = ProgressLines(out)
        one, two, three = _document(), _document(exported=1), _document("verifying", exported=1)
        for document in (one, two, two, three):
            lines.show(document)
        lines.end()
        first, second, third = (f"  {describe(d)}" for d in (one, two, three))
        assert out.getvalue() == f"{first}\r\x1b[K{second}\n{third}\n"


class TestFollow:
    @pytest.fixture(autouse=True)
    def _no_pauses(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("sandbox.progress.time.sleep", lambda seconds: None)

    @pytest.mark.parametrize("last", ["awaiting_approval", "completed", "failed"])
    def test_it_ends_where_a_request_waits_or_ends(self, last: str) -> None:
        under_way = ["received", "planning", "running", "verifying"]
        documents = [_document(status) for status in (*under_way, last, "unread")]
        out = io.StringIO()
        assert follow(lambda: documents.pop(0), ProgressLines(out))["status"] == last
        assert [d["status"] for d in documents] == ["unread"]
        assert len(out.getvalue().splitlines()) == 5

    def test_it_gives_up_in_the_end(self) -> None:
        out = _Terminal()
        with pytest.raises(TimeoutError, match="still running"):
            follow(_document, ProgressLines(out), seconds=-1)
        assert out.getvalue().endswith("\n")
