"""One dataset of 1 GiB: the worker's memory stays flat, measured from outside."""

import hashlib
from pathlib import Path

import pytest
import requests

from sandbox.stack import Stack
from sandbox.studio import big_workspace, sample_workspaces
from tests.client import TOMAS, results, wait

GIB = 1 << 30
ALLOWED = 64 << 20


def resident(pid: int, field: str) -> int:
    """Read VmRSS or VmHWM (the peak) of a process, in bytes."""
    for line in Path(f"/proc/{pid}/status").read_text("utf-8").splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) * 1024
    raise AssertionError(f"no {field}")


@pytest.mark.alone
@pytest.mark.slow
def test_a_gib_passes_in_64_mib(tmp_path: Path) -> None:
    if not Path("/proc/self/clear_refs").exists():
        pytest.skip("peak memory is read from /proc, which only Linux has")
    workspaces = [*sample_workspaces(), big_workspace(GIB)]
    with Stack(workspaces, log=tmp_path / "host.log", max_poll=0.7) as stack:
        assert stack.host is not None
        warm = stack.submit(type="export", subject=TOMAS, scope={"workspaces": ["free-lab"]})
        assert wait(stack, warm)["status"] == "completed"
        idle = resident(stack.host.pid, "VmRSS")
        Path(f"/proc/{stack.host.pid}/clear_refs").write_text("5", "utf-8")  # forget the peak
        request_id = stack.submit(type="export", subject=TOMAS, scope={"workspaces": ["big-lab"]})
        assert wait(stack, request_id, 300)["status"] == "completed"
        peak = resident(stack.host.pid, "VmHWM")
        print(f"idle {idle >> 20} MiB, peak {peak >> 20} MiB: {(peak - idle) >> 20} MiB above")
        assert peak - idle <= ALLOWED

        found = results(stack, request_id).values()
        files = [f for r in found for f in r["evidence"]["files"] if f["bytes"] == GIB]
        assert len(files) == 1
        (part,) = stack.call("GET", f"requests/{request_id}/package").json()["parts"]
        assert part["size"] > GIB
        (_, version), *_ = stack.studio.workspaces["big-lab"].datasets(samples=False)
        assert files[0]["sha256"] == version.content.sha256()
        # the bytes stand in the package as they are, right behind their local header
        with requests.get(part["url"], stream=True, timeout=60) as answer:
            digest, left = hashlib.sha256(), part["size"]
            for chunk in answer.iter_content(1 << 20):
                digest.update(chunk)
                left -= len(chunk)
        assert left == 0
