"""Who and what is taken out of the metadata of one request's package."""

from dsr.model.record import RequestRecord
from dsr.model.redaction import Redactor
from dsr.model.request import DsrRequest
from dsr.usecases.ports import Ports


def redactor_of(ports: Ports, record: RequestRecord, request: DsrRequest) -> Redactor:
    """Give the redactor of a request: the same numbers for the same people at every call."""
    whole = request.scope.select == "workspace"
    fields: set[str] = set()
    for name in record.workspaces:
        if name in ports.targets:
            fields |= ports.connector(name).person_fields
    people = [] if whole else ports.ledger.people(record.request_id)
    return Redactor(
        None if whole else request.subject,
        people,
        fields,
        lambda label: ports.fingerprints.person_number(record.request_id, label),
    )
