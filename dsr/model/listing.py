"""What listing a workspace found: which pages of the plan, and what has to follow."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class PageRef:
    """One page of a plan, which is one batch of the work: where it is and what is in it.

    Deletes of a lower `stage` are done with before those of a higher one begin.
    """

    name: str
    sha256: str
    entries: int
    bytes: int
    blocks: int = 1
    stage: int = 0

    def to_json(self) -> list[Any]:
        """Give the compact form that the ledger keeps."""
        return [self.name, self.sha256, self.entries, self.bytes, self.blocks, self.stage]

    @classmethod
    def from_json(cls, value: Sequence[Any]) -> "PageRef":
        """Read what `to_json` gave."""
        return cls(*value)


@dataclass(frozen=True, slots=True)
class Listing:
    """What listing one page of one kind of a workspace found; `next` where there is another.

    The first listing of a workspace holds the first pages of all its kinds; `follow` are the
    kinds that need more: the cursor of the second page, or None where the first could not be had.
    `builtin` counts Microsoft's own assets, `unattributed` those whose owner leads to nobody.
    """

    pages: tuple[PageRef, ...]
    next: str | None = None
    unattributed: int = 0
    unmatched: int = 0
    builtin: int = 0
    follow: dict[int, str | None] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Give the form that the ledger keeps."""
        return {
            "pages": [p.to_json() for p in self.pages],
            "next": self.next,
            "unattributed": self.unattributed,
            "unmatched": self.unmatched,
            "builtin": self.builtin,
            "follow": {str(kind): cursor for kind, cursor in self.follow.items()},
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Listing":
        """Read what `to_json` gave."""
        pages = tuple(PageRef.from_json(p) for p in value["pages"])
        return cls(
            pages,
            value["next"],
            value["unattributed"],
            value["unmatched"],
            value["builtin"],
            {int(kind): cursor for kind, cursor in value["follow"].items()},
        )

    def joined(self, kind: int, found: "Listing") -> "Listing":
        """Give this listing with what listing the first page of a kind found."""
        return Listing(
            self.pages + found.pages,
            self.next,
            self.unattributed + found.unattributed,
            self.unmatched + found.unmatched,
            self.builtin + found.builtin,
            self.follow if found.next is None else self.follow | {kind: found.next},
        )

    def postponed(self, kind: int) -> "Listing":
        """Give this listing with a kind whose first page gets a listing of its own."""
        return replace(self, follow=self.follow | {kind: None})

    def summary(self) -> "ListingSummary":
        """Give what stands in the blob's metadata."""
        return ListingSummary(
            self.next is None,
            sum(p.entries for p in self.pages),
            self.unattributed,
            {kind: 0 if cursor is None else 1 for kind, cursor in self.follow.items()},
        )


@dataclass(frozen=True, slots=True)
class ListingSummary:
    """A listing as a list of the ledger shows it.

    `follow` gives, by kind, the number of the page that a listing of its own has to begin with.
    """

    last: bool
    entries: int
    unattributed: int
    follow: dict[int, int]

    def to_metadata(self) -> dict[str, str]:
        """Give the blob metadata."""
        told = {
            "last": str(int(self.last)),
            "entries": str(self.entries),
            "unattributed": str(self.unattributed),
        }
        if self.follow:  # the storage service keeps no empty value
            told["follow"] = ",".join(f"{kind}:{page}" for kind, page in self.follow.items())
        return told

    @classmethod
    def from_metadata(cls, metadata: dict[str, str]) -> "ListingSummary":
        """Read what `to_metadata` gave."""
        pairs = [p.split(":") for p in metadata.get("follow", "").split(",") if p]
        return cls(
            metadata["last"] == "1",
            int(metadata["entries"]),
            int(metadata["unattributed"]),
            {int(kind): int(page) for kind, page in pairs},
        )
