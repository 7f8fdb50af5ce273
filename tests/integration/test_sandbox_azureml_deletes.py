"""What the Azure ML sandbox deletes and cancels: at once or in time, and what forbids it."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from sandbox.azureml.sample.jobs import PIPELINE, REUSED, RUNNING, TRAINED
from tests.integration.azureml_client import AzureMlClient
from tests.integration.azureml_servers import Servers, client, servers

STATUS, RESULT = "Azure-AsyncOperation", "Location"
JOB = f"jobs/{TRAINED}"


@pytest.fixture(scope="module")
def shared() -> Iterator[Servers]:
    with servers() as made:
        yield made


@pytest.fixture
def call(shared: Servers) -> Iterator[AzureMlClient]:
    with client(shared) as made:
        yield made


def begin(call: AzureMlClient, path: str = JOB, **query: str) -> requests.Response:
    """Begin a delete that takes its time."""
    answer = call.ask(path, "DELETE", **query)
    assert (answer.status_code, answer.content) == (202, b"")
    return answer


def poll(call: AzureMlClient, answer: requests.Response) -> dict[str, Any]:
    found = call.open(answer.headers[STATUS])
    assert found.status_code == 200
    document: dict[str, Any] = found.json()
    return document


class TestOperations:
    def test_a_job_goes_when_its_operation_has_succeeded(self, call: AzureMlClient) -> None:
        call.ml.operations.polls = 2
        answer = begin(call)
        for _ in range(2):
            assert poll(call, answer) == {"status": "InProgress"}
            assert call.open(answer.headers[RESULT]).status_code == 202
            assert call.ask(JOB).status_code == 200
        done = poll(call, answer)
        assert (set(done), done["status"]) == ({"id", "name", "status"}, "Succeeded")
        assert call.ask(JOB).status_code == 404
        assert TRAINED not in call.names("jobs", listViewType="All")
        assert poll(call, answer) == done

    def test_the_result_of_a_delete_that_succeeded_is_not_found(self, call: AzureMlClient) -> None:
        answer = begin(call)
        assert poll(call, answer)["status"] == "Succeeded"
        result = call.open(answer.headers[RESULT])
        assert (result.status_code, result.json()["error"]["code"]) == (404, "UserError")

    def test_its_addresses_are_long_and_opaque(self, call: AzureMlClient) -> None:
        answer = begin(call)
        for name, kind in ((STATUS, "mfeOperationsStatus"), (RESULT, "mfeOperationResults")):
            address = answer.headers[name]
            assert 3 * 1024 < len(address) < 4 * 1024
            assert f"/locations/westeurope/{kind}/job:" in address
        assert answer.headers["x-ms-async-operation-timeout"] == "PT30M"
        without = answer.headers[STATUS].rpartition("&h=")[0]
        assert call.open(without).status_code == 403

    def test_one_that_fails_says_why_and_the_job_stays(self, call: AzureMlClient) -> None:
        call.ml.operations.fail(TRAINED, "StorageError", "the account is gone")
        assert poll(call, begin(call)) == {
            "status": "Failed",
            "error": {"code": "StorageError", "message": "the account is gone"},
        }
        assert call.ask(JOB).status_code == 200
        call.ml.operations.succeed(TRAINED)
        assert poll(call, begin(call))["status"] == "Succeeded"

    def test_a_poll_needs_the_token(self, call: AzureMlClient) -> None:
        address = begin(call).headers[STATUS]
        assert requests.get(address, timeout=10).status_code == 401
        assert call.open(address.replace("job:", "job:0")).status_code == 404


class TestJobs:
    def test_the_second_delete_finds_nothing(self, call: AzureMlClient) -> None:
        poll(call, begin(call))
        assert call.ask(JOB, "DELETE").status_code == 204
        assert call.ask("jobs/unknown", "DELETE").status_code == 204

    def test_the_run_goes_with_the_job(self, call: AzureMlClient) -> None:
        poll(call, begin(call))
        assert call.data("history/v1.0", f"runs/{TRAINED}").status_code == 404
        path = f"artifacts/ExperimentRun/dcid.{TRAINED}"
        assert call.data("artifact/v2.0", path).status_code == 404

    def test_children_go_along_unless_set_up_otherwise(self, call: AzureMlClient) -> None:
        call.ml.behaviour.children_go = False
        poll(call, begin(call, f"jobs/{PIPELINE}"))
        assert call.ask(f"jobs/{REUSED}").status_code == 200
        call.ml.restore()
        call.ml.behaviour.children_go = True
        poll(call, begin(call, f"jobs/{PIPELINE}"))
        assert call.ask(f"jobs/{REUSED}").status_code == 404

    def test_a_list_lags(self, call: AzureMlClient) -> None:
        call.ml.lag_seconds = 60
        poll(call, begin(call))
        assert TRAINED in call.names("jobs", listViewType="All")
        assert call.ask(JOB).status_code == 404

    def test_one_that_runs_has_to_be_cancelled(self, call: AzureMlClient) -> None:
        job = f"jobs/{RUNNING}"
        assert call.ask(job, "DELETE").status_code == 409
        call.ml.operations.polls = 1
        answer = call.ask(f"{job}/cancel", "POST")
        assert answer.status_code == 202
        assert call.get(job)["properties"]["status"] == "CancelRequested"
        assert call.ask(job, "DELETE").status_code == 409
        assert [poll(call, answer)["status"] for _ in range(2)] == ["InProgress", "Succeeded"]
        assert call.history(f"runs/{RUNNING}")["status"] == "Canceled"
        assert call.open(answer.headers[RESULT]).status_code == 200
        assert call.ask(f"{job}/cancel", "POST").status_code == 200
        assert call.ask(job, "DELETE").status_code == 202


class TestAssets:
    def test_a_version_goes_at_once_and_its_container_stays(self, call: AzureMlClient) -> None:
        path = "data/customers/versions/1"
        answer = call.ask(path, "DELETE")
        assert (answer.status_code, answer.content) == (200, b"")
        assert call.ask(path).status_code == 404
        assert call.get("data/customers")["properties"]["latestVersion"] is None
        assert call.names("data/customers/versions", listViewType="All") == []
        assert call.ask(path, "DELETE").status_code == 204
        assert call.ask("data/customers", "DELETE").status_code == 200
        assert call.ask("data/customers").status_code == 404
        assert "customers" not in call.names("data", listViewType="All")
        gone = call.data("data/v1.0", "dataversion/customers/versions/1")
        assert gone.status_code == 404

    def test_a_model_that_a_deployment_serves_stays(self, call: AzureMlClient) -> None:
        path = "models/demand-model/versions/1"
        refused = call.ask(path, "DELETE")
        assert refused.status_code == 409
        assert "demand-api/blue" in refused.json()["error"]["message"]
        poll(call, begin(call, "onlineEndpoints/demand-api"))
        assert call.ask(path, "DELETE").status_code == 200

    @pytest.mark.parametrize(
        "path",
        [
            "models/demand-model/versions/3",
            "environments/sk-env/versions/3",
            "components/prep/versions/0.0.1",
            "datastores/tomas-lake",
            "connections/git-conn",
        ],
    )
    def test_these_go_at_once(self, call: AzureMlClient, path: str) -> None:
        assert call.ask(path, "DELETE").status_code == 200
        assert call.ask(path).status_code == 404
        assert call.ask(path, "DELETE").status_code == 204

    @pytest.mark.parametrize(
        "path",
        ["schedules/nightly", "batchEndpoints/demand-batch/deployments/default"],
    )
    def test_these_take_their_time(self, call: AzureMlClient, path: str) -> None:
        assert poll(call, begin(call, path))["status"] == "Succeeded"
        assert call.ask(path).status_code == 404

    def test_a_compute_wants_to_know_what_becomes_of_the_machine(self, call: AzureMlClient) -> None:
        path = "computes/tomas-ci1"
        assert call.ask(path, "DELETE").status_code == 400
        begin(call, path, underlyingResourceAction="Delete")
        assert call.ask(path).status_code == 404
        assert "underlyingResourceAction=Delete" in str(call.arm.journal.calls()[-2].query)


class TestLocks:
    @pytest.mark.parametrize("scope", ["", f"/{JOB}"])
    def test_what_is_locked_stays(self, call: AzureMlClient, scope: str) -> None:
        call.ml.behaviour.locked.add(call.workspace.arm_id + scope)
        answer = call.ask(JOB, "DELETE")
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "ScopeLocked")
        assert call.ask(JOB).status_code == 200

    def test_a_lock_is_on_one_thing_and_below(self, call: AzureMlClient) -> None:
        call.ml.behaviour.locked.add(f"{call.workspace.arm_id}/jobs/brave")
        assert call.ask(JOB, "DELETE").status_code == 202


class TestWorkspaces:
    def test_purged_it_is_gone(self, call: AzureMlClient) -> None:
        call.ml.operations.polls = 0
        answer = begin(call, "", forceToPurge="true")
        assert "/workspaceOperationsStatus/" in answer.headers[STATUS]
        assert "&type=async&" in answer.headers[STATUS]
        assert "&type=location&" in answer.headers[RESULT]
        assert poll(call, answer) == {"status": "Succeeded", "percentComplete": 100.0}
        result = call.open(answer.headers[RESULT])
        assert (result.status_code, result.content) == (200, b"")
        assert call.ask().status_code == 404
        assert call.ask(JOB).json()["error"]["code"] == "ResourceNotFound"
        assert call.data("history/v1.0", f"runs/{TRAINED}").status_code == 404
        assert call.ml.state.purged == {call.workspace.arm_id.lower()}
        assert call.ask("", "DELETE", forceToPurge="true").status_code == 204

    def test_without_purge_it_could_come_back(self, call: AzureMlClient) -> None:
        poll(call, begin(call, ""))
        key = call.workspace.arm_id.lower()
        assert call.ask().status_code == 404
        assert (call.ml.state.soft_deleted, call.ml.state.purged) == ({key}, set())
        assert call.ask("", "DELETE").status_code == 204
        poll(call, begin(call, "", forceToPurge="true"))
        assert (call.ml.state.soft_deleted, call.ml.state.purged) == (set(), {key})

    def test_a_delete_takes_its_time_by_the_clock(self, call: AzureMlClient) -> None:
        call.ml.operations.seconds = 60
        answer = begin(call, "", forceToPurge="true")
        assert poll(call, answer)["status"] == "InProgress"
        assert call.ask().status_code == 200
        call.ml.operations.seconds = 0.0
        assert call.ask().status_code == 404
        assert poll(call, answer)["status"] == "Succeeded"


def test_lists_cannot_be_deleted(call: AzureMlClient) -> None:
    assert call.ask("jobs", "DELETE").status_code == 405
    assert call.ask("models/demand-model/versions", "DELETE").status_code == 405


def test_the_journal_tells_deletes_and_polls(call: AzureMlClient) -> None:
    poll(call, begin(call))
    deleted, polled = call.arm.journal.calls()
    assert (deleted.method, deleted.status) == ("DELETE", 202)
    assert deleted.path == f"{call.workspace.arm_id}/{JOB}"
    assert "mfeOperationsStatus" in polled.path
    assert polled.query is None
