"""An end without a package leaves nothing at its name, whoever wrote what stood there."""

from collections.abc import Callable

import pytest

from dsr.errors import Conflict
from dsr.model.messages import FinishMessage, PlanMessage
from dsr.usecases import finishing, planning, steering
from tests.fakes.flaky import deliver
from tests.fakes.rig import REQUEST_ID, Rig
from tests.fakes.sample import SUBJECT, rig

PACKAGE = f"{REQUEST_ID}.zip"
ANOTHERS = f"{'0' * 8}{REQUEST_ID[8:]}.zip"


def blocked() -> Rig:
    """Bring a request to where a foreign blob keeps its package from being committed."""
    made = rig()
    made.submit(subject=SUBJECT)
    while made.status()["status"] != "running":
        assert deliver(made.queues, made.handlers())
    deliver(made.queues, made.handlers(), 100, only="dsr-export")
    made.exports.put(PACKAGE, b"somebody else's", {"owner": "somebody"})
    made.exports.put(ANOTHERS, b"another request's")
    with pytest.raises(Conflict, match="another blob stands"):
        finishing.finish(made.ports, FinishMessage(REQUEST_ID))
    made.queues.sent.clear()
    assert made.exports.blobs[PACKAGE].data == b"somebody else's", "a try does no harm yet"
    return made


def poisoned_finish(made: Rig) -> None:
    finishing.poisoned(made.ports, FinishMessage(REQUEST_ID))


def poisoned_dispatch(made: Rig) -> None:
    planning.poisoned(made.ports, PlanMessage(REQUEST_ID, "dispatch"))


def cancel(made: Rig) -> None:
    steering.cancel(made.ports, REQUEST_ID)


@pytest.mark.parametrize("end", [poisoned_finish, poisoned_dispatch, cancel])
def test_a_foreign_blob_in_the_packages_place_goes_with_the_end(end: Callable[[Rig], None]):
    made = blocked()
    end(made)
    assert made.status()["status"] in ("failed", "cancelled")
    assert (set(made.exports.blobs), made.exports.blocks) == ({ANOTHERS}, {})


@pytest.mark.parametrize("end", [poisoned_finish, cancel])
def test_one_that_is_put_there_later_goes_a_day_later_and_then_none(end: Callable[[Rig], None]):
    made = blocked()
    end(made)
    made.exports.put(PACKAGE, b"again")
    made.exports.stage(PACKAGE, "00000000.aaaaaaaaaaaaaaaa.000001", b"late")
    made.later(hours=23)
    made.sweep()
    assert PACKAGE in made.exports.blobs
    made.later(hours=1)
    made.sweep()
    assert (set(made.exports.blobs), made.exports.blocks) == ({ANOTHERS}, {})
    made.exports.put(PACKAGE, b"and again")
    made.later(days=1)
    made.sweep()
    assert PACKAGE in made.exports.blobs, "it is done once; the name is not watched for good"


def test_where_it_is_taken_away_in_time_the_package_is_made_after_all():
    made = blocked()
    made.exports.delete(PACKAGE)
    finishing.finish(made.ports, FinishMessage(REQUEST_ID))
    assert made.status()["status"] == "completed"
    with made.package() as opened:
        assert opened.testzip() is None
