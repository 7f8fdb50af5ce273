"""The Bicep compiler, where there is one, and what it says of infra/."""

import functools
import json
import os
import shutil
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[2]
INFRA: Final = ROOT / "infra"
SETS: Final = {
    "default": INFRA / "main.bicepparam",
    **{p.stem: p for p in sorted((INFRA / "parameters").glob("*.bicepparam"))},
}
"""The parameter sets whose resources are predicted, by name."""
SUBSCRIPTION: Final = "00000000-0000-0000-0000-000000000000"
_WHERE: Final = ("--subscription-id", SUBSCRIPTION, "--location", "westeurope")
_OURS: Final = ("AZURE_", "DSR_")


class Refused(Exception):
    """The compiler can't evaluate a parameter set."""


def find(repository: Path, path: str, azure: Path) -> Path | None:
    """Give the compiler: of the tools beside the repository, on the PATH, or `az`'s own.

    `azure` is where the Azure CLI keeps its settings, and what `az bicep install` has brought.
    """
    on_path = shutil.which("bicep", path=path)
    candidates = [repository.parent / "shared" / "tools" / "bicep"]
    candidates += [Path(on_path)] if on_path else []
    candidates += [azure / "bin" / "bicep"] if shutil.which("az", path=path) else []
    there = (c for c in candidates if c.is_file() and os.access(c, os.X_OK))
    return next(there, None)


@functools.cache
def command() -> Path | None:
    """Give the compiler of this machine, None where there is none."""
    azure = Path(os.environ.get("AZURE_CONFIG_DIR", Path.home() / ".azure"))
    return find(ROOT, os.environ.get("PATH", ""), azure)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Call the compiler; parameter files see no variable of this machine's environment."""
    compiler = command()
    assert compiler is not None
    environment = {k: v for k, v in os.environ.items() if not k.startswith(_OURS)}
    environment["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = "1"
    return subprocess.run(
        [str(compiler), *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        cwd=INFRA,
    )


def each(verb: str, folder: Path, ending: str) -> list[str]:
    """Do the same with every file of a folder; give all that was said, line by line.

    One process for all of them takes a tenth of the time.
    """
    done = run(verb, "--pattern", f"{folder}/**/*{ending}")
    said = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    failed = [f"exit code {done.returncode}"] if done.returncode else []
    return [line.replace(f"{folder}/", "") for line in said] + failed


def kept(name: str) -> Path:
    """Give the file that keeps a parameter set's resources, where `bicep snapshot` looks for it."""
    return SETS[name].with_suffix(".snapshot.json")


def predict(name: str, parameters: str | None = None) -> str:
    """Give the resources of a parameter set as they would be kept, without touching the file.

    With `parameters` the set is not one of the repository's.
    """
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(shutil.copytree(INFRA, Path(folder) / "infra"))
        if parameters is None:
            file = copy / SETS[name].relative_to(INFRA)
        else:
            file = copy / f"{name}.bicepparam"
            file.write_text(parameters, "utf-8")
        done = run("snapshot", str(file), "--mode", "overwrite", *_WHERE)
        if done.returncode != 0:
            raise Refused(done.stdout + done.stderr)
        return ordered(file.with_suffix(".snapshot.json").read_text("utf-8"))


def predict_all() -> dict[str, str]:
    """Give the resources of every parameter set, evaluated side by side."""
    with ThreadPoolExecutor(len(SETS)) as pool:
        return dict(zip(SETS, pool.map(predict, SETS), strict=True))


def ordered(text: str) -> str:
    """Give a snapshot with its outputs by name: the compiler says them in any order."""
    value: dict[str, Any] = json.loads(text)
    value["outputs"] = dict(sorted(value["outputs"].items()))
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def renew() -> None:
    """Write what each parameter set makes now into the files that are kept."""
    for name, text in predict_all().items():
        kept(name).write_text(text, "utf-8")
        print(kept(name).relative_to(ROOT))


if __name__ == "__main__":
    renew()
