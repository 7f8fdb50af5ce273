"""Tokens of Microsoft Entra ID for Azure's own APIs, by the app's identity."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from dsr.errors import Refused, Unavailable
from dsr.services.hosts import is_loopback

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential

DEVELOPMENT_TOKEN: Final = "dsr-development-token"  # noqa: S105  # opens nothing but the sandbox
"""What is sent to an endpoint on loopback, and to no other."""


class EntraToken:
    """The bearer token for one endpoint, asked for at the first use and kept by the library.

    For an endpoint on loopback it is the development token, and no credential is made. `scope` is
    what the token is for where that is not the endpoint itself.
    """

    def __init__(
        self, endpoint: str, credential: Callable[[], "TokenCredential"], scope: str = ""
    ) -> None:
        self._endpoint = endpoint.rstrip("/")
        self._credential = credential
        self._scope = scope or f"{self._endpoint}/.default"

    def value(self) -> str:
        """Give the token; raises Refused, or Unavailable where the identity's service is away."""
        if is_loopback(self._endpoint):
            return DEVELOPMENT_TOKEN
        from azure.core.exceptions import AzureError, ClientAuthenticationError

        try:
            return self._credential().get_token(self._scope).token
        except ClientAuthenticationError:
            raise Refused("the app's identity gets no token for Azure") from None
        except AzureError:
            raise Unavailable("the app's identity could not be asked for a token") from None
