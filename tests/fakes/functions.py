"""The Functions app as its host sees it, over a rig: the handlers get the rig's ports."""

import functools
import runpy
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import azure.functions as func
import pytest

from tests.fakes.rig import Rig

_APP = Path(__file__).parents[2] / "function_app.py"


@functools.cache
def functions() -> dict[str, func.decorators.function_app.Function]:
    """Every function of the app by name; an app of our own, since it can be indexed once only."""
    app = runpy.run_path(str(_APP))["app"]
    return {f.get_function_name(): f for f in app.get_functions()}


def give_ports(monkeypatch: pytest.MonkeyPatch, ports: Callable[[], Any]) -> None:
    """Put `ports` in the place of the composition root in every handler."""
    functions()
    for name, module in list(sys.modules.items()):
        if name.startswith("handlers.") and hasattr(module, "ports"):
            monkeypatch.setattr(module, "ports", ports)


class App:
    """Calls the app's functions as a host does once it has matched a route or got a message."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, rig: Rig) -> None:
        give_ports(monkeypatch, lambda: rig.ports)

    def http(
        self,
        name: str,
        body: bytes = b"",
        /,
        *,
        params: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
        **route: str,
    ) -> func.HttpResponse:
        request = func.HttpRequest(
            method="GET",
            url=f"/api/{name}",
            headers=headers,
            params=params,
            route_params=route,
            body=body,
        )
        response: func.HttpResponse = functions()[name].get_user_function()(request)
        return response

    def message(self, name: str, body: bytes, message_id: str = "m-1") -> None:
        functions()[name].get_user_function()(func.QueueMessage(id=message_id, body=body))
