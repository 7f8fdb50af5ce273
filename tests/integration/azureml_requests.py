"""Runs the requests of the table of deletes of Azure Machine Learning, and tells what they gave."""

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import requests

from sandbox.arm import DEVELOPMENT_TOKEN
from sandbox.azureml import secret_calls
from sandbox.azureml.errors import ml_error
from sandbox.azureml.model import WORKING
from sandbox.azureml.sample.people import TOMAS
from sandbox.loopback.exchange import Request, Response
from sandbox.loopback.journal import Call
from sandbox.stack import Stack
from sandbox.studio.content import text
from tests.client import pages, results, wait
from tests.integration.azureml_bare import FOLDERS_ACCOUNT, Made, Place, alias
from tests.integration.azureml_cell_workspaces import Builder
from tests.integration.azureml_cells import BY_API, BY_HAND, FOLDER, UNFLAGGED, WHOLE, cells
from tests.integration.stirring import stir

_FAST: Final = {
    "DSR_RETRY_SECONDS": "0",
    "DSR_VERIFY_SECONDS": "25",
    "DSR_STALLED_AFTER_SECONDS": "1",
    "AzureWebJobs.sweep.Disabled": "true",
}
_HIM: Final = {
    "emails": [TOMAS.address],
    "object_ids": [TOMAS.object_id],
    "names": [TOMAS.name],
    "aliases": ["t-user", *(alias(situation) for _, situation in cells((FOLDER,)))],
}
SPACES: Final = {
    **{f"cells-{kind}": (kind,) for kind in BY_API},
    "cells-unflagged": (UNFLAGGED,),
    "cells-by-hand": BY_HAND,
    "cells-folders": (FOLDER,),
}
"""The workspaces of the cells: what kinds each has."""


@dataclass
class Ran:
    """What the requests gave."""

    made: dict[str, Made] = field(default_factory=dict)
    status: dict[str, dict[str, Any]] = field(default_factory=dict)
    plans: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    results: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    waiting: list[str] = field(default_factory=list)
    """Of whole workspaces once one person approved: their states, and the calls by then."""
    calls: list[Call] = field(default_factory=list)
    stirred: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    calls_stirred: int = 0
    of_files: list[tuple[str, int]] = field(default_factory=list)
    """The DELETE calls of file shares, and how they were answered."""
    files: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)
    before: set[Place] = field(default_factory=set)
    blobs: set[Place] = field(default_factory=set)

    def of(self, made: Made) -> list[Call]:
        """Give the calls that delete or cancel in one workspace."""
        return _inside(made, self.calls)


def _inside(made: Made, calls: list[Call]) -> list[Call]:
    inside = f"{made.workspace.arm_id}/".lower()
    return [call for call in calls if f"{call.path.lower()}/".startswith(inside)]


def _changing(stack: Stack) -> list[Call]:
    """Give the calls that delete or cancel, of both servers."""
    calls = (*stack.arm.journal.calls(), *stack.azureml.journal.calls())
    reads = ("/rundata", "/batchrundata")  # questions that need a body
    return [
        c
        for c in calls
        if c.method in ("DELETE", "PUT", "PATCH")
        or (c.method == "POST" and not c.path.endswith(reads))
    ]


def _arrange(stack: Stack, made: Made) -> None:
    """Let the deletes of some cells go wrong."""
    ml, faults = stack.azureml, stack.arm.faults
    for cell, path in made.deletes.items():
        match, name = f"(?i)^DELETE {path}$", path.rpartition("/")[2]
        match cell[1]:
            case "refused":
                faults.add({"match": match, "status": 403})
            case "uncounted":
                faults.add({"match": match, "status": 500, "times": 1})
            case "never":
                faults.add({"match": match, "status": 500})
            case "uncancelled":
                faults.add({"match": f"(?i)^POST {made.cancel(cell)}$", "status": 403})
            case "locked":
                ml.behaviour.locked.add(path)
            case "ends-badly" | "unstoppable":
                ml.operations.fail(name)


def _change_folders(stack: Stack) -> None:
    """Take a folder away, make another one anew, let the delete of a third be refused."""
    stack.files.faults.add({"match": f"^DELETE .*/{alias('refused')}/", "status": 403})
    share = stack.files.share(FOLDERS_ACCOUNT, WORKING)
    for situation in ("gone", "changed"):
        folder = ["Users", alias(situation)]
        assert share.remove([*folder, "notes.txt"])
        assert share.remove(folder)
    share.put(f"Users/{alias('changed')}/notes.txt", text("others\n"))


def _deletes_of_files(stack: Stack) -> list[tuple[str, int]]:
    calls = stack.files.journal.calls()
    return sorted((c.path, c.status) for c in calls if c.method == "DELETE")


def _misbehave(stack: Stack, found: Ran) -> None:
    """Let deletes that counted be answered with 500, and lists go on showing what is gone."""
    paths = {
        situation: {
            path
            for made in found.made.values()
            for cell, path in made.deletes.items()
            if cell[1] == situation
        }
        for situation in ("counted", "lagging")
    }
    server: Any = stack.arm
    removals: Any = stack.azureml.state.removals
    answer, listed = server._answer, removals.listed

    def answered(request: Request) -> Response:
        given: Response = answer(request)
        if request.method == "DELETE" and request.raw_path.lower() in paths["counted"]:
            return ml_error(500, "ServiceError", "lost")
        return given

    server._answer = answered
    removals.listed = lambda key: key in paths["lagging"] or listed(key)


