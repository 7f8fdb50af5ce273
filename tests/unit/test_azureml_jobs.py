"""Jobs as they are listed: who made them, pages as they come, many runs a call."""

import pytest

from dsr.errors import Refused, Unavailable, Unusable
from dsr.model.matching import Matcher, Tier
from dsr.model.request import Subject
from tests.fakes.azureml_connector import HISTORY, arm, connector
from tests.fakes.studio import told
from tests.fakes.wire import answer
from tests.unit.azureml_runs import BATCH, JOB, LIST, NORA_ID, OMAR_ID, batch, job, run, user

NEXT = arm("/jobs", "&listViewType=All&$skipToken=H4sIAAAA%2b==")


def listed(*jobs, runs=None):
    made, wire = connector(
        {
            LIST: [told({"value": list(jobs)})],
            BATCH: [told(batch(*([run()] if runs is None else runs)))],
        }
    )
    return list(made.assets("job", None)), wire


def subject(**ids):
    given = {"emails": [], "user_ids": [], "object_ids": [], "names": [], "aliases": []}
    return Subject(**(given | ids))


def tier(asset, **ids):
    return Matcher(subject(**ids), []).match(asset).tier


def test_a_job_is_its_makers_by_the_object_id_that_run_history_tells():
    (asset,), _ = listed(job())
    assert (asset.id, asset.name, asset.file_name) == (JOB, "demand-train", JOB)
    assert ("createdBy.userObjectId", NORA_ID) in asset.identifiers
    assert tier(asset, object_ids=[NORA_ID]) == Tier.STRONG
    assert not asset.owners


def test_a_notification_address_and_the_agreed_tag_are_strong_as_well():
    (asset,), _ = listed(job(tags={"dsr:subject": f"{OMAR_ID}, omar@contoso.example"}), runs=[])
    for ids in (
        {"emails": ["Nora.Beispiel@contoso.example"]},
        {"object_ids": [OMAR_ID]},
        {"emails": ["omar@contoso.example"]},
    ):
        assert tier(asset, **ids) == Tier.STRONG


def test_a_display_name_is_weak_at_most_since_two_people_may_share_it():
    (asset,), _ = listed(job())
    assert tier(asset, names=["Nora Beispiel"]) == Tier.WEAK
    assert tier(asset, aliases=["Nora Beispiel (Contoso)"]) == Tier.WEAK


@pytest.mark.parametrize(
    "properties",
    [
        {"command": "python train.py --user n-beispiel"},
        {"environmentVariables": {"OWNER": "n-beispiel"}},
        {"tags": {"by": "n-beispiel"}},
        {"tags": {"n-beispiel": "1"}},
        {"description": "of n-beispiel"},
        {"displayName": "n-beispiel"},
        {"properties": {"mlflow.user": "n-beispiel"}},
        {"inputs": {"a": {"uri": "azureml://datastores/x/paths/users/n-beispiel/a"}}},
        {"outputs": {"a": {"uri": "azureml://datastores/x/paths/users/n-beispiel/a"}}},
        {"notificationSetting": {"webhooks": {"w": {"uri": "https://x/n-beispiel"}}}},
    ],
    ids=lambda p: next(iter(p)),
)
def test_free_text_is_weak(properties):
    (asset,), _ = listed(job(**properties))
    assert tier(asset, aliases=["n-beispiel"]) == Tier.WEAK


def test_who_changed_it_last_is_a_reference_and_no_owner():
    (asset,), _ = listed(job())
    assert asset.references == (("lastModifiedBy.userObjectId", OMAR_ID),)
    assert OMAR_ID not in {value for _, value in asset.identifiers}


def test_an_upn_that_run_history_tells_counts():
    made = {**user("", "Nora Beispiel"), "upn": "nora.beispiel@contoso.example"}
    (asset,), _ = listed(job(notificationSetting=None), runs=[run(createdBy=made)])
    assert tier(asset, emails=["nora.beispiel@contoso.example"]) == Tier.STRONG


def test_microsoft_and_a_missing_maker_lead_to_nobody():
    (asset,), _ = listed(
        {**job(notificationSetting=None), "systemData": {"createdBy": "Microsoft"}}, runs=[]
    )
    assert asset.builtin
    (asset,), _ = listed({**job(notificationSetting=None), "systemData": None}, runs=[])
    assert (asset.identifiers, asset.builtin) == ((), False)


