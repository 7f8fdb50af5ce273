"""The composition root: what the storage clients are really given."""

from dsr import wiring
from dsr.settings import parse
from tests.unit.test_settings import values


def test_calls_to_storage_end_after_the_times_that_are_meant_for_them():
    storage = parse(values()).storage
    blobs, queues, _ = wiring._clients(storage)
    for client in (blobs, queues):
        transport = client._pipeline._transport
        timeouts = transport.connection_config.timeout, transport.connection_config.read_timeout
        assert timeouts == (10, 60)


def test_the_root_gives_a_probe_for_each_container_and_queue():
    made = wiring.build(parse(values()))
    assert set(made.probes._parts) == {  # type: ignore[attr-defined]
        "dsr-ledger",
        "dsr-exports",
        "dsr-evidence",
        "dsr-requests",
        "dsr-plan",
        "dsr-export",
        "dsr-finish",
    }


def test_what_the_settings_say_of_access_reaches_the_ports():
    plain = wiring.build(parse(values()))
    assert (plain.access, plain.signs_in, plain.allow_automatic_approval) == ("keys", False, False)
    other = values(
        DSR_ACCESS="entra", WEBSITE_AUTH_ENABLED="True", DSR_ALLOW_AUTOMATIC_APPROVAL="true"
    )
    made = wiring.build(parse(other))
    assert (made.access, made.signs_in, made.allow_automatic_approval) == ("entra", True, True)
