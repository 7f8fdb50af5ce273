"""The documents say what the code does: links, settings, knobs, numbers, routes, kinds."""

import ast
import base64
import importlib
import json
import re
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, cast

import pytest

from dsr import azureml_target, studio_target
from dsr.model.asset import Asset
from dsr.model.caller import Role
from dsr.model.certificate import WITH_CERTIFICATE
from dsr.model.request import parse_request
from dsr.model.target import AccountKind
from dsr.services.signing import KeySigner
from dsr.services.studio.kinds import kinds_of, own_of, user_of
from dsr.settings import parse
from dsr.usecases.deciding import Approval, Rejection
from dsr.usecases.retrying import ATTEMPTS, delay
from sandbox.azureml import SandboxAzureMl, forecast
from sandbox.azurite import connection_string
from sandbox.run import KEY, PORTS, leave_key
from sandbox.stack import app_settings, signing_key
from sandbox.studio import SandboxStudio, sample_workspaces
from tests.fakes.functions import functions
from tests.fakes.studio import ARM_ID, TARGET

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").glob("*.md")])
SAMPLE: dict[str, str] = json.loads((ROOT / "local.settings.sample.json").read_text("utf-8"))[
    "Values"
]
BY_THE_HOST = {
    "AzureWebJobsStorage",
    "DsrStorage",
    "DsrStorage__credential",
    "FUNCTIONS_WORKER_RUNTIME",
    "PYTHON_THREADPOOL_THREAD_COUNT",
}
"""Settings that the Functions host and its worker read."""
BY_THE_PLATFORM = {"WEBSITE_AUTH_ENABLED"}
"""What App Service says to the app. Nobody may set it, so no sample and no table has it."""
KINDS = (
    "jobs/runs",
    "models",
    "data",
    "environments",
    "components",
    "code",
    "schedules",
    "endpoints/deployments",
    "compute instance",
    "datastores/connections",
    "notebooks/user files",
    "feature store",
    "whole workspace",
    "App Insights",
)
"""The kinds of data that a workspace of Azure Machine Learning has."""


def text(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def rows(name: str, section: str) -> Iterator[list[str]]:
    """Give the rows of the tables of one section, below their heads."""
    body = re.split(r"^## ", text(name), flags=re.MULTILINE)
    found = next(part for part in body if part.startswith(section + "\n"))
    lines = found.splitlines()
    for number, line in enumerate(lines):
        if not line.startswith("|") or line.startswith("|---"):
            continue
        if number + 1 < len(lines) and lines[number + 1].startswith("|---"):
            continue
        yield [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def code(cell: str) -> str:
    """Give what stands in a cell in backticks."""
    found = re.fullmatch(r"`([^`]+)`", cell)
    assert found is not None, cell
    return found[1]


def anchors(document: Path) -> set[str]:
    """Give the anchors of a document's headings, as GitHub makes them."""
    plain = re.sub(r"^```.*?^```", "", document.read_text("utf-8"), flags=re.M | re.S)
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"^#+ (.+)$", plain, flags=re.M)
    }


# Links and what a stranger reads


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda d: d.name)
def test_every_relative_link_leads_somewhere(document: Path):
    plain = re.sub(r"^```.*?^```", "", document.read_text("utf-8"), flags=re.M | re.S)
    for target in re.findall(r"\]\(([^)\s]+)\)", plain):
        if target.startswith("https://"):
            continue
        path, _, anchor = target.partition("#")
        there = (document.parent / path).resolve() if path else document
        assert there.exists(), target
        assert there.is_relative_to(ROOT), target
        assert not anchor or anchor in anchors(there), target


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda d: d.name)
def test_no_document_names_a_place_on_somebodys_machine(document: Path):
    assert not re.search(
        r"(?<![\w.])/(work|home|root|tmp|Users)/(?!\{)", document.read_text("utf-8")
    )


