"""Messages of docs/troubleshooting.md about Azure Machine Learning, over scripted answers."""

from collections.abc import Callable
from typing import Any

import pytest

from dsr.errors import ServiceError
from dsr.usecases.connector import Missing
from tests.fakes.azureml_connector import HISTORY, PLANE_HOST, RESOURCE, Routes, arm, connector
from tests.fakes.studio import told
from tests.fakes.wire import answer
from tests.unit.azureml_runs import JOB, LIST, OMAR_ID, files, job, run, user
from tests.unit.troubleshooting_page import Provoker, Provokers, Said, World

SAYS = Provokers()
GET = f"GET {arm(f'/jobs/{JOB}')}"
LISTED = {LIST: [told({"value": [job()]})]}


def raised(routes: Routes, call: Callable[[Any], object], where: str = "`error`") -> Provoker:
    """Give what a call of the connector raises, as a result would hold it."""

    def provoke(world: World) -> list[Said]:
        made, _ = connector(routes)
        with pytest.raises(ServiceError) as caught:
            call(made)
        return [Said(where, str(caught.value))]

    return provoke


def missing(routes: Routes, kind: str, asset_id: str, listed: Any, **how: Any) -> Provoker:
    """Give the reasons of what an export does not get, as results hold them."""

    def provoke(world: World) -> list[Said]:
        made, _ = connector(routes, **how)
        found = made.read(kind, asset_id, listed, include_data=True)
        return [Said("`reason`", f.reason) for f in found if isinstance(f, Missing)]

    return provoke


SAYS("the workspace names a region's directory that is not Azure's own")(
    raised(
        {
            **LISTED,
            f"GET {arm('')}": [
                told(RESOURCE | {"properties": {"discoveryUrl": "https://evil.example/discovery"}})
            ],
        },
        lambda c: c.assets("job", None),
    )
)
SAYS("{what} gives no address")(
    raised({**LISTED, f"GET {PLANE_HOST}/discovery": [told({})]}, lambda c: c.assets("job", None))
)
OMARS = run("step", createdBy=user(OMAR_ID, "Omar Muster"))
SAYS("somebody else started runs below the job, which may go with it")(
    raised(
        {
            GET: [told(job(job_type="Pipeline"))],
            f"GET {HISTORY}/runs/{JOB}": [told(run())],
            f"GET {HISTORY}/runs/{JOB}/children": [told({"value": [OMARS]})],
        },
        lambda c: c.delete("job", JOB),
        "`reason`",
    )
)
SAYS("projects use the workspace as their hub; they go first")(
    raised(
        {f"GET {arm('')}": [told({"properties": {"associatedWorkspaces": ["/subscriptions/1"]}})]},
        lambda c: c.delete("workspace", "ws-forecast"),
        "`reason`",
    )
)
SAYS("the job is still running; it was told to stop, and goes once it has")(
    raised({GET: [told(job(status="CancelRequested"))]}, lambda c: c.delete("job", JOB), "`reason`")
)
SAYS("{message}: a lock, or what uses it, stands against it")(
    raised(
        {
            GET: [told(job())],
            f"DELETE {arm(f'/jobs/{JOB}')}": [answer(409, b'{"error": {"code": "ScopeLocked"}}')],
        },
        lambda c: c.delete("job", JOB),
        "`reason`",
    )
)
SAYS("it is larger than the {n} MB to which DSR_AZUREML_MAX_MEGABYTES limits files of kind {kind}")(
    missing(
        files(JOB, a=b"x" * ((1 << 20) + 1)),
        "job",
        JOB,
        {"job": job(), "run": run()},
        limits={"job": 1 << 20},
    )
)


@pytest.mark.parametrize("template", list(SAYS.known))
def test_the_code_says_it(template: str, monkeypatch, caplog):
    SAYS.check(template, World(monkeypatch, caplog))
