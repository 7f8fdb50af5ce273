"""Joins the staged parts of a package to a BagIt 1.0 bag (RFC 8493) inside ZIP files.

One pass over the batch results writes the report, the page and the manifest; a second one feeds
the central directory. Memory stays flat, whatever the number of assets.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, Final

from dsr.errors import Conflict
from dsr.model.matching import Tier
from dsr.model.outcome import BatchResult, Outcome
from dsr.model.package import Piece, ZipEntry
from dsr.model.plan import Plan
from dsr.model.record import PackageInfo, RequestRecord, stamp
from dsr.model.request import DsrRequest
from dsr.storage.blobs import BadBlockList, Blobs, Exists
from dsr.storage.index_page import IndexPage
from dsr.storage.writer import BlockIds, OpenFile, ZipAssetWriter, ZipBatchWriter, batch_of
from dsr.storage.zipping import ZipTime, write_directory
from dsr.usecases.ports import LostBlocks

TAGS: Final = 99_999_999
"""The batch number of the blocks that the finisher itself stages."""

_BAGIT = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
_AGENT = "DSR processor for Azure Machine Learning"


def blob_name(request_id: str, part: int) -> str:
    """Give the name of a part of a package."""
    return f"{request_id}.zip" if part == 1 else f"{request_id}-{part}.zip"


def zip_time(record: RequestRecord) -> ZipTime:
    """Give the time that all files of a package carry: that of the request, the same for all."""
    at = record.submitted_at
    return (max(1980, min(at.year, 2107)), at.month, at.day, at.hour, at.minute, at.second)


class _Tag:
    """A file of the bag being written, with its digest; payload files join the manifest."""

    def __init__(self, asset: ZipAssetWriter, path: str) -> None:
        self.path = path
        self._file: OpenFile = asset.open(path)
        self._held: list[bytes] = []
        self._size = 0

    def write(self, text: str) -> None:
        data = text.encode("utf-8", "replace")
        self._held.append(data)
        self._size += len(data)
        if self._size >= 1 << 20:
            self._hand_on()

    def _hand_on(self) -> None:
        self._file.write(b"".join(self._held))
        self._held, self._size = [], 0

    def close(self) -> tuple[int, str]:
        self._hand_on()
        info = self._file.close()
        return info.size, info.sha256


class Assembly:
    """One try at finishing one package."""

    def __init__(
        self, blobs: Blobs, record: RequestRecord, request: DsrRequest, plan: Plan, parts: int
    ) -> None:
        self._blobs = blobs
        self._record = record
        self._request = request
        self._plan = plan
        self._parts = parts
        self._time = zip_time(record)

    def run(
        self,
        results: Callable[[], Iterator[BatchResult]],
        redact: Callable[[str], str],
        expires_at: datetime,
    ) -> PackageInfo:
        """Write what is missing and commit every part, the first last."""
        writer = self._writer(1)
        asset = writer.asset()
        tagmanifest = self._write_bag(asset, results, redact)
        asset.keep()
        tags = writer.close()
        sizes = []
        for part in range(self._parts, 0, -1):
            size = self._commit(part, results, tags if part == 1 else (), tagmanifest)
            sizes.append((blob_name(self._record.request_id, part), size))
        return PackageInfo(tuple(reversed(sizes)), tagmanifest, expires_at)

    def _writer(self, part: int) -> ZipBatchWriter:
        name = blob_name(self._record.request_id, part)
        prefix = f"{self._record.request_id}/"

        def stage(block_id: str, data: bytes) -> None:
            self._blobs.stage(name, block_id, data)

        return ZipBatchWriter(stage, TAGS, prefix, self._time, self._record.block_size)

    def _write_bag(
        self,
        asset: ZipAssetWriter,
        results: Callable[[], Iterator[BatchResult]],
        redact: Callable[[str], str],
    ) -> str:
        """Write every file that is not an asset's; give the SHA-256 of the tag manifest."""
        manifest = _Tag(asset, "manifest-sha256.txt")
        report = _Tag(asset, "data/report.json")
        index = _Tag(asset, "data/index.html")
        page = IndexPage(self._record, self._request, self._plan)
        index.write(page.head(self._workspaces()))
        report.write(self._report_head())
        octets = files = hidden = 0
        others: list[str] = []
        comma = "\n"
        prefix = len(self._record.request_id) + 1
        for result in results():
            shown_files = {f["path"] for r in result.results for f in _files(r)}
            for entry in (e for piece in result.pieces for e in piece.entries):
                path = entry.name[prefix:]
                manifest.write(f"{entry.sha256}  {path}\n")
                octets, files = octets + entry.size, files + 1
                if path.removeprefix("data/") not in shown_files:
                    others.append(path.removeprefix("data/"))
            for shown in result.results:
                if _is_hidden(shown):
                    hidden += 1
                    continue
                name = redact(shown["name"])
                clean = {k: v for k, v in shown.items() if k != "ref"} | {"name": name}
                report.write(comma + json.dumps(clean, ensure_ascii=False, sort_keys=True))
                index.write(page.row(shown, name))
                comma = ",\n"
        report.write(self._report_tail(hidden))
        index.write(page.tail(others))
        for tag in (report, index):
            size, digest = tag.close()
            manifest.write(f"{digest}  {tag.path}\n")
            octets, files = octets + size, files + 1
        tags = [("manifest-sha256.txt", manifest.close()[1])]
        for name, text in (("bagit.txt", _BAGIT), ("bag-info.txt", self._info(octets, files))):
            tags.append((name, asset.add(name, text).sha256))
        lines = "".join(f"{digest}  {name}\n" for name, digest in sorted(tags)).encode()
        asset.add("tagmanifest-sha256.txt", lines)
        return hashlib.sha256(lines).hexdigest()

    def _workspaces(self) -> list[str]:
        return list(self._record.workspaces)

    def _report_head(self) -> str:
        head: dict[str, Any] = {
            "request_id": self._record.request_id,
            "type": self._record.type,
            "regulation": self._record.regulation,
            "submitted_at": stamp(self._record.submitted_at),
            "select": self._request.scope.select,
            "workspaces": self._workspaces(),
        }
        return json.dumps(head, ensure_ascii=False)[:-1] + ', "assets": ['

    def _report_tail(self, hidden: int) -> str:
        tail = {
            "counts": self._record.counts(),
            "not_matched": self._plan.unmatched,
            "weak_matches_not_included": hidden,
            "notices": list(self._plan.notices),
        }
        return "\n], " + json.dumps(tail, ensure_ascii=False)[1:] + "\n"

    def _info(self, octets: int, files: int) -> bytes:
        lines = [
            f"Bag-Software-Agent: {_AGENT}",
            f"Bagging-Date: {self._record.submitted_at:%Y-%m-%d}",
            f"Internal-Sender-Identifier: plan {self._record.plan_hash}",
            f"External-Identifier: {self._record.request_id}",
            "External-Description: Answer to a data subject request. Metadata is redacted",
            "  (secrets always; other people where one person asked). Customer bytes are",
            "  unaltered and may concern others.",
            f"Payload-Oxum: {octets}.{files}",
        ]
        return ("\n".join(lines) + "\n").encode()

    def _commit(
        self,
        part: int,
        results: Callable[[], Iterator[BatchResult]],
        tags: tuple[Piece, ...],
        tagmanifest: str,
    ) -> int:
        """Write the part's central directory and commit its blocks; give its size."""
        blocks: list[str] = []
        start = count = 0
        for piece in self._pieces(part, results, tags):
            blocks += piece.blocks
            start += piece.size
            count += len(piece.entries)
        name = blob_name(self._record.request_id, part)
        end = _DirectoryBlocks(self._blobs, name)
        write_directory(
            _placed(self._pieces(part, results, tags)),
            count,
            start,
            self._time,
            self._record.block_size,
            end.stage,
        )
        size = start + end.size
        metadata = {
            "request_id": self._record.request_id,
            "part": str(part),
            "tagmanifest_sha256": tagmanifest,
        }
        try:
            self._blobs.commit(name, blocks + end.ids, metadata)
        except (Exists, BadBlockList):
            self._accept_or_explain(name, metadata, blocks)
        found = self._blobs.look(name)
        if found is None or found.size != size:
            raise Conflict("the committed package is not the one that was made")
        return size

    def _accept_or_explain(self, name: str, metadata: dict[str, str], blocks: list[str]) -> None:
        """Find out why a commit failed: the same package is there, another one, or blocks went."""
        there = self._blobs.look(name)
        if there is not None:
            if there.metadata != metadata:
                raise Conflict("another blob stands where the package belongs")
            return
        staged = self._blobs.staged(name)
        raise LostBlocks({batch_of(b) for b in blocks if b not in staged} - {TAGS})

    def _pieces(
        self,
        part: int,
        results: Callable[[], Iterator[BatchResult]],
        tags: tuple[Piece, ...],
    ) -> Iterator[Piece]:
        for result in results():
            if self._plan.parts[result.batch] == part:
                yield from result.pieces
        yield from tags


class _DirectoryBlocks:
    """Stages the central directory's blocks."""

    def __init__(self, blobs: Blobs, name: str) -> None:
        self._blobs = blobs
        self._name = name
        self._new = BlockIds(TAGS)
        self.ids: list[str] = []
        self.size = 0

    def stage(self, data: bytes) -> None:
        self.ids.append(self._new.next())
        self.size += len(data)
        self._blobs.stage(self._name, self.ids[-1], data)


def _placed(pieces: Iterator[Piece]) -> Iterator[tuple[int, ZipEntry]]:
    base = 0
    for piece in pieces:
        for entry in piece.entries:
            yield base, entry
        base += piece.size


def _files(result: dict[str, Any]) -> list[dict[str, Any]]:
    files: list[dict[str, Any]] = result["evidence"].get("files", [])
    return files


def _is_hidden(result: dict[str, Any]) -> bool:
    """Tell whether an entry may name somebody else's asset: weak, and not asked for."""
    return bool(result["outcome"] == Outcome.SKIPPED and result["match"]["tier"] == Tier.WEAK)
