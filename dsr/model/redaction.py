"""What metadata must not carry into a package: secrets always, other people where one person asks.

Customer bytes never pass through here.
"""

import functools
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from dsr.model.asset import Person
from dsr.model.matching import folded
from dsr.model.request import Subject

REDACTED: Final = "[redacted: secret]"

_SECRET_KEY = re.compile(
    r"^(primary|secondary)(key|token)?$|^authorization$|token$"
    r"|(passphrase|passwords|accesskey|secretkey|sasurl|credentials|password|passwd|pwd|secret|credential|connectionstring|apikey|accountkey|storagekey"
    r"|userstoragekey|registrationkey|sharedaccesskey|sharedaccessuri|sassblobtoken|sasblobtoken"
    r"|sastoken|accesstoken|authorizationtoken|identitycertificate|privatekey)$"
)
_PLAIN_KEY = frozenset({"credentialcontainer"})

_SECRET_TEXT = re.compile(
    r"(?P<key>\b(?:AccountKey|SharedAccessKey|SharedAccessSignature|Password|Pwd|ApiKey|sig"
    r"|signature|client_secret|access_token)[\"']?\s*[=:]\s*)(?!\[redacted: secret\])"
    r"(?P<value>\"[^\"\r\n]*\"|'[^'\r\n]*'|\{[^}\r\n]*\}|[^;&\s\"'<]+(?:[^;&\"'<\r\n]*(?=;))?)"
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"
    r"|\bBearer\s+[A-Za-z0-9._~+/-]{16,}=*"
    r"|\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
    r"|(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{86}==",
    re.IGNORECASE | re.DOTALL,
)
_EMAIL = re.compile(r"[A-Za-z0-9._%+'-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_NUMBERED = re.compile(r"person-\d{1,6}$")
_TOOLS = frozenset(
    {"powershell", "python sdk", "r", "user", "microsoft", "microsoft corporation", ""}
)


@dataclass(slots=True)
class Redactions:
    """How much was taken out of one or more metadata files."""

    secrets: int = 0
    people: int = 0

    def to_json(self) -> dict[str, int]:
        """Give the `redacted` member of a result's evidence."""
        return {"secrets": self.secrets, "people": self.people}


def without_secrets(value: Any, found: Redactions) -> Any:
    """Give a copy of JSON data without secrets, by key and by pattern; counts into `found`."""
    if isinstance(value, str):
        return _without_secret_text(value, found)
    if isinstance(value, dict):
        # a module parameter: {"Name": "Account key", "Value": "..."}
        named = value.get("Name") or value.get("name")
        secret_value = isinstance(named, str) and _is_secret_key(named)
        clean = {}
        for key, member in value.items():
            if _is_secret_key(key) or (secret_value and key.lower() == "value"):
                clean[key] = _all_redacted(member, found)
            elif isinstance(member, str):  # most members: no call for each of them
                plain = _cannot_hold_secret(member)
                clean[key] = member if plain else _without_secret_text(member, found)
            elif isinstance(member, dict | list):
                clean[key] = without_secrets(member, found)
            else:
                clean[key] = member
        return clean
    if isinstance(value, list):
        return [without_secrets(v, found) for v in value]
    return value


def _all_redacted(value: Any, found: Redactions) -> Any:
    """Give what stands under a secret's key with every text and number in it replaced."""
    if isinstance(value, dict):
        return {k: _all_redacted(v, found) for k, v in value.items()}
    if isinstance(value, list):
        return [_all_redacted(v, found) for v in value]
    if isinstance(value, str | int | float) and value not in ("", True, False, REDACTED):
        found.secrets += 1
        return REDACTED
    return value


@functools.lru_cache(maxsize=4096)
def _is_secret_key(key: str) -> bool:
    plain = re.sub(r"[^a-z0-9]", "", key.lower())
    return plain not in _PLAIN_KEY and _SECRET_KEY.search(plain) is not None


_SHORTEST: Final = 5
"""The shortest secret in a text is `sig=x`; without `=` and `:` it is a token of 22 letters."""
_SHORTEST_BARE: Final = 22
_REPEATED: Final = 128
"""The longest text that services say of one asset after another: an address, a type, a date."""


def _cannot_hold_secret(text: str) -> bool:
    """Tell whether a text lacks what every match of `_SECRET_TEXT` has; far sooner told."""
    if len(text) < _SHORTEST:
        return True
    if "=" in text or ":" in text:
        return False
    if len(text) < _SHORTEST_BARE:
        return True
    lowered = text.lower()
    return not ("eyj" in lowered or "bearer" in lowered or "-----beg" in lowered)


@functools.lru_cache(maxsize=1024)
def _is_plain(text: str) -> bool:
    return _SECRET_TEXT.search(text) is None


def _without_secret_text(text: str, found: Redactions) -> str:
    if _cannot_hold_secret(text) or (len(text) <= _REPEATED and _is_plain(text)):
        return text

    def replaced(match: re.Match[str]) -> str:
        found.secrets += 1
        return f"{match['key'] or ''}{REDACTED}"

    return _SECRET_TEXT.sub(replaced, text)


class Redactor:
    """Redacts the metadata of one workspace for one request.

    `subject` None keeps people (a whole workspace is asked for). Otherwise identifiers of
    everyone else become `person-N`: users of the workspaces by their place in `people`, anybody
    else by the number that `number_of` gives to the identifier, so that one person has one
    number in the whole package without workers having to agree.
    """

    def __init__(
        self,
        subject: Subject | None,
        people: Sequence[Person],
        person_fields: Collection[str],
        number_of: Callable[[str], int],
    ) -> None:
        self._keep_people = subject is None
        self._fields = {f.lower() for f in person_fields}
        self._number_of = number_of
        self._own: set[str] = set()
        self._numbers: dict[str, int] = {}
        self._text: re.Pattern[str] | None = None
        if subject is not None:
            self._learn(subject, people)

    def _learn(self, subject: Subject, people: Sequence[Person]) -> None:
        ids = {folded(v) for v in (*subject.emails, *subject.user_ids, *subject.object_ids)}
        mine = [*ids, *subject.names, *subject.aliases]
        others: list[str] = []
        number = 0
        for person in people:
            if any(folded(v) in ids for v in person.ids):
                mine += [*person.ids, person.name, *person.aliases]
                continue
            number += 1
            for label in (*person.ids, person.name, *person.aliases):
                if folded(label):
                    self._numbers.setdefault(folded(label), number)
            # an alias is too short and common a word to be looked for in running text
            others += [*person.ids, person.name]
        self._own = {folded(v) for v in mine}
        # what is the subject's own is looked for as well: "Ann" must not take a part of "Ann Lee"
        words = sorted({w for w in (*mine, *others) if len(w) > 2 and w.strip()}, key=len)
        parts = [_loosely(w) for w in reversed(words)]
        self._text = re.compile(
            "|".join([_EMAIL.pattern, *(rf"(?<!\w){p}(?!\w)" for p in parts)]), re.IGNORECASE
        )

    def redact(self, value: Any, found: Redactions, *, clean: bool = False) -> Any:
        """Give a copy of JSON data fit for the package; counts into `found`.

        `clean` data have been through `without_secrets` before.
        """
        if not clean:
            value = without_secrets(value, found)
        return value if self._keep_people else self._without_people(value, found)

    def person(self, label: str) -> str:
        """Give what stands for a person's identifier: itself for the subject, else `person-N`."""
        plain = folded(label)
        if self._keep_people or plain in self._own or plain in _TOOLS or _NUMBERED.match(plain):
            return label
        return f"person-{self._numbers.get(plain) or self._number_of(plain)}"

    def unnamed(self, text: str) -> str:
        """Give a text for a file name: other people in it become `person`, with no number."""
        if self._text is None:
            return text
        return self._text.sub(lambda m: m[0] if folded(m[0]) in self._own else "person", text)

    def _without_people(self, value: Any, found: Redactions) -> Any:
        if isinstance(value, dict):
            return {
                k: self._person_field(v, found)
                if isinstance(v, str) and k.lower() in self._fields
                else self._without_people(v, found)
                for k, v in value.items()
            }
        if isinstance(value, list):
            return [self._without_people(v, found) for v in value]
        if isinstance(value, str) and self._text is not None:
            return self._text.sub(lambda m: self._counted(m[0], found), value)
        return value

    def _person_field(self, value: str, found: Redactions) -> str:
        shown = self.person(value)
        found.people += shown != value
        return shown

    def _counted(self, label: str, found: Redactions) -> str:
        shown = self.person(label)
        found.people += shown != label
        return shown


def _loosely(label: str) -> str:
    """Give a pattern for a label that does not mind how its words are spaced."""
    return r"\s+".join(map(re.escape, label.split()))
