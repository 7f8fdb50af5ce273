"""Scenarios that were broken once, each as it was found."""

import json
import logging
from typing import Any

import pytest

from dsr import wiring
from dsr.errors import Conflict, Misconfigured, Unavailable
from dsr.model.redaction import REDACTED, Redactions, without_secrets
from dsr.settings import parse
from dsr.usecases import intake, sweeping
from tests.fakes.flaky import FlakyConnector
from tests.fakes.made_up_connector import MadeUpConnector
from tests.fakes.rig import REQUEST_ID, Rig
from tests.fakes.sample import MIRA, SUBJECT, TOMAS, jobs, rig
from tests.unit.test_settings import values


def test_an_erased_request_stays_taken_and_brings_nobody_back() -> None:
    made = rig()
    made.submit(subject=SUBJECT)
    made.pump()
    made.later(days=31)
    sweeping.sweep(made.ports)
    before = made.status()
    body = {"request_id": REQUEST_ID, "type": "export", "subject": SUBJECT}
    _, new = intake.submit(made.ports, json.dumps(body).encode())
    assert not new
    assert made.status() == before
    assert f"requests/{REQUEST_ID}/request.json" not in made.ledger.blobs
    with pytest.raises(Conflict):
        intake.submit(made.ports, json.dumps(body | {"regulation": "ccpa"}).encode())
    intake.submit_message(made.ports, json.dumps(body | {"type": "x"}).encode(), "message-1")
    assert made.status() == before
    assert not any(b"tomas" in b.data for b in made.ledger.blobs.values())


def test_the_sweeper_waits_as_long_as_the_service_asked() -> None:
    trouble = Unavailable("read job was answered with 429", 3600.0)
    troubles = {job.name: [trouble] * 5 for job in jobs(3)}
    made = Rig({"lab": FlakyConnector(jobs(3), [MIRA, TOMAS], troubles=troubles)})
    made.submit(subject=SUBJECT)
    for _ in range(200):
        ready = [m for m in made.queues.sent if m[2] < 60]
        if not any(q != "dsr-finish" for q, _, _ in ready):
            break
        message = next(m for m in ready if m[0] != "dsr-finish")
        made.queues.sent.remove(message)
        made.handlers()[message[0]](message[1])
    asked = len(made.queues.history)
    assert any(q == "dsr-export" and delay == 3600 for q, _, delay in made.queues.history)
    for minutes in (16, 16, 16):
        made.later(minutes=minutes)
        sweeping.sweep(made.ports)
    again = [q for q, _, _ in made.queues.history[asked:] if q == "dsr-export"]
    assert again == []


class Odd(MadeUpConnector):
    """A service one of whose answers has a form that nobody has seen."""

    def read(self, kind: str, asset_id: str, listed: Any, include_data: bool) -> Any:
        if asset_id == self.jobs[0].name:
            raise TypeError("'int' object is not iterable")
        return super().read(kind, asset_id, listed, include_data)


def test_an_answer_of_an_odd_form_fails_its_asset_alone() -> None:
    made = Rig({"lab": Odd(jobs(4), [MIRA, TOMAS])})
    made.submit(subject=SUBJECT)
    made.pump()
    outcomes = [r["outcome"] for r in made.results() if "/job:" in r["asset"]]
    assert sorted(outcomes) == ["exported"] * 3 + ["failed"]


@pytest.mark.parametrize(
    "value",
    [
        {"Value": 'connect(Password="hunter2")'},
        {"Value": "Password='hunter2'"},
        {"Value": "password: hunter2"},
        {"Value": '{"AccountKey":"hunter2"}'},
        {"Value": "Server=x;Password=hunt er2;Timeout=3"},
        {"Value": "https://someone:hunter2@host/x"},
        {"RefreshToken": "hunter2"},
        {"AccessKey": "hunter2"},
        {"Passphrase": "hunter2"},
        {"ConnectionString": ["hunter2"]},
        {"Password": {"v": "hunter2"}},
        {"Name": "Password", "Value": {"Value": "hunter2"}},
    ],
)
def test_secrets_in_whatever_dress(value: Any) -> None:
    found = Redactions()
    clean = without_secrets(value, found)
    assert "hunter2" not in json.dumps(clean)
    assert "er2" not in json.dumps(clean)
    assert REDACTED in json.dumps(clean)
    assert found.secrets >= 1
    assert without_secrets(clean, Redactions()) == clean


@pytest.mark.parametrize("name", ["report.json", "Index.html", "CON", "nul.x", "lab.", "lab\n"])
def test_a_workspace_name_that_is_no_folder_is_refused(name: str) -> None:
    target = json.loads(values()["DSR_WORKSPACES"])[0] | {"name": name}
    with pytest.raises(Misconfigured, match="name"):
        parse(values(DSR_WORKSPACES=json.dumps([target])))


def test_two_workspace_names_alike_but_for_case_are_refused() -> None:
    target = json.loads(values()["DSR_WORKSPACES"])[0]
    both = [target, target | {"name": target["name"].upper()}]
    with pytest.raises(Misconfigured, match="twice"):
        parse(values(DSR_WORKSPACES=json.dumps(both)))


def test_no_library_warns_with_whole_urls() -> None:
    wiring.quiet()
    assert not logging.getLogger("urllib3.connection").isEnabledFor(logging.WARNING)


def test_the_report_names_the_workspaces_of_the_request() -> None:
    made = rig()
    made.submit(subject=SUBJECT)
    made.pump()
    report = json.loads(made.package().read(f"{REQUEST_ID}/data/report.json"))
    assert report["workspaces"] == ["lab"]
