"""The demo's second half: the same person asks to be deleted, and somebody approves the plan."""

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import requests

from sandbox.progress import ProgressLines, follow
from sandbox.stack import Stack
from sandbox.studio.application import TOKEN_HEADER
from sandbox.studio.identifiers import GLOBAL_WORKSPACE_ID

ROOT: Final = Path(__file__).parents[1]
OUT: Final = ROOT / "out"
PERSON: Final = {
    "emails": ["tomas.user@example.org"],
    "names": ["Tomas User"],
    "aliases": ["t-user"],
}
DELETE: Final = {
    "type": "delete",
    "regulation": "gdpr",
    "subject": PERSON,
    "reference": "demo-2",
}
INCLUDED: Final = "temps.tsv"
"""An entry to review: its owner is written as `t-user`, an alias that the request gives."""
MEANINGS: Final = {
    "delete": "the person's by an identifier: deleted once the plan is approved",
    "review": "perhaps the person's, or not alone theirs: only what the approval names",
    "manual": "the person's, but no call is known that deletes it: for somebody to do by hand",
    "skip": "sets of Microsoft's samples: never deleted",
}
"""What the actions of the plan mean."""
_LISTS: Final = {"dataset": "datasources", "experiment": "experiments"}

Entry = dict[str, Any]


def delete(stack: Stack) -> bool:
    """Delete what belongs to the person; tell whether Studio agrees with the results."""
    before = Studio(stack)
    print("\nPOST /api/requests: delete what belongs to tomas.user@example.org")
    request_id = stack.submit(**DELETE)
    print(f"Accepted as {request_id}")
    document = follow(lambda: stack.status(request_id), ProgressLines())
    plan = stack.items(f"requests/{request_id}/plan")
    print(f"Nothing is deleted before somebody approves this plan of {len(plan)} entries:")
    for line in plan_lines(plan):
        print(line)
    include = [e["asset"] for e in plan if (e["name"], e["action"]) == (INCLUDED, "review")]
    print(f"POST …/approve: the plan, by its hash, and of the entries to review {INCLUDED}")
    started = time.monotonic()
    body = {"plan_hash": document["plan_hash"], "approver": "demo", "include": include}
    answer = stack.call("POST", f"requests/{request_id}/approve", data=json.dumps(body))
    if answer.status_code != 200:
        raise ValueError(f"{answer.status_code}: {answer.text}")
    document = follow(lambda: stack.status(request_id), ProgressLines())
    print(f"{document['status']} {time.monotonic() - started:.1f} s after the approval")
    results = stack.items(f"requests/{request_id}/results")
    for line in result_lines(results):
        print(line)
    lines, agrees = studio_lines(before, Studio(stack), results)
    for line in lines:
        print(line)
    return certificate_holds(stack, request_id) and agrees


def certificate_holds(stack: Stack, request_id: str) -> bool:
    """Check the certificate as anybody may, offline, with the public key alone; show the check."""
    OUT.mkdir(exist_ok=True)
    files = {"certificate-1.jws": "certificate", "audit.ndjson": "audit"}
    for file, route in files.items():
        answer = stack.call("GET", f"requests/{request_id}/{route}")
        (OUT / file).write_bytes(answer.content)
    (OUT / "jwks.json").write_bytes(stack.call("GET", "keys").content)
    (OUT / "results.json").write_text(
        json.dumps({"items": stack.items(f"requests/{request_id}/results")}), "utf-8"
    )
    command = ["-m", "dsr.verify", "out/certificate-1.jws", "--key", "out/jwks.json"]
    command += ["--audit", "out/audit.ndjson", "--results", "out/results.json"]
    print("Anybody may check the certificate offline, in this folder:")
    print(f".venv/bin/python {' '.join(command)}")
    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    print(done.stdout + done.stderr, end="")
    return done.returncode == 0


def plan_lines(plan: list[Entry]) -> list[str]:
    """Give a line an action: how many entries, what that means, which ones where they are few."""
    counts = Counter(e["action"] for e in plan)
    lines = []
    for action, meaning in MEANINGS.items():
        lines.append(f"  {action:<8}{counts[action]:>3}  {meaning}")
        if action == "delete":
            lines.append(f"               {_names(e for e in plan if e['action'] == action)}")
    return lines


def result_lines(results: list[Entry]) -> list[str]:
    """Give a line an outcome and reason."""
    seen = Counter((r["outcome"], _why(r)) for r in results)
    return [f"  {outcome:<10}{count:>3}  {why}" for (outcome, why), count in sorted(seen.items())]


def _why(result: Entry) -> str:
    if result["outcome"] == "deleted":
        return "looked for again, by its id and in the list, and not found"
    return str(result.get("error") or result.get("reason"))


def _names(found: Iterable[Entry]) -> str:
    return ", ".join(sorted({e["name"] for e in found}))


class Studio:
    """What Studio itself lists of datasets and experiments, by asset and without the app."""

    def __init__(self, stack: Stack) -> None:
        self._headers = {}
        self._urls = {}
        self.listed: set[str] = set()
        for workspace in stack.studio.workspaces.values():
            name = workspace.name
            self._headers[name] = {TOKEN_HEADER: workspace.primary_token}
            self._urls[name] = f"{stack.studio.url}/api/workspaces/{workspace.workspace_id}"
            for kind, path in _LISTS.items():
                answer = self._get(name, path)
                answer.raise_for_status()
                key = "Id" if kind == "dataset" else "ExperimentId"
                self.listed |= {f"{name}/{kind}:{item[key]}" for item in answer.json()}

    def has(self, asset: str) -> bool:
        """Tell whether Studio lists an asset, or still gives it by its id."""
        name, _, rest = asset.partition("/")
        kind, _, asset_id = rest.partition(":")
        answer = self._get(name, f"{_LISTS[kind]}/{asset_id}")
        if answer.status_code not in (200, 404):
            answer.raise_for_status()
        return asset in self.listed or answer.status_code == 200

    def _get(self, name: str, path: str) -> requests.Response:
        url = f"{self._urls[name]}/{path}"
        return requests.get(url, headers=self._headers[name], timeout=30)


def studio_lines(before: Studio, after: Studio, results: list[Entry]) -> tuple[list[str], bool]:
    """Compare what Studio lists with the results; give lines, and whether the two agree."""
    deleted = [r for r in results if r["outcome"] == "deleted"]
    gone = [r for r in deleted if not after.has(r["asset"])]
    samples = {a for a in before.listed if f":{GLOBAL_WORKSPACE_ID}" in a}
    named = {r["asset"] for r in results}
    others = before.listed - samples - named
    lines = [
        "Studio itself, asked without the app, for datasets and experiments:",
        f"  gone: {_names(gone)}",
        f"  still there: {len(samples & after.listed)} of {len(samples)} samples of Microsoft's",
        f"  still there: {len(others & after.listed)} of {len(others)} that are other people's,"
        " or nobody's known",
    ]
    kept = before.listed - {r["asset"] for r in deleted}
    return lines, len(gone) == len(deleted) and after.listed == kept
