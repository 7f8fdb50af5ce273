"""What the README shows of the demo is what the sandbox gives."""

import json
import re
from pathlib import Path

from sandbox.demo import REQUEST
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
    (body,) = re.findall(r"-d '(\{.*?\})'", README, flags=re.S)
    answer = stack.call("POST", "requests", data=body)
    assert answer.status_code == 202
    first, second = (json.loads(counts) for counts in re.findall(r'"counts": (\{[^}]*\})', README))
    assert answer.json()["counts"] == first
    document = wait(stack, answer.json()["request_id"])
    assert document["counts"] == second
    assert f'"status": "{document["status"]}", …' in README
    shown = len(document["notices"]) - 1
    assert f"… {['no', 'one', 'two', 'three', 'four', 'five', 'six'][shown]} more]" in README


def test_the_refusal_is_as_shown(stack: Stack) -> None:
    answer = stack.call("POST", "requests", data=json.dumps({"type": "erase", "subjct": {}}))
    (shown,) = re.findall(r'"errors": (\[.*?\])\}', README, flags=re.S)
    assert answer.json()["errors"] == json.loads(shown)
