"""Lists in pages, each with an absolute link to the next."""

import json
from typing import Any
from urllib.parse import quote

from sandbox.loopback.exchange import Request, Response, json_response

_PARAMETERS = {
    "workspaces": "page",
    "webservices": "$skiptoken",
    "commitmentplans": "$skipToken",
}


def page(
    request: Request, kind: str, items: list[dict[str, Any]], url: str, size: int
) -> Response | None:
    """Give the page that the request asks for; None where its token is none of ours."""
    name = _PARAMETERS[kind]
    token = request.query.get(name, "0")
    if not token.isdecimal():
        return None
    start = int(token)
    body: dict[str, Any] = {"value": items[start : start + size]}
    if start + size < len(items):
        version = quote(request.query["api-version"], safe="")
        path = f"{url}{request.raw_path}"
        body["nextLink"] = f"{path}?api-version={version}&{name}={start + size}"
    return json_response(json.dumps(body, ensure_ascii=False).encode())
