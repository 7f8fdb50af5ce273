"""cost.py: its counts are those of the app, and its sums those of the prices that it is given."""

import json
import re
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from bench.calls import _counted
from infra import cost
from tests.fakes.functions import functions

ROOT = Path(__file__).parents[2]
PRICES: dict[str, Any] = {
    "currency": "EUR",
    "region": "westeurope",
    "date": "2026-11-24",
    "sources": dict.fromkeys(cost.METERS, "a price sheet"),
    "prices": {meter: number for number, meter in enumerate(cost.METERS, 1)},
}


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "infra" / "cost.py"), *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


# The counts


def kind_of(call: str) -> str:
    """Tell the meter of a call as `bench.access_log` names it."""
    method, _, path = call.partition(" ")
    if "/messages" in path:
        return {"POST": "queue_puts", "GET": "queue_gets", "DELETE": "queue_deletes"}[method]
    if "comp=list&" in path:
        return "blob_lists"
    return {"PUT": "blob_writes", "GET": "blob_reads", "HEAD": "blob_reads"}[method]


@pytest.mark.parametrize(
    ("kind", "count", "batch"), [("dataset", 1000, 256), ("experiment", 200, 16)]
)
def test_a_request_makes_the_calls_that_are_reckoned_with(kind: str, count: int, batch: int):
    load = cost.Load(requests=1, assets=count, asset_bytes=1024, batch=batch, looks=0, downloads=0)
    reckoned = cost.work(load)
    # Batches that end at the same time each look whether they were the last, and several call the
    # finisher: a busy machine adds calls and never saves any, so the least of three runs counts.
    found = dict.fromkeys(reckoned, float("inf"))
    for _ in range(3):
        once = dict.fromkeys(reckoned, 0)
        for call, number in _counted(count, kind).storage.items():
            once[kind_of(call)] += number
        found = {meter: min(found[meter], once[meter]) for meter in found}
        if not outside(found, reckoned):
            break
    assert outside(found, reckoned) == {}


def outside(found: dict[str, float], reckoned: dict[str, float]) -> dict[str, float]:
    """Give the meters whose count is far from what is reckoned with."""
    least, most = 0.5, 1.4
    counted = [m for m in found if m.startswith(("blob_", "queue_")) and m != "blob_deletes"]
    return {
        meter: found[meter]
        for meter in counted
        if not least * reckoned[meter] <= found[meter] <= most * reckoned[meter] + 6
    }


def test_batches_are_bounded_by_number_and_by_bytes():
    few = cost.Load(assets=1000, asset_bytes=1000)
    assert few.batches == 1 + 4
    assert replace(few, assets=1).batches == 2
    assert replace(few, asset_bytes=1_000_000).batches == 1 + 15


def test_an_idle_month_is_the_sweepers():
    schedule = functions()["sweep"].get_trigger().get_dict_repr()["schedule"]
    assert schedule == "0 */5 * * * *"
    assert cost.SWEEPS == 30 * 24 * 60 // 5
    month = cost.idle(cost.Load())
    assert month["executions"] == month["blob_lists"] == cost.SWEEPS
    assert month["queue_gets"] == 0


def test_the_looks_at_idle_queues_are_those_of_the_host():
    queues = [
        f for f in functions().values() if f.get_trigger().get_dict_repr()["type"] == "queueTrigger"
    ]
    assert len(queues) == cost.QUEUE_FUNCTIONS
    host = json.loads((ROOT / "host.json").read_text("utf-8"))
    assert host["extensions"]["queues"]["maxPollingInterval"] == "00:00:10"
    listening = cost.idle(cost.Load(listening_hours=2))
    assert listening["queue_gets"] == 2 * cost.QUEUE_FUNCTIONS * 3600 / 10


def test_the_alert_rules_are_those_of_the_template():
    rules = ROOT / "infra" / "alerts.json"
    assert len(json.loads(rules.read_text("utf-8"))) == cost.Load().log_alerts


