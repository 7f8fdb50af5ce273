"""The handlers over a rig: what callers get, as status, headers and problem+json."""

import json
import re
from pathlib import Path
from typing import Any

import azure.functions as func
import pytest

from dsr.errors import Misconfigured, StorageAway
from dsr.model.messages import DeleteMessage, ExportMessage, FinishMessage, PlanMessage
from dsr.usecases.viewing import LINK_SECONDS
from tests.fakes.functions import App, functions, give_ports
from tests.fakes.rig import REQUEST_ID, Rig
from tests.fakes.sample import SUBJECT
from tests.fakes.sample import rig as made_up_rig

BODY: dict[str, Any] = {"request_id": REQUEST_ID, "type": "export", "subject": SUBJECT}
OTHER_ID = "00000000-1111-4222-8333-444444444444"


@pytest.fixture
def rig() -> Rig:
    return made_up_rig()


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, rig: Rig) -> App:
    return App(monkeypatch, rig)


def submit(app: App, **changes: Any) -> func.HttpResponse:
    return app.http("submit_request", json.dumps(BODY | changes).encode())


def read(response: func.HttpResponse) -> Any:
    assert response.headers["Cache-Control"] == "no-store"
    return json.loads(response.get_body())


def problem(response: func.HttpResponse, status: int) -> dict[str, Any]:
    """Check that an answer is problem+json of this status, and give it."""
    assert response.status_code == status
    assert response.mimetype == "application/problem+json"
    body: dict[str, Any] = read(response)
    assert body["status"] == status
    assert body["type"]
    assert body["title"]
    assert body["detail"]
    return body


def test_a_new_request_is_202_with_its_place_and_its_status(app: App):
    response = submit(app)
    assert response.status_code == 202
    assert response.mimetype == "application/json"
    assert response.headers["Location"] == f"/api/requests/{REQUEST_ID}"
    document = read(response)
    assert (document["request_id"], document["status"]) == (REQUEST_ID, "received")
    assert document["due_at"] == "2026-12-24T09:00:00.000Z"
    assert document["counts"]["total"] == 0
    assert document["links"]["self"] == f"/api/requests/{REQUEST_ID}"
    assert "tomas" not in json.dumps(document)


def test_the_same_request_again_is_200_and_the_same_document(app: App):
    first = submit(app)
    again = app.http("submit_request", json.dumps(BODY, indent=2).encode())
    assert again.status_code == 200
    assert read(again) == read(first)
    assert again.headers["Location"] == first.headers["Location"]


def test_the_same_id_with_another_body_is_409(app: App):
    submit(app)
    problem(submit(app, reference="other"), 409)


def test_bad_input_is_400_with_every_field_and_nothing_stored(app: App, rig: Rig):
    body = problem(submit(app, type="erase", surprise="tomas", reference="a b"), 400)
    assert {e["pointer"] for e in body["errors"]} == {"/type", "/surprise", "/reference"}
    assert "tomas" not in json.dumps(body)
    assert (rig.ledger.blobs, rig.queues.sent) == ({}, [])


def test_a_request_that_is_too_large_is_413(app: App):
    problem(app.http("submit_request", b" " * (256 * 1024 + 1)), 413)


@pytest.mark.parametrize(
    "name", sorted(n for n, f in functions().items() if f.is_http_function() and n != "health")
)
def test_a_function_key_in_the_url_is_refused_everywhere(app: App, name: str):
    response = app.http(name, b"{}", params={"code": "SECRET-KEY"}, id=REQUEST_ID)
    body = problem(response, 401)
    assert "x-functions-key" in body["detail"]
    assert "SECRET-KEY" not in json.dumps(body)


ONE = ["get_request", "cancel_request", "get_plan", "get_results", "get_package"]


@pytest.mark.parametrize("name", ONE)
def test_what_nobody_asked_for_is_404(app: App, name: str):
    problem(app.http(name, id=OTHER_ID), 404)


