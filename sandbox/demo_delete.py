"""The demo's second half: the same person asks to be deleted, and somebody approves the plan."""

import json
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any, Final

from sandbox.azureml.sample.people import TOMAS
from sandbox.demo_services import AzureMl, Studio, blob_lines, names, service_lines
from sandbox.progress import ProgressLines, follow
from sandbox.stack import Stack

ROOT: Final = Path(__file__).parents[1]
OUT: Final = ROOT / "out"
PERSON: Final = {
    "emails": ["tomas.user@example.org"],
    "object_ids": [TOMAS.object_id],
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
    "manual": "the person's, but not for this request to delete: for somebody to do by hand",
    "skip": "sets of Microsoft's samples, and what the person only changed: never deleted",
}
"""What the actions of the plan mean."""

Entry = dict[str, Any]


def delete(stack: Stack) -> bool:
    """Delete what belongs to the person; tell whether both services agree with the results."""
    before = Studio(stack), AzureMl(stack)
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
    agrees = _compare(stack, before, results)
    return certificate_holds(stack, request_id) and agrees


def _compare(stack: Stack, before: tuple[Studio, AzureMl], results: list[Entry]) -> bool:
    """Show what both services list now beside what they listed before."""
    studio, ml = Studio(stack), AzureMl(stack)
    found = [
        service_lines(before[0], studio, results),
        service_lines(before[1], ml, results),
        blob_lines(stack, before[1], ml, results),
    ]
    for lines, _ in found:
        for line in lines:
            print(line)
    return all(agrees for _, agrees in found)


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
            lines.append(f"               {names(e for e in plan if e['action'] == action)}")
    return lines


def result_lines(results: list[Entry]) -> list[str]:
    """Give a line an outcome and reason."""
    seen = Counter((r["outcome"], _why(r)) for r in results)
    return [f"  {outcome:<10}{count:>3}  {why}" for (outcome, why), count in sorted(seen.items())]


def _why(result: Entry) -> str:
    if result["outcome"] == "deleted":
        return "looked for again, by its id and in the list, and not found"
    return str(result.get("error") or result.get("reason"))
