"""The packages of exports, in the container `dsr-exports`."""

import ipaddress
import socket
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Literal, Protocol
from urllib.parse import urlsplit

from dsr.model.outcome import BatchResult
from dsr.model.plan import Plan
from dsr.model.record import PackageInfo, RequestRecord
from dsr.model.request import DsrRequest
from dsr.storage import readback
from dsr.storage.assembly import Assembly, blob_name, zip_time
from dsr.storage.blobs import Blobs
from dsr.storage.writer import ZipBatchWriter


class Links(Protocol):
    """Makes read-only URLs of blobs in one container."""

    def url(self, name: str, seconds: int) -> str:
        """Give a URL that reads one blob for `seconds`."""


class BlobPackages:
    """Packages over one container of blobs."""

    def __init__(self, blobs: Blobs, links: Links) -> None:
        self._blobs = blobs
        self._links = links

    def writer(self, record: RequestRecord, batch: int, part: int) -> ZipBatchWriter:
        """Start one attempt at a batch."""
        name = blob_name(record.request_id, part)

        def stage(block_id: str, data: bytes) -> None:
            self._blobs.stage(name, block_id, data)

        prefix = f"{record.request_id}/data/"
        return ZipBatchWriter(stage, batch, prefix, zip_time(record), record.block_size)

    def assemble(
        self,
        record: RequestRecord,
        request: DsrRequest,
        plan: Plan,
        results: Callable[[], Iterator[BatchResult]],
        redact: Callable[[str], str],
        expires_at: datetime,
    ) -> PackageInfo:
        """Join all results to the package and commit it, once, whoever else does so too."""
        parts = max(plan.parts, default=1)
        assembly = Assembly(self._blobs, record, request, plan, parts)
        return assembly.run(results, redact, expires_at)

    def unlike(
        self, request_id: str, info: PackageInfo, wanted: Mapping[str, str]
    ) -> dict[str, str]:
        """Read files back (path under `data/` to SHA-256); give those that are not so, and why."""
        return readback.unlike(self._blobs, request_id, info, wanted)

    def discard(self, request_id: str, parts: int) -> None:
        """Delete the package's blobs, staged blocks included, whether they are there or not.

        Unconditionally: whoever wrote what stands at their names.
        """
        for part in range(1, parts + 1):
            self._blobs.drop(blob_name(request_id, part))

    def urls(self, info: PackageInfo, seconds: int) -> list[tuple[str, int]]:
        """Give a read-only URL and the size of each part, valid for `seconds`."""
        return [(self._links.url(name, seconds), size) for name, size in info.parts]

    def network(self) -> Literal["public", "private"]:
        """Tell whether the URLs lead to an address that only a private network reaches."""
        host = urlsplit(self._links.url("probe", 60)).hostname or ""
        try:
            found = socket.getaddrinfo(host, None)
        except OSError:
            return "public"
        addresses = [ipaddress.ip_address(a[4][0]) for a in found]
        private = all(a.is_private and not a.is_loopback for a in addresses)
        return "private" if private else "public"
