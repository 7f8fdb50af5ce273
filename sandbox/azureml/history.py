"""The run history and its metrics: runs, their children, and what they measured."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import quote

from sandbox.azureml.errors import history_problem
from sandbox.azureml.identifiers import guid
from sandbox.azureml.paging import cut
from sandbox.azureml.payload_run import (
    details_payload,
    experiment_payload,
    metric_definition,
    metric_values,
    run_payload,
)
from sandbox.azureml.view import Run, WorkspaceView
from sandbox.loopback.exchange import Request, Response, json_response

T = TypeVar("T")


def history_answer(
    request: Request,
    view: WorkspaceView,
    rest: list[str],
    body: dict[str, Any],
    url: str,
    size: int,
) -> Response | None:
    """Answer a call of `history/v1.0`; None where there is no such thing."""
    match request.method, rest:
        case "GET", ["runs", name, *what]:
            return _run(request, view, name, what, url, size)
        case "GET", ["experiments" | "experimentids", _, "runs", name, *what]:
            return _run(request, view, name, what, url, size)
        case "POST", ["batchrundata"]:
            return _batch(view, body)
        case "POST", ["rundata"]:
            run = view.run(str(body.get("runId", "")))
            return None if run is None else _json(view, _data(view, run))
        case "POST", ["experiments:query"]:
            names = list(dict.fromkeys(r.job.experiment for r in view.runs.values()))
            return _query(
                view,
                body,
                names,
                size,
                lambda _: True,
                lambda n: experiment_payload(view.workspace, n),
            )
        case "POST", ["experiments" | "experimentids" as by, name, "runs:query"]:
            known = {r.job.experiment for r in view.runs.values()}
            wanted = name if by == "experiments" else None
            wanted = wanted or next((n for n in known if guid("experiment", n) == name), name)
            if wanted not in known:
                return None
            runs = [r for r in view.runs.values() if r.job.experiment == wanted]
            shown = view.removals.listed
            return _query(
                view,
                body,
                runs,
                size,
                lambda r: shown(view.job_key(r.job)),
                lambda r: _payload(view, r),
            )
    return None


def metrics_answer(
    request: Request, view: WorkspaceView, rest: list[str], body: dict[str, Any]
) -> Response | None:
    """Answer `list` and `full` of `metric/v2.0`."""
    match request.method, rest:
        case "POST", ["runs", name, what]:
            run = view.run(name)
            if run is None:
                return None
            if what == "list":
                metrics = [metric_definition(metric) for metric in run.job.metrics]
                return _json(view, {"value": metrics, "continuationToken": None, "nextLink": None})
            if what == "full" and body.get("metricName") in run.job.metrics:
                return _json(view, metric_values(run.job, body["metricName"]))
    return None


def _payload(view: WorkspaceView, run: Run) -> dict[str, Any]:
    return run_payload(run.job, run.root, run.parent, view.status(run.job))


def _run(
    request: Request, view: WorkspaceView, name: str, what: list[str], url: str, size: int
) -> Response | None:
    run = view.run(name)
    if run is None:
        return None
    match what:
        case []:
            return _json(view, _payload(view, run))
        case ["details"]:
            status = view.status(run.job)
            return _json(view, details_payload(run.job, run.root, run.parent, status))
        case ["children"]:
            return _children(request, view, run, url, size)
    return None


def _children(request: Request, view: WorkspaceView, run: Run, url: str, size: int) -> Response:
    runs = [view.runs[child.name.lower()] for child in run.job.children]
    asked = {name.lower(): value for name, value in request.query.items()}
    size = min(size, int(asked.get("$top") or size))
    shown = view.removals.listed
    page = cut(runs, asked.get("$continuationtoken"), size, lambda r: shown(view.job_key(r.job)))
    link = None
    if page.token is not None:
        kept = {k: v for k, v in request.query.items() if k.lower() != "$continuationtoken"}
        query = "".join(f"{k}={quote(v, safe='')}&" for k, v in kept.items())
        link = f"{url}{request.raw_path}?{query}$continuationtoken={page.token}"
    body = {
        "value": [_payload(view, r) for r in page.items],
        "continuationToken": page.token,
        "nextLink": link,
    }
    return _json(view, body)


def _batch(view: WorkspaceView, body: dict[str, Any]) -> Response:
    done: dict[str, Any] = {}
    failed: dict[str, Any] = {}
    for key, asked in (body.get("requests") or {}).items():
        name = str(asked.get("runId", ""))
        run = view.run(name)
        if run is None:
            failed[key] = history_problem(404, "NotFound", f"run {name} was not found")
        else:
            done[key] = _data(view, run)
    return _json(view, {"successfulResults": done, "failedResults": failed})


def _data(view: WorkspaceView, run: Run) -> dict[str, Any]:
    return {"runMetadata": _payload(view, run), "runDefinition": None, "jobSpecification": None}


def _query(
    view: WorkspaceView,
    body: dict[str, Any],
    items: Sequence[T],
    size: int,
    shown: Callable[[T], bool],
    payload: Callable[[T], dict[str, Any]],
) -> Response:
    """Answer a query; a filter is refused, as no source says what it may hold."""
    if body.get("filter"):
        raise ValueError("the sandbox knows no filter")
    size = min(size, int(body.get("top") or size))
    page = cut(items, body.get("continuationToken"), size, shown)
    found = [payload(item) for item in page.items]
    answer = {"value": found, "continuationToken": page.token, "nextLink": None}
    return _json(view, answer)


def _json(view: WorkspaceView, body: Any) -> Response:
    return json_response(view.render(body))
