"""host.json and local.settings.json, as much of them as matters on one machine."""

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_TIME: Final = re.compile(r"([0-9]+):([0-9]+):([0-9]+(?:\.[0-9]+)?)")


class HostError(Exception):
    """The app can't be hosted as it is; the message says why, as the real host would stop too."""


@dataclass(frozen=True, slots=True)
class HostFile:
    """The knobs of host.json; times in seconds. Source: the host.json reference for queues."""

    route_prefix: str = "api"
    batch_size: int = 16
    new_batch_threshold: int = 8
    max_dequeue_count: int = 5
    retry_seconds: float = 0.0
    max_polling_seconds: float = 60.0
    base64: bool = True
    function_timeout: float = 1800.0


def read_host_file(path: Path) -> HostFile:
    """Read host.json; raises HostError where the host would refuse it."""
    try:
        value: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise HostError(f"host.json can't be read: {error}") from None
    try:
        return _read(value)
    except (TypeError, ValueError, AttributeError) as error:
        raise HostError(f"host.json holds what the host doesn't understand: {error}") from None


def _read(value: dict[str, Any]) -> HostFile:
    if "extensionBundle" not in value:
        raise HostError("host.json names no extensionBundle: no trigger would be found")
    extensions = value.get("extensions", {})
    queues = extensions.get("queues", {})
    batch = int(queues.get("batchSize", 16))
    if not 1 <= batch <= 32:
        raise HostError("host.json: extensions.queues.batchSize has to be 1 to 32")
    return HostFile(
        route_prefix=extensions.get("http", {}).get("routePrefix", "api").strip("/"),
        batch_size=batch,
        new_batch_threshold=int(queues.get("newBatchThreshold", batch // 2)),
        max_dequeue_count=int(queues.get("maxDequeueCount", 5)),
        retry_seconds=_seconds(queues.get("visibilityTimeout", "00:00:00")),
        max_polling_seconds=_seconds(queues.get("maxPollingInterval", "00:01:00")),
        base64=queues.get("messageEncoding", "base64").lower() == "base64",
        function_timeout=_seconds(value.get("functionTimeout", "00:30:00")),
    )


def _seconds(text: str) -> float:
    matched = _TIME.fullmatch(str(text))
    if matched is None:
        raise HostError(f"host.json: {text!r} is no time of the form hh:mm:ss")
    hours, minutes, seconds = matched.groups()
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


def load_settings(path: Path) -> None:
    """Put a local.settings.json's Values into the environment; what is set there already wins."""
    try:
        values = dict(json.loads(path.read_text("utf-8"))["Values"])
    except (OSError, ValueError, KeyError, TypeError):
        raise HostError(f"{path.name} is no local.settings.json with Values") from None
    for name, value in values.items():
        os.environ.setdefault(name, str(value))
