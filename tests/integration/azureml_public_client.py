"""Run in the environment of Microsoft's clients: reads and deletes in a sandbox, tells what it saw.

Standard input holds the addresses, the token and the workspace; standard output gets JSON. Only
the generated REST clients are imported; the SDK around them sends telemetry.
"""

import importlib
import importlib.util
import json
import sys
import types
from pathlib import Path
from typing import Any


def _client(name: str) -> Any:
    """Import a REST client without what `azure.ai.ml` imports of its own."""
    import azure

    root = next(Path(p) / "ai" for p in azure.__path__ if (Path(p) / "ai" / "ml").is_dir())
    for package, path in (
        ("azure.ai", root),
        ("azure.ai.ml", root / "ml"),
        ("azure.ai.ml._restclient", root / "ml" / "_restclient"),
    ):
        module = types.ModuleType(package)
        module.__path__ = [str(path)]
        sys.modules.setdefault(package, module)
    return importlib.import_module(f"azure.ai.ml._restclient.{name}")


def main() -> None:
    """Ask as the SDK does."""
    from azure.core.exceptions import ResourceNotFoundError
    from azure.core.pipeline.policies import SansIOHTTPPolicy

    asked = json.load(sys.stdin)
    group, name = asked["group"], asked["name"]
    whole = (asked["subscription"], group, name)

    class Token(SansIOHTTPPolicy):  # type: ignore[type-arg]
        def on_request(self, request: Any) -> None:
            request.http_request.headers["Authorization"] = f"Bearer {asked['token']}"

    def at(url: str, made: Any, *arguments: Any) -> Any:
        return made(object(), *arguments, base_url=url, authentication_policy=Token())

    arm = at(
        asked["arm"],
        _client("arm_ml_service").MachineLearningServicesMgmtClient,
        asked["subscription"],
    )
    history = at(asked["data_plane"], _client("runhistory").RunHistoryClient)
    models = at(asked["data_plane"], _client("model_dataplane").ModelDataplaneClient)
    datasets = at(asked["data_plane"], _client("dataset_dataplane").DatasetDataplaneClient)

    jobs = list(arm.jobs.list(group, name, list_view_type="All"))
    run = history.runs.get(*whole, run_id=asked["job"])
    artifacts = history.run_artifacts.list_sas_by_prefix_by_experiment_name(
        *whole, experiment_name="demand", run_id=asked["job"], path=""
    )
    answer = {
        "workspaces": [w.name for w in arm.workspaces.list_by_subscription()],
        "jobs": {j.name: [type(j.properties).__name__, str(j.properties.status)] for j in jobs},
        "creators": {j.name: j.system_data.created_by for j in jobs},
        "models": [m.name for m in arm.model_containers.list(group, name)],
        "versions": [
            v.name
            for v in arm.model_versions.list(group, name, name="demand-model", list_view_type="All")
        ],
        "codes": len(list(arm.code_containers.list(group, name))),
        "datastores": {
            d.name: type(d.properties).__name__ for d in arm.datastores.list(group, name)
        },
        "computes": {c.name: type(c.properties).__name__ for c in arm.compute.list(group, name)},
        "schedules": [
            s.name for s in arm.schedules.list(group, name, list_view_type="DisabledOnly")
        ],
        "endpoints": [e.name for e in arm.online_endpoints.list(group, name)],
        "run": [run.created_by.user_object_id, run.created_utc.isoformat(), run.data_container_id],
        "artifacts": [a.path for a in artifacts],
        "registry": {
            m.id: m.created_by.user_object_id
            for m in models.models.list(*whole, list_view_type="All")
        },
        "data": [
            d.data_container.name for d in datasets.data_container_ops.list_data_container(*whole)
        ],
    }
    cancel = arm.jobs.begin_cancel(group, name, id=asked["running"], polling_interval=0)
    cancel.result()
    delete = arm.jobs.begin_delete(group, name, id=asked["job"], polling_interval=0)
    delete.wait()
    answer["ended"] = [cancel.status(), delete.status()]
    answer["status"] = str(arm.jobs.get(group, name, id=asked["running"]).properties.status)
    try:
        arm.jobs.get(group, name, id=asked["job"])
    except ResourceNotFoundError as error:
        answer["gone"] = error.error.code
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