def test_the_entry_holds_the_job_and_its_run_so_that_neither_is_asked_for_again():
    (asset,), _ = listed(job())
    assert asset.listed == {"job": job(), "run": run()}


def test_the_state_changes_with_a_job_of_the_same_name_and_not_with_its_status():
    (before,), _ = listed(job())
    (stopped,), _ = listed(job(status="Canceled"))
    (renewed,), _ = listed(job(), runs=[run(runUuid="another")])
    assert before.state == stopped.state != renewed.state


def test_archived_jobs_are_asked_for_and_the_next_page_is_followed_as_it_came():
    first = told({"value": [job(f"j{n}") for n in range(100)], "nextLink": NEXT})
    routes = {LIST: [first], f"GET {NEXT}": [told({"value": [job()]})]}
    made, wire = connector(routes | {BATCH: [told(batch())]})
    page = made.assets("job", None)
    list(page)
    assert page.next == NEXT
    assert [a.id for a in made.assets("job", page.next)] == [JOB]
    assert [c for c in wire.calls if "/jobs" in c] == [LIST, f"GET {NEXT}"]


def test_small_pages_are_taken_together_and_their_runs_asked_for_at_once():
    others = [told({"value": [job(f"j{n}")], "nextLink": NEXT}) for n in range(4)]
    routes = {
        LIST: [told({"value": [job()], "nextLink": NEXT})],
        f"GET {NEXT}": [*others, told({"value": []})],
    }
    made, wire = connector(
        routes | {BATCH: [told(batch(*(run(f"j{n}") for n in range(4)), run()))]}
    )
    page = made.assets("job", None)
    assert [a.id for a in page] == [JOB, "j0", "j1", "j2", "j3"]
    assert page.next is None
    asked = {"runId": JOB, "selectRunMetadata": True}
    (body,) = wire.bodies(f"{HISTORY}/batchrundata")
    assert body["requests"][JOB] == asked
    assert len(body["requests"]) == 5
    assert len(wire.calls) == 7


def test_a_next_page_elsewhere_gets_no_token():
    away = "https://management.azure.com.evil.example/jobs"
    made, wire = connector({LIST: [told({"value": [], "nextLink": away})]})
    with pytest.raises(Unusable, match="not one of the workspace's"):
        made.assets("job", None)
    assert all("evil" not in call for call in wire.calls)


def test_a_run_that_the_batch_does_not_tell_is_asked_for_alone():
    failed = {"lost": {"error": {"code": "ServiceError"}}, "gone": {"error": {"code": "NotFound"}}}
    routes = {
        LIST: [told({"value": [job(), job("lost"), job("gone")]})],
        BATCH: [told(batch(run(), failed=failed))],
        f"GET {HISTORY}/runs/lost": [told(run("lost"))],
    }
    made, _ = connector(routes)
    found = {a.id: a.listed["run"] for a in made.assets("job", None)}
    assert found == {JOB: run(), "lost": run("lost"), "gone": None}


def test_where_a_maker_can_not_be_asked_for_the_list_fails_instead_of_leaving_jobs_out():
    routes = {LIST: [told({"value": [job()]})], BATCH: [answer(403)]}
    with pytest.raises(Refused):
        connector(routes)[0].assets("job", None)
    with pytest.raises(Unavailable):
        connector(routes | {BATCH: [answer(503)]})[0].assets("job", None)


def test_a_batch_route_that_is_gone_costs_a_call_a_run():
    routes = {
        LIST: [told({"value": [job()]})],
        BATCH: [answer(400)],
        f"GET {HISTORY}/runs/{JOB}": [told(run())],
    }
    (asset,) = connector(routes)[0].assets("job", None)
    assert ("createdBy.userObjectId", NORA_ID) in asset.identifiers


def test_a_run_of_another_id_is_not_believed():
    wrong = {"successfulResults": {JOB: {"runMetadata": run("other")}}, "failedResults": {}}
    made, _ = connector({LIST: [told({"value": [job()]})], BATCH: [told(wrong)]})
    (asset,) = made.assets("job", None)
    assert asset.listed["run"] is None
