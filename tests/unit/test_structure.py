"""The arrows of the design (section 2), walked from the imports: they point one way."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted([*ROOT.glob("dsr/**/*.py"), *ROOT.glob("handlers/**/*.py")])
BENCH = sorted([*ROOT.glob("bench/**/*.py"), *ROOT.glob("infra/**/*.py")])
STDLIB = sys.stdlib_module_names


def imports(path: Path) -> set[str]:
    """Give every module that a file imports anywhere, with what `from` takes out of packages."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide where an arrow points"
            found |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def under(*packages: str) -> list[Path]:
    return [p for p in SOURCES if str(p.relative_to(ROOT)).startswith(packages)]


def offenders(paths: list[Path], forbidden: tuple[str, ...]) -> list[str]:
    """Give `file imports module` for every import that stands under a forbidden name."""
    return [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in paths
        for name in sorted(imports(path))
        if any(name == f or name.startswith(f + ".") for f in forbidden)
    ]


def strangers(paths: list[Path], allowed: tuple[str, ...]) -> list[str]:
    """Give `file imports module` for every import of ours that is not allowed."""
    return [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in paths
        for name in sorted(imports(path))
        if name.partition(".")[0] in ("dsr", "handlers", "sandbox", "tests")
        and name != "dsr"
        and not any(name == a or name.startswith(a + ".") for a in allowed)
    ]


def test_there_is_something_to_walk():
    assert len(under("dsr/model")) > 10
    assert len(under("dsr/usecases")) > 8
    assert len(under("handlers")) > 8


def test_the_domain_knows_nothing_of_functions():
    assert offenders(under("dsr"), ("azure.functions", "handlers", "function_app")) == []


def test_only_the_composition_root_reads_the_environment():
    readers = [
        str(path.relative_to(ROOT))
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv", "environb")
    ]
    assert set(readers) == {"dsr/wiring.py"}
    assert offenders(SOURCES, ("os.environ", "os.getenv")) == []


def test_the_model_imports_the_model_and_errors_and_no_service_library():
    assert strangers(under("dsr/model"), ("dsr.model", "dsr.errors")) == []
    names = ("azure", "requests", "jinja2", "pycurl", "urllib3")
    assert offenders(under("dsr/model"), names) == []


def test_use_cases_import_the_model_errors_and_each_other():
    paths = under("dsr/usecases")
    assert strangers(paths, ("dsr.usecases", "dsr.model", "dsr.errors")) == []
    names = ("azure", "requests", "jinja2", "pycurl", "urllib3")
    assert offenders(paths, names) == []


def test_services_and_storage_never_import_each_other():
    common = ("dsr.model", "dsr.errors", "dsr.usecases.ports", "dsr.usecases.connector")
    assert strangers(under("dsr/services"), ("dsr.services", *common)) == []
    assert strangers(under("dsr/storage"), ("dsr.storage", *common)) == []


def test_handlers_import_use_cases_the_model_errors_and_the_root():
    allowed = ("handlers", "dsr.usecases", "dsr.model", "dsr.errors", "dsr.wiring")
    assert strangers(under("handlers"), allowed) == []


def test_only_the_root_joins_all_and_nothing_below_imports_it():
    below = under("dsr/model", "dsr/usecases", "dsr/services", "dsr/storage")
    assert offenders(below, ("dsr.wiring", "dsr.settings")) == []


def test_storage_sdks_stay_in_storage_links_and_the_root():
    others = [p for p in under("dsr") if "storage" not in p.parts and p.name != "wiring.py"]
    assert offenders(others, ("azure.storage", "azure.identity")) == []
    # these tell the errors of a client that the root makes and gives them
    told = {"blob_files.py", "entra.py", "workspace_storage.py"}
    assert offenders([p for p in others if p.name not in told], ("azure",)) == []


@pytest.mark.parametrize("path", SOURCES + BENCH, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_file_says_what_it_is_for_and_has_at_most_300_lines(path: Path):
    text = path.read_text("utf-8")
    assert text.count("\n") <= 300
    assert not text.strip() or ast.get_docstring(ast.parse(text))
    assert path.stem not in {"utils", "util", "helpers", "helper", "common", "manager", "misc"}


def test_whoever_checks_a_certificate_needs_no_library_of_azure_and_none_of_the_app():
    allowed = ("dsr.model", "dsr.services.signing", "dsr.verify_times")
    assert strangers(under("dsr/verify"), allowed) == []
    code = "import dsr.verify, sys; print(*sys.modules, sep='\\n')"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    libraries = {name.partition(".")[0] for name in done.stdout.split()}
    assert "dsr" in libraries
    assert libraries & {"azure", "pydantic", "requests", "pycurl", "jinja2", "handlers"} == set()


def test_the_app_only_composes():
    text = (ROOT / "function_app.py").read_text("utf-8")
    assert text.count("\n") < 60
    tree = ast.parse(text)
    assert not [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.ClassDef)]


def test_every_library_that_the_app_imports_is_among_its_requirements():
    required = (ROOT / "requirements.txt").read_text("utf-8")
    roots = {n.partition(".")[0] for p in SOURCES for n in imports(p)}
    ours = {"dsr", "handlers"} | set(STDLIB)
    via = {"azure": "azure-functions", "jwt": "pyjwt"}
    for name in roots - ours:
        assert f"\n{via.get(name, name)}" in required, name
