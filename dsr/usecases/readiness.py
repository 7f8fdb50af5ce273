"""Whether the app can do its work: settings are right and the storage answers."""

import logging
from typing import Any

from dsr.errors import NotFound, StorageAway
from dsr.usecases.ports import Ports

logger = logging.getLogger(__name__)

_NOBODY = "00000000-0000-0000-0000-000000000000"


def check(ports: Ports) -> dict[str, Any]:
    """Read something from the ledger that is not there: an answer is all that is wanted."""
    storage = "ok"
    try:
        ports.ledger.load(_NOBODY)
    except NotFound:
        pass
    except StorageAway as error:
        storage = str(error)
        logger.warning("not ready: %s", storage)
    ready = storage == "ok"
    return {
        "status": "ready" if ready else "not ready",
        "checks": {"settings": "ok", "storage": storage},
        "workspaces": len(ports.targets),
    }
