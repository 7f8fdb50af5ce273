"""Which hosts a workspace's bytes may come from."""

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

from dsr.model.target import WorkspaceTarget

_BLOB = ".blob.core.windows.net"
_MOST_KNOWN = 256
_NAME = re.compile(r"[a-z0-9.-]+")
_REGIONAL = re.compile(r"[a-z0-9-]+\.api\.azureml\.ms")


def is_loopback(url: str) -> bool:
    """Tell whether a URL leads to this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class AllowedHosts:
    """The target's own hosts, its storage account and `*.blob.core.windows.net`.

    https only, but for targets on loopback, which may use http on loopback. A target without an
    endpoint of its own is known to Azure Resource Manager alone; `local` says that this is on
    loopback.
    """

    def __init__(self, target: WorkspaceTarget, *, local: bool = False) -> None:
        endpoints = (target.studio_endpoint, target.management_endpoint)
        self._hosts = {host for e in endpoints if (host := urlsplit(e).hostname)}
        # Run outputs come through the portal's own host, which goes by the same prefix.
        self._hosts |= {h.replace("studioapi.", "studio.", 1) for h in self._hosts}
        if target.storage_account:
            self._hosts.add(target.storage_account + _BLOB)
        self._local = local or is_loopback(target.studio_endpoint)
        self._known: dict[tuple[str, str], bool] = {}

    def __contains__(self, url: object) -> bool:
        if not isinstance(url, str):
            return False
        try:
            parts = urlsplit(url)
        except ValueError:
            return False
        origin = parts.scheme, parts.netloc
        # thousands of URLs have the same few origins
        if origin not in self._known:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[origin] = self._allows(parts)
        return self._known[origin]

    def _allows(self, parts: SplitResult) -> bool:
        try:
            host = (parts.hostname or "").rstrip(".")
            _ = parts.port
        except ValueError:
            return False
        if parts.username is not None or parts.password is not None:
            return False
        if is_loopback(f"{parts.scheme}://{parts.netloc}"):
            return self._local and parts.scheme in ("http", "https")
        # A backslash ends the host for some HTTP libraries and not for urlsplit.
        if parts.scheme != "https" or not _NAME.fullmatch(host):
            return False
        return host in self._hosts or host.endswith(_BLOB)


def data_plane_host(url: str, *, local: bool) -> bool:
    """Tell whether a URL is of Azure Machine Learning's own regional hosts, so may get a token.

    `local` is for a sandbox: then it has to be on loopback, and nothing else will do.
    """
    origin = _origin(url)
    if origin is None or "\\" in url:
        return False
    if local:
        return is_loopback(url) and origin[0] in ("http", "https")
    scheme, host, port = origin
    return scheme == "https" and port == 443 and _REGIONAL.fullmatch(host) is not None


class OneOrigin:
    """The URLs of one endpoint: the same scheme, host and port."""

    def __init__(self, endpoint: str) -> None:
        self._origin = _origin(endpoint)

    def __contains__(self, url: object) -> bool:
        return isinstance(url, str) and "\\" not in url and _origin(url) == self._origin


def _origin(url: str) -> tuple[str, str, int] | None:
    """Give scheme, host and port; None where there is no usable one, or somebody's name in it."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme, 0)
    except ValueError:
        return None
    if not parts.hostname or parts.username is not None or parts.password is not None:
        return None
    return parts.scheme, parts.hostname, port
