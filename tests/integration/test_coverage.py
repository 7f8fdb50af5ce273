"""Every row of docs/coverage.md has its evidence: in a package of the whole stack, or in a notice.

The rows are read from the page; nothing here repeats them but the lists that they have to equal.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any, get_args

import pytest

from dsr.model.target import AccountKind
from dsr.services.studio import regions
from dsr.settings import parse
from sandbox.stack import Stack
from sandbox.studio import arm_lab, sample_workspaces
from tests.client import TOMAS, download, results, wait
from tests.integration.coverage_workspaces import REGIONS, region_workspaces
from tests.unit.test_docs import code, rows, text

PAGE = "docs/coverage.md"
SECTIONS = (
    "Promises of the article",
    "Account kinds",
    "Regions",
    "Read cmdlets of the PowerShell module",
    "Items that hold personal data",
)
CMDLETS = {
    "Get-AmlWorkspace",
    "Get-AmlWorkspaceUsers",
    "Get-AmlDataset",
    "Download-AmlDataset",
    "Get-AmlTrainedModel",
    "Get-AmlTransform",
    "Get-AmlModule",
    "Get-AmlExperiment",
    "Export-AmlExperimentGraph",
    "Get-AmlExperimentNode",
    "Download-AmlExperimentNodeOutput",
    "Export-AmlWebServiceDefinitionFromExperiment",
    "Get-AmlWebService",
    "Get-AmlWebServiceEndpoint",
    "Get-AmlAnnotation",
    "Get-AmlNotebook",
    "Get-AmlNotebookAttachmentName",
    "Get-AmlNotebookSession",
    "Get-AmlProjectContainer",
    "Get-AmlGateway",
}
"""The cmdlets that read. Source: azuremlps 0.3.8, `code/PowerShell/*.cs` (hning86/azuremlps)."""
ITEMS = (
    "Workspace record",
    "Users",
    "Invitations",
    "Authorship",
    "Dataset",
    "Run",
    "Experiment",
    "Trained model",
    "Transform",
    "Custom module",
    "Notebook",
    "Project",
    "Gateway",
    "Classic web service",
    "Endpoint",
    "New web service",
    "Commitment plan",
    "Storage account",
    "Telemetry",
    "AI Gallery",
)
"""What may hold personal data. Source: the article's two kinds of data, and the fields that the
module and the ARM specification of `Microsoft.MachineLearning` name."""
NOT_EXPORTED = (
    "webservicegroups",
    "schema and visualization",
    "swagger.json",
    "behind secrets",
    "storage account",
    "ml-diagnostics",
)
LISTINGS = {"data/report.json", "data/index.html"}
"""Files that name every asset, so that a value in them says nothing."""


@dataclass(frozen=True)
class Row:
    """One row of the page."""

    section: str
    what: str
    workspace: str
    where: str
    value: str

    @property
    def place(self) -> tuple[str, str]:
        """What kind of place it is (`""` for a file), and which."""
        kind, colon, name = self.where.partition(": ")
        return (kind, name) if colon else ("", self.where)


ROWS = [
    Row(section, what, code(workspace), code(where), code(value))
    for section in SECTIONS
    for what, workspace, where, value in rows(PAGE, section)
]
FIELDS = [tuple(code(cell) for cell in row) for row in rows(PAGE, "Fields that lead to a person")]


def of(section: str) -> list[Row]:
    return [row for row in ROWS if row.section == section]


def by_name(row: Row) -> str:
    return f"{row.section.split()[0]}-{row.what[:60]}"


@dataclass
class Evidence:
    """What one export of everything gave."""

    files: dict[str, bytes]
    report: dict[str, Any]
    document: dict[str, Any]
    results: list[dict[str, Any]]
    subject: list[dict[str, Any]]

    def holders(self, value: str) -> set[str]:
        """Give the files of the package that hold a value."""
        if value.startswith("sha256:"):
            return {
                name
                for name, data in self.files.items()
                if hashlib.sha256(data).hexdigest().startswith(value.removeprefix("sha256:"))
            }
        return {
            name
            for name, data in self.files.items()
            if value.encode() in data and name not in LISTINGS
        }

    def entries(self, workspace: str, kind: str, outcome: str) -> list[dict[str, Any]]:
        """Give the report's entries of a kind that ended in one way."""
        return [
            entry
            for entry in self.report["assets"]
            if entry["asset"].startswith(f"{workspace}/{kind}:") and entry["outcome"] == outcome
        ]


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    """One export of all workspaces whole, and one of Tomas's assets."""
    workspaces = (*sample_workspaces(), arm_lab(), *region_workspaces())
    log = tmp_path_factory.mktemp("coverage") / "host.log"
    settings = {"DSR_RETRY_SECONDS": "0"}
    with Stack(workspaces, log=log, max_poll=0.7, extra_settings=settings) as held:
        whole = held.submit(type="export", approval="automatic", scope={"select": "workspace"})
        document = wait(held, whole)
        package = download(held, whole)
        files = {name: package.read(name) for name in package.names()}
        assert set(package.manifest()) <= set(files)
        person = held.submit(type="export", subject=TOMAS)
        wait(held, person)
        return Evidence(
            files,
            json.loads(files["data/report.json"]),
            document,
            list(results(held, whole).values()),
            list(results(held, person).values()),
        )


