"""Made-up people and jobs that several tests share."""

from typing import Any

from dsr.model.asset import Person
from tests.fakes.made_up_connector import Job, MadeUpConnector
from tests.fakes.rig import Rig

TOMAS_ID = "c4d5e6f708192a3b4c5d6e7f8091a2b3"
MIRA_ID = "5e0b7c1f2a3d4e5f8a9b0c1d2e3f4a5b"

TOMAS = Person(TOMAS_ID, "Tomas User", ("tomas.user@example.org", TOMAS_ID), ("t-user",))
MIRA = Person(MIRA_ID, "Mira Owner", ("mira.owner@example.org", MIRA_ID), ("m-owner",))

SUBJECT: dict[str, Any] = {"emails": ["tomas.user@example.org"], "object_ids": [TOMAS_ID]}
"""What a request says of Tomas."""

ABOUT_TOMAS = ("tomas", TOMAS_ID)
"""What must be nowhere once Tomas is erased."""


def jobs(count: int, owner: str = TOMAS_ID, prefix: str = "job") -> list[Job]:
    """Jobs of one owner; a few share a name in all but the part that paths are made of."""
    return [
        Job(f"{prefix}{n % 3}.{n}", owner, f"output {n} of {prefix}".encode() * (n + 1))
        for n in range(count)
    ]


def rig(count: int = 5, others: int = 2, **options: Any) -> Rig:
    """A rig over one made-up workspace `lab` with jobs of Tomas and of Mira."""
    mixed = jobs(count) + jobs(others, MIRA_ID, "hers")
    return Rig({"lab": MadeUpConnector(mixed, [MIRA, TOMAS], **options)})