@pytest.mark.parametrize("name", [*ONE, "approve_request", "reject_request"])
@pytest.mark.parametrize("bad", ["", "4711", "x" * 36, f"{{{REQUEST_ID[:34]}}}"])
def test_an_id_that_is_no_uuid_is_400(app: App, name: str, bad: str):
    body = problem(app.http(name, b'{"approver":"a","plan_hash":"h"}', id=bad), 400)
    assert [e["pointer"] for e in body["errors"]] == ["/request_id"]


def test_an_id_in_capitals_is_the_same_request(app: App):
    submit(app)
    assert read(app.http("get_request", id=REQUEST_ID.upper()))["request_id"] == REQUEST_ID


@pytest.mark.parametrize("name", ["get_plan", "get_results", "get_package"])
def test_what_is_not_there_yet_is_404(app: App, name: str):
    submit(app)
    problem(app.http(name, id=REQUEST_ID), 404)


@pytest.mark.parametrize("page", ["0", "-1", "x", "1.5", "9" * 5000, "²", "1 "])
@pytest.mark.parametrize("name", ["get_plan", "get_results", "list_requests"])
def test_a_page_that_is_no_number_from_1_is_400(app: App, name: str, page: str):
    submit(app)
    body = problem(app.http(name, params={"page": page}, id=REQUEST_ID), 400)
    assert [e["pointer"] for e in body["errors"]] == ["/page"]


def test_an_export_to_its_end_and_its_package(app: App, rig: Rig):
    submit(app)
    rig.pump()
    document = read(app.http("get_request", id=REQUEST_ID))
    assert document["status"] == "completed"
    assert document["counts"]["exported"] == document["counts"]["total"] == 6
    plan = read(app.http("get_plan", id=REQUEST_ID))
    assert (plan["plan_hash"], plan["total"]) == (document["plan_hash"], 6)
    results = read(app.http("get_results", id=REQUEST_ID))
    assert {r["outcome"] for r in results["items"]} == {"exported"}
    assert set(results["items"][0]) >= {"asset", "name", "match", "action", "outcome", "evidence"}
    package = read(app.http("get_package", id=REQUEST_ID))
    assert [p["size"] for p in package["parts"]] == [
        len(rig.exports.blobs[f"{REQUEST_ID}.zip"].data)
    ]
    assert re.fullmatch("[0-9a-f]{64}", package["tagmanifest_sha256"])
    assert package["network"] in ("public", "private")
    problem(app.http("get_plan", params={"page": "2"}, id=REQUEST_ID), 404)


def test_a_package_is_410_once_it_has_expired_and_so_are_erased_results(app: App, rig: Rig):
    submit(app)
    rig.pump()
    rig.later(days=31)
    problem(app.http("get_package", id=REQUEST_ID), 410)
    functions()["sweep"].get_user_function()(None)
    for name in ("get_package", "get_plan", "get_results"):
        problem(app.http(name, id=REQUEST_ID), 410)
    assert read(app.http("get_request", id=REQUEST_ID))["status"] == "completed"


def test_approving_and_rejecting_need_a_plan_that_waits(app: App, rig: Rig):
    submit(app, approval="required")
    body = json.dumps({"plan_hash": "f" * 64, "approver": "dpo@example.org"}).encode()
    problem(app.http("approve_request", body, id=REQUEST_ID), 409)
    rig.pump()
    problem(app.http("approve_request", body, id=REQUEST_ID), 409)
    found = read(app.http("get_request", id=REQUEST_ID))
    assert found["status"] == "awaiting_approval"
    assert {"approve", "reject", "plan"} <= set(found["links"])
    good = body.replace(b"f" * 64, found["plan_hash"].encode())
    response = app.http("approve_request", good, id=REQUEST_ID)
    assert (response.status_code, read(response)["status"]) == (200, "running")
    problem(app.http("reject_request", b'{"approver":"x"}', id=REQUEST_ID), 409)


