"""What the README shows of the demo is what the sandbox gives."""

import json
import re
from pathlib import Path

import pytest

from sandbox.demo import REQUEST
from sandbox.demo_delete import delete
from sandbox.progress import describe
from sandbox.stack import Stack
from tests.client import results, wait

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")


def test_the_demos_end_and_what_it_leaves_to_a_person_are_as_shown(stack: Stack) -> None:
    request_id = stack.submit(**REQUEST)
    document = wait(stack, request_id)
    assert f"\n  {describe(document)}\n" in README
    manual = {
        f"  manual: {asset}: {result['reason']}"
        for asset, result in results(stack, request_id).items()
        if result["outcome"] == "manual"
    }
    assert set(re.findall(r"^  manual: .*$", README, flags=re.M)) == manual


def test_the_first_requests_answers_are_as_shown(stack: Stack) -> None:
    body = re.findall(r"-d '(\{.*?\})'", README, flags=re.S)[0]
    answer = stack.call("POST", "requests", data=body)
    assert answer.status_code == 202
    first, second = (json.loads(counts) for counts in re.findall(r'"counts": (\{[^}]*\})', README))
    assert answer.json()["counts"] == first
    document = wait(stack, answer.json()["request_id"])
    assert document["counts"] == second
    assert f'"status": "{document["status"]}", …' in README
    shown = len(document["notices"]) - 1
    assert f"… {['no', 'one', 'two', 'three', 'four', 'five', 'six'][shown]} more]" in README


def test_the_demos_delete_is_as_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with Stack() as own:
        assert delete(own)
        (last,) = own.call("GET", "requests?type=delete").json()["items"]
    assert f"\n  {describe(last)}\n" in README
    lines = capsys.readouterr().out.splitlines()  # progress goes elsewhere
    assert len(lines) > 14
    for line in lines:
        if line.startswith("What this proves"):
            break  # the README leaves out what follows the verdict
        steady = re.sub(r"^Accepted as .*|[\d.]+ s after the approval$", "", line)
        # keys, ids and times of the check are another run's
        steady = re.sub(r"(you gave) \(.*|(delete request) .*", r"\1\2", steady)
        assert steady in README, line


def test_the_approval_includes_what_the_plan_shows_as_to_be_reviewed() -> None:
    shown = README.partition("A delete is submitted")[2]
    body = json.loads(re.findall(r"-d '(\{.*?\})'", shown, flags=re.S)[1])
    entries = re.findall(r'"asset": "([^"]+)",\s+"ref".*?"action": "(\w+)"', shown, flags=re.S)
    assert body["include"] == [asset for asset, action in entries[:2] if action == "review"]
    assert f'"plan_hash": "{body["plan_hash"]}"' in shown


def test_the_refusal_is_as_shown(stack: Stack) -> None:
    answer = stack.call("POST", "requests", data=json.dumps({"type": "erase", "subjct": {}}))
    (shown,) = re.findall(r'"errors": (\[.*?\])\}', README, flags=re.S)
    assert answer.json()["errors"] == json.loads(shown)