# The evidence of each row


@pytest.mark.parametrize("row", ROWS, ids=by_name)
def test_the_value_is_where_the_row_says(evidence: Evidence, row: Row):
    kind, name = row.place
    if kind == "":
        _in_file(evidence, row)
    elif kind == "notice":
        _in_notice(evidence, row, name)
    else:
        assert kind in {"manual", "skipped"}
        _in_entries(evidence, row, kind, name)


def _in_file(evidence: Evidence, row: Row) -> None:
    assert row.where in evidence.files
    assert row.where.startswith(f"data/{row.workspace}/") or "/" not in row.where
    holders = evidence.holders(row.value)
    assert row.where in holders
    if row.value.startswith("sha256:"):
        assert len(row.value) == len("sha256:") + 16
        assert evidence.files[row.where]
    else:
        assert holders == {row.where}


def _in_notice(evidence: Evidence, row: Row, wanted: str) -> None:
    assert evidence.report["notices"] == evidence.document["notices"]
    holding = [
        notice
        for notice in evidence.report["notices"]
        if row.value in " ".join([notice["text"], *notice["steps"]])
    ]
    assert (row.workspace, wanted) in {(n["workspace"], n["code"]) for n in holding}
    assert {n["code"] for n in holding} == {wanted}
    if wanted == "telemetry":  # its steps are of one account kind
        assert len({n["account_kind"] for n in holding}) == 1


def _in_entries(evidence: Evidence, row: Row, outcome: str, name: str) -> None:
    workspace, _, kind = name.partition("/")
    assert workspace == row.workspace
    entries = evidence.entries(workspace, kind, outcome)
    assert entries
    for entry in entries:
        if outcome == "skipped":
            assert row.value in entry["reason"]
            assert entry["count"] > 0
        else:
            assert row.value in " ".join(entry["steps"])
    others = [
        entry
        for entry in evidence.report["assets"]
        if row.value in " ".join(entry.get("steps", ())) and entry not in entries
    ]
    assert {e["asset"].partition("/")[2].partition(":")[0] for e in others} <= {kind}


@pytest.mark.parametrize("field", FIELDS, ids=lambda f: f"{f[0]}-{f[1]}")
def test_the_field_leads_to_the_person(evidence: Evidence, field: tuple[str, ...]):
    kind, name, workspace, asset = field
    found = [
        entry["match"]
        for entry in evidence.subject
        if entry["asset"].startswith(f"{workspace}/{kind}:")
        and entry["name"] == asset
        and entry["outcome"] in {"exported", "manual"}
    ]
    assert [match["field"] for match in found] == [name]
    assert found[0]["tier"] in {"strong", "resolved"}


# No row is missing


def test_every_promise_of_every_account_kind_has_a_row():
    promised = " ".join(row.what for row in of("Promises of the article"))
    studio = set(get_args(AccountKind)) - {"azureml"}  # the article is about Studio (classic)
    for kind in studio:
        assert f"{kind.capitalize()} workspace" in promised
    kinds = [re.match(r"`(\w+)`: ", row.what) for row in of("Account kinds")]
    assert {found[1] for found in kinds if found} == studio
    assert all(kinds)