def test_a_rejected_request_ends_before_anything_is_touched(app: App, rig: Rig):
    submit(app, approval="required")
    rig.pump()
    response = app.http("reject_request", b'{"approver":"x","reason":"no"}', id=REQUEST_ID)
    assert read(response)["status"] == "rejected"
    assert (rig.pump(), rig.exports.blobs, rig.exports.blocks) == (0, {}, {})
    problem(app.http("reject_request", b'{"approver":"x"}', id=REQUEST_ID), 409)


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        (b"{}", {"/plan_hash", "/approver"}),
        (b'{"plan_hash":"h","approver":" "}', {"/approver"}),
        (b'{"plan_hash":"h","approver":"a","extra":1}', {"/extra"}),
        (b'{"plan_hash":"h","approver":"a","include":"lab/job:1"}', {"/include"}),
        (b'{"plan_hash":"h","approver":"a","include":[7]}', {"/include/0"}),
        (b'{"plan_hash":"h","plan_hash":"h","approver":"a"}', {"/plan_hash"}),
        (b"[]", {""}),
        (b"x", {""}),
    ],
)
def test_an_approval_that_is_wrong_is_400_by_field(app: App, body: bytes, pointers):
    submit(app, approval="required")
    found = problem(app.http("approve_request", body, id=REQUEST_ID), 400)
    assert {e["pointer"] for e in found["errors"]} == pointers


def test_an_approval_names_every_entry_that_it_can_not_include(app: App, rig: Rig):
    submit(app, approval="required")
    rig.pump()
    plan = read(app.http("get_plan", id=REQUEST_ID))
    body = {"plan_hash": plan["plan_hash"], "approver": "a", "include": ["lab/job:1", "x"]}
    found = problem(app.http("approve_request", json.dumps(body).encode(), id=REQUEST_ID), 400)
    assert {e["pointer"] for e in found["errors"]} == {"/include/0", "/include/1"}
    assert read(app.http("get_request", id=REQUEST_ID))["status"] == "awaiting_approval"


def test_cancelling_is_200_and_once_only(app: App):
    submit(app)
    response = app.http("cancel_request", id=REQUEST_ID)
    assert (response.status_code, read(response)["status"]) == (200, "cancelled")
    problem(app.http("cancel_request", id=REQUEST_ID), 409)


def test_the_list_is_newest_first_and_filtered(app: App, rig: Rig):
    submit(app)
    rig.later(seconds=1)
    submit(app, request_id=OTHER_ID, regulation="ccpa")
    rig.queues.sent.pop()
    rig.pump()

    def listed(**params: str) -> list[str]:
        return [i["request_id"] for i in read(app.http("list_requests", params=params))["items"]]

    assert listed() == [OTHER_ID, REQUEST_ID]
    assert listed(status="received") == [OTHER_ID]
    assert listed(status="completed") == [REQUEST_ID]
    assert listed(type="delete") == []
    assert listed(overdue="true") == []
    rig.later(days=46)
    assert listed(overdue="true") == [OTHER_ID]
    assert listed(overdue="false") == [REQUEST_ID]
    assert listed(status="", type="", overdue="") == [OTHER_ID, REQUEST_ID]


def test_filters_that_are_none_are_400_together(app: App):
    params = {"status": "done", "type": "erase", "overdue": "maybe"}
    body = problem(app.http("list_requests", params=params), 400)
    assert {e["pointer"] for e in body["errors"]} == {"/status", "/type", "/overdue"}


def test_the_list_comes_in_pages(app: App, rig: Rig):
    for number in range(51):
        submit(app, request_id=f"00000000-0000-4000-8000-{number:012d}")
        rig.later(seconds=1)
    first = read(app.http("list_requests"))
    assert (len(first["items"]), first["next_page"]) == (50, 2)
    second = read(app.http("list_requests", params={"page": "2"}))
    assert (len(second["items"]), second["next_page"]) == (1, None)
    assert second["items"][0]["request_id"].endswith("000")


def test_workspaces_are_listed_without_secrets(app: App):
    (found,) = read(app.http("list_workspaces"))["items"]
    assert found["name"] == "lab"
    assert not any("token" in key for key in found)


