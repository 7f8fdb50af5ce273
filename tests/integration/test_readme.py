"""What the README shows of the demo is what the sandbox gives."""

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.azureml import forecast
from sandbox.demo import REQUEST
from sandbox.demo_delete import delete
from sandbox.progress import describe
from sandbox.stack import Stack
from tests.client import results, wait

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The sandbox with the samples of both services, as `make run` has it."""
    log = tmp_path_factory.mktemp("readme") / "host.log"
    settings = {"DSR_RETRY_SECONDS": "0"}
    with Stack(log=log, max_poll=0.7, extra_settings=settings, azureml=[forecast()]) as running:
        yield running


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
    assert f"… {NUMBERS[shown]} more]" in README


def test_the_demos_delete_is_as_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with Stack(azureml=[forecast()]) as own:
        assert delete(own)
        (last,) = own.call("GET", "requests?type=delete").json()["items"]
    assert f"\n  {describe(last)}\n" in README
    lines = capsys.readouterr().out.splitlines()  # progress goes elsewhere
    assert len(lines) > 14
    for line in lines:
        steady = re.sub(r"^Accepted as .*|[\d.]+ s after the approval$", "", line)
        # keys, ids and times of the check are another run's
        steady = re.sub(r"(you gave) \(.*|(delete request) .*", r"\1\2", steady)
        assert steady in README, line
    (command,) = (shlex.split(line) for line in lines if " -m dsr.verify " in line)
    assert command[0] == ".venv/bin/python"
    # as it stands, in the repository's folder
    done = subprocess.run([sys.executable, *command[1:]], cwd=ROOT, check=False)
    assert done.returncode == 0


def test_the_demos_transcript_is_of_one_run() -> None:
    shown = README.partition("```\nmake demo\n```")[2].partition("```\nmake test\n```")[0]
    (accepted,) = re.findall(r"delete what belongs.*\nAccepted as (\S+)", shown)
    assert re.findall(r"of delete request (\S+):", shown) == [accepted]
    (exported,) = re.findall(r"export what belongs.*\nAccepted as (\S+)", shown)
    assert set(re.findall(r"/out/([0-9a-f-]{36})", shown)) == {exported}
    assert set(re.findall(r"\b[0-9a-f]{8}-[0-9a-f-]{27}\b", shown)) == {accepted, exported}


def test_the_plan_is_shown_from_its_first_entry_on(stack: Stack) -> None:
    shown = README.partition("A delete is submitted")[2]
    (body, _) = re.findall(r"-d '(\{.*?\})'", shown, flags=re.S)
    request_id = stack.call("POST", "requests", data=body).json()["request_id"]
    assert wait(stack, request_id)["status"] == "awaiting_approval"
    plan = stack.items(f"requests/{request_id}/plan")
    place = 0
    block = shown.partition('"items": [')[2].partition("],\n")[0]
    for asset, rest, more in re.findall(r'\{"asset": "([^"]+)",\s+(.*)\n.*|… (\d+) more', block):
        if more:
            place += int(more)
            continue
        entry = plan[place]
        said = f'"ref": "{entry["ref"][:16]}…", "name": {json.dumps(entry["name"])}, "match": '
        assert (asset, rest) == (entry["asset"], f"{said}{json.dumps(entry['match'])},")
        place += 1
    assert place == len(plan)


def test_the_approval_includes_what_the_plan_shows_as_to_be_reviewed() -> None:
    shown = README.partition("A delete is submitted")[2]
    body = json.loads(re.findall(r"-d '(\{.*?\})'", shown, flags=re.S)[1])
    entries = re.findall(r'"asset": "([^"]+)",\s+"ref".*?"action": "(\w+)"', shown, flags=re.S)
    assert set(body["include"]) < {asset for asset, action in entries if action == "review"}
    assert f'"plan_hash": "{body["plan_hash"]}"' in shown


def test_the_refusal_is_as_shown(stack: Stack) -> None:
    answer = stack.call("POST", "requests", data=json.dumps({"type": "erase", "subjct": {}}))
    (shown,) = re.findall(r'"errors": (\[.*?\])\}', README, flags=re.S)
    assert answer.json()["errors"] == json.loads(shown)
