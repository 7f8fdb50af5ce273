"""The sandbox Studio's ordered faults, its journal and its speed, over real HTTP."""

import time

import pytest
import requests

from sandbox.studio import SandboxStudio, Workspace
from tests.integration.studio_client import StudioClient, get, link


class TestFaults:
    @pytest.mark.parametrize("status", [401, 404, 429, 500, 503])
    def test_a_status_with_retry_after_as_often_as_asked(
        self, studio: SandboxStudio, call: StudioClient, status: int
    ) -> None:
        studio.faults.add({"match": "/users$", "times": 2, "status": status, "retry_after": 7})
        for _ in range(2):
            answer = call("/users")
            assert (answer.status_code, answer.headers["Retry-After"]) == (status, "7")
            assert answer.json()["Error"]["Code"]
        assert call("/users").status_code == 200

    def test_a_fault_on_a_blob_speaks_xml(
        self, studio: SandboxStudio, lab: Workspace, call: StudioClient
    ) -> None:
        address = call.link_of("airports.csv")
        studio.faults.add({"match": "GET /churnlabstore/", "status": 503})
        answer = get(address)
        assert (answer.status_code, answer.headers["x-ms-error-code"]) == (503, "ServerBusy")

    @pytest.mark.parametrize("body", ['[{"Id": ', "null", "[]", ""])
    def test_a_literal_body(self, studio: SandboxStudio, call: StudioClient, body: str) -> None:
        studio.faults.add({"match": "/datasources", "times": 1, "body": body})
        answer = call("/datasources")
        assert (answer.status_code, answer.text) == (200, body)

    def test_a_delay_and_the_latency(self, studio: SandboxStudio, call: StudioClient) -> None:
        studio.faults.add({"match": "/users", "times": 1, "delay": 1.5})
        studio.latency = 0.1
        start = time.monotonic()
        assert call("/users").status_code == 200
        assert time.monotonic() - start >= 1.6
        start = time.monotonic()
        call("/users")
        assert 0.1 <= time.monotonic() - start < 1.5

    @pytest.mark.parametrize("way", ["cut_after", "short_body"])
    def test_a_body_that_ends_early(
        self,
        studio: SandboxStudio,
        lab: Workspace,
        call: StudioClient,
        way: str,
    ) -> None:
        address = call.link_of("airports.csv")
        data = lab.named("airports.csv")[0][1].open_bytes()
        studio.faults.add({"match": "GET /churnlabstore/", "times": 1, way: 5000})
        got = bytearray()
        with requests.get(address, stream=True, timeout=10) as answer:
            assert answer.headers["Content-Length"] == str(len(data))
            with pytest.raises(requests.RequestException):
                got.extend(piece for chunk in answer.iter_content(1000) for piece in chunk)
        assert data.startswith(got)
        assert len(got) <= 5000
        rest = get(address, Range=f"bytes={len(got)}-")
        assert got + rest.content == data

    def test_a_short_body_promises_more_than_there_is(
        self, studio: SandboxStudio, call: StudioClient
    ) -> None:
        studio.faults.add({"match": "/users", "times": 1, "short_body": 10**6})
        with pytest.raises(requests.RequestException):
            call("/users")

    def test_a_range_that_is_ignored(
        self, studio: SandboxStudio, lab: Workspace, call: StudioClient
    ) -> None:
        address = call.link_of("airports.csv")
        studio.faults.add({"match": "GET /churnlabstore/", "times": 1, "ignore_range": True})
        answer = get(address, Range="bytes=10-20")
        assert (answer.status_code, len(answer.content)) == (200, 210_365)

    def test_one_output_can_be_chosen_behind_the_studio_host(
        self, studio: SandboxStudio, lab: Workspace, call: StudioClient
    ) -> None:
        statuses = call(f"/experiments/{lab.experiments[0].id}").json()["NodeStatuses"]
        links = [link(e) for e in statuses[0]["OutputEndpoints"]]
        studio.faults.add({"match": r"sharedaccess /churnlabstore/.*\.ilearner$", "status": 500})
        assert [get(address).status_code for address in links] == [500, 200]

    def test_rules_over_http(self, studio: SandboxStudio, call: StudioClient) -> None:
        url = f"{studio.url}/_sandbox/faults"
        rules = [
            {"match": "/users", "times": 1, "status": 500},
            {"match": "/users", "status": 429},
        ]
        added = requests.post(url, json=rules, timeout=10)
        assert (added.status_code, len(added.json())) == (200, 2)
        assert [call("/users").status_code for _ in range(3)] == [500, 429, 429]
        assert requests.delete(url, timeout=10).status_code == 204
        assert call("/users").status_code == 200
        for wrong in ({"match": "x"}, [{}], [{"match": "("}], [{"match": "x", "colour": 1}]):
            assert requests.post(url, json=wrong, timeout=10).status_code == 400
        assert requests.get(url, timeout=10).json() == []


def test_the_journal_tells_every_call_and_no_secret(
    studio: SandboxStudio, lab: Workspace, call: StudioClient
) -> None:
    studio.journal.clear()
    address = call.link_of("stocks.csv")
    get(address, Range="bytes=0-99")
    call("/users", None)
    told = requests.get(f"{studio.url}/_sandbox/journal", timeout=10)
    calls = told.json()
    assert [(c["method"], c["status"], c["token_sent"], c["sent"]) for c in calls[1:2]] == [
        ("GET", 206, False, 100)
    ]
    assert [c["token_sent"] for c in calls] == [True, False, False]
    assert calls[1]["range"] == "bytes=0-99"
    assert calls[2]["status"] == 401
    assert lab.primary_token not in told.text
    assert "sig=" not in told.text
    assert requests.delete(f"{studio.url}/_sandbox/journal", timeout=10).status_code == 204
    assert studio.journal.calls() == ()


def test_it_serves_many_small_requests_a_second(
    studio: SandboxStudio, lab: Workspace, call: StudioClient
) -> None:
    start = time.monotonic()
    for _ in range(200):
        assert call("/users").status_code == 200
    # The client is the slower side by far; a broken keep-alive or Nagle's delay costs 40 ms each.
    assert time.monotonic() - start < 200 * 0.02