def test_health_says_nothing_but_that_it_is_alive(app: App):
    response = app.http("health")
    assert (response.status_code, read(response)) == (200, {"status": "ok"})


def test_ready_is_200_or_says_what_is_wrong(app: App, rig: Rig, monkeypatch):
    response = app.http("ready")
    assert response.status_code == 200
    assert set(read(response)["checks"].values()) == {"ok"}

    def broken(name: str) -> None:
        raise StorageAway("the data account answers 403")

    monkeypatch.setattr(rig.ledger, "look", broken)
    response = app.http("ready")
    assert response.status_code == 503
    assert read(response)["status"] == "not ready"
    assert read(response)["checks"]["dsr-ledger"] == "the data account answers 403"
    assert read(response)["checks"]["dsr-exports"] == "ok"


@pytest.mark.parametrize("name", ["submit_request", "list_requests", "ready", "list_workspaces"])
def test_wrong_settings_are_503_and_name_each(monkeypatch, name: str):
    def ports() -> None:
        raise Misconfigured("DSR_HASH_KEY: is not the base64 of 32 bytes or more")

    give_ports(monkeypatch, ports)
    request = func.HttpRequest(method="GET", url="/", params={}, route_params={}, body=b"{}")
    response = functions()[name].get_user_function()(request)
    assert "DSR_HASH_KEY" in problem(response, 503)["detail"]


def test_health_answers_without_settings(monkeypatch):
    give_ports(monkeypatch, lambda: 1 / 0)
    request = func.HttpRequest(method="GET", url="/", body=b"")
    assert functions()["health"].get_user_function()(request).status_code == 200


def test_the_openapi_document_describes_every_route_and_no_other(app: App):
    document = read(app.http("openapi"))
    assert document["openapi"].startswith("3.1")
    described = {
        (method, path.removeprefix("/"))
        for path, item in document["paths"].items()
        for method in item
    }
    served = set()
    for found in functions().values():
        if found.is_http_function():
            trigger = found.get_trigger().get_dict_repr()
            served |= {(m.value.lower(), trigger["route"]) for m in trigger["methods"]}
    assert described == served


def test_the_end_of_a_link_is_told_apart_from_the_packages(app: App):
    package = read(app.http("openapi"))["components"]["schemas"]["Package"]["properties"]
    assert "package itself" in package["expires_at"]["description"]
    minutes = f"{LINK_SECONDS // 60} minutes after it was issued"
    assert minutes in package["parts"]["items"]["properties"]["url"]["description"]
    assert minutes in (Path(__file__).parents[2] / "README.md").read_text("utf-8")


def test_every_reference_of_the_openapi_document_leads_somewhere(app: App):
    document = read(app.http("openapi"))
    refs = re.findall(r'"\$ref": ?"([^"]+)"', json.dumps(document))
    assert refs
    for ref in refs:
        part: Any = document
        for key in ref.removeprefix("#/").split("/"):
            part = part[key]
        assert part


def test_every_operation_has_a_name_of_its_own_an_answer_and_its_parameters(app: App):
    document = read(app.http("openapi"))
    names = []
    for path, item in document["paths"].items():
        for operation in item.values():
            names.append(operation["operationId"])
            assert any(status.startswith("2") for status in operation["responses"])
            told = {p["name"] for p in operation.get("parameters", ()) if p["in"] == "path"}
            assert told == set(re.findall(r"{(\w+)}", path))
    assert sorted(names) == sorted(n for n, f in functions().items() if f.is_http_function())
    assert document["paths"]["/health"]["get"]["security"] == []


def test_a_real_status_document_has_the_members_that_the_description_has(app: App):
    schema = read(app.http("openapi"))["components"]["schemas"]["Status"]["properties"]
    assert set(read(submit(app))) == set(schema)


