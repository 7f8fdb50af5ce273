"""The sandbox's own calls under `/_sandbox/`, by which tests in other processes steer it."""

import json

from sandbox.loopback.exchange import Request, Response, json_response
from sandbox.loopback.faults import Faults
from sandbox.loopback.journal import Journal

PREFIX = "/_sandbox/"


def control(request: Request, faults: Faults, journal: Journal) -> Response:
    """Answer `faults` (GET, POST a list to add, DELETE) and `journal` (GET, DELETE)."""
    match request.method, request.path.removeprefix(PREFIX):
        case "GET", "faults":
            return _json([rule.to_json() for rule in faults.rules()])
        case "POST", "faults":
            return _add(request, faults)
        case "DELETE", "faults":
            faults.clear()
        case "GET", "journal":
            return _json(journal.to_json())
        case "DELETE", "journal":
            journal.clear()
        case _:
            return json_response(b'{"error":"no such call"}', 404)
    return Response(204)


def _add(request: Request, faults: Faults) -> Response:
    try:
        rules = json.loads(request.body)
        if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):
            raise ValueError("the body is a JSON list of rules")
        faults.add(*rules)
    except ValueError as error:
        return json_response(json.dumps({"error": str(error)}).encode(), 400)
    return _json([rule.to_json() for rule in faults.rules()])


def _json(value: object) -> Response:
    return json_response(json.dumps(value).encode())
