"""Whether the app can do its work: settings are right and the data account gives what it needs."""

import logging
from typing import Any

from dsr.usecases.ports import Ports

logger = logging.getLogger(__name__)


def check(ports: Ports) -> dict[str, Any]:
    """Look at every container and queue; who has ports has settings that are right."""
    checks = {"settings": "ok"}
    for part, trouble in ports.probes.look().items():
        checks[part] = trouble or "ok"
        if trouble:
            logger.warning("not ready: %s: %s", part, trouble)
    for name, trouble in ports.unlisted().items():
        checks[name] = trouble
        logger.warning("not ready: %s: %s", name, trouble)
    ready = set(checks.values()) == {"ok"}
    return {
        "status": "ready" if ready else "not ready",
        "checks": checks,
        "workspaces": len(ports.targets),
    }
