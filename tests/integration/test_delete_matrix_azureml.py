"""Every kind of Azure Machine Learning and every situation of the table in `azureml_cells`.

One request a kind that an API deletes, one for the kinds that only a person can, one for each
whole workspace, all on one storage account. The sandbox's journal holds exactly the calls that
delete or cancel which the table allows; the account lacks exactly the blobs of what was deleted.
"""

from collections import Counter

import pytest

from sandbox.azureml.model import WORKING
from tests.integration.azureml_bare import FOLDERS_ACCOUNT, Place, alias
from tests.integration.azureml_cells import (
    ANY,
    BY_API,
    FOLDER,
    KINDS,
    SITUATIONS,
    WHOLE,
    cells,
    expected,
    why_not,
)
from tests.integration.azureml_requests import SPACES, Ran, run


def space_of(kind: str) -> str:
    return next(name for name, kinds in SPACES.items() if kind in kinds)


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    return run(tmp_path_factory.mktemp("matrix") / "host.log")


@pytest.mark.parametrize(("kind", "situation"), cells())
def test_each_cell_ends_as_the_table_says(ran: Ran, kind: str, situation: str):
    row, name = SITUATIONS[situation], space_of(kind)
    assets = ran.made[name].assets[kind, situation]
    assert assets
    for asset in assets:
        found = ran.results[name][asset]
        told = found.get("reason") or found.get("error") or ""
        assert found["outcome"] == expected(kind, situation), told
        if row.reason and found["outcome"] == row.api:
            assert told.startswith(row.reason)
        if found["outcome"] == "manual":
            assert found["steps"]
        if found["outcome"] == "deleted":
            assert found["evidence"]["verified_at"]
            assert found["evidence"]["calls"] == row.calls


@pytest.mark.parametrize("kind", BY_API)
def test_exactly_the_calls_of_the_table_were_made(ran: Ran, kind: str):
    made = ran.made[space_of(kind)]
    calls = ran.of(made)
    allowed: Counter[tuple[str, str]] = Counter()
    for cell, path in made.deletes.items():
        row = SITUATIONS[cell[1]]
        allowed["POST", made.cancel(cell)] = row.cancels
        allowed["DELETE", path] = row.calls
        if row.calls == ANY:
            answers = [c.status for c in calls if c.path.lower() == path]
            assert set(answers) == {409}
            allowed["DELETE", path] = len(answers)
    assert Counter((c.method, c.path.lower()) for c in calls) == +allowed


def test_of_file_shares_the_folders_alone_were_deleted_that_the_table_says(ran: Ran):
    users = f"/{FOLDERS_ACCOUNT}/{WORKING}/Users"
    gone = f"{users}/{alias('weak-in')}"
    refused = f"{users}/{alias('refused')}/notes.txt"
    counted = [(path, status) for path, status in ran.of_files if status != 404]
    assert counted == sorted([(gone, 202), (f"{gone}/notes.txt", 202), (refused, 403)])
    assert {path for path, _ in ran.of_files} == {path for path, _ in counted}
    folders = {alias(situation) for _, situation in cells((FOLDER,))}
    kept = folders - {alias("weak-in"), alias("gone")} | {f"{folder}2" for folder in folders}
    assert ran.files == {f"Users/{folder}/notes.txt" for folder in kept}


@pytest.mark.parametrize("name", SPACES)
def test_the_plan_and_the_results_name_the_same_assets(ran: Ran, name: str):
    planned = set(ran.plans[name])
    assert planned == set(ran.results[name])
    assert planned == {a for assets in ran.made[name].assets.values() for a in assets}
    assert ran.status[name]["status"] == "completed_with_exceptions"
    counts = ran.status[name]["counts"]
    outcomes = Counter(r["outcome"] for r in ran.results[name].values())
    assert {k: v for k, v in counts.items() if v and k not in ("total", "unattributed")} == outcomes


def test_no_call_went_outside_every_plan_or_for_a_secret_or_a_result(ran: Ran):
    told = [call.path for made in ran.made.values() for call in ran.of(made)]
    assert sorted(told) == sorted(call.path for call in ran.calls)
    assert not any(
        ran.of(ran.made[name]) for name in ("cells-unflagged", "cells-by-hand", "cells-folders")
    )
    assert ran.secrets == []
    assert any("/mfeoperationsstatus/" in path for path in ran.asked)
    assert not [path for path in ran.asked if "/mfeoperationresults/" in path]


def test_exactly_the_blobs_of_what_was_deleted_are_gone(ran: Ran):
    goes: set[Place] = set()
    for name, made in ran.made.items():
        for cell, assets in made.assets.items():
            if ran.results[name][assets[0]]["outcome"] == "deleted":
                goes |= made.left[cell]
    goes -= {place for name in WHOLE for place in ran.made[f"whole-{name}"].left["data", "strong"]}
    assert ran.before - ran.blobs == goes
    assert len(goes) > 40
    assert any(name.endswith("b/near.txt") for _, name in ran.blobs)


def test_messages_that_come_again_after_the_end_change_nothing(ran: Ran):
    assert ran.calls_stirred == len(ran.calls)
    assert ran.stirred == ran.results


@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_workspace_ends_as_the_table_says(ran: Ran, name: str):
    row, made = WHOLE[name], ran.made[f"whole-{name}"]
    found = ran.results[f"whole-{name}"]
    own = found[f"whole-{name}/workspace:{made.workspace.name}"]
    told = own.get("reason") or own.get("error") or ""
    assert own["outcome"] == row.workspace, told
    assert told.startswith(row.reason)
    job = "changed" if name == "changed" else "strong"
    ends = {("job", job): row.job} | {
        (kind, "strong"): row.endpoint for kind in ("online_endpoint", "data")
    }
    for cell, outcome in ends.items():
        for asset in made.assets[cell]:
            assert found[asset]["outcome"] == outcome
    assert all(r["steps"] for r in found.values() if r["outcome"] == "manual")
    paths = {kind: path for (kind, _), path in made.deletes.items()}
    paths["workspace"] = made.workspace.arm_id.lower()
    calls = ran.of(made)
    assert Counter(c.path.lower() for c in calls) == Counter(paths[kind] for kind in row.calls)
    purges = [c.query or "" for c in calls if c.path.lower() == paths["workspace"]]
    assert len(purges) == row.calls.count("workspace")
    assert all("forceToPurge=true" in query for query in purges)


def test_nothing_of_a_whole_workspace_is_asked_for_before_a_second_person_approves(ran: Ran):
    assert set(ran.waiting) == {"awaiting_approval"}


def test_cells_that_do_not_apply_say_why(capsys: pytest.CaptureFixture[str]):
    reasons: dict[str, list[str]] = {}
    for kind in KINDS:
        for situation in SITUATIONS:
            why = why_not(kind, situation)
            assert bool(why) != ((kind, situation) in cells())
            if why:
                reasons.setdefault(why, []).append(f"{kind} {situation}")
    with capsys.disabled():
        print()
        for why, places in sorted(reasons.items()):
            print(f"  {len(places):4d} cells: {why}, such as {places[0]}")
    assert sum(map(len, reasons.values())) + len(cells()) == len(KINDS) * len(SITUATIONS)