def _small(name: str, later: bool = False) -> Made:
    """Give a workspace of the table of whole ones: a job, a component, an endpoint, data."""
    builder = Builder(f"whole-{name}", later)
    builder.put("job", "changed" if name == "changed" else "strong")
    for kind in ("component", "online_endpoint", "data"):
        builder.put(kind, "strong")
    if later and name == "new":
        builder.put("job", "archived")
    return builder.made()


def _hold(stack: Stack, name: str, workspace: str, assets: list[str]) -> None:
    body = {"workspace": workspace, "assets": assets, "reason": "a case"}
    answer = stack.call("PUT", f"holds/{name}", data=json.dumps(body))
    assert answer.status_code in (200, 201), answer.text


def _approve(stack: Stack, request_id: str, include: list[str], approver: str) -> str:
    body = {
        "plan_hash": stack.status(request_id)["plan_hash"],
        "approver": approver,
        "include": include,
    }
    answer = stack.call("POST", f"requests/{request_id}/approve", data=json.dumps(body))
    assert answer.status_code == 200, answer.text
    return str(answer.json()["status"])


def _held(made: Made, situation: str) -> list[str]:
    return [a for cell, assets in made.assets.items() if cell[1] == situation for a in assets]


def _plan_all(stack: Stack, found: Ran) -> dict[str, str]:
    ids = {}
    for name, made in found.made.items():
        assets = made.assets["job", "strong"] if name == "whole-held" else _held(made, "held")
        if assets:
            _hold(stack, f"before-{name}", name, assets)
        scope: dict[str, Any] = {"workspaces": [name]}
        if name.startswith("whole-"):
            scope["select"] = "workspace"
        elif name != "cells-unflagged":
            scope["delete_data_assets"] = True
        ids[name] = stack.submit(type="delete", subject=_HIM, scope=scope)
    for name, request_id in ids.items():
        assert wait(stack, request_id)["status"] == "awaiting_approval"
        shown = pages(stack, f"requests/{request_id}/plan")
        found.plans[name] = {entry["asset"]: entry for entry in shown}
    return ids


def _change_all(stack: Stack, found: Ran) -> None:
    for name, kinds in SPACES.items():
        later = Builder(name, later=True).with_cells(kinds).made()
        stack.azureml.put(replace(later.workspace, blobs=found.made[name].workspace.blobs))
        _arrange(stack, found.made[name])
        _hold(stack, f"late-{name}", name, _held(later, "held-late"))
    _misbehave(stack, found)
    _change_folders(stack)
    for name in WHOLE:
        made = _small(name, later=True)
        resource = made.workspace.arm_id
        match name:
            case "new" | "changed":
                stack.azureml.put(made.workspace)
            case "held-late":
                _hold(stack, "late-whole", "whole-held-late", made.assets["job", "strong"])
            case "refused":
                stack.arm.faults.add({"match": f"^DELETE {resource}$", "status": 403})
            case "ends-badly":
                stack.azureml.operations.fail(made.workspace.name)
            case "private":
                stack.azureml.behaviour.private.add(made.workspace.name)
            case "gone":
                headers = {"Authorization": f"Bearer {DEVELOPMENT_TOKEN}"}
                url = f"{stack.arm.url}{resource}?api-version=2025-12-01&forceToPurge=true"
                assert requests.delete(url, headers=headers, timeout=10).status_code == 202


def _stored(stack: Stack, made: dict[str, Made]) -> set[Place]:
    """Give every blob of the account that all of the workspaces share."""
    account = stack.azureml.account(next(iter(made)))
    containers = {container for each in made.values() for container in each.containers}
    return {(container, name) for container in containers for name in account.names(container)}


def run(log: Path) -> Ran:
    """Plan everything, change what is to be changed, approve, and read what became of it."""
    found = Ran({name: Builder(name).with_cells(kinds).made() for name, kinds in SPACES.items()})
    found.made |= {f"whole-{name}": _small(name) for name in WHOLE}
    spaces = [made.workspace for made in found.made.values()]
    with Stack([], log=log, max_poll=0.7, extra_settings=_FAST, azureml=spaces) as stack:
        stack.azureml.operations.seconds = 0
        stack.azureml.behaviour.page_size = 20
        ids = _plan_all(stack, found)
        _change_all(stack, found)
        found.before = _stored(stack, found.made)
        for server in (stack.arm, stack.azureml):
            found.secrets += secret_calls(server.journal)
            server.journal.clear()
        for name, request_id in ids.items():
            include = found.made[name].include
            if name.startswith("whole-"):
                status = _approve(stack, request_id, include, "first@example.org")
                again = _approve(stack, request_id, include, "first@example.org")
                asked = _inside(found.made[name], _changing(stack))
                found.waiting += [status, again, *(call.path for call in asked)]
            _approve(stack, request_id, include, "dpo@example.org")
        for name, request_id in ids.items():
            found.status[name] = wait(stack, request_id, 500)
            found.results[name] = results(stack, request_id)
        found.calls = _changing(stack)
        found.blobs = _stored(stack, found.made)
        found.of_files = _deletes_of_files(stack)
        stir(stack, ids.values())
        found.stirred = {name: results(stack, request_id) for name, request_id in ids.items()}
        found.calls_stirred = len(_changing(stack))
        assert _deletes_of_files(stack) == found.of_files
        found.files = set(stack.files.share(FOLDERS_ACCOUNT, WORKING).files())
        found.asked = [c.path.lower() for c in stack.arm.journal.calls()]
        for server in (stack.arm, stack.azureml):
            found.secrets += secret_calls(server.journal)
    return found
