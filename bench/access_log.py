"""Counts calls to storage from Azurite's access log."""

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

_LINE = re.compile(r'"(?P<method>[A-Z]+) (?P<path>\S+) HTTP/[0-9.]+" (?P<status>\d+)')
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_RECEIVE = re.compile(r"^GET /devstoreaccount1/[^/]+/messages\?")


def read_from(log: Path, start: int) -> list[str]:
    """Give the lines that were written since the log had `start` bytes."""
    with log.open("rb") as file:
        file.seek(start)
        return file.read().decode("utf-8", "replace").splitlines()


def count(lines: Iterable[str], ignored: Iterable[str] = (), deliveries: int = 0) -> Counter[str]:
    """Count calls by method and a path without ids.

    Left out are those to a container in `ignored`, and looks at a queue that found nothing: the
    log does not tell them apart, so of the looks at a queue no more count than messages came.
    `deliveries` is how many messages came where that is known; 0 takes the deletes of messages.
    """
    calls: Counter[str] = Counter()
    looks = deletes = 0
    skipped = tuple(f"/devstoreaccount1/{name}/" for name in ignored)
    skipped += tuple(f"/devstoreaccount1/{name}?" for name in ignored)
    for line in lines:
        found = _LINE.search(line)
        if found is None or found["path"].startswith(skipped):
            continue
        call = f"{found['method']} {found['path']}"
        if _RECEIVE.match(call):
            looks += 1
            continue
        deletes += found["method"] == "DELETE" and "/messages/" in found["path"]
        calls[_plain(call)] += 1
    calls["GET messages"] = min(looks, deliveries or deletes)
    return calls


def _plain(call: str) -> str:
    path = _ID.sub("{id}", call.removesuffix("/").split("?sv=")[0])
    path = re.sub(r"blockid=[^&]+", "blockid", path)
    path = re.sub(r"/messages/[^ ]+", "/messages/{id}", path)
    path = re.sub(r"/(pages|results|listings|rosters)/[^?]+", r"/\1/{name}", path)
    path = re.sub(r"/index/[^?]+", "/index/{name}", path)
    return path.replace("/devstoreaccount1/", "/")