def test_every_document_is_linked_from_the_readme():
    for document in DOCUMENTS:
        if document.name != "README.md":
            assert f"({document.relative_to(ROOT).as_posix()})" in text("README.md"), document.name


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda d: d.name)
def test_every_file_that_a_document_names_is_there(document: Path):
    named = re.findall(r"`((?:dsr|handlers|sandbox|tests)/[\w./-]+)`", document.read_text("utf-8"))
    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize(
    "name", ["README.md", "CHANGELOG.md", "docs/auditor.md", "docs/monitoring.md"]
)
def test_which_requests_get_a_certificate_is_said_alike(name: str):
    """`test_certifying.py` has what the code does."""
    assert set(WITH_CERTIFICATE) == {"completed", "completed_with_exceptions", "cancelled"}
    told = " ".join(text(name).split())
    assert "ends `completed` or `completed_with_exceptions`" in told
    assert "delete that was cancelled after it had begun" in told
    around = told.partition("delete that was cancelled after it had begun")
    assert "`plan_only`" in around[0][-200:] + around[2][:600]


# Settings


class _Recorded(dict[str, str]):
    """A mapping that notes which keys it is asked for."""

    def __init__(self, values: dict[str, str]) -> None:
        super().__init__(values)
        self.asked: set[str] = set()

    def __getitem__(self, key: str) -> str:
        self.asked.add(key)
        return super().__getitem__(key)

    def get(self, key: str, default: Any = None) -> Any:
        self.asked.add(key)
        return super().get(key, default)


def read_by_the_code() -> set[str]:
    """Give the settings that `dsr.settings` reads: asked for, or standing in its source."""
    local = _Recorded(SAMPLE)
    by_identity = _Recorded(
        SAMPLE
        | {
            "DsrStorage": "",
            "DsrStorage__blobServiceUri": "https://data.blob.core.windows.net",
            "DsrStorage__queueServiceUri": "https://data.queue.core.windows.net",
        }
    )
    parse(local)
    parse(by_identity)
    written = {
        node.value
        for node in ast.walk(ast.parse(text("dsr/settings.py")))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.fullmatch(r"DSR_[A-Z_]+|DsrStorage(__\w+[A-Za-z])?", node.value)
    }
    return (local.asked | by_identity.asked | written) - token_settings() - BY_THE_PLATFORM


def token_settings() -> set[str]:
    """Give the settings that targets name: of their tokens, and of their storage."""
    named = ("token_setting", "storage_setting")
    targets = json.loads(SAMPLE["DSR_WORKSPACES"])
    return {target[name] for target in targets for name in named if name in target}


def test_the_sample_holds_what_the_code_and_the_host_read_and_nothing_else():
    assert set(SAMPLE) == read_by_the_code() | BY_THE_HOST | token_settings()


def test_operations_warns_of_setting_what_the_platform_says():
    for name in BY_THE_PLATFORM:
        section = text("docs/operations.md").partition("## Access by")[2].partition("\n## ")[0]
        assert f"`{name}`" in section
        assert "**never set it by hand**" in section


def test_operations_and_the_readme_name_every_app_role():
    roles = {code(row[0]) for row in rows("docs/operations.md", "Access by Microsoft Entra ID")}
    assert roles == set(Role)
    assert all(f"`{role}`" in text("README.md") for role in Role)


