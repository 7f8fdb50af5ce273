"""Whose asset it is: the tiers of a match between a subject and an asset."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from dsr.model.asset import Asset, Person
from dsr.model.request import Subject


class Tier(StrEnum):
    """How sure a match is."""

    STRONG = "strong"
    RESOLVED = "resolved"
    WEAK = "weak"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Match:
    """A tier and the service's field that decided it; no field where nothing matched.

    `refers` tells that the field names who only touched the asset, as who changed it last.
    """

    tier: Tier
    field: str | None = None
    refers: bool = False

    def to_json(self) -> dict[str, Any]:
        """Give the `match` member of plan and result entries; `refers` only where it is so."""
        shown: dict[str, Any] = {"tier": self.tier.value, "field": self.field}
        return shown | {"refers": True} if self.refers else shown

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Match":
        """Read what `to_json` gave."""
        return cls(Tier(value["tier"]), value["field"], value.get("refers", False))


NO_MATCH = Match(Tier.NONE)


def folded(value: str) -> str:
    """Give a value's form for comparing: compatibility-normal, caseless, single-spaced."""
    return " ".join(unicodedata.normalize("NFKC", value).casefold().split())


def mention(values: Iterable[str]) -> re.Pattern[str] | None:
    """Give a pattern that finds any of the values as whole words, or None for no values.

    It is meant for text that `folded` has seen.
    """
    words = sorted({folded(v) for v in values} - {""}, key=len, reverse=True)
    if not words:
        return None
    return re.compile(r"(?<![\w@])(?:" + "|".join(map(re.escape, words)) + r")(?![\w@])")


class Matcher:
    """Matches assets of one workspace against one subject.

    strong: an identifier (or an owner field) equals an e-mail, user id or object id.
    resolved: an owner field equals the name or alias of exactly one user of the workspace, and
    that user is strong; or it equals an alias that the request gave.
    weak: an owner field equals a name that the request gave, or an identifier, name or alias
    stands in free text.
    Where nothing of this holds, a reference that equals an identifier is strong, and one that an
    identifier, name or alias stands in is weak; both `refers`.
    """

    def __init__(self, subject: Subject, people: Sequence[Person]) -> None:
        self._ids = {folded(v) for v in (*subject.emails, *subject.user_ids, *subject.object_ids)}
        self._aliases = {folded(v) for v in subject.aliases}
        self._names = {folded(v) for v in subject.names}
        self._mention = mention(
            v
            for values in (
                subject.emails,
                subject.user_ids,
                subject.object_ids,
                subject.aliases,
                subject.names,
            )
            for v in values
        )
        called = Counter(
            label for person in people for label in {folded(v) for v in _labels(person)}
        )
        self._people = {
            label: person
            for person in people
            for label in {folded(v) for v in _labels(person)}
            if called[label] == 1
        }
        self._known = {folded(v) for person in people for v in person.ids}
        # whoever has an identifier of the subject is the subject, by every id that they have
        self._ids |= {folded(v) for p in people if self.is_subject(p) for v in p.ids}

    def is_subject(self, person: Person) -> bool:
        """Tell whether a user of the workspace is the subject, by e-mail or id alone."""
        return any(folded(v) in self._ids for v in person.ids)

    def match(self, asset: Asset) -> Match:
        """Give the surest match of the asset."""
        for field, value in (*asset.identifiers, *asset.owners):
            if folded(value) in self._ids:
                return Match(Tier.STRONG, field)
        for field, value in asset.owners:
            label = folded(value)
            person = self._people.get(label)
            if label in self._aliases or (person is not None and self.is_subject(person)):
                return Match(Tier.RESOLVED, field)
        for field, value in asset.owners:
            if folded(value) in self._names:
                return Match(Tier.WEAK, field)
        mentioning = self._mentioned(asset.texts)
        return self.reference(asset) if mentioning is None else Match(Tier.WEAK, mentioning)

    def reference(self, asset: Asset) -> Match:
        """Give the match of those fields alone that name who only touched the asset."""
        for field, value in asset.references:
            if folded(value) in self._ids:
                return Match(Tier.STRONG, field, refers=True)
        named = self._mentioned(asset.references)
        return NO_MATCH if named is None else Match(Tier.WEAK, named, refers=True)

    def _mentioned(self, pairs: Iterable[tuple[str, str]]) -> str | None:
        """Give the first field in whose value the subject is mentioned."""
        mention = self._mention
        if mention is None:
            return None
        return next((field for field, value in pairs if mention.search(folded(value))), None)

    def attributable(self, asset: Asset) -> bool:
        """Tell whether some field of the asset leads to exactly one user of the workspace."""
        return any(
            folded(value) in self._known or folded(value) in self._people
            for _, value in (*asset.identifiers, *asset.owners)
        )


def _labels(person: Person) -> tuple[str, ...]:
    return tuple(v for v in (person.name, *person.aliases) if v.strip())
