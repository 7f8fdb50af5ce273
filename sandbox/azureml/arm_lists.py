"""ARM's lists: a page of payloads and the link to the next."""

import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sandbox.azureml.paging import cut, next_link
from sandbox.azureml.view import WorkspaceView
from sandbox.loopback.exchange import Request, Response, json_response

T = TypeVar("T")


def list_answer(
    request: Request,
    url: str,
    items: Sequence[T],
    size: int,
    shown: Callable[[T], bool],
    payload: Callable[[T], dict[str, Any]],
    view: WorkspaceView | None = None,
) -> Response:
    """Give the page that a request asks for; raises ValueError for a token of nobody's.

    `view` fills in a workspace's own addresses, where the payloads are of things in it.
    """
    query = {name.lower(): value for name, value in request.query.items()}
    page = cut(items, query.get("$skiptoken") or query.get("$skip"), size, shown)
    body: dict[str, Any] = {"value": [payload(item) for item in page.items]}
    if page.token is not None:
        body["nextLink"] = next_link(request, url, page.token)
    if view is None:
        return json_response(json.dumps(body, ensure_ascii=False).encode())
    return json_response(view.render(body))
