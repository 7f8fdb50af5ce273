"""Beginning the work of an approved plan: an export's batches, or a delete's first stage."""

from dsr.model.record import RequestRecord
from dsr.usecases import stages
from dsr.usecases.dispatching import dispatch
from dsr.usecases.ports import Ports


def begin(ports: Ports, record: RequestRecord, waited: int = 0) -> None:
    """Hand out what a running request works on now; what is done already drops its message."""
    if record.erasing:
        stages.start(ports, record, waited)
    else:
        dispatch(ports, record)
