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


@functools.cache
def command() -> tuple[str, ...] | None:
    """Give what starts the compiler: beside the repository, then `bicep`, then `az bicep`."""
    beside = ROOT.parent / "shared" / "tools" / "bicep"
    if beside.is_file() and os.access(beside, os.X_OK):
        return (str(beside),)
    if shutil.which("bicep"):
        return ("bicep",)
    if shutil.which("az"):
        found = subprocess.run(["az", "bicep", "version"], capture_output=True, check=False)
        # without this answer `az` would go and download one
        if found.returncode == 0:
            return ("az", "bicep")
    return None


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Call the compiler; parameter files see no variable of this machine's environment."""
    start = command()
    assert start is not None
    environment = {k: v for k, v in os.environ.items() if not k.startswith(_OURS)}
    environment["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = "1"
    return subprocess.run(
        [*start, *_spelt(start, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        cwd=INFRA,
    )


def _spelt(start: tuple[str, ...], arguments: tuple[str, ...]) -> tuple[str, ...]:
    """Spell a call as `az bicep` wants it: the file by name."""
    if start[0] != "az":
        return arguments
    verb, file, *rest = arguments
    return (verb, "--file", file, *rest)


def each(verb: str, folder: Path, ending: str) -> list[str]:
    """Do the same with every file of a folder; give all that was said, line by line."""
    if command() == ("az", "bicep"):
        done = [run(verb, str(file)) for file in sorted(folder.rglob(f"*{ending}"))]
    else:  # one process for all of them takes a tenth of the time
        done = [run(verb, "--pattern", f"{folder}/**/*{ending}")]
    said = [line for d in done for line in (d.stdout + d.stderr).splitlines() if line.strip()]
    failed = [f"exit code {d.returncode}" for d in done if d.returncode]
    return [line.replace(f"{folder}/", "") for line in said] + failed


def kept(name: str) -> Path:
    """Give the file that keeps a parameter set's resources, where `bicep snapshot` looks for it."""
    return SETS[name].with_suffix(".snapshot.json")


def predict(name: str) -> str:
    """Give the resources of a parameter set as they would be kept, without touching the file."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(shutil.copytree(INFRA, Path(folder) / "infra"))
        file = copy / SETS[name].relative_to(INFRA)
        done = run("snapshot", str(file), "--mode", "overwrite", *_WHERE)
        assert done.returncode == 0, done.stderr
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
