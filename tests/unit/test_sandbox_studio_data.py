"""The sandbox Studio's data: the same in every process, and as varied as real workspaces are."""

import hashlib
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.studio import SandboxStudio, big_workspace, bulk_workspace, sample_workspaces
from sandbox.studio.content import Content, StoredContent, SyntheticContent
from sandbox.studio.identifiers import milliseconds, run_stamp, ticks, token
from sandbox.studio.model import Workspace
from sandbox.studio.sas import Signer
from sandbox.studio.view import WorkspaceView

_PRINT_DIGEST = "from tests.unit.test_sandbox_studio_data import everything; print(everything())"


def everything() -> str:
    """Give a digest of every document and blob of the sample workspaces."""
    digest = hashlib.sha256()
    for workspace in sample_workspaces():
        view = WorkspaceView(workspace, "http://127.0.0.1:1", Signer(0, b"k" * 32))
        for family in (*workspace.families, *workspace.sample_families):
            digest.update(repr((family.family_id, [v.name for v in family.versions])).encode())
        digest.update(view.record + view.users + view.experiments)
        for path, blob in view.blobs.items():
            digest.update(path.encode() + blob.etag.encode() + blob.open_bytes())
    return digest.hexdigest()


def test_another_process_has_the_same_data() -> None:
    other = subprocess.run(
        [sys.executable, "-c", _PRINT_DIGEST],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert other.stdout.strip() == everything()


def test_two_servers_differ_in_their_links_alone() -> None:
    (workspace,) = (w for w in sample_workspaces() if w.name == "free-lab")
    views = [WorkspaceView(workspace, "http://127.0.0.1:1", Signer()) for _ in range(2)]
    first, second = (json.loads(view.datasets()) for view in views)
    assert first != second
    for dataset in (*first, *second):
        for place in ("DownloadLocation", "SchemaEndPoint", "VisualizeEndPoint"):
            if dataset[place]:
                del dataset[place]["AccessCredential"]
    assert first == second


@pytest.mark.parametrize("workspace", sample_workspaces(), ids=lambda w: w.name)
def test_ids_are_unique_and_every_reference_is_known(workspace: Workspace) -> None:
    ids = [key for key, _ in workspace.datasets()]
    assert len(set(ids)) == len(ids)
    states = [key for experiment in workspace.all_experiments() for key, _ in experiment.states()]
    assert len(set(states)) == len(states)
    used = {
        port.dataset_id
        for experiment in workspace.all_experiments()
        for run in experiment.runs
        for node in run.nodes
        for port in node.inputs
        if port.dataset_id
    }
    assert used
    assert used <= set(ids)


def test_the_three_account_kinds() -> None:
    guest, free, churn = sample_workspaces()
    assert [w.account_kind for w in (guest, free, churn)] == ["guest", "free", "standard"]
    assert guest.users == ()
    assert (guest.arm_id, free.arm_id) == (None, None)
    assert churn.arm_id is not None
    assert churn.arm_id.endswith("/Microsoft.MachineLearning/workspaces/churn-lab")
    names = [user.name for user in free.users]
    assert names.count("Tomas User") == 2
    assert [user.name for user in churn.users].count("Tomas User") == 1
    for workspace in (guest, free, churn):
        for user in workspace.users:
            assert user.email.endswith("@example.org")


def test_the_data_is_varied() -> None:
    churn = sample_workspaces()[2]
    versions = [version for _, version in churn.datasets(samples=False)]
    assert {v.data_type for v in versions} >= {
        "ARFF",
        "Dataset",
        "GenericCSV",
        "GenericCSVNoHeader",
        "GenericTSV",
        "PlainText",
        "SvmLight",
        "Zip",
    }
    assert {None, "", "PowerShell", "Python SDK", "R", "User"} <= {v.owner for v in versions}
    assert min(v.content.size for v in versions) == 0
    assert any(v.source_origin == "FromOutputPromotion" for v in versions)
    names = [v.name for v in versions]
    assert names.count("report.csv") == 2
    assert len({n.casefold() for n in names}) < len(set(names))
    assert max(map(len, names)) == 500
    assert {len({v.owner for v in f.versions}) for f in churn.families} == {1, 3}


def test_an_experiment_hides_a_secret_in_a_parameter() -> None:
    churn = sample_workspaces()[2]
    values = [
        value
        for experiment in churn.experiments
        for run in experiment.runs
        for node in run.nodes
        for _, value in node.parameters
    ]
    assert sum("AccountKey=" in value for value in values) == 1
    assert sum("tomas.user@example.org" in value for value in values) == 1


def test_dates_have_the_captured_forms() -> None:
    at = milliseconds("2018-05-22T10:46:40")
    assert at == 1_526_986_000_000
    assert run_stamp(at) == "9951-08-12t13.13.19"
    assert ticks(1_526_900_400_000) == 636_624_972_000_000_000
    assert token("a") != token("b")


@pytest.mark.parametrize(
    "content", [StoredContent(bytes(range(256)) * 4000), SyntheticContent(1_000_003, "seed")]
)
def test_content_reads_the_same_from_anywhere(content: Content) -> None:
    whole = content.open_bytes()
    assert len(whole) == content.size
    assert content.sha256() == hashlib.sha256(whole).hexdigest()
    for start, length in ((0, 10), (262_140, 10), (262_144, 1), (500_000, None), (999_999, 99_999)):
        end = None if length is None else start + length
        assert b"".join(content.read(start, length)) == whole[start:end]


def test_synthetic_content_differs_from_block_to_block() -> None:
    content = SyntheticContent(10**15, "seed")
    block = SyntheticContent.BLOCK
    pieces = {b"".join(content.read(at * block, block)) for at in (0, 1, 2, 3_000_000_000)}
    assert len(pieces) == 4
    assert content.etag != SyntheticContent(10**15, "other").etag


def test_workspaces_of_a_size() -> None:
    bulk = bulk_workspace(200, 64)
    contents = [version.open_bytes() for _, version in bulk.datasets()]
    assert len(set(contents)) == 200
    assert {len(content) for content in contents} == {64}
    ((_, large),) = big_workspace(2**40).datasets()
    assert large.content.size == 2**40


def test_targets_and_settings() -> None:
    with SandboxStudio(sample_workspaces()) as studio:
        settings = studio.settings()
        targets = {t["name"]: t for t in json.loads(settings.pop("DSR_WORKSPACES"))}
        assert targets["churn-lab"] == {
            "name": "churn-lab",
            "service": "studio-classic",
            "account_kind": "standard",
            "workspace_id": "0f3c9a7e5b1d4c2a8e6f70112233aabb",
            "region": "westeurope",
            "studio_endpoint": studio.url,
            "management_endpoint": studio.url,
            "token_setting": "CHURN_LAB_TOKEN",
            "arm_id": studio.workspaces["churn-lab"].arm_id,
            "storage_account": "churnlabstore",
        }
        assert "arm_id" not in targets["free-lab"]
        assert set(settings) == {t["token_setting"] for t in targets.values()}
        assert settings["FREE_LAB_TOKEN"] == studio.workspaces["free-lab"].primary_token
        changed = replace(studio.workspaces["free-lab"], users=())
        studio.put(changed)
        assert studio.workspaces["free-lab"].users == ()


def test_a_server_has_no_address_before_it_listens() -> None:
    studio = SandboxStudio([])
    with pytest.raises(RuntimeError):
        _ = studio.url
    studio.stop()