def test_operations_explains_the_same_settings_with_their_defaults():
    table = {
        code(row[0]): row[1]
        for row in rows("docs/operations.md", "Settings")
        if re.match(r"`(DSR_|Dsr|Azure|FUNCTIONS_|PYTHON_)", row[0])
    }
    assert set(table) == read_by_the_code() | BY_THE_HOST
    least = {"DSR_WORKSPACES", "DSR_HASH_KEY", "DsrStorage", *token_settings()}
    settings = parse({name: SAMPLE[name] for name in least})
    for name, value in (
        ("DSR_EXPORT_RETENTION_DAYS", settings.export_retention_days),
        ("DSR_SUBJECT_RETENTION_DAYS", settings.subject_retention_days),
        ("DSR_STALLED_AFTER_SECONDS", settings.stalled_after_seconds),
        ("DSR_RETRY_SECONDS", settings.retry_seconds),
        ("DSR_ACCESS", settings.access),
        ("DSR_ALLOW_AUTOMATIC_APPROVAL", str(settings.allow_automatic_approval).lower()),
        ("DSR_AZUREML_API_VERSION", settings.azureml.api_version),
        ("DSR_AZUREML_SCOPE", settings.azureml.scope),
    ):
        assert code(table[name]) == str(value)
        assert SAMPLE[name] == str(value)


def test_operations_explains_every_field_of_a_target():
    fields = studio_target.FIELDS | azureml_target.FIELDS
    explained: set[str] = set()
    for row in rows("docs/operations.md", "Settings"):
        if len(row) == 2:
            explained |= set(re.findall(r"`([^`]+)`", row[0]))
    assert explained == fields


def azureml_storage() -> dict[str, str]:
    """Give the connection string of the sample's storage account on its fixed ports."""
    account = forecast().storage_account
    ports = PORTS["azureml_blob"], PORTS["azureml_queue"]
    return {account: connection_string(*ports, account=account)}


def test_the_sample_is_what_the_sandbox_gives_on_its_fixed_ports():
    assert (PORTS["host"], PORTS["studio"]) == (7071, 8571)
    with SandboxStudio(sample_workspaces()) as studio:  # on any port: the fixed one may be in use
        storage = azureml_storage()
        azureml = SandboxAzureMl([forecast()], storage=storage)  # not started: it has no blobs
        given = app_settings(
            connection_string(PORTS["blob"], PORTS["queue"]), studio, azureml=azureml
        )
        fixed = f"http://127.0.0.1:{PORTS['studio']}"
        expected = {name: value.replace(studio.url, fixed) for name, value in given.items()}
    assert json.loads(SAMPLE["DSR_WORKSPACES"]) == json.loads(expected.pop("DSR_WORKSPACES"))
    assert "PRIVATE KEY" in expected.pop("DSR_SIGNING_KEY")  # made anew at every start
    assert SAMPLE["DSR_SIGNING_KEY"] == ""
    assert {name: SAMPLE[name] for name in expected} == expected


def test_a_second_host_of_the_sandbox_signs_with_the_same_key(tmp_path: Path):
    assert f'export DSR_SIGNING_KEY="$(cat {KEY.relative_to(ROOT)})"\nfunc start' in text(
        "README.md"
    )
    kept = tmp_path / "signing.pem"
    for _ in range(2):  # a second start replaces what the first one left
        leave_key(kept)
    assert kept.stat().st_mode & 0o777 == 0o600
    given = kept.read_text("utf-8").rstrip("\n")  # as the shell gives it
    assert KeySigner.from_pem(given).kid == KeySigner.from_pem(signing_key()).kid
    parse(SAMPLE | {"DSR_SIGNING_KEY": given})


def test_the_sample_parses_to_the_sample_workspaces():
    settings = parse(SAMPLE)
    studio = [w.name for w in sample_workspaces()]
    assert list(settings.targets) == [*studio, forecast().target_name]
    assert settings.tokens == {w.name: w.primary_token for w in sample_workspaces()}
    assert len(base64.b64decode(SAMPLE["DSR_HASH_KEY"])) == 32
    assert settings.storage.connection_string


# The host's knobs and the app's numbers


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, member in value.items():
            yield from leaves(member, f"{path}.{key}" if path else key)
    else:
        yield path, value if isinstance(value, str) else json.dumps(value)


def test_operations_states_every_knob_of_the_host_with_a_reason():
    table = list(rows("docs/operations.md", "The knobs of host.json"))
    stated = {code(name): code(value) for name, value, _ in table}
    assert stated == dict(leaves(json.loads(text("host.json"))))
    assert all(reason for _, _, reason in table)


