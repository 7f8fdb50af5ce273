"""Files of runs as the artifact services give them: lists, and links with a signature."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from sandbox.azureml.model import ARTIFACTS, Artifact
from sandbox.azureml.paging import cut
from sandbox.azureml.payload_run import artifact_payload, link_payload
from sandbox.azureml.view import Run
from sandbox.loopback.exchange import Request, Response, json_response

Link = Callable[[str, str], str]
"""Gives a link that reads a blob, by its container and name."""


def artifacts_answer(
    request: Request, run: Run, path: list[str], link: Link, url: str, size: int
) -> Response | None:
    """Answer what comes after `artifacts` of a run; None where there is no such thing."""
    asked = request.query.get("path", "")

    def linked(artifact: Artifact) -> dict[str, Any]:
        name = f"ExperimentRun/{run.job.container}/{artifact.path}"
        return link_payload(run.job, artifact.path, link(ARTIFACTS, name))

    def plain(artifact: Artifact) -> dict[str, Any]:
        return artifact_payload(run.job, artifact)

    one = next((a for a in run.job.artifacts if a.path == asked), None)
    match path:
        case []:
            return _list(request, run, url, size, "", plain)
        case ["path"]:
            return _list(request, run, url, size, asked, plain)
        case ["prefix", "contentinfo"]:
            return _list(request, run, url, size, asked, linked)
        case ["contentinfo"] if one is not None:
            return json_response(json.dumps(linked(one)).encode())
        case ["metadata"] if one is not None:
            return json_response(json.dumps(plain(one)).encode())
    return None


def _list(
    request: Request,
    run: Run,
    url: str,
    size: int,
    prefix: str,
    payload: Callable[[Artifact], dict[str, Any]],
) -> Response:
    token = request.query.get("continuationToken")
    page = cut(run.job.artifacts, token, size, lambda a: a.path.startswith(prefix))
    link = None
    if page.token is not None:
        asked = {k: v for k, v in request.query.items() if k != "continuationToken"}
        query = "&".join(f"{k}={quote(v, safe='')}" for k, v in asked.items())
        link = f"{url}{request.raw_path}?{query}&continuationToken={page.token}".replace("?&", "?")
    body = {
        "value": [payload(artifact) for artifact in page.items],
        "continuationToken": page.token,
        "nextLink": link,
    }
    return json_response(json.dumps(body, ensure_ascii=False).encode())
