"""Counts calls to storage from Azurite's access log."""

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

_LINE = re.compile(r'"(?P<method>[A-Z]+) (?P<path>\S+) HTTP/[0-9.]+" (?P<status>\d+|-)')
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LOOK = re.compile(r'"GET /devstoreaccount1/(?P<queue>[^/]+)/messages\?')
_DELETE = re.compile(r'"DELETE /devstoreaccount1/(?P<queue>[^/]+)/messages/')


def read_from(log: Path, start: int) -> list[str]:
    """Give the lines that were written since the log had `start` bytes."""
    with log.open("rb") as file:
        file.seek(start)
        return file.read().decode("utf-8", "replace").splitlines()


def is_look(line: str) -> bool:
    """Tell whether a line is a look for messages, whether it found any or not."""
    return _LOOK.search(line) is not None


def count(lines: Iterable[str], ignored: Iterable[str] = ()) -> Counter[str]:
    """Count calls by method and a path without ids; those to containers in `ignored` are left out.

    Looks at a queue that found nothing are left out too. The log does not say what a look found;
    but every look that found something led to at least one delete, so that of a queue's looks
    no more than its deletes are counted: it may be too many, never too few.
    """
    calls: Counter[str] = Counter()
    looks: Counter[str] = Counter()
    deletes: Counter[str] = Counter()
    skipped = tuple(f"/devstoreaccount1/{name}{end}" for name in ignored for end in "/?")
    for line in lines:
        found = _LINE.search(line)
        if found is None or found["path"].startswith(skipped):
            continue
        if look := _LOOK.search(line):
            looks[look["queue"]] += 1
            continue
        if delete := _DELETE.search(line):
            deletes[delete["queue"]] += 1
        calls[_plain(f"{found['method']} {found['path']}")] += 1
    for queue in looks:
        if counted := min(looks[queue], deletes[queue]):
            calls[f"GET /{queue}/messages"] = counted
    return calls


def _plain(call: str) -> str:
    path = _ID.sub("{id}", call.removesuffix("/").split("?sv=")[0])
    path = re.sub(r"blockid=[^&]+", "blockid", path)
    path = re.sub(r"/messages/[^ ]+", "/messages/{id}", path)
    path = re.sub(r"/(pages|results|listings|rosters)/[^?]+", r"/\1/{name}", path)
    path = re.sub(r"/index/[^?]+", "/index/{name}", path)
    return path.replace("/devstoreaccount1/", "/")