def test_twice_the_requests_are_twice_of_everything():
    once, twice = (cost.work(cost.Load(requests=n)) for n in (1000, 2000))
    assert twice == pytest.approx({meter: 2 * amount for meter, amount in once.items()})
    assert all(once.values())


# The sums


def test_quantities_times_prices(tmp_path: Path):
    file = tmp_path / "prices.json"
    file.write_text(json.dumps(PRICES), "utf-8")
    done = run("--prices", str(file), "--requests", "10")
    assert done.returncode == 0, done.stderr
    totals = [float(n.replace(",", "")) for n in re.findall(r"total ([\d.,]+) EUR", done.stdout)]
    load = cost.Load(requests=10)
    expected = [
        sum(
            month.get(meter, 0.0) / divisor * PRICES["prices"][meter]
            for meter, (_, divisor) in cost.METERS.items()
        )
        for month in (cost.idle(load), cost.work(load))
    ]
    assert totals == pytest.approx(expected, abs=0.01)
    assert "Unit prices of 2026-11-24, westeurope, as given" in done.stdout


def test_without_prices_no_sum_is_stated():
    done = run()
    assert done.returncode == 0
    assert "total" not in done.stdout
    assert "No price is stated" in done.stdout


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"date": ""}, "date is missing"),
        ({"currency": None}, "currency is missing"),
        ({"prices": {}}, "prices.blob_reads is not a number of 0 or more"),
        ({"prices": PRICES["prices"] | {"log_gb": -1}}, "prices.log_gb is not a number"),
        ({"prices": PRICES["prices"] | {"log_gb": "1"}}, "prices.log_gb is not a number"),
        ({"prices": PRICES["prices"] | {"vm": 1}}, "prices.vm is no meter"),
        ({"sources": {}}, "sources.log_gb does not say which price sheet it is from"),
    ],
)
def test_prices_that_nobody_could_look_up_again_are_refused(
    tmp_path: Path, change: dict[str, Any], says: str
):
    file = tmp_path / "prices.json"
    file.write_text(json.dumps(PRICES | change), "utf-8")
    done = run("--prices", str(file))
    assert done.returncode == 1
    assert says in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("text", ["", "[]", "{"])
def test_a_file_that_holds_no_prices_is_refused(tmp_path: Path, text: str):
    file = tmp_path / "prices.json"
    file.write_text(text, "utf-8")
    assert run("--prices", str(file)).returncode == 1
    assert run("--prices", str(tmp_path / "nowhere.json")).returncode == 1


# docs/cost.md


def test_the_page_has_a_row_a_meter_with_the_quantities_and_a_row_an_assumption():
    page = (ROOT / "docs" / "cost.md").read_text("utf-8")
    shown = {
        row[0]: row[2:4]
        for row in re.findall(r"^\| `(\w+)` \| ([^|]+) \| ([^|]+) \| ([^|]+) \|", page, flags=re.M)
    }
    idle, work = cost.idle(cost.Load()), cost.work(cost.Load())
    assert list(shown) == list(cost.METERS)
    for meter, cells in shown.items():
        for cell, month in zip(cells, (idle, work), strict=True):
            amount = month.get(meter, 0.0)
            assert cell.strip() == f"{amount:,.0f}" or cell.strip() == f"{amount:,.2f}", meter
    stated = dict(re.findall(r"^\| `--([a-z-]+)` \| ([^|]+) \|", page, flags=re.M))
    assert stated == {f.name.replace("_", "-"): f"{f.default:,}" for f in fields(cost.Load)}


def test_the_page_and_the_repository_state_no_price():
    page = (ROOT / "docs" / "cost.md").read_text("utf-8")
    assert not re.search(r"[€$£]\s?\d|\d\s?(EUR|USD|€)", page)
    assert "No price is stated" in page
    sample = re.search(r"```json\n(.*?)```", page, flags=re.S)
    assert sample is not None
    assert set(json.loads(sample[1])["prices"].values()) == {None}
    assert set(json.loads(sample[1])["prices"]) == set(cost.METERS)
