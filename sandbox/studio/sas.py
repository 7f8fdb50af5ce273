"""Shared access signatures: signing and checking the links to blobs.

The form is that of the captured payloads: `?sv&sr&sig&st&se&sp` for a
blob, and `?workspaceId&signature&sharedAccessUri` for a blob behind the Studio host.
"""

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Mapping
from urllib.parse import quote, urlsplit

SERVICE_VERSION = "2015-02-21"

DEFAULT_SECONDS = 24 * 3600 + 300.0
"""What real links were seen to live for: a day and five minutes."""


class Signer:
    """Signs read-only links to blobs and checks them, with a key of its own.

    A link lives for at least `seconds` and at most a second more (its times are whole seconds).
    With a negative number every link is born expired. `own_accounts` are the addresses of accounts
    that are no part of this server, by name.
    """

    def __init__(self, seconds: float = DEFAULT_SECONDS, key: bytes | None = None) -> None:
        self.seconds = seconds
        self.own_accounts: dict[str, str] = {}
        self._key = secrets.token_bytes(32) if key is None else key

    def sas(self, path: str, now: float | None = None) -> str:
        """Give the query, with its `?`, that opens the blob at `path` (`/account/…`)."""
        moment = time.time() if now is None else now
        start = _iso(int(moment))
        end = _iso(-int(-(moment + self.seconds) // 1))
        signature = quote(self._sign(_string_to_sign(path, start, end)), safe="")
        return (
            f"?sv={SERVICE_VERSION}&sr=b&sig={signature}"
            f"&st={quote(start, safe='')}&se={quote(end, safe='')}&sp=r"
        )

    def shared(self, workspace_id: str, url: str, path: str, now: float | None = None) -> str:
        """Give the query for `api/sharedaccess` that opens the blob at `url` + `path`."""
        inner = self.own_accounts.get(path.split("/", 2)[1], url) + path + self.sas(path, now)
        signature = quote(self._sign(f"{workspace_id}\n{inner}"), safe="")
        return (
            f"?workspaceId={workspace_id}&signature={signature}"
            f"&sharedAccessUri={quote(inner, safe='')}"
        )

    def refusal(self, path: str, query: Mapping[str, str], now: float | None = None) -> str | None:
        """Tell why a blob link does not open the blob at `path`; None where it does."""
        start, end = query.get("st", ""), query.get("se", "")
        if (query.get("sv"), query.get("sr"), query.get("sp")) != (SERVICE_VERSION, "b", "r"):
            return "sv, sr and sp are mandatory. Cannot be empty or other than issued"
        expected = self._sign(_string_to_sign(path, start, end))
        if not hmac.compare_digest(expected.encode(), query.get("sig", "").encode()):
            return "Signature did not match."
        current = _iso(int(time.time() if now is None else now))
        # ISO 8601 in one zone sorts as time does, so the texts compare as the times would.
        if not start <= current < end:
            return (
                "Signature not valid in the specified time frame: "
                f"Start [{start}] - Expiry [{end}] - Current [{current}]"
            )
        return None

    def shared_path(self, query: Mapping[str, str]) -> str | None:
        """Give the blob path that a signed `sharedaccess` query names; None where forged."""
        inner = query.get("sharedAccessUri", "")
        expected = self._sign(f"{query.get('workspaceId', '')}\n{inner}")
        if not hmac.compare_digest(expected.encode(), query.get("signature", "").encode()):
            return None
        return urlsplit(inner).path

    def _sign(self, message: str) -> str:
        digest = hmac.digest(self._key, message.encode(), hashlib.sha256)
        return base64.b64encode(digest).decode()


def _string_to_sign(path: str, start: str, end: str) -> str:
    return f"r\n{start}\n{end}\n/blob{path}\n{SERVICE_VERSION}"


def _iso(second: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(second))
