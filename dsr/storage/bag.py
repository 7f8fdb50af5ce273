"""What a package holds beside the assets: the BagIt 1.0 files (RFC 8493), report and page."""

import hashlib
import json
from collections.abc import Callable
from typing import Any, Final

from dsr.model.matching import Tier
from dsr.model.outcome import BatchResult, Outcome
from dsr.model.package import Piece
from dsr.model.plan import Plan
from dsr.model.record import RequestRecord, stamp
from dsr.model.request import DsrRequest
from dsr.storage.index_page import IndexPage
from dsr.storage.writer import OpenFile, ZipAssetWriter, ZipBatchWriter

_BAGIT = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
_JSON: Final = json.JSONEncoder(ensure_ascii=False).encode
_AGENT = "DSR processor for Azure Machine Learning"


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


class Bag:
    """The files that are not an asset's, written while the batch results pass by in order.

    `redact` takes other people out of a text.
    """

    def __init__(
        self,
        writer: ZipBatchWriter,
        record: RequestRecord,
        request: DsrRequest,
        plan: Plan,
        redact: Callable[[str], str],
    ) -> None:
        self._writer = writer
        self._record = record
        self._request = request
        self._plan = plan
        self._redact = redact
        self._asset = writer.asset()
        self._manifest = _Tag(self._asset, "manifest-sha256.txt")
        self._report = _Tag(self._asset, "data/report.json")
        self._index = _Tag(self._asset, "data/index.html")
        self._page = IndexPage(record, request, plan)
        self._index.write(self._page.head(self._workspaces()))
        self._report.write(self._report_head())
        self._octets = self._files = self._hidden = 0
        self._others: list[str] = []
        self._comma = "\n"

    def take(self, result: BatchResult) -> None:
        """Write down what a batch gave."""
        prefix = len(self._record.request_id) + 1
        shown_files = {f["path"] for r in result.results for f in _files(r)}
        lines = []
        for entry in (e for piece in result.pieces for e in piece.entries):
            path = entry.name[prefix:]
            lines.append(f"{entry.sha256}  {path}\n")
            self._octets += entry.size
            if path.removeprefix("data/") not in shown_files:
                self._others.append(path.removeprefix("data/"))
        self._files += len(lines)
        self._manifest.write("".join(lines))
        open_to_all = [shown for shown in result.results if not _is_hidden(shown)]
        self._hidden += len(result.results) - len(open_to_all)
        named = [(shown, self._redact(shown["name"])) for shown in open_to_all]
        for shown, name in named:
            clean = {k: v for k, v in shown.items() if k != "ref"} | {"name": name}
            self._report.write(self._comma + _JSON(clean))
            self._comma = ",\n"
        self._index.write(self._page.rows(named))

    def close(self) -> tuple[tuple[Piece, ...], str]:
        """Stage all files; give where they are, and the SHA-256 of the tag manifest."""
        self._report.write(self._report_tail())
        self._index.write(self._page.tail(self._others, self._hidden))
        for tag in (self._report, self._index):
            size, digest = tag.close()
            self._manifest.write(f"{digest}  {tag.path}\n")
            self._octets, self._files = self._octets + size, self._files + 1
        tags = [("manifest-sha256.txt", self._manifest.close()[1])]
        for name, text in (("bagit.txt", _BAGIT), ("bag-info.txt", self._info())):
            tags.append((name, self._asset.add(name, text).sha256))
        lines = "".join(f"{digest}  {name}\n" for name, digest in sorted(tags)).encode()
        self._asset.add("tagmanifest-sha256.txt", lines)
        self._asset.keep()
        return self._writer.close(), hashlib.sha256(lines).hexdigest()

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
        return _JSON(head)[:-1] + ', "assets": ['

    def _report_tail(self) -> str:
        tail = {
            "counts": self._record.counts(),
            "not_matched": self._plan.unmatched,
            "weak_matches_not_included": self._hidden,
            "notices": list(self._plan.notices),
        }
        return "\n], " + _JSON(tail)[1:] + "\n"

    def _info(self) -> bytes:
        lines = [
            f"Bag-Software-Agent: {_AGENT}",
            f"Bagging-Date: {self._record.submitted_at:%Y-%m-%d}",
            f"Internal-Sender-Identifier: plan {self._record.plan_hash}",
            f"External-Identifier: {self._record.request_id}",
            "External-Description: Answer to a data subject request. Metadata is redacted",
            "  (secrets always; other people where one person asked). Customer bytes are",
            "  unaltered and may concern others.",
            f"Payload-Oxum: {self._octets}.{self._files}",
        ]
        return ("\n".join(lines) + "\n").encode()


def _files(result: dict[str, Any]) -> list[dict[str, Any]]:
    files: list[dict[str, Any]] = result["evidence"].get("files", [])
    return files


def _is_hidden(result: dict[str, Any]) -> bool:
    """Tell whether an entry may name somebody else's asset: weak, and not asked for."""
    return bool(result["outcome"] == Outcome.SKIPPED and result["match"]["tier"] == Tier.WEAK)
