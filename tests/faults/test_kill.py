"""The worker is killed, for real, at one moment after another: the end is always the same.

Each run has a storage of its own and the same request id, so that whole manifests compare. The
moments are calls to the outside: named ones, at least one in every stage, and seeded ones
anywhere between the first call and the last. Each is written down before the process dies.
"""

import json
import random
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox.azurite import free_ports
from sandbox.stack import Stack
from sandbox.studio import big_workspace, sample_workspaces
from tests.client import TOMAS, UNDER_WAY, download, results

REQUEST_ID = "6f1c1a52-7a3f-4c0e-9b57-0d5d1f6f6a01"
BODY = {
    "request_id": REQUEST_ID,
    "type": "export",
    "subject": TOMAS,
    "submitted_at": "2026-11-24T09:00:00Z",
    "reference": "kill-test",
}
LEDGER = f"/dsr-ledger/requests/{REQUEST_ID}"
SETTINGS = {"DSR_STALLED_AFTER_SECONDS": "2", "DSR_RETRY_SECONDS": "1"}
(STUDIO_PORT,) = free_ports(1)  # one for all runs: metadata holds the addresses of bytes

NAMED = [
    ("intake", f"PUT .*{LEDGER}/request.json", 1, "before"),
    ("intake", f"PUT .*{LEDGER}/request.json", 1, "after"),
    ("intake", "POST .*/dsr-plan/messages", 1, "before"),
    ("intake", "POST .*/dsr-plan/messages", 1, "after"),
    ("planning", f"PUT .*{LEDGER}/status.json", 1, "after"),
    ("planning", f"PUT .*{LEDGER}/pages/", 2, "after"),
    ("planning", f"PUT .*{LEDGER}/listings/", 2, "before"),
    ("planning", f"PUT .*{LEDGER}/listings/", 4, "after"),
    ("planning", f"PUT .*{LEDGER}/plan.json", 1, "after"),
    ("dispatch", f"PUT .*{LEDGER}/status.json", 2, "after"),
    ("dispatch", "POST .*/dsr-export/messages", 2, "after"),
    ("staging", "PUT .*/dsr-exports/.*comp=block&", 1, "before"),
    ("staging", "PUT .*/dsr-exports/.*comp=block&", 2, "after"),
    ("before a batch's result", f"PUT .*{LEDGER}/results/", 1, "before"),
    ("before a batch's result", f"PUT .*{LEDGER}/results/", 4, "before"),
    ("after a batch's result", f"PUT .*{LEDGER}/results/", 3, "after"),
    ("verifying", f"PUT .*{LEDGER}/status.json", 3, "after"),
    ("before the commit", "PUT .*/dsr-exports/.*comp=blocklist", 1, "before"),
    ("after the commit", "PUT .*/dsr-exports/.*comp=blocklist", 1, "after"),
]
SEEDS = range(1, 5)
ANY_STEP = r"^(?!GET /devstoreaccount1/dsr-[a-z-]+/messages|GET .*/status.json)"
"""Any call but polls of queues and of the state: how many of those there are is left to chance."""


@dataclass
class End:
    """How a run ended."""

    manifest: dict[str, str]
    outcomes: dict[str, Any]
    counts: dict[str, int]
    kills: int


def run(folder: Path, environment: dict[str, str]) -> End:
    """Run one export; a host that died is started again, and then the sweeper fires."""
    workspaces = [*sample_workspaces(), big_workspace(20_000_000)]
    kills = 0
    with Stack(
        workspaces,
        ports={"studio": STUDIO_PORT},
        lease=2,
        max_poll=0.7,
        extra_settings=SETTINGS | environment,
        log=folder / "host.log",
    ) as stack:
        assert stack.host is not None
        accepted = False
        deadline = time.monotonic() + 240
        swept = time.monotonic()
        while True:
            assert time.monotonic() < deadline, (folder / "host.log").read_text()[-3000:]
            if not stack.host.alive():
                kills += 1
                stack.host.start()
            try:
                if not accepted:
                    answer = stack.call("POST", "requests", data=json.dumps(BODY))
                    assert answer.status_code in (200, 202), answer.text
                    accepted = True
                document = stack.status(REQUEST_ID)
                if document["status"] not in UNDER_WAY:
                    break
                if kills and time.monotonic() - swept > 1:
                    stack.sweep()
                    swept = time.monotonic()
            except requests.RequestException:
                pass  # it died under our call: the caller tries again
            time.sleep(0.2)
        # what no API gives of models and modules is left to a person
        assert document["status"] == "completed_with_exceptions", document
        package = download(stack, REQUEST_ID)
        found = results(stack, REQUEST_ID)
    return End(package.manifest(), found, document["counts"], kills)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[End, int]:
    """A run without a fault, and how many calls it made."""
    folder = tmp_path_factory.mktemp("undisturbed")
    calls = folder / "calls.txt"
    end = run(folder, {"SANDBOX_FAULTS": json.dumps({"record": str(calls)})})
    assert end.kills == 0
    lines = calls.read_text("utf-8").splitlines()
    return end, sum(bool(re.search(ANY_STEP, line)) for line in lines)


def disturbed(folder: Path, match: str, nth: int, when: str) -> End:
    log = folder / "moments.ndjson"
    rule = {"match": match, "nth": nth, "when": when, "log": str(log)}
    end = run(folder, {"SANDBOX_FAULTS": json.dumps([rule])})
    moments = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    print(f"killed {when} call {nth} of {match!r}: {moments[0]['call']}")
    assert len(moments) == end.kills == 1
    return end


@pytest.mark.slow
@pytest.mark.parametrize(("stage", "match", "nth", "when"), NAMED)
def test_killed_in_every_stage(
    tmp_path: Path, undisturbed: tuple[End, int], stage: str, match: str, nth: int, when: str
) -> None:
    end = disturbed(tmp_path, match, nth, when)
    assert end.manifest == undisturbed[0].manifest, stage
    assert end.outcomes == undisturbed[0].outcomes
    assert end.counts == undisturbed[0].counts


def moments(seed: int, calls: int) -> tuple[int, str]:
    """Give a seeded moment in the first four fifths of a run's calls."""
    chosen = random.Random(seed)
    return chosen.randint(1, calls * 8 // 10), chosen.choice(["before", "after"])


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_killed_at_a_seeded_moment(tmp_path: Path, undisturbed: tuple[End, int], seed: int) -> None:
    nth, when = moments(seed, undisturbed[1])
    end = disturbed(tmp_path, ANY_STEP, nth, when)
    assert end.manifest == undisturbed[0].manifest
    assert end.outcomes == undisturbed[0].outcomes
    assert end.counts == undisturbed[0].counts


def test_there_are_enough_moments(undisturbed: tuple[End, int]) -> None:
    assert len(NAMED) + len(SEEDS) >= 20
    assert len(undisturbed[0].manifest) > 100
    assert undisturbed[0].counts["exported"] > 40
