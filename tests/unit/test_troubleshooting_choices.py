"""Messages of docs/troubleshooting.md about what is deleted only by a choice of somebody's."""

from dataclasses import replace

import pytest

from dsr.model.asset import Kind
from tests.fakes.made_up_connector import Job
from tests.fakes.rig import Rig
from tests.fakes.sample import MIRA, MIRA_ID, TOMAS, TOMAS_ID, jobs
from tests.unit.test_troubleshooting_erasing import MENTION, Families, erased
from tests.unit.troubleshooting_page import Provokers, World

SAYS = Provokers()
FLAGGED = Kind("job", batch=2, folder=True, erasable=True, stage=1, flag="delete_data_assets")


def lab(**options: object) -> Rig:
    made = [*jobs(1), *(replace(j, touched=TOMAS_ID) for j in jobs(1, MIRA_ID, "hers"))]
    return Rig({"lab": Families(made, [MIRA, TOMAS], page_size=9, **options)})


def of_a_flag() -> Rig:
    return lab(kinds=(FLAGGED,))


def mentioned() -> Rig:
    made: list[Job] = jobs(1, MIRA_ID, "hers")
    return Rig({"lab": Families(made, [MIRA, TOMAS], kinds=(FLAGGED,), texts=MENTION)})


SAYS("it is deleted only by a request whose scope.{field} is true")(erased(of_a_flag))
SAYS("a {tier} match; acted on only where the approval includes it: {why}")(erased(mentioned))
SAYS("it is somebody else's: they only changed it, which is no reason to delete it")(erased(lab))


@pytest.mark.parametrize("template", list(SAYS.known))
def test_the_page_has_the_message_as_the_code_says_it(
    template: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    SAYS.check(template, World(monkeypatch, caplog))
