"""The worker of a delete is killed, for real, at one call after another: the end is the same.

The moments are those of a recorded run of `delete_lab`, chosen as `delete_points.chosen` says:
after writes that a delete goes by, before and after each call that deletes. Storage is a real
Azurite, Studio and ARM are the sandbox's, whose journals tell that nothing was asked to be deleted
again after a call that counted.

With `DSR_KILL_EVERYWHERE=1` it is killed before and after every single call as well, polls of
queues and of the state excepted; that takes a quarter of an hour of two processors.
"""

import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.delete_kills import choices, kill_at, recorded
from tests.faults.delete_lab import SUBSCRIPTION, WORKSPACE_ID
from tests.faults.delete_points import ANY, Point, chosen, packed
from tests.faults.delete_runs import CANCELLED, RETRIED, WHOLE, End, Lab, Story

DEATHS = 4
"""Deaths in one run, unless a moment is not reached after another one."""


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[End, list[str]]:
    with Lab(tmp_path_factory.mktemp("undisturbed")) as lab:
        return recorded(lab, WHOLE)


def test_a_run_that_nobody_disturbs(undisturbed: tuple[End, list[str]]) -> None:
    end, calls = undisturbed
    assert end.status == "completed"
    assert set(end.counts.items()) >= {("total", 13), ("deleted", 13)}
    assert sorted(answer for answers in end.deletes.values() for answer in answers) == [
        *(200, 200, 200, 200, 202, 204, 204, 204),
    ]
    assert end.repeated() == []
    assert len(calls) > 300


@pytest.mark.slow
@choices(chosen, "a quarter of an hour")
def test_killed_at_one_call_after_another(
    undisturbed: tuple[End, list[str]],
    tmp_path: Path,
    choose: Callable[[list[str]], list[Point]],
) -> None:
    expected, calls = undisturbed
    points = choose(calls)
    kills = kill_at(tmp_path, WHOLE, packed(calls, points, DEATHS), expected)
    print(f"{len(calls)} calls, {len(points)} moments, {kills.killed} deaths in {kills.runs} runs")
    print("not reached:", *kills.missed, sep="\n")
    assert not kills.problems, "\n".join(kills.problems)
    assert len(kills.missed) <= len(points) // 50
    assert kills.killed >= len(points) - len(kills.missed) > 45


LEDGER = "/devstoreaccount1/dsr-ledger/requests/{id}"
INTENT, RESULT = f"PUT {LEDGER}/intents/{ANY}", f"PUT {LEDGER}/results/{ANY}"
STATE = f"PUT {LEDGER}/status.json"
SERVICES = f"/workspaces/{WORKSPACE_ID}/webservices/{ANY}"
STUDIO = f"/api/workspaces/{WORKSPACE_ID}"
ARM = f"/subscriptions/{SUBSCRIPTION}"
GROUP = f"{ARM}/resourceGroups/rg-kill/providers/Microsoft.MachineLearning"
VERSION = f"?api-version={ANY}"
DELETES = [
    f"DELETE {SERVICES}/endpoints/nightly",
    f"DELETE {SERVICES}/endpoints/default",
    f"DELETE {SERVICES}",
    f"DELETE {GROUP}/webServices/scores{VERSION}",
    f"DELETE {GROUP}/commitmentPlans/plan{VERSION}",
    f"DELETE {STUDIO}/experiments/{ANY}?deleteAncestors=true",
    f"DELETE {STUDIO}/datasources/family/{ANY}",
    f"DELETE {GROUP}/workspaces/kill-lab{VERSION}",
]
OPERATION = f"GET {ARM}/providers/Microsoft.MachineLearning/operations/{ANY}{VERSION}"


def moments(*chosen: tuple[str, int, str]) -> list[Point]:
    return [Point(shape, nth, when, 0) for shape, nth, when in chosen]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("story", "slow", "ends", "packs"),
    [
        pytest.param(
            RETRIED,
            0.0,
            ("completed_with_exceptions", {"failed": 0, "deleted": 3}),
            [
                moments((STATE, 1, "before"), (INTENT, 1, "after"), (RESULT, 1, "after")),
                moments((STATE, 1, "after"), (DELETES[5], 1, "after"), (STATE, 1, "before")),
                moments((DELETES[5], 1, "before"), (RESULT, 1, "before"), (STATE, 1, "after")),
            ],
            id="retry",
        ),
        pytest.param(
            CANCELLED,
            4.0,
            ("cancelled", {"failed": 0, "deleted": 4}),
            [
                moments((STATE, 1, "before"), (RESULT, 1, "before")),
                moments((STATE, 1, "after"), (RESULT, 2, "after")),
                moments((RESULT, 1, "after"), (STATE, 1, "after")),
            ],
            id="cancel",
        ),
    ],
)
def test_killed_during(
    tmp_path: Path,
    story: Story,
    slow: float,
    ends: tuple[str, dict[str, int]],
    packs: list[list[Point]],
) -> None:
    with Lab(tmp_path / "undisturbed", slow=slow) as lab:
        expected = lab.run(story, str(uuid.uuid4()))
    assert expected.status == ends[0]
    assert ends[1].items() <= expected.counts.items()
    kills = kill_at(tmp_path, story, packs, expected, slow=slow)
    assert not kills.problems, "\n".join(kills.problems)
    assert kills.missed == []
    assert kills.killed >= sum(map(len, packs))


@pytest.mark.slow
def test_killed_right_after_a_delete_that_takes_time_to_show(
    undisturbed: tuple[End, list[str]], tmp_path: Path
) -> None:
    """Lists lag and a New web service takes a while: nothing is asked for again all the same."""
    after = moments(*((delete, 1, "after") for delete in DELETES))
    kept = moments((OPERATION, 1, "before"), (f"{INTENT}", 5, "after"), (OPERATION, 1, "after"))
    kills = kill_at(
        tmp_path, WHOLE, [after[:4], after[4:], kept], undisturbed[0], lag=1.5, slow=3.0
    )
    assert not kills.problems, "\n".join(kills.problems)
    assert kills.missed == []
    assert kills.killed >= 11
