"""A workspace's own record, its notices, and its storage account."""

from dataclasses import replace

import pytest

from dsr.errors import Refused
from dsr.services.azureml.kinds import KINDS
from dsr.services.azureml.notices import notices
from tests.fakes.azureml_connector import RESOURCE, TARGET, arm, connector
from tests.fakes.studio import told
from tests.fakes.wire import answer


def test_the_record_is_the_resource_and_its_maker_owns_it_by_address():
    record = connector({})[0].record()
    assert (record.id, record.name, record.service) == ("ws-forecast", "forecast", "azureml")
    assert record.payload == RESOURCE
    assert record.owner == (("systemData.createdBy", "nora.beispiel@contoso.example"),)
    assert record.users == ()


def test_a_display_name_does_not_own_a_workspace():
    named = RESOURCE | {"systemData": {"createdBy": "Nora Beispiel", "createdByType": "User"}}
    record = connector({f"GET {arm('')}": [told(named)]})[0].record()
    assert record.owner == ()


def test_a_workspace_that_may_not_be_read_says_so():
    with pytest.raises(Refused):
        connector({f"GET {arm('')}": [answer(403)]})[0].record()


def test_the_account_is_the_targets_or_else_the_one_that_the_workspace_names():
    asked = []

    def opened(name):
        asked.append(name)

    made, _ = connector({}, open_account=opened)
    assert made.storage() is None
    other = replace(TARGET, storage_account="other01")
    made, wire = connector({}, open_account=opened, target=other)
    made.storage()
    assert asked == ["stforecast01", "other01"]
    assert wire.sent == []


def test_notices_name_what_no_call_reaches_and_end_in_a_deed():
    for deleting in (False, True):
        found = notices(TARGET, deleting)
        assert [n.code for n in found] == ["telemetry", "logs", "registries", "storage-account"]
        assert all(n.workspace == "forecast" and n.account_kind == "azureml" for n in found)
        assert all(n.steps for n in found)
    exporting, deleting = (" ".join(s for n in notices(TARGET, d) for s in n.steps) for d in (0, 1))
    assert "Delete what concerns" in deleting
    assert "delete those versions" in deleting
    assert "delete those versions" not in exporting
    assert "Delete what concerns" not in exporting


def test_where_files_of_jobs_come_from_storage_an_export_says_what_may_be_missing():
    target = replace(TARGET, artifacts="storage")
    assert [n.code for n in notices(target)][-1] == "artifacts"
    assert [n.code for n in notices(target, deleting=True)][-1] == "storage-account"
    assert notices(target)[-1].steps


def test_every_kind_has_steps_for_a_person_and_kinds_that_no_call_deletes_are_not_erasable():
    made, _ = connector({})
    assert [k.name for k in made.kinds] == [k.kind.name for k in KINDS]
    assert all(kind.by_hand for kind in (*made.kinds, made.own, made.user))
    erasable = {kind.name for kind in made.kinds if kind.erasable}
    assert "job" in erasable
    assert not erasable & {
        "online_endpoint",
        "batch_endpoint",
        "compute",
        "datastore",
        "connection",
    }
