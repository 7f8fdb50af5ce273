"""Stand-ins for `az` and `curl` on PATH: they note how they were called and answer by a script."""

import json
import shutil
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
_PROGRAM = """#!{python} -IS
import json, os, pathlib, sys

place = pathlib.Path({place!r})
name, arguments = {name!r}, sys.argv[1:]
line = " ".join([name, *arguments])
told = {{k: v for k, v in os.environ.items() if k.startswith(("DSR_", "AZURE_"))}}
call = {{"line": line, "arguments": arguments, "stdin": "", "file": "", "told": told}}
if "--config" in arguments:
    call["stdin"] = sys.stdin.read()
for option in ("--file", "--data"):
    if option in arguments:
        path = pathlib.Path(arguments[arguments.index(option) + 1].lstrip("@"))
        call["file"] = path.read_text("utf-8")
        call["mode"] = oct(path.stat().st_mode & 0o777)
with (place / "calls").open("a") as log:
    log.write(json.dumps(call) + "\\n")
answers = json.loads((place / "answers").read_text())
for rule in answers:
    if not line.startswith(rule["begins"]) or rule["holds"] not in line or not rule["replies"]:
        continue
    reply = rule["replies"][0] if len(rule["replies"]) == 1 else rule["replies"].pop(0)
    (place / "answers").write_text(json.dumps(answers))
    if name == "curl":
        pathlib.Path(arguments[arguments.index("--output") + 1]).write_text(reply.get("body", ""))
    sys.stdout.write(reply.get("out", ""))
    sys.stderr.write(reply.get("err", ""))
    sys.exit(reply.get("rc", 0))
sys.stderr.write("the stand-in has no answer for: " + line)
sys.exit(97)
"""


@dataclass(frozen=True, slots=True)
class Done:
    """How a script ended."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        return self.out + self.err


class StandIn:
    """A folder with the stand-ins. Later answers come before earlier ones; the last reply stays."""

    TOOLS = (
        "bash",
        "cat",
        "cp",
        "dirname",
        "grep",
        "mktemp",
        "rm",
        "sed",
        "sleep",
        "tr",
        "openssl",
    )

    def __init__(self, place: Path, infra: Path) -> None:
        self.place = place
        self.infra = infra
        self.tools = place / "bin"
        self.tools.mkdir()
        for tool in self.TOOLS:
            found = shutil.which(tool)
            assert found is not None, tool
            (self.tools / tool).symlink_to(found)
        (self.tools / "python3").symlink_to(Path(sys.executable).resolve())
        for name in ("az", "curl"):
            program = self.tools / name
            program.write_text(
                _PROGRAM.format(python=Path(sys.executable).resolve(), place=str(place), name=name),
                "utf-8",
            )
            program.chmod(program.stat().st_mode | stat.S_IXUSR)
        (place / "answers").write_text("[]", "utf-8")

    def answer(self, begins: str, *replies: dict[str, Any], holds: str = "") -> None:
        """Have calls that begin so, and hold this text, get these replies, one after the other."""
        rule = {"begins": begins, "holds": holds, "replies": list(replies) or [{}]}
        before = json.loads((self.place / "answers").read_text("utf-8"))
        (self.place / "answers").write_text(json.dumps([rule, *before]), "utf-8")

    def without(self, tool: str) -> None:
        (self.tools / tool).unlink()

    def run(
        self, script: str, *arguments: str, says: str = "", wait: float = 0, **more: str
    ) -> Done:
        """Run a script with nothing on PATH but the stand-ins and the tools that it may use.

        `more` are further environment variables.
        """
        done = subprocess.run(
            [str(self.infra / script), *arguments],
            input=says,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            env={
                "PATH": str(self.tools),
                "HOME": str(self.place),
                "TMPDIR": str(self.place),
                "DSR_WAIT_SECONDS": str(wait),
                "DSR_PAUSE_SECONDS": "0",
                **more,
            },
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def calls(self) -> list[dict[str, Any]]:
        """Give the calls so far, and forget them."""
        log = self.place / "calls"
        lines = log.read_text("utf-8").splitlines() if log.exists() else []
        found = [json.loads(line) for line in lines]
        log.unlink(missing_ok=True)
        return found
