"""Compares what results say of deletes with the audit chain: the digest of outcomes leaves it out.

A part of `dsr.verify`, which says what the comparison is worth.
"""

import json
from collections import defaultdict
from typing import Any, Final

TIMES: Final = ("requested_at", "calls", "answered", "verified_at")
"""What an entry's evidence and its line of the chain both say, where both are the app's."""
_SHOWN: Final = 20


def compared(results: list[dict[str, Any]], audit: bytes, last: int) -> tuple[bool, str]:
    """Tell whether each deleted entry has a line up to `last` of a chain that holds; and the words.

    An asset has one such line; of a chain that has more, any of them does.
    """
    lines: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for text in audit.split(b"\n")[: last + 1]:
        line = json.loads(text)
        if line["event"] == "deleted":
            lines[str(line["detail"].get("ref"))].append(_times(line["detail"]))
    deleted = [(n, entry) for n, entry in enumerate(results, 1) if entry["outcome"] == "deleted"]
    wrong = [n for n, e in deleted if _times(e.get("evidence")) not in lines.get(e["ref"], ())]
    if wrong:
        shown = ", ".join(map(str, wrong[:_SHOWN])) + (" ..." if len(wrong) > _SHOWN else "")
        told = f"{len(wrong)} of {len(deleted)} deleted entries differ from the audit chain in"
        return False, f"{told} when that was done; in the results' order: {shown}"
    told = f"the audit chain says the same of when each of the {len(deleted)} deleted assets was"
    return True, f"{told} asked to go and found gone"


def _times(told: Any) -> dict[str, Any]:
    return {k: told[k] for k in TIMES if k in told} if isinstance(told, dict) else {}
