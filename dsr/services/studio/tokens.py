"""The authorization token of a Studio (classic) workspace: configured, or from ARM.

Source: ARM specification of `Microsoft.MachineLearning`, POST `listWorkspaceKeys`.
"""

import threading
import time
from collections.abc import Callable
from typing import Final, Protocol

from dsr.errors import Refused
from dsr.services.arm import Arm
from dsr.services.fields import text

WORKSPACES: Final = "2019-10-01"
"""The api-version of workspaces."""
_PAUSE: Final = 60.0
"""Seconds between two times that the keys are asked for because the last one was refused."""


class WorkspaceToken(Protocol):
    """A token that may change."""

    def value(self) -> str:
        """Give the token; raises ServiceError."""

    def renew(self, refused: str) -> bool:
        """Tell whether there may be another one than the one that was refused."""


class FixedToken:
    """A token from the settings."""

    def __init__(self, token: str) -> None:
        self._token = token

    def value(self) -> str:
        """Give it."""
        return self._token

    def renew(self, refused: str) -> bool:
        """Tell that there is no other."""
        return False


class ArmToken:
    """The primary token, asked for at the first use; again where it is refused, once a minute."""

    def __init__(self, arm: Arm, arm_id: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._arm = arm
        self._arm_id = arm_id
        self._clock = clock
        self._lock = threading.Lock()
        self._token = ""
        self._asked = 0.0

    def value(self) -> str:
        """Give it; raises ServiceError."""
        with self._lock:
            if not self._token:
                self._ask()
            return self._token

    def renew(self, refused: str) -> bool:
        """Forget a token that was refused, unless it is a minute or less old."""
        with self._lock:
            if self._token == refused and self._clock() - self._asked < _PAUSE:
                return False
            if self._token == refused:
                self._token = ""
            return True

    def _ask(self) -> None:
        answer = self._arm.post(
            f"{self._arm_id}/listWorkspaceKeys", WORKSPACES, "read workspace keys"
        )
        self._token = text(answer, "primaryToken") or text(answer, "secondaryToken")
        self._asked = self._clock()
        if not self._token:
            raise Refused("read workspace keys gave no token")
