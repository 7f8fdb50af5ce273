"""The deployment package: the app and nothing else, and that it starts by itself."""

import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pathspec
import pytest

from infra import package
from tests.contract.test_zipfile_internals import interpreter
from tests.fakes.functions import functions
from tests.unit.test_function_app import HTTP, QUEUES

ROOT = Path(__file__).parents[2]
WRITTEN = (
    *("certificate-1.jws", "audit.ndjson", "jwks.json", "keys.json", "results-1.json", "key"),
    *("workspaces.json", "prices.json", "results.json", "app.zip", "key.pem", "signing.key"),
)
"""What the documents have one write, or what one might call it, in the repository's folder."""
_LIST = """
import json, pathlib, sys
import function_app
import dsr
found = sorted(f.get_function_name() for f in function_app.app.get_functions())
print(json.dumps({"functions": found, "python": sys.version, "from": dsr.__path__[0],
                  "pytest": any(p.name.startswith("pytest") for d in sys.path
                                for p in pathlib.Path(d or ".").glob("*"))}))
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package, made by the command that deploy.sh calls."""
    target = tmp_path_factory.mktemp("package") / "app.zip"
    done = subprocess.run(
        [sys.executable, "-I", str(ROOT / "infra" / "package.py"), str(target)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "SHA-256" in done.stdout
    return target


def names(target: Path) -> set[str]:
    with zipfile.ZipFile(target) as found:
        assert found.testzip() is None
        return set(found.namelist())


def test_it_holds_the_app_and_nothing_else(built: Path):
    found = names(built)
    assert {name.partition("/")[0] for name in found} == {
        *("LICENSE", "dsr", "function_app.py", "handlers", "host.json", "requirements.txt")
    }
    code = {
        path.relative_to(ROOT).as_posix()
        for folder in ("dsr", "handlers")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert code <= found
    for forbidden in ("test", "sandbox", "local.settings", ".md", ".pyc", ".pem", "bench", "infra"):
        assert [name for name in found if forbidden in name.rpartition("/")[2]] == []


def test_gitignores_rules_would_choose_the_same_files():
    spec = pathspec.GitIgnoreSpec.from_lines((ROOT / ".funcignore").read_text("utf-8").splitlines())
    tracked = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    expected = {name for name in tracked if not spec.match_file(name) and (ROOT / name).is_file()}
    assert "function_app.py" in expected
    assert {path.as_posix() for path in package.chosen(ROOT)} == expected


def project(root: Path, *more: str) -> Path:
    for name in ("function_app.py", "host.json", "requirements.txt", *more):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("x", "utf-8")
    (root / ".funcignore").write_text((ROOT / ".funcignore").read_text("utf-8"), "utf-8")
    return root


def test_what_lies_about_on_a_desk_stays_there(tmp_path: Path):
    left = (
        *("local.settings.json", "local.settings.prod.json", ".env", "key.pem", "app.zip"),
        *("dsr/__pycache__/a.pyc", "tests/test_a.py", "docs/a.txt", ".venv/bin/python", "out/a"),
        *("sandbox/a.py", "node_modules/a/a.js", "dsr/README.md", ".vscode/settings.json"),
        *("requirements-dev.txt", "infra/main.bicep", "bench/a.py", ".git/config"),
    )
    strange = ("dump", "subjects.csv", "my-workspaces.json", "mine/host.json", "packages/a.py")
    root = project(tmp_path, "dsr/a.py", *left, *WRITTEN, *strange)
    assert [path.as_posix() for path in package.chosen(root)] == [
        *("dsr/a.py", "function_app.py", "host.json", "requirements.txt")
    ]


@pytest.mark.parametrize("name", WRITTEN)
def test_what_the_documents_have_one_write_is_kept_from_core_tools_and_git(name: str):
    lines = (ROOT / ".funcignore").read_text("utf-8").splitlines()
    assert pathspec.GitIgnoreSpec.from_lines(lines).match_file(name)
    lines = (ROOT / ".gitignore").read_text("utf-8").splitlines()
    assert pathspec.GitIgnoreSpec.from_lines(lines).match_file(name)


@pytest.mark.parametrize("document", ["README.md", "docs/auditor.md", "docs/deploy.md"])
def test_commands_of_the_documents_write_into_out(document: str):
    shown = (ROOT / document).read_text("utf-8")
    blocks = re.findall(r"^ *```\n(.*?)^ *```", shown, flags=re.M | re.S)
    written = re.findall(r" (?:-o|>|package\.py) +(\S+)", "\n".join(blocks))
    assert written
    assert [name for name in written if not name.startswith("out/")] == []


def test_the_same_files_make_the_same_package(tmp_path: Path):
    root = project(tmp_path / "a", "dsr/a.py")
    package.build(root, tmp_path / "1.zip")
    os.utime(root / "dsr" / "a.py", (0, 0))
    (root / "dsr" / "a.py").chmod(0o600)
    package.build(root, tmp_path / "2.zip")
    assert (tmp_path / "1.zip").read_bytes() == (tmp_path / "2.zip").read_bytes()


@pytest.mark.parametrize("pattern", ["!host.json", "/docs", "a/b", "**", "docs/"])
def test_a_rule_that_it_would_read_otherwise_than_core_tools_is_refused(pattern: str):
    with pytest.raises(ValueError, match="more than a plain name"):
        package.rules(f"tests\n{pattern}\n")


def test_a_package_that_could_not_start_is_not_built(tmp_path: Path):
    root = project(tmp_path)
    (root / "host.json").unlink()
    with pytest.raises(ValueError, match=r"would lack host\.json"):
        package.build(root, tmp_path / "app.zip")
    assert not (tmp_path / "app.zip").exists()


def test_a_link_is_not_followed(tmp_path: Path):
    root = project(tmp_path / "a")
    (root / "dsr").symlink_to(tmp_path)
    with pytest.raises(ValueError, match="dsr is a link"):
        package.chosen(root)


@pytest.mark.slow
@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
def test_it_starts_in_a_new_environment_with_its_own_requirements_alone(
    built: Path, tmp_path: Path, version: str
):
    python = interpreter(version)
    if python is None:
        pytest.skip(f"no Python {version} on this machine")
    app, venv = tmp_path / "app", tmp_path / "venv"
    with zipfile.ZipFile(built) as found:
        found.extractall(app)
    inside = venv / "bin" / "python"
    plain = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "VIRTUAL_ENV"))}
    for command in (
        [python, "-m", "venv", str(venv)],
        [
            str(inside),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-compile",
            "-r",
            str(app / "requirements.txt"),
        ],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=plain)
        assert done.returncode == 0, done.stderr
    done = subprocess.run(
        [str(inside), "-W", "error::SyntaxWarning", "-c", _LIST],
        cwd=app,
        capture_output=True,
        text=True,
        check=False,
        env=plain,
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert seen["python"].startswith(version)
    assert Path(seen["from"]).resolve() == (app / "dsr").resolve()
    assert seen["pytest"] is False
    assert seen["functions"] == sorted(functions())
    assert {*HTTP, *QUEUES, "sweep"} <= set(seen["functions"])
