"""Whose a resource is: the fields of Azure Machine Learning that name people.

Source: recorded answers (Azure/azure-powershell) and the `User` of the clients' models. ARM's
`systemData` names a person by a display name, which two people may share, so it is searched as
text and never decides; the services of the data plane and computes give object ids.
"""

from collections.abc import Iterator
from typing import Any, Final

from dsr.services.fields import get, named, tag_texts, text, texts_within

Pairs = tuple[tuple[str, str], ...]

SUBJECT_TAG: Final = "dsr:subject"
"""The tag whose value, an e-mail address or an object id, says whose data a resource holds."""
_MICROSOFT: Final = "microsoft"
_IDS: Final = ("userObjectId", "upn")


def is_builtin(resource: Any) -> bool:
    """Tell whether Microsoft itself made a resource, such as a curated environment."""
    return text(get(resource, "systemData"), "createdBy").strip().lower() == _MICROSOFT


def made_by(resource: Any) -> tuple[Pairs, Pairs]:
    """Give what `systemData` says of who made a resource: identifiers, and names as texts."""
    return _system(resource, "createdBy")


def changed_by(resource: Any, *, by_name: bool = True) -> Pairs:
    """Give what `systemData` says of who changed it last, as references: an id, or a name.

    Without `by_name` an id alone: where another field has the id of who changed it, a name, which
    may be somebody else's too, says no more.
    """
    ids, names = _system(resource, "lastModifiedBy")
    return (*ids, *names) if by_name else ids


def user_ids(user: Any, field: str) -> Pairs:
    """Give the ids of a data plane's `User`: its object id, and its address where it has one."""
    return tuple((f"{field}.{n}", v) for name in _IDS for n, v in named(user, name))


def user_name(user: Any, field: str) -> Pairs:
    """Give the display name of a data plane's `User`, as a text."""
    return tuple((f"{field}.{n}", v) for n, v in named(user, "userName"))


def subject_tag(tags: Any) -> Pairs:
    """Give the ids in the tag `dsr:subject`; several are separated by a comma."""
    value = text(tags, SUBJECT_TAG)
    return tuple(("tags.dsr:subject", part.strip()) for part in value.split(",") if part.strip())


def free_texts(properties: Any, *more: str) -> Pairs:
    """Give what people write freely: description, tags and properties, and `more` members."""
    return (
        *named(properties, "description", "displayName"),
        *tag_texts(properties),
        *(pair for name in ("properties", *more) for pair in texts_within(properties, name)),
        *_tag_names(properties),
    )


def _tag_names(properties: Any) -> Iterator[tuple[str, str]]:
    tags = get(properties, "tags")
    for name in tags if isinstance(tags, dict) else ():
        if isinstance(name, str) and name.strip() and name != SUBJECT_TAG:
            yield "tags", name


def _system(resource: Any, name: str) -> tuple[Pairs, Pairs]:
    data = get(resource, "systemData")
    value, field = text(data, name).strip(), f"systemData.{name}"
    if not value or value.lower() == _MICROSOFT:
        return (), ()
    # an address, or the object id of what is no user
    if "@" in value or text(data, f"{name}Type") not in ("User", ""):
        return ((field, value),), ()
    return (), ((field, value),)
