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
from dsr.services.studio.kinds import kinds_of
from infra import cost
from tests.fakes.functions import functions
from tests.fakes.studio import TARGET

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "infra" / "prices.example.json"
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
    ("kind", "count", "batch"), [("dataset", 1000, 128), ("experiment", 200, 16)]
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
    assert few.batches == 1 + 8
    assert replace(few, assets=1).batches == 2
    assert replace(few, asset_bytes=1_000_000).batches == 1 + 15


def test_the_batch_is_that_of_datasets():
    batches = {kind.kind.name: kind.kind.batch for kind in kinds_of(TARGET)}
    assert cost.Load().batch == batches["dataset"]


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


def test_a_sum_names_the_prices_that_nobody_knows(tmp_path: Path):
    file = tmp_path / "prices.json"
    unknown = {"log_gb": None, "queue_puts": None}
    file.write_text(json.dumps(PRICES | {"prices": PRICES["prices"] | unknown}), "utf-8")
    done = run("--prices", str(file))
    assert re.findall(r"total [\d.,]+ EUR, without (.*)", done.stdout) == [
        "log_gb",
        "queue_puts, log_gb",
    ]
    assert re.search(r"^  log_gb .* unknown$", done.stdout, flags=re.M)
    known = cost.read_prices(file)
    free_of_charge = replace(known, prices={**known.prices, "log_gb": 0, "queue_puts": 0})
    work = cost.work(cost.Load())
    assert known.cost(work) == free_of_charge.cost(work)
    assert free_of_charge.unknown(work) == []


def test_free_amounts_are_taken_off_once_a_month(tmp_path: Path):
    file = tmp_path / "prices.json"
    load = cost.Load(requests=10)
    idle, work = cost.idle(load), cost.work(load)
    for amount in (0.0, 5000.0, idle["executions"] + 100, 1e9):
        file.write_text(json.dumps(PRICES | {"free": {"executions": amount}}), "utf-8")
        prices = cost.read_prices(file)
        month, asked = cost.with_free(load, prices)
        left = max(0.0, idle["executions"] - amount)
        both = max(0.0, idle["executions"] + work["executions"] - amount)
        price = PRICES["prices"]["executions"] / 1_000_000
        assert month == pytest.approx(prices.cost(idle) - (idle["executions"] - left) * price)
        less = (work["executions"] - (both - left)) * price
        assert asked == pytest.approx(prices.cost(work) - less)
        done = run("--prices", str(file), "--requests", "10")
        assert f"an idle month {month:,.2f}, the requests {asked:,.2f} EUR" in done.stdout


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
        ({"free": []}, "free is not a JSON object"),
        ({"free": {"log_gb": None}}, "free.log_gb is not a number of 0 or more"),
        ({"free": {"vm": 1}}, "free.vm is no meter"),
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


def page() -> str:
    return (ROOT / "docs" / "cost.md").read_text("utf-8")


def cells_of(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip("|\n ").split("|")]


def amount(number: float) -> str:
    return f"{number:,.0f}" if number == int(number) else f"{number:,.2f}"


def test_the_page_has_a_row_a_meter_with_its_quantities_price_costs_date_and_source():
    prices = cost.read_prices(EXAMPLE)
    months = [cost.idle(cost.Load()), cost.work(cost.Load())]
    letters = dict(re.findall(r"^- \*\*([A-Z])\*\*: .*?`(.*?)`", page(), flags=re.M))
    rows = [cells_of(row) for row in re.findall(r"^\| `\w+` \|.*$", page(), flags=re.M)]
    assert [row[0] for row in rows] == [f"`{meter}`" for meter in cost.METERS]
    for meter, row in zip(cost.METERS, rows, strict=True):
        unit, divisor = cost.METERS[meter]
        price, free = prices.prices[meter], prices.free.get(meter)
        amounts = [month.get(meter, 0.0) for month in months]
        date, _, hand = prices.sources[meter].partition(":")[0].partition(", ")
        assert row[1:4] == [unit, *(amount(a) for a in amounts)]
        assert row[7:9] == ["" if free is None else amount(free), date], meter
        if price is None:
            assert (row[4:7], row[9]) == (["unknown", "", ""], "unknown, see below")
            assert (date, hand) == ("none", "unknown")
            continue
        assert float(row[4]) == price
        assert row[5:7] == [f"{a / divisor * price:,.2f}" for a in amounts], meter
        stated, _, letter = row[9].partition(": ")
        assert (stated, hand) == (hand, stated)
        assert hand in ("first-hand", "first-hand, dated by others", "second-hand")
        assert letters[letter] in prices.sources[meter]
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", date)
        assert prices.date[:10] <= date <= prices.date[-10:] or price == 0


def test_the_page_begins_with_the_sums_that_the_command_prints():
    prices, load = cost.read_prices(EXAMPLE), cost.Load()
    free = cost.with_free(load, prices)
    sums = [prices.cost(cost.idle(load)), prices.cost(cost.work(load))]
    rows = [cells_of(row) for row in page().splitlines()[4:6]]
    assert [row[1:3] for row in rows] == [
        [f"{a:,.2f}", f"{b:,.2f}"] for a, b in zip(sums, free, strict=True)
    ]
    printed = run("--prices", str(EXAMPLE)).stdout
    assert re.findall(r"total ([\d.,]+) USD", printed) == [row[1] for row in rows]
    assert f"an idle month {rows[0][2]}, the requests {rows[1][2]} USD" in printed
    assert prices.unknown(cost.idle(load)) == []
    queues = [meter for meter in cost.METERS if meter.startswith("queue_")]
    assert prices.unknown(cost.work(load)) == queues
    elsewhere = replace(prices, prices={**prices.prices, **dict.fromkeys(queues, 0.004)})
    more = elsewhere.cost(cost.work(load)) - sums[1]
    assert f"would add {more:.2f} to the requests" in page()


def test_the_page_has_a_row_an_assumption_and_a_form_without_prices():
    stated = dict(re.findall(r"^\| `--([a-z-]+)` \| ([^|]+) \|", page(), flags=re.M))
    assert stated == {f.name.replace("_", "-"): f"{f.default:,}" for f in fields(cost.Load)}
    sample = re.search(r"```json\n(.*?)```", page(), flags=re.S)
    assert sample is not None
    form = json.loads(sample[1])
    assert set(form["prices"].values()) == {None}
    assert set(form["prices"]) == set(cost.METERS)
    assert set(form) == set(json.loads(EXAMPLE.read_text("utf-8")))
