"""One suite for every connector: both services over their sandboxes, and a made-up one."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import pytest

from dsr.errors import Absent, ServiceError, Unavailable
from dsr.model.asset import Asset
from dsr.settings import parse
from dsr.usecases.connector import Connector, Content, Document
from dsr.wiring import Connectors
from sandbox.arm import SandboxArm
from sandbox.azureml import SandboxAzureMl, forecast
from sandbox.azurite import Azurite
from sandbox.files import SandboxFiles
from sandbox.stack import app_settings
from sandbox.studio import SandboxStudio, sample_workspaces
from tests.fakes.made_up_connector import Job, MadeUpConnector
from tests.fakes.rig import REQUEST_ID, Rig
from tests.fakes.sample import MIRA, TOMAS, TOMAS_ID

SUBJECT = {"emails": ["tomas.user@example.org"], "aliases": ["t-user"], "object_ids": [TOMAS_ID]}


@dataclass
class Case:
    connector: Connector
    user: str
    """Somebody whom the workspace's users hold; "" where it has no list of users."""
    unknown: str
    """A well-formed id of no asset."""
    empty: frozenset[str] = frozenset()
    """Kinds of which the sample has no asset."""
    busy: frozenset[str] = frozenset()
    """Assets that can't be deleted before something else has ended."""


def _made_up() -> Case:
    child = Job("step", TOMAS_ID, b"of a child")
    jobs = [Job(f"job.{n}", TOMAS_ID, b"output" * n, (child,)) for n in range(8)]
    return Case(MadeUpConnector(jobs, [MIRA, TOMAS]), MIRA.ids[0], "job.99")


@pytest.fixture(scope="module")
def studio() -> Iterator[Case]:
    samples = sample_workspaces()
    with SandboxStudio(samples) as running, SandboxArm(samples) as arm:
        storage = "AccountName=x;BlobEndpoint=http://127.0.0.1/x"
        settings = parse(app_settings(storage, running, arm))
        made = Connectors(settings)("churn-lab")
        workspace = settings.targets["churn-lab"].workspace_id
        unknown = f"{workspace}.{'0' * 32}.v1-default-1"
        yield Case(made, "mira.owner@example.org", unknown)


@pytest.fixture(scope="module")
def azureml() -> Iterator[Case]:
    sample = forecast()
    with (
        Azurite(accounts=(sample.storage_account,)) as accounts,
        SandboxFiles() as shares,
        SandboxAzureMl([sample], storage=accounts.connection_strings(), files=shares) as running,
        SandboxArm([], azureml=running) as arm,
    ):
        running.operations.polls = 1
        storage = "AccountName=x;BlobEndpoint=http://127.0.0.1/x"
        settings = parse(app_settings(storage, running, arm))
        made = Connectors(settings)(sample.target_name or sample.name)
        busy = frozenset({"busy_wheel_r5t4"})
        yield Case(made, "", "nobody-knows:1", frozenset({"featureset"}), busy)


@pytest.fixture(params=["studio", "azureml", "made-up"])
def case(request: pytest.FixtureRequest) -> Case:
    if request.param == "made-up":
        return _made_up()
    found: Case = request.getfixturevalue(request.param)
    return found


def walk(connector: Connector, kind: str) -> list[list[Asset]]:
    pages, cursor = [], None
    while True:
        page = connector.assets(kind, cursor)
        pages.append(list(page))
        cursor = page.next
        if cursor is None:
            return pages
        assert len(pages) < 100, "pages without end"


def own(connector: Connector) -> list[Asset]:
    return [
        asset
        for kind in connector.kinds
        for page in walk(connector, kind.name)
        for asset in page
        if not asset.builtin
    ]


def test_the_record_names_the_workspace_and_its_users(case: Case) -> None:
    record = case.connector.record()
    assert record.id
    assert record.payload
    people = [person for person, _ in record.users]
    assert bool(people) == bool(case.user)
    assert case.user in {"", *(i for person in people for i in person.ids)}
    assert all(person.id and person.ids for person in people)


def test_listings_end_and_name_every_asset_once(case: Case) -> None:
    assert len({kind.name for kind in case.connector.kinds}) == len(case.connector.kinds)
    for kind in case.connector.kinds:
        assets = [asset for page in walk(case.connector, kind.name) for asset in page]
        assert bool(assets) == (kind.name not in case.empty)
        assert len({asset.id for asset in assets}) == len(assets)
        assert all(a.kind == kind.name and a.id and a.name and a.file_name for a in assets)
        assert all(a.size is None or a.size >= 0 for a in assets)


def test_two_walks_see_the_same(case: Case) -> None:
    # links in an entry are signed anew; nothing else may change by being listed
    first, second = ([replace(a, listed=None) for a in own(case.connector)] for _ in range(2))
    assert first == second