def test_messages_in_flight_have_a_thread_each():
    queues = json.loads(text("host.json"))["extensions"]["queues"]
    at_once = queues["batchSize"] + queues["newBatchThreshold"]
    threads = int(SAMPLE["PYTHON_THREADPOOL_THREAD_COUNT"])
    assert at_once <= threads
    assert f"= {at_once} has to stay" in text("docs/operations.md")
    assert f"`PYTHON_THREADPOOL_THREAD_COUNT` = {threads}" in text("docs/operations.md")


def test_operations_states_the_numbers_of_the_code():
    for row in rows("docs/operations.md", "Backoff, in numbers"):
        module, _, name = code(row[0]).rpartition(".")
        assert str(getattr(importlib.import_module(module), name)) == code(row[1]), row[0]
    first = int(SAMPLE["DSR_RETRY_SECONDS"])
    *before, last = (f"{delay(first, attempt):.0f}" for attempt in range(1, ATTEMPTS))
    assert f"the delays are {', '.join(before)} and {last} s" in text("docs/operations.md")


def test_operations_names_every_queue_and_its_poison():
    listened = {
        f.get_trigger().get_dict_repr()["queueName"]
        for f in functions().values()
        if f.get_trigger().get_dict_repr()["type"] == "queueTrigger"
    }
    explained = {code(row[0]) for row in rows("docs/operations.md", "Queues and containers")}
    assert listened == explained | {f"{name}-poison" for name in explained}


# The API as the README shows it


def test_the_readme_lists_every_route_and_no_other():
    served = set()
    for function in functions().values():
        trigger = function.get_trigger().get_dict_repr()
        if trigger["type"] == "httpTrigger":
            served |= {(getattr(m, "value", m), trigger["route"]) for m in trigger["methods"]}
    listed = set()
    for row in rows("README.md", "The API"):
        method, _, route = row[0].partition(" ")
        listed.add((method, code(route).removeprefix("/api/")))
    assert listed == served


def posted(document: str) -> Iterator[tuple[str, str]]:
    """Give what the commands of a document post: the path, and the body."""
    for command in re.split(r"^(?=curl )|^```", text(document), flags=re.M):
        body = re.search(r"-d '(\{.*?\})'", command, flags=re.S)
        path = re.search(r"/api/(\S+)", command)
        if body and path:
            yield path[1], body[1]


@pytest.mark.parametrize("document", ["README.md", "docs/operations.md"])
def test_the_bodies_that_are_shown_are_ones_that_the_app_accepts(document: str):
    types = set()
    for path, body in posted(document):
        last = path.rpartition("/")[2]
        match last:
            case "requests":
                types.add(parse_request(body.encode(), parse(SAMPLE).targets)[0].type)
            case "approve":
                assert Approval.model_validate_json(body).include
            case "reject":
                assert Rejection.model_validate_json(body).reason
            case _:
                assert path.startswith("holds/"), path
    assert types == ({"export", "delete"} if document == "README.md" else {"delete"})


# Connectors, kinds and dependencies

KIND_FILES = {
    "dataset": "datasets",
    "experiment": "experiments",
    "trained_model": "models",
    "transform": "models",
    "custom_module": "custom_modules",
    "notebook": "notebooks",
    "project": "projects",
    "web_service": "web_services",
    "endpoint": "web_services",
    "gateway": "gateways",
    "new_web_service": "new_web_services",
    "commitment_plan": "commitment_plans",
}
"""The file of `dsr/services/studio/` that reads a kind."""


