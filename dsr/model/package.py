"""The parts of a package that workers make and the finisher joins: pieces and their entries."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ZipEntry:
    """One file of the package: its full name, where it starts in its piece, and its checks.

    `flags`, `method`, `version` are the ZIP header's; sizes in bytes; `sha256` of the file.
    """

    name: str
    offset: int
    crc: int
    compressed: int
    size: int
    method: int
    flags: int
    version: int
    sha256: str

    def to_json(self) -> list[Any]:
        """Give the compact form that batch results keep."""
        return [
            self.name,
            self.offset,
            self.crc,
            self.compressed,
            self.size,
            self.method,
            self.flags,
            self.version,
            self.sha256,
        ]

    @classmethod
    def from_json(cls, value: list[Any]) -> "ZipEntry":
        """Read what `to_json` gave."""
        return cls(*value)


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of blocks that stand next to each other in the package: local headers and data."""

    blocks: tuple[str, ...]
    size: int
    entries: tuple[ZipEntry, ...]

    def to_json(self) -> dict[str, Any]:
        """Give the form that batch results keep."""
        return {
            "blocks": list(self.blocks),
            "size": self.size,
            "entries": [e.to_json() for e in self.entries],
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Piece":
        """Read what `to_json` gave."""
        return cls(
            tuple(value["blocks"]),
            value["size"],
            tuple(ZipEntry.from_json(e) for e in value["entries"]),
        )
