"""The worker of a delete in Azure Machine Learning is killed, for real: the end is the same.

The run purges the whole workspace of `azureml_lab`, which two people approve: an asset of every
kind that an API deletes, a job that has to be cancelled first, blobs that stay behind. The moments
are few, as `delete_points.few` says: what is the app's own is killed at by `test_kill_deletes`.
What takes its time takes some.

With `DSR_KILL_EVERYWHERE=1` it is killed before and after every single call as well; that takes
most of an hour of two processors.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from tests.faults.azureml_lab import RUNNING, AzureMlHolding
from tests.faults.delete_kills import choices, kill_at, recorded
from tests.faults.delete_points import Point, few, packed
from tests.faults.delete_runs import End, Lab, Story, approved, submitted

DEATHS: Final = 8
"""Deaths in one run, unless a moment is not reached after another one."""
SANDBOXES: Final = 3
OPTIONS: Final[dict[str, Any]] = {"retry_seconds": 0, "slow": 0.3, "holding": AzureMlHolding()}


def _whole(lab: Lab, request_id: str) -> None:
    scope = {"workspaces": [lab.name], "select": "workspace", "delete_data_assets": True}
    submitted(lab, request_id, scope=scope)
    approved(lab, request_id, "pat", "sam")


WHOLE: Final = Story(_whole)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[End, list[str]]:
    with Lab(tmp_path_factory.mktemp("undisturbed"), **OPTIONS) as lab:
        return recorded(lab, WHOLE)


def test_a_run_that_nobody_disturbs(undisturbed: tuple[End, list[str]]) -> None:
    end, calls = undisturbed
    assert end.status == "completed"
    assert set(end.counts.items()) >= {("total", 14), ("deleted", 14)}
    assert sorted(answer for answers in end.deletes.values() for answer in answers) == [
        *(200,) * 5,  # versions of a model, a component, an environment, code, data
        *(202,) * 5,  # a cancel, two jobs, a schedule, the workspace
    ]
    assert [path for path in end.deletes if path.endswith("/cancel")] == [
        path for path in end.deletes if path.endswith(f"/{RUNNING}/cancel")
    ]
    left = [each for outcome in end.outcomes.values() for each in outcome["left_behind"]]
    assert len(left) == 11
    assert all(each["cleared"] for each in left)
    assert end.repeated() == []
    assert len(calls) > 400


@pytest.mark.slow
@choices(few, "most of an hour")
def test_killed_at_one_call_after_another(
    undisturbed: tuple[End, list[str]],
    tmp_path: Path,
    choose: Callable[[list[str]], list[Point]],
) -> None:
    expected, calls = undisturbed
    points = choose(calls)
    packs = packed(calls, points, DEATHS)
    kills = kill_at(tmp_path, WHOLE, packs, expected, sandboxes=SANDBOXES, **OPTIONS)
    print(f"{len(calls)} calls, {len(points)} moments, {kills.killed} deaths in {kills.runs} runs")
    print("not reached:", *kills.missed, sep="\n")
    assert not kills.problems, "\n".join(kills.problems)
    # how often the state is written, and where a moment at every call is wanted, how often an
    # operation is looked at, is up to chance: the last of these calls are not made in every run
    most = len(points) // (20 if choose is few else 8)
    assert len(kills.missed) <= most
    assert kills.killed >= len(points) - len(kills.missed) > 20
