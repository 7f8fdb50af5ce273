"""Lines of code that serves any request name the one that it works for."""

import logging
import threading

import pytest

from dsr import wiring
from dsr.usecases.correlation import REQUEST_IN_FRONT, about
from tests.fakes.rig import REQUEST_ID
from tests.fakes.studio import told
from tests.fakes.wire import answer
from tests.unit.studio_payloads import API, DATASET, DATASET_ID
from tests.unit.test_troubleshooting_services import studio_rig

OTHER_ID = "00000000-1111-4222-8333-444444444444"


@pytest.fixture(autouse=True)
def as_in_the_app(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO)
    wiring.name_requests()
    wiring.name_requests()
    yield
    for name in wiring.CALLING:
        logging.getLogger(name).removeFilter(REQUEST_IN_FRONT)


def test_tries_again_name_the_request_while_planning_and_while_exporting(caplog):
    download = "".join(
        DATASET["DownloadLocation"][k] for k in ("BaseUri", "Location", "AccessCredential")
    )
    made = studio_rig(
        {
            f"{API}/datasources": [answer(503), told([DATASET])],
            f"{API}/datasources/{DATASET_ID}": [told(DATASET)],
            download: [answer(503), answer(200, b"a,b\n")],
        }
    )
    scope = {"select": "assets", "assets": [f"churn-lab/dataset:{DATASET_ID}"]}
    made.submit(subject={}, scope=scope)
    made.pump()
    again = [t for t in caplog.messages if "trying again" in t]
    assert [t.split(" was ")[0] for t in again] == [
        f"request {REQUEST_ID}: list datasets",
        f"request {REQUEST_ID}: download dataset",
    ]
    assert all(REQUEST_ID in r.getMessage() for r in caplog.records if r.name.startswith("dsr"))


def test_outside_of_a_request_a_line_is_as_it_was(caplog):
    logger = logging.getLogger(wiring.CALLING[0])
    with about(REQUEST_ID):
        with about(OTHER_ID):
            logger.info("%s; inside", "100 %")
        logger.info("back")
    logger.info("after")
    assert caplog.messages == [
        f"request {OTHER_ID}: 100 %; inside",
        f"request {REQUEST_ID}: back",
        "after",
    ]


def test_two_threads_work_for_two_requests(caplog):
    logger = logging.getLogger(wiring.CALLING[0])
    both = threading.Barrier(2, timeout=10)

    def work(request_id: str) -> None:
        with about(request_id):
            both.wait()
            logger.info("of %s", request_id)
            both.wait()

    threads = [threading.Thread(target=work, args=(i,)) for i in (REQUEST_ID, OTHER_ID)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert sorted(caplog.messages) == sorted(f"request {i}: of {i}" for i in (REQUEST_ID, OTHER_ID))
