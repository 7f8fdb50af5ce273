"""Reads an ARM path: which kind of thing, where, and what of it. Case does not count."""

from dataclasses import dataclass

from sandbox.arm.model import PROVIDER

KINDS = {
    "workspaces": ("2016-04-01", "2019-10-01"),
    "webservices": ("2017-01-01",),
    "commitmentplans": ("2016-05-01-preview",),
}
"""The kinds and the API versions that each is known under."""


@dataclass(frozen=True, slots=True)
class Place:
    """What a path names, all in lower case; None stands for what it leaves out."""

    subscription: str
    group: str | None
    kind: str
    name: str | None = None
    member: str | None = None


def place_of(path: str) -> Place | None:
    """Give what a path names, None where it is no path of the provider."""
    parts = path.strip("/").lower().split("/")
    if not all(parts):
        return None
    match parts:
        case ["subscriptions", subscription, "providers", provider, kind]:
            place = Place(subscription, None, kind)
        case [
            "subscriptions",
            subscription,
            "resourcegroups",
            group,
            "providers",
            provider,
            kind,
            *rest,
        ] if len(rest) <= 2:
            place = Place(subscription, group, kind, *rest)
        case _:
            return None
    return place if provider == PROVIDER.lower() and kind in KINDS else None