def test_limits_lists_every_kind_with_its_account_kinds_and_its_batch():
    stated = {}
    for row in rows("docs/limits.md", "Kinds of assets"):
        stated[code(row[0])] = row[1:3]
        assert row[3], row
    real: dict[str, list[str]] = {}
    for account in ("guest", "free", "standard", "standard with `arm_id`"):
        arm_id = ARM_ID if "arm_id" in account else ""
        plain = cast(AccountKind, account.partition(" ")[0])
        for kind in kinds_of(replace(TARGET, account_kind=plain, arm_id=arm_id)):
            found = real.setdefault(kind.kind.name, [account, str(kind.kind.batch)])
            if arm_id == "" and account not in found[0]:
                found[0] += f", {account}"
    assert stated == real
    assert list(stated) == list(real) == list(KIND_FILES)


def test_coverage_says_of_each_kind_what_deletes_it():
    stated = {
        row[0].strip("`").removeprefix("the "): row[1:3]
        for row in rows("docs/coverage.md", "Deletes")
        if len(row) == 4
    }
    standard = replace(TARGET, arm_id=ARM_ID)
    free = replace(TARGET, account_kind="free")
    kinds = [k.kind for k in kinds_of(standard)]
    assert set(stated) == {k.name for k in kinds} | {"workspace", "user"}
    for column, target in ((0, free), (1, standard)):
        there = {k.kind.name: k.kind for k in kinds_of(target)}
        there |= {"workspace": own_of(target), "user": user_of(target)}
        for name, cells in stated.items():
            cell = cells[1] if column and cells[1] != "as free" else cells[0]
            if name not in there:
                assert cell == "has none", (name, cell)
            elif there[name].erasable:
                assert "DELETE" in cell, (name, cell)
            else:
                assert cell.startswith("by hand: "), (name, cell)
                assert there[name].by_hand


def test_limits_names_the_fields_that_matching_sees_of_each_kind():
    stated: dict[str, set[str]] = {}
    for row in rows("docs/limits.md", "What matching sees"):
        for kind in re.findall(r"`([^`]+)`", row[0]):
            named = set(re.findall(r"`([^`]+)`", " ".join(row[1:])))
            stated.setdefault(KIND_FILES[kind], set()).update(named)
    assert set(stated) == set(KIND_FILES.values())
    for file, named in stated.items():
        tree = ast.parse(text(f"dsr/services/studio/{file}.py"))
        read = {
            argument.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("named", "texts_within")
            for argument in node.args[1:]
            if isinstance(argument, ast.Constant)
        }
        assert named == read, file


def test_connector_shows_the_protocol_as_it_is():
    shown = re.search(r"```python\n(class Connector.*?)```", text("docs/connector.md"), re.S)
    assert shown is not None

    def members(source: str) -> list[str]:
        (found,) = (
            node
            for node in ast.parse(source).body
            if isinstance(node, ast.ClassDef) and node.name == "Connector"
        )
        return [
            ast.unparse(m if isinstance(m, ast.AnnAssign) else m.args)
            for m in found.body
            if isinstance(m, ast.AnnAssign | ast.FunctionDef)
        ]

    assert members(shown[1]) == members(text("dsr/usecases/connector.py"))
    explained = {name for row in rows("docs/connector.md", "The Protocol") for name in row[:1]}
    named = set(re.findall(r"`(\w+)`", " ".join(explained)))
    assert {field.name for field in fields(Asset)} - {"kind"} <= named


def test_every_kind_of_azure_machine_learning_is_mapped_onto_the_protocol():
    table = list(rows("docs/connector.md", "Azure Machine Learning onto it"))
    for kind in KINDS:
        assert any(kind in row[0] for row in table if row), kind


@pytest.mark.parametrize(
    ("file", "section"),
    [
        ("requirements.txt", "At run time"),
        ("requirements-dev.txt", "For development and tests"),
        ("requirements-data.txt", "For development and tests"),
    ],
)
def test_every_dependency_has_its_reason(file: str, section: str):
    required = set(re.findall(r"^([A-Za-z][\w-]*)", text(file), flags=re.M))
    explained = {code(row[0]) for row in rows("docs/dependencies.md", section) if row[1]}
    assert required <= explained
    if file == "requirements.txt":
        assert explained == required
