"""The management API of classic web services, over real HTTP."""

import pytest
import requests

from sandbox.studio import SandboxStudio, Workspace
from tests.integration.studio_client import get


def _call(
    studio: SandboxStudio, workspace: Workspace, path: str = "", token: str | None = None
) -> requests.Response:
    url = f"{studio.url}/workspaces/{workspace.workspace_id}/webservices{path}"
    return get(url, Authorization=f"Bearer {token or workspace.primary_token}")


def test_services_and_their_endpoints(studio: SandboxStudio, lab: Workspace) -> None:
    listed = _call(studio, lab).json()
    assert [(s["Name"], s["EndpointCount"]) for s in listed] == [
        ("Churn scoring", 2),
        ("Stock forecasts", 1),
    ]
    for service in listed:
        assert _call(studio, lab, f"/{service['Id']}").json() == service
        endpoints = _call(studio, lab, f"/{service['Id']}/endpoints").json()
        assert endpoints[0]["Name"] == service["DefaultEndpointName"]
        assert len(endpoints) == service["EndpointCount"]
        for endpoint in endpoints:
            alone = _call(studio, lab, f"/{service['Id']}/endpoints/{endpoint['Name']}").json()
            assert alone["PrimaryKey"] == endpoint["PrimaryKey"]
            assert alone["CreationTime"].endswith("Z")


def test_a_resource_leads_to_bytes(studio: SandboxStudio, lab: Workspace) -> None:
    seen = 0
    for service in lab.services:
        endpoints = _call(studio, lab, f"/{service.id}/endpoints").json()
        for endpoint, held in zip(endpoints, service.endpoints, strict=True):
            for resource, content in zip(endpoint["Resources"], held.resources, strict=True):
                place = resource["Location"]
                assert place["SasBlobToken"].startswith("?")
                address = place["BaseLocation"] + place["RelativeLocation"]
                got = get(address + place["SasBlobToken"])
                assert got.content == content.content.open_bytes()
                assert get(address).status_code == 404
                seen += 1
    assert seen == 2


def test_an_empty_list_is_no_content(studio: SandboxStudio) -> None:
    answer = _call(studio, studio.workspaces["guest-trial"])
    assert (answer.status_code, answer.content) == (204, b"")


def test_every_answer_has_a_request_id_of_its_own(studio: SandboxStudio, lab: Workspace) -> None:
    answers = [_call(studio, lab), _call(studio, lab, "/x"), _call(studio, lab, token="wrong")]
    assert len({answer.headers["x-ms-request-id"] for answer in answers}) == 3


def test_either_token_opens_and_no_other(studio: SandboxStudio, lab: Workspace) -> None:
    service = lab.services[0].id
    for path in ("", f"/{service}", f"/{service}/endpoints", "/x", "/x/y/z"):
        refused = _call(studio, lab, path, "wrong")
        assert refused.status_code == 401
        assert set(refused.json()["error"]) == {"code", "message"}
    assert _call(studio, lab, "", lab.secondary_token).status_code == 200
    bare = f"{studio.url}/workspaces/{lab.workspace_id}/webservices"
    assert get(bare).status_code == 401
    assert get(bare, Authorization=lab.primary_token).status_code == 401
    assert get(f"{studio.url}/workspaces/x/webservices").status_code == 401
    free = studio.workspaces["free-lab"]
    assert _call(studio, free, "", lab.primary_token).status_code == 401


def test_an_endpoints_key_opens_that_endpoint_alone(studio: SandboxStudio, lab: Workspace) -> None:
    service = lab.services[0]
    default, nightly = service.endpoints
    path = f"/{service.id}/endpoints"
    assert _call(studio, lab, f"{path}/default", default.keys[0]).status_code == 200
    assert _call(studio, lab, f"{path}/nightly", default.keys[0]).status_code == 401
    assert _call(studio, lab, path, nightly.keys[0]).status_code == 401


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/x", "WebServiceNotFound"),
        ("/x/endpoints", "WebServiceNotFound"),
        ("/x/endpoints/default", "WebServiceNotFound"),
        ("/8f1e2d3c4b5a46978869504132231405/endpoints/x", "EndpointNotFound"),
        ("/8f1e2d3c4b5a46978869504132231405/jobs", "ResourceNotFound"),
    ],
)
def test_what_is_unknown_is_not_found(
    studio: SandboxStudio, lab: Workspace, path: str, code: str
) -> None:
    answer = _call(studio, lab, path)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, code)


def test_a_fault_speaks_as_the_surface_does(studio: SandboxStudio, lab: Workspace) -> None:
    studio.faults.add({"match": "/webservices$", "times": 1, "status": 503, "retry_after": 3})
    answer = _call(studio, lab)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "3")
    assert answer.json()["error"]["code"] == "ServerBusy"
    (call,) = studio.journal.calls()
    assert (call.status, call.token_sent) == (503, True)