def test_a_message_that_is_none_of_ours_is_dropped(app: App, rig: Rig, caplog):
    plain = ("plan", "export", "erase", "finish")
    for name in (*plain, *(f"{n}_poison" for n in plain)):
        for junk in (b"", b"null", b"[" * 60_000, b'{"v":1,"request":"tomas@example.org"}'):
            app.message(name, junk)
    assert rig.queues.sent == []
    assert "tomas" not in caplog.text


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("plan", PlanMessage(OTHER_ID)),
        ("export", ExportMessage(OTHER_ID)),
        ("erase", DeleteMessage(OTHER_ID)),
        ("erase_poison", DeleteMessage(OTHER_ID)),
        ("finish", FinishMessage(OTHER_ID)),
        ("plan_poison", PlanMessage(OTHER_ID)),
        ("export_poison", ExportMessage(OTHER_ID)),
        ("finish_poison", FinishMessage(OTHER_ID)),
    ],
)
def test_a_message_of_a_request_that_is_not_there_is_dropped(app: App, rig: Rig, name, message):
    app.message(name, message.to_bytes())
    assert (rig.queues.sent, rig.ledger.blobs) == ([], {})


def test_a_request_may_come_by_queue_and_be_pumped_through_the_handlers(app: App, rig: Rig):
    app.message("take_request", json.dumps(BODY).encode())
    handlers = {
        f"dsr-{n}": (lambda b, n=n: app.message(n, b)) for n in ("plan", "export", "finish")
    }
    rig.queues.pump(handlers)
    assert rig.status()["status"] == "completed"


def test_a_refused_message_becomes_a_failed_request_that_names_its_fields(app: App, rig: Rig):
    body = json.dumps(BODY | {"type": "erase", "surprise": "tomas"}).encode()
    app.message("take_request", body)
    document = read(app.http("get_request", id=REQUEST_ID))
    assert document["status"] == "failed"
    assert {p["pointer"] for p in document["problems"]} == {"/type", "/surprise"}
    assert "tomas" not in json.dumps(document)
    assert b"tomas" not in b"".join(b.data for b in rig.ledger.blobs.values())


def test_a_poison_request_becomes_a_failed_one_under_the_id_of_its_message(app: App, rig: Rig):
    app.message("take_request_poison", b"\xff not json", "message-1")
    app.message("take_request_poison", b"\xff not json", "message-1")
    (found,) = read(app.http("list_requests"))["items"]
    assert found["status"] == "failed"
    assert found["problems"]


def test_the_last_resort_never_fails_itself(monkeypatch, caplog):
    give_ports(monkeypatch, lambda: 1 / 0)
    bodies = {
        "plan_poison": PlanMessage(REQUEST_ID).to_bytes(),
        "export_poison": ExportMessage(REQUEST_ID).to_bytes(),
        "finish_poison": FinishMessage(REQUEST_ID).to_bytes(),
    }
    for name, body in bodies.items():
        functions()[name].get_user_function()(func.QueueMessage(id="m", body=body))
    assert caplog.text.count("ZeroDivisionError") == len(bodies)


def test_a_poison_request_that_can_not_be_recorded_stays_where_it_is(monkeypatch):
    give_ports(monkeypatch, lambda: 1 / 0)
    take = functions()["take_request_poison"].get_user_function()
    with pytest.raises(ZeroDivisionError):
        take(func.QueueMessage(id="m", body=b"{}"))


def test_the_openapi_document_describes_a_deletes_plan_and_its_approval(monkeypatch):
    rig = made_up_rig()
    app = App(monkeypatch, rig)
    schemas = read(app.http("openapi"))["components"]["schemas"]
    entry = schemas["Plan"]["properties"]["items"]["items"]["properties"]
    assert app.http("submit_request", json.dumps(BODY | {"type": "delete"}).encode())
    rig.pump()
    shown = read(app.http("get_plan", id=REQUEST_ID))["items"]
    assert {e["action"] for e in shown} == {"delete", "manual"}
    assert {e["action"] for e in shown} < set(entry["action"]["enum"])
    assert {name for e in shown for name in e} <= set(entry)
    assert all(schemas["Approval"]["properties"][n]["description"] for n in ("include", "note"))
    assert schemas["Request"]["properties"]["export_first"]["description"]
