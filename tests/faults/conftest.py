"""What tests of faults share: everything that goes to a queue."""

from typing import Any

import pytest
import requests


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Everything that goes to a queue of the app, as it is on the wire."""
    bodies: list[bytes] = []
    send = requests.adapters.HTTPAdapter.send

    def watched(self: Any, request: requests.PreparedRequest, **options: Any) -> Any:
        if "/messages" in (request.url or "") and request.body:
            body = request.body
            bodies.append(body if isinstance(body, bytes) else str(body).encode())
        return send(self, request, **options)

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", watched)
    return bodies