def test_every_row_of_an_account_kind_is_of_a_workspace_of_that_kind():
    held = (*sample_workspaces(), arm_lab(), *region_workspaces())
    kind_of = {w.name: w.account_kind for w in held}
    for row in of("Account kinds"):
        assert row.what.startswith(f"`{kind_of[row.workspace]}`: ")


def test_every_read_cmdlet_has_a_row_and_no_other():
    named = [re.findall(r"`(\w+-Aml\w+)`", row.what) for row in of(SECTIONS[3])]
    assert {name for (name,) in named} == CMDLETS


def test_every_region_has_a_row_and_no_other():
    short = [_region(row)[1] for row in of("Regions")]
    assert len(set(short)) == len(short)
    assert set(short) == {*regions._NET, "germanycentral"} == set(REGIONS)


@pytest.mark.parametrize("row", of("Regions"), ids=lambda row: row.workspace)
def test_a_region_has_the_two_hosts_of_its_row(evidence: Evidence, row: Row):
    name, short, hosts = _region(row)
    assert regions.endpoints(short) == regions.endpoints(name) == hosts
    assert json.loads(evidence.files[row.where])["record"]["Region"] == name
    reading = f"data/{row.workspace}/dataset/reading.txt"
    assert evidence.files[reading].decode() == f"a reading of {name}\n"
    target = {
        "name": row.workspace,
        "service": "studio-classic",
        "account_kind": "standard",
        "workspace_id": "0" * 32,
        "region": short,
        "token_setting": "TOKEN",
    }
    least = {
        "DSR_WORKSPACES": json.dumps([target]),
        "TOKEN": "t",
        "DSR_HASH_KEY": "A" * 43 + "=",
        "DsrStorage": "UseDevelopmentStorage=true;AccountName=a",
    }
    found = parse(least).targets[row.workspace]
    assert (found.studio_endpoint, found.management_endpoint) == hosts


def _region(row: Row) -> tuple[str, str, tuple[str, str]]:
    found = re.fullmatch(r"([\w ]+) \(`(\w+)`\): `(https:[^`]+)`, `(https:[^`]+)`", row.what)
    assert found is not None, row.what
    return found[1], found[2], (found[3], found[4])


def test_built_in_modules_are_counted(evidence: Evidence):
    for workspace in sample_workspaces():
        (entry,) = evidence.entries(workspace.name, "custom_module", "skipped")
        built_in = [m for m in workspace.modules if m.release_state != "Custom"]
        assert entry["count"] == len(built_in) > 0


def test_every_kind_of_the_connector_has_a_row(evidence: Evidence):
    kinds = {r["asset"].partition("/")[2].partition(":")[0] for r in evidence.results}
    shown = {row.where.split("/")[2] for row in ROWS if row.place[0] == "" and "/" in row.where}
    assert kinds - {"workspace", "user"} <= shown
    assert {"workspace.json", "users.json"} <= shown


def test_every_code_of_a_notice_has_a_row(evidence: Evidence):
    shown = {row.place[1] for row in ROWS if row.place[0] == "notice"}
    assert shown == {notice["code"] for notice in evidence.document["notices"]}


def test_every_kind_with_manual_steps_has_a_row(evidence: Evidence):
    shown = {row.place[1] for row in ROWS if row.place[0] == "manual"}
    assert shown == {
        entry["asset"].partition(":")[0]
        for entry in evidence.results
        if entry["outcome"] == "manual"
    }


def test_every_item_that_may_hold_personal_data_has_a_row():
    for item in ITEMS:
        assert any(row.what.startswith(item) for row in of(SECTIONS[4])), item
    left_out = text(PAGE).partition("## What is not exported\n")[2]
    for piece in NOT_EXPORTED:
        assert piece in left_out, piece


def test_every_field_that_leads_to_the_person_has_a_row(evidence: Evidence):
    found = {
        (entry["asset"].partition("/")[2].partition(":")[0], entry["match"]["field"])
        for entry in evidence.subject
        if entry["match"]["tier"] in {"strong", "resolved"}
    }
    assert {(kind, name) for kind, name, *_ in FIELDS} == found


def test_nothing_failed(evidence: Evidence):
    assert [r for r in evidence.results if r["outcome"] == "failed"] == []
    assert evidence.document["counts"]["failed"] == 0
