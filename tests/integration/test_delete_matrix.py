"""Every account kind, kind and situation of the table in `delete_cells`, over the whole sandbox.

One request an account kind, on a workspace with an asset a cell; the sandbox's journal holds
exactly the DELETE calls that the table allows.
"""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import requests

from sandbox.arm import DEVELOPMENT_TOKEN
from sandbox.loopback.exchange import Request, Response
from sandbox.stack import Stack
from sandbox.studio.identifiers import hex_id
from tests.client import TOMAS, pages, results, wait
from tests.integration.delete_cells import (
    ACCOUNTS,
    BY_API,
    KINDS,
    SITUATIONS,
    WHOLE,
    cells,
    expected,
    why_not,
)
from tests.integration.delete_workspaces import Builder, Made
from tests.integration.stirring import stir

# another call for a delete is due at once; the sweeper, which would repeat what is slow, is off
FAST = {
    "DSR_RETRY_SECONDS": "0",
    "DSR_VERIFY_SECONDS": "20",
    "DSR_STALLED_AFTER_SECONDS": "1",
    "AzureWebJobs.sweep.Disabled": "true",
}
_IN_WHOLE = ("dataset", "experiment", "trained_model")


def name_of(account: str) -> str:
    return f"all-{account}"


class Fussy:
    """Makes the sandbox's servers behave as the situations say."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self.counted: set[str] = set()
        self.lagging: set[Any] = set()
        for server in (stack.studio, stack.arm):
            self._wrap(server)

    def _wrap(self, server: Any) -> None:
        answer, listed = server._answer, server._removals.listed

        def answered(request: Request) -> Response:
            given = answer(request)
            if request.method == "DELETE" and request.raw_path.lower() in self.counted:
                return server._shape(request)(500, "ServiceError", "lost")
            return given

        server._answer = answered
        server._removals.listed = lambda key: key in self.lagging or listed(key)

    def arrange(self, made: Made) -> None:
        """Let the deletes of some cells go wrong."""
        for (kind, situation), path in made.deletes.items():
            server: Any = self._stack.arm if path.startswith("/subs") else self._stack.studio
            match = f"(?i)^DELETE {path}$"
            if situation == "refused":
                server.faults.add({"match": match, "status": 403})
            elif situation == "uncounted":
                server.faults.add({"match": match, "status": 500, "times": 1})
            elif situation == "never":
                server.faults.add({"match": match, "status": 500})
            elif situation == "counted":
                self.counted.add(path)
            elif situation == "ends-badly":
                server.operations.fail(path.rpartition("/")[2])
            elif situation == "lagging":
                self.lagging |= {_key(kind, asset) for asset in made.assets[kind, situation]}


def _key(kind: str, asset: str) -> Any:
    """Give what the sandbox knows an asset by that was deleted."""
    asset_id = asset.partition(":")[2]
    if kind == "web_service":
        return ("service", asset_id)
    if kind == "endpoint":
        return ("endpoint", *asset_id.split("/"))
    return asset_id.lower() if kind == "commitment_plan" else asset_id


@dataclass
class Ran:
    """What the requests gave."""

    made: dict[str, Made] = field(default_factory=dict)
    status: dict[str, dict[str, Any]] = field(default_factory=dict)
    plans: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    results: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    stirred: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    calls_stirred: Counter[str] = field(default_factory=Counter)

    def of(self, made: Made) -> Counter[str]:
        """Give the DELETE calls of one workspace."""
        space = made.workspace
        group = f"/resourcegroups/{space.resource_group}/".lower()
        return Counter(
            {
                path: count
                for path, count in self.calls.items()
                if f"/workspaces/{space.workspace_id}/" in path or group in path
            }
        )


def small(name: str, later: bool) -> Made:
    """Give a workspace of the table of whole workspaces: a dataset, an experiment, a model."""
    account = WHOLE[name].account
    whole = Builder(f"whole-{name}", account)
    changed = Builder(f"whole-{name}", account, later=True)
    # the situation decides alone what becomes different later
    situation = "changed" if later and name == "changed" else "strong"
    builder = changed if later and name == "changed" else whole
    for kind in _IN_WHOLE:
        getattr(builder, f"_{kind}")("changed" if name == "changed" else situation)
    if later and name == "new":
        builder._dataset("new")
    made = builder.made
    parts = {part: tuple(items) for part, items in builder._more.items()}
    if later and name == "changed":  # only the dataset was changed
        before = small(name, False).workspace
        parts |= {"experiments": before.experiments, "models": before.models}
    made.workspace = replace(made.workspace, **parts)
    return made


def first(stack: Stack, **body: Any) -> str:
    """Submit a delete and wait for its plan."""
    request_id = stack.submit(type="delete", subject=TOMAS, **body)
    assert wait(stack, request_id)["status"] == "awaiting_approval"
    return request_id


def hold(stack: Stack, name: str, workspace: str, assets: list[str]) -> None:
    body = {"workspace": workspace, "assets": assets, "reason": "a case"}
    answer = stack.call("PUT", f"holds/{name}", data=json.dumps(body))
    assert answer.status_code in (200, 201), answer.text


def away(stack: Stack, resource: str, version: str) -> None:
    """Delete what ARM has, as somebody else does."""
    headers = {"Authorization": f"Bearer {DEVELOPMENT_TOKEN}"}
    url = f"{stack.arm.url}{resource}?api-version={version}"
    assert requests.delete(url, headers=headers, timeout=10).status_code in (200, 202)


def approve(stack: Stack, request_id: str, include: list[str]) -> None:
    body = {
        "plan_hash": stack.status(request_id)["plan_hash"],
        "approver": "dpo@example.org",
        "include": include,
    }
    answer = stack.call("POST", f"requests/{request_id}/approve", data=json.dumps(body))
    assert answer.status_code == 200, answer.text


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ran]:
    """Plan everything, change what is to be changed, approve, and read what became of it."""
    found = Ran({name_of(a): Builder(name_of(a), a).build() for a in ACCOUNTS})
    found.made |= {f"whole-{name}": small(name, False) for name in WHOLE}
    log = tmp_path_factory.mktemp("matrix") / "host.log"
    spaces = [made.workspace for made in found.made.values()]
    with Stack(spaces, log=log, max_poll=0.7, extra_settings=FAST) as stack:
        stack.arm.operations.seconds = 0
        for made in found.made.values():
            stack.arm.put(*made.arm)
        fussy = Fussy(stack)
        ids = plan_all(stack, found)
        change_all(stack, found, fussy)
        for server in (stack.studio, stack.arm):
            server.journal.clear()
        for name, request_id in ids.items():
            approve(stack, request_id, found.made[name].include)
        for name, request_id in ids.items():
            found.status[name] = wait(stack, request_id, 500)
            found.results[name] = results(stack, request_id)
        found.calls = deletes(stack)
        stir(stack, ids.values())
        found.stirred = {name: results(stack, request_id) for name, request_id in ids.items()}
        found.calls_stirred = deletes(stack)
        yield found


def deletes(stack: Stack) -> Counter[str]:
    """Give the DELETE calls that the sandbox got."""
    calls = (*stack.studio.journal.calls(), *stack.arm.journal.calls())
    return Counter(c.path.lower() for c in calls if c.method == "DELETE")


def plan_all(stack: Stack, found: Ran) -> dict[str, str]:
    ids = {}
    for name, made in found.made.items():
        whole = name.removeprefix("whole-")
        held = [a for c, assets in made.assets.items() if c[1] == "held" for a in assets]
        if whole == "held":
            held = made.assets["dataset", "strong"]
        if held:
            hold(stack, f"before-{name}", name, held)
        scope: dict[str, Any] = {"workspaces": [name]}
        if name.startswith("whole-"):
            scope["select"] = "workspace"
            made.include = []
        ids[name] = first(stack, scope=scope)
        shown = pages(stack, f"requests/{ids[name]}/plan")
        found.plans[name] = {entry["asset"]: entry for entry in shown}
    return ids


def change_all(stack: Stack, found: Ran, fussy: Fussy) -> None:
    for account in ACCOUNTS:
        name = name_of(account)
        later = Builder(name, account, later=True).build()
        stack.studio.put(later.workspace)
        stack.arm.put(*later.arm)
        fussy.arrange(found.made[name])
        late = [a for c, assets in later.assets.items() if c[1] == "held-late" for a in assets]
        hold(stack, f"late-{name}", name, late)
        for kind, version in (
            ("new_web_service", "2017-01-01"),
            ("commitment_plan", "2016-05-01-preview"),
        ):
            for asset in found.made[name].assets.get((kind, "gone"), ()):
                away(stack, asset.partition(":")[2], version)
    for name in WHOLE:
        made = small(name, True)
        stack.studio.put(made.workspace)
        resource = made.workspace.arm_id
        if name == "held-late":
            hold(stack, "late-whole", "whole-held-late", made.assets["dataset", "strong"])
        elif name == "refused":
            match = f"^DELETE {resource}$"
            stack.arm.faults.add({"match": match, "status": 403})
        elif name == "gone":
            away(stack, str(resource), "2019-10-01")


CASES = [(a, k, s) for a in ACCOUNTS for k, s in cells(a)]


@pytest.mark.parametrize(("account", "kind", "situation"), CASES)
def test_each_cell_ends_as_the_table_says(ran: Ran, account: str, kind: str, situation: str):
    row, name = SITUATIONS[situation], name_of(account)
    assets = ran.made[name].assets[kind, situation]
    assert assets
    for asset in assets:
        found = ran.results[name][asset]
        told = found.get("reason") or found.get("error") or ""
        assert found["outcome"] == expected(account, kind, situation), told
        if row.reason and found["outcome"] == row.api:
            assert told.startswith(row.reason)
        if found["outcome"] == "manual":
            assert found["steps"]
        if found["outcome"] == "deleted":
            assert found["evidence"]["verified_at"]
            assert found["evidence"]["calls"] == row.calls


@pytest.mark.parametrize("account", ACCOUNTS)
def test_exactly_the_calls_of_the_table_were_made(ran: Ran, account: str):
    made = ran.made[name_of(account)]
    allowed = Counter(
        {
            path: SITUATIONS[situation.partition(",")[0]].calls
            for (_, situation), path in made.deletes.items()
        }
    )
    assert ran.of(made) == +allowed
    if account == "guest":
        assert not ran.of(made)


@pytest.mark.parametrize("account", ACCOUNTS)
def test_the_plan_and_the_results_name_the_same_assets(ran: Ran, account: str):
    name = name_of(account)
    planned = set(ran.plans[name])
    assert planned == set(ran.results[name])
    in_table = {a for assets in ran.made[name].assets.values() for a in assets}
    assert planned == in_table
    assert ran.status[name]["status"] == "completed_with_exceptions"
    counts = ran.status[name]["counts"]
    outcomes = Counter(r["outcome"] for r in ran.results[name].values())
    assert {k: v for k, v in counts.items() if v and k not in ("total", "unattributed")} == outcomes


def test_no_call_went_to_a_sample_or_outside_every_plan(ran: Ran):
    told = [path for made in ran.made.values() for path in ran.of(made)]
    assert sorted(told) == sorted(ran.calls)
    assert not [path for path in ran.calls if "506153734175476c4f62416c57734963" in path]
    guests = [made for made in ran.made.values() if made.workspace.account_kind == "guest"]
    assert len(guests) == 2
    assert not any(ran.of(made) for made in guests)


def test_messages_that_come_again_after_the_end_change_nothing(ran: Ran):
    assert ran.calls_stirred == ran.calls
    assert ran.stirred == ran.results


@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_workspace_ends_as_the_table_says(ran: Ran, name: str):
    row, made = WHOLE[name], ran.made[f"whole-{name}"]
    found = ran.results[f"whole-{name}"]
    own = found[f"whole-{name}/workspace:{made.workspace.workspace_id}"]
    told = own.get("reason") or own.get("error") or ""
    assert own["outcome"] == row.workspace, told
    assert told.startswith(row.reason)
    situation = "changed" if name == "changed" else "strong"
    for kind, outcome in (("dataset", row.dataset), ("trained_model", row.model)):
        for asset in made.assets[kind, situation]:
            assert found[asset]["outcome"] == outcome
    users = [r for asset, r in found.items() if "/user:" in asset]
    assert len(users) == len(made.workspace.users)
    assert {r["outcome"] for r in users} <= {row.model}
    manual = [r for r in found.values() if r["outcome"] == "manual"]
    assert all(r["steps"] for r in manual)
    calls = {"workspace": str(made.workspace.arm_id).lower()}
    calls |= {kind: path for (kind, _), path in made.deletes.items()}
    assert ran.of(made) == Counter(calls[kind] for kind in row.calls)


def test_the_endpoint_in_the_way_of_the_default_one_goes_before_it(ran: Ran):
    for account in ("free", "standard"):
        made = ran.made[name_of(account)]
        asset = {made_id.rpartition("/")[2]: made_id for made_id in made.assets["endpoint", "last"]}
        assert set(asset) == {"default", "extra"}
        found = {n: ran.results[name_of(account)][a]["evidence"] for n, a in asset.items()}
        assert found["extra"]["requested_at"] <= found["default"]["verified_at"]


def test_cells_that_do_not_apply_say_why(capsys: pytest.CaptureFixture[str]):
    reasons: dict[str, list[str]] = {}
    for account in ACCOUNTS:
        for kind in KINDS:
            for situation in SITUATIONS:
                why = why_not(account, kind, situation)
                assert bool(why) != ((account, kind, situation) in CASES)
                if why:
                    reasons.setdefault(why, []).append(f"{account} {kind} {situation}")
    with capsys.disabled():
        print()
        for why, places in sorted(reasons.items()):
            print(f"  {len(places):4d} cells: {why}, such as {places[0]}")
    assert sum(map(len, reasons.values())) + len(CASES) == len(ACCOUNTS) * len(KINDS) * len(
        SITUATIONS
    )
    assert {k for a in ACCOUNTS for k in BY_API[a]} == {
        "dataset",
        "experiment",
        "web_service",
        "endpoint",
        "new_web_service",
        "commitment_plan",
    }
    assert hex_id("workspace", "all-guest") not in json.dumps(sorted(reasons))
