"""JSON documents prepared once, with holes for the signed links that each answer makes anew."""

import json
import re
from dataclasses import dataclass
from typing import Any

from sandbox.studio.sas import Signer

_HOLE = re.compile(r"\\u0000credential:(blob|shared):([0-9a-f]*):([^\\]+)\\u0000")


def blob_credential(path: str) -> str:
    """Mark a hole for the link to the blob at `path`."""
    return f"\0credential:blob::{path}\0"


def shared_credential(workspace_id: str, path: str) -> str:
    """Mark a hole for the link to a blob through the Studio host."""
    return f"\0credential:shared:{workspace_id}:{path}\0"


@dataclass(frozen=True, slots=True)
class Template:
    """UTF-8 JSON in pieces; between piece n and n+1 goes the link to `holes[n]`."""

    pieces: tuple[bytes, ...]
    holes: tuple[tuple[str, str, str], ...]

    @classmethod
    def of(cls, payload: Any) -> "Template":
        """Prepare a payload."""
        parts = _HOLE.split(json.dumps(payload, ensure_ascii=False, separators=(",", ":")))
        holes = zip(parts[1::4], parts[2::4], parts[3::4], strict=True)
        return cls(tuple(p.encode() for p in parts[0::4]), tuple(holes))

    def fill(self, signer: Signer, url: str, now: float) -> bytes:
        """Give the document with links signed now; a link needs no escaping within JSON."""
        if not self.holes:
            return self.pieces[0]
        out = [self.pieces[0]]
        for (form, workspace_id, path), piece in zip(self.holes, self.pieces[1:], strict=True):
            link = (
                signer.sas(path, now)
                if form == "blob"
                else signer.shared(workspace_id, url, path, now)
            )
            out.append(link.encode())
            out.append(piece)
        return b"".join(out)