def test_an_asset_is_read_metadata_first_and_bytes_to_their_length(case: Case) -> None:
    read = 0
    for asset in own(case.connector)[:12]:
        files = list(case.connector.read(asset.kind, asset.id, asset.listed, True))
        assert isinstance(files[0], Document)
        assert not any(f.name.startswith("/") for f in files)
        for file in files:
            if not isinstance(file, Content):
                continue
            stream = file.source.open()
            data = b"".join(iter(lambda s=stream: s.read(1000), b""))
            stream.close()
            assert stream.length in (None, len(data))
            read += len(data)
            if len(data) > 3:
                tail = file.source.open(len(data) - 3, stream.etag)
                assert tail.read(10) == data[-3:]
                tail.close()
    assert read > 0


def test_another_version_of_the_bytes_is_not_read_on(case: Case) -> None:
    files = [
        f
        for a in own(case.connector)[:6]
        for f in case.connector.read(a.kind, a.id, a.listed, True)
    ]
    content = next(f for f in files if isinstance(f, Content) and f.source.open().length)
    with pytest.raises(Unavailable):
        content.source.open(1, '"of-another-version"').read(10)


def test_metadata_alone_on_demand(case: Case) -> None:
    for asset in own(case.connector)[:6]:
        files = list(case.connector.read(asset.kind, asset.id, asset.listed, False))
        assert files
        assert not [f for f in files if isinstance(f, Content)]


def test_an_unknown_asset_is_absent(case: Case) -> None:
    for kind in case.connector.kinds:
        with pytest.raises(Absent) as raised:
            list(case.connector.read(kind.name, case.unknown, None, True))
        assert isinstance(raised.value, ServiceError)
        assert case.unknown not in str(raised.value)


def test_notices_say_what_to_do_and_where(case: Case) -> None:
    notices = case.connector.notices(deleting=False)
    assert notices
    assert len({n.code for n in notices}) == len(notices)
    assert all(n.text and n.workspace and n.account_kind for n in notices)


def test_a_whole_export_accounts_for_every_asset(case: Case) -> None:
    rig = Rig({"lab": case.connector})
    rig.submit(scope={"select": "workspace"}, approval="automatic", subject=SUBJECT)
    rig.pump()
    by_outcome: dict[str, set[str]] = {}
    for result in rig.results():
        by_outcome.setdefault(result["outcome"], set()).add(result["asset"])
    assert "failed" not in by_outcome
    answered = by_outcome["exported"] | by_outcome.get("manual", set())
    assert {f"lab/{a.kind}:{a.id}" for a in own(case.connector)} <= answered
    package = rig.package()
    assert package.testzip() is None
    names = [n.removeprefix(f"{REQUEST_ID}/") for n in package.namelist()]
    assert not [(a, b) for a, b in pairwise(sorted(n.casefold() for n in names)) if a == b]


# Deletes


def erasable(connector: Connector) -> list[Asset]:
    kinds = {kind.name: kind for kind in connector.kinds if kind.erasable}
    found = [asset for asset in own(connector) if asset.kind in kinds]
    return sorted(found, key=lambda asset: kinds[asset.kind].stage)


def test_every_kind_says_what_can_be_done_about_its_assets(case: Case) -> None:
    kinds = (*case.connector.kinds, case.connector.own, case.connector.user)
    assert all(kind.by_hand and all(kind.by_hand) for kind in kinds)
    assert any(kind.erasable for kind in kinds)
    assert not case.connector.user.erasable


def test_what_can_be_deleted_has_a_state_and_is_there(case: Case) -> None:
    found = erasable(case.connector)
    assert found
    assert all(asset.state for asset in found)
    for kind in case.connector.kinds:
        if kind.erasable and kind.name not in case.empty:
            asset = next(a for a in found if a.kind == kind.name)
            assert case.connector.is_there(asset.kind, asset.id)


def test_what_uses_an_asset_is_named_by_kind_and_id(case: Case) -> None:
    for kind in case.connector.kinds:
        for users in case.connector.uses(kind.name).values():
            assert users
            assert all(":" in user for user in users)


def test_what_was_deleted_is_gone_and_absent_the_second_time(case: Case) -> None:
    # the last test of this module: the others need what goes here
    asset = next(
        a
        for a in erasable(case.connector)
        if a.kind in ("dataset", "job") and a.id not in case.busy
    )
    unit = asset.unit or asset.id
    asked = case.connector.delete(asset.kind, unit)
    assert 200 <= asked.status <= 299
    polls = 0
    while asked.operation and not case.connector.is_done(asked.operation):
        polls += 1
        assert polls < 10
    assert not case.connector.is_there(asset.kind, asset.id)
    assert asset.id not in {a.id for a in own(case.connector)}
    with pytest.raises(Absent) as raised:
        case.connector.delete(asset.kind, unit)
    assert unit not in str(raised.value)
