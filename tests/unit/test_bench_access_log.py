"""Counting calls to storage: what counts, what does not, and what counts as the same call."""

from pathlib import Path

import pytest

from bench.access_log import count, is_look, read_from

ID = "c9dbbb6c-96e4-42f9-a7cf-d6e35efe2420"
LOOK = "GET /devstoreaccount1/dsr-plan/messages?numofmessages=8&visibilitytimeout=600"


def line(call: str, status: str = "200", size: str = "-") -> str:
    """A line as Azurite writes it."""
    return f'127.0.0.1 - - [24/Nov/2026:15:24:01 +0000] "{call} HTTP/1.1" {status} {size}'


def test_calls_of_one_kind_are_one_whatever_their_ids():
    lines = [
        line(f"PUT /devstoreaccount1/dsr-ledger/index/8204466158965-{ID}", "404"),
        line(f"PUT /devstoreaccount1/dsr-ledger/index/8204466158966-{ID}", "201"),
        line(f"PUT /devstoreaccount1/dsr-exports/{ID}.zip?comp=block&blockid=MDA%3D", "201"),
        line(f"PUT /devstoreaccount1/dsr-exports/{ID}.zip?comp=block&blockid=MDE%3D", "201"),
        line(f"PUT /devstoreaccount1/dsr-ledger/requests/{ID}/pages/0000-01-a", "-"),
    ]
    assert count(lines) == {
        "PUT /dsr-ledger/index/{name}": 2,
        "PUT /dsr-exports/{id}.zip?comp=block&blockid": 2,
        "PUT /dsr-ledger/requests/{id}/pages/{name}": 1,
    }


def test_lines_that_are_no_calls_are_not_counted():
    assert count(["Azurite Blob service is listening at http://127.0.0.1:1", ""]) == {}


def test_a_container_that_is_left_out_takes_no_other_with_it():
    lines = [
        line("GET /devstoreaccount1/source/000001.bin?sv=x"),
        line("GET /devstoreaccount1/source?restype=container&comp=list"),
        line("GET /devstoreaccount1/sources/1"),
    ]
    assert count(lines, ignored=("source",)) == {"GET /sources/1": 1}


@pytest.mark.parametrize(("looks", "messages", "counted"), [(9, 2, 2), (1, 8, 1), (5, 0, 0)])
def test_of_the_looks_at_a_queue_no_more_count_than_messages_came(
    looks: int, messages: int, counted: int
):
    delete = f"DELETE /devstoreaccount1/dsr-plan/messages/{ID}?popreceipt=x"
    other = f"DELETE /devstoreaccount1/dsr-export/messages/{ID}?popreceipt=x"
    found = count([line(LOOK)] * looks + [line(delete, "204")] * messages + [line(other, "204")])
    assert found["GET /dsr-plan/messages"] == counted
    assert found["DELETE /dsr-plan/messages/{id}"] == messages
    assert sum(found.values()) == counted + messages + 1


def test_a_look_is_told_from_a_message_that_is_sent():
    assert is_look(line(LOOK))
    assert not is_look(line("POST /devstoreaccount1/dsr-plan/messages?visibilitytimeout=0"))


def test_a_log_is_read_from_where_it_ended_before(tmp_path: Path):
    log = tmp_path / "log"
    log.write_text("before\n", "utf-8")
    start = log.stat().st_size
    with log.open("a", encoding="utf-8") as file:
        file.write("one\ntwo\n")
    assert read_from(log, start) == ["one", "two"]
