"""What the app costs: quantities counted in the sandbox, times unit prices that the user looked up.

Without a prices file it prints the quantities alone. infra/prices.example.json has prices of one
region as public sources gave them: an example to be replaced by one's own price sheet.
docs/cost.md explains every quantity and says where each price is from.
"""

import argparse
import json
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

DAYS: Final = 30
SWEEPS: Final = DAYS * 24 * 12
"""Runs of the timer a month: one every five minutes."""
QUEUE_FUNCTIONS: Final = 10
"""Queue triggers of the app, poison handlers included."""
LOOKS_AN_HOUR: Final = 360
"""Looks of one instance at one idle queue at least: maxPollingInterval is ten seconds."""
BLOCK: Final = 8 * 1024 * 1024
BATCH_BYTES: Final = 64 * 1024 * 1024
LEDGER_BYTES: Final = 2450
"""Of the ledger, an asset: its entry in the plan and in the results."""
METERS: Final = {
    "execution_gb_s": ("GB-s of on-demand execution", 1),
    "executions": ("executions, a million", 1_000_000),
    "blob_writes": ("write operations, 10,000", 10_000),
    "blob_lists": ("list operations, 10,000", 10_000),
    "blob_reads": ("read operations, 10,000", 10_000),
    "blob_deletes": ("delete operations, 10,000", 10_000),
    "queue_puts": ("Put Message, 10,000", 10_000),
    "queue_gets": ("Get Messages, 10,000", 10_000),
    "queue_deletes": ("Delete Message, 10,000", 10_000),
    "stored_gb_months": ("GB stored for a month", 1),
    "downloaded_gb": ("GB sent out of Azure", 1),
    "log_gb": ("GB of log ingested", 1),
    "log_alerts": ("alert rules on logs, a month", 1),
    "metric_alerts": ("alert rules on metrics, a month", 1),
}
"""Each quantity, what a price of it is for, and how many make that up."""


@dataclass(frozen=True, slots=True)
class Load:
    """What is asked of the app in a month; a field is an option of the command."""

    requests: int = 1000
    assets: int = 1000
    asset_bytes: int = 1_000_000
    batch: int = 128
    looks: int = 20
    downloads: int = 1
    kept_days: int = 30
    subject_days: int = 30
    memory_gb: float = 2.0
    request_seconds: float = 1.2
    bytes_a_second: float = 100e6
    sweep_seconds: float = 1.0
    listening_hours: float = 0.0
    log_bytes_an_execution: int = 4000
    log_bytes_a_call: int = 1500
    log_alerts: int = 7
    metric_alerts: int = 1

    @property
    def batches(self) -> int:
        """Batches of a request: one for the workspace's own record, and the assets'."""
        by_size = math.ceil(self.assets * self.asset_bytes / BATCH_BYTES)
        return 1 + max(math.ceil(self.assets / self.batch), by_size)


def idle(load: Load) -> dict[str, float]:
    """Give a month without a request: the sweeper looks at the index every five minutes."""
    looks = load.listening_hours * QUEUE_FUNCTIONS * LOOKS_AN_HOUR
    calls = SWEEPS + looks
    return {
        "execution_gb_s": SWEEPS * load.sweep_seconds * load.memory_gb,
        "executions": float(SWEEPS),
        "blob_lists": float(SWEEPS),
        "queue_gets": looks,
        "log_gb": (SWEEPS * load.log_bytes_an_execution + calls * load.log_bytes_a_call) / 1e9,
        "log_alerts": float(load.log_alerts),
        "metric_alerts": float(load.metric_alerts),
    }


def work(load: Load) -> dict[str, float]:
    """Give what the requests themselves take, by the counts of one request.

    A request of `b` batches was counted in the sandbox for b from 2 to 64; a test counts again.
    The deletes are not counted: they are one for each blob that such a request left.
    """
    b, n = load.batches, load.requests
    size = load.assets * load.asset_bytes
    blocks = math.ceil(size / BLOCK)
    messages = 3 + b
    seconds = load.request_seconds + size / load.bytes_a_second
    executions = 1 + messages + load.looks + load.downloads
    gone = 12 + 2 * b  # what the sweeper erases of the ledger and its index, and the package
    held = size * load.kept_days + load.assets * LEDGER_BYTES * load.subject_days
    calls = {
        "blob_writes": 21 + 3 * b + blocks + load.downloads,
        "blob_lists": 6,
        "blob_reads": 16 + 4 * b + load.looks + 4 * load.downloads,
        "blob_deletes": gone,
        "queue_puts": messages,
        "queue_gets": messages,
        "queue_deletes": messages,
    }
    logged = executions * load.log_bytes_an_execution + sum(calls.values()) * load.log_bytes_a_call
    return {
        "execution_gb_s": n * seconds * load.memory_gb,
        "executions": float(n * executions),
        **{meter: float(n * number) for meter, number in calls.items()},
        "stored_gb_months": n * held / DAYS / 1e9,
        "downloaded_gb": n * size * load.downloads / 1e9,
        "log_gb": n * logged / 1e9,
    }


@dataclass(frozen=True, slots=True)
class Prices:
    """Unit prices as somebody looked them up, with what is needed to look them up again.

    A price of None is one that nobody knows: every sum says that it is without it. `free` is how
    much of a meter a month has for nothing, in its own unit: executions, not millions of them.
    """

    currency: str
    region: str
    date: str
    sources: Mapping[str, str]
    prices: Mapping[str, float | None]
    free: Mapping[str, float]

    def cost(self, quantities: Mapping[str, float]) -> float:
        """Give what quantities cost, without the meters whose price is not known."""
        return sum(
            quantities.get(meter, 0.0) / divisor * (self.prices[meter] or 0.0)
            for meter, (_, divisor) in METERS.items()
        )

    def beyond(self, quantities: Mapping[str, float]) -> dict[str, float]:
        """Give what is left of a month's quantities when its free amounts are taken off."""
        return {m: max(0.0, amount - self.free.get(m, 0.0)) for m, amount in quantities.items()}

    def unknown(self, quantities: Mapping[str, float]) -> list[str]:
        """Give the meters that are used and have no price."""
        return [m for m in METERS if self.prices[m] is None and quantities.get(m)]


def read_prices(path: Path) -> Prices:
    """Read a prices file; raises ValueError that names everything that is missing or wrong."""
    try:
        found: Any = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise ValueError(f"{path.name} is not JSON: {error}") from None
    if not isinstance(found, dict):
        raise ValueError(f"{path.name} is not a JSON object")
    wrong = [f"{key} is missing" for key in ("currency", "region", "date") if not found.get(key)]
    prices, sources = found.get("prices"), found.get("sources")
    prices = prices if isinstance(prices, dict) else {}
    sources = sources if isinstance(sources, dict) else {}
    for meter in METERS:
        if meter not in prices or not (prices[meter] is None or _is_amount(prices[meter])):
            wrong.append(f"prices.{meter} is not a number of 0 or more, or null")
        if not sources.get(meter):
            wrong.append(f"sources.{meter} does not say which price sheet it is from")
    free = found.get("free", {})
    if not isinstance(free, dict):
        free, wrong = {}, [*wrong, "free is not a JSON object"]
    wrong += [f"free.{m} is not a number of 0 or more" for m in free if not _is_amount(free[m])]
    for part, names in (("prices", prices), ("free", free)):
        wrong += [f"{part}.{name} is no meter" for name in names if name not in METERS]
    if wrong:
        raise ValueError("; ".join(wrong))
    return Prices(found["currency"], found["region"], found["date"], sources, prices, free)


def _is_amount(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0


def both(load: Load) -> dict[str, float]:
    """Give a month with the requests in it."""
    month, asked = idle(load), work(load)
    return {meter: month.get(meter, 0.0) + asked.get(meter, 0.0) for meter in METERS}


def with_free(load: Load, prices: Prices) -> tuple[float, float]:
    """Give an idle month, and what the requests add to it, with the free amounts taken off.

    The two share a month's free amounts: the idle month takes of them first.
    """
    month = prices.cost(prices.beyond(idle(load)))
    return month, prices.cost(prices.beyond(both(load))) - month


def table(quantities: Mapping[str, float], prices: Prices | None) -> str:
    """Give the quantities as a table, with what they cost where prices are given."""
    lines = []
    for meter, (unit, divisor) in METERS.items():
        amount = quantities.get(meter, 0.0)
        line = f"  {meter:<18}{amount:>16,.1f}  {amount / divisor:>12,.3f} x {unit:<28}"
        if prices is not None:
            price = prices.prices[meter]
            if price is None:
                line += f"{'unknown':>12}"
            else:
                line += f"{price:>12g} = {amount / divisor * price:>12,.2f}"
        lines.append(line.rstrip())
    if prices is not None:
        lines.append(f"  total {prices.cost(quantities):,.2f} {prices.currency}")
        if unknown := prices.unknown(quantities):
            lines[-1] += f", without {', '.join(unknown)}"
    return "\n".join(lines)


def options() -> argparse.ArgumentParser:
    """Make the command's options: a prices file, and every field of a load."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--prices", type=Path, help="JSON file with unit prices; see docs/cost.md")
    for field in fields(Load):
        default: Any = field.default
        name = "--" + field.name.replace("_", "-")
        parser.add_argument(name, type=type(default), default=default, help=f"default {default}")
    return parser


def main(arguments: Sequence[str]) -> int:
    """Print an idle month and the load on top of it."""
    given = vars(options().parse_args(arguments))
    path: Path | None = given.pop("prices")
    try:
        prices = read_prices(path) if path is not None else None
    except (OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    load = Load(**given)
    print("An idle month:")
    print(table(idle(load), prices))
    print(f"\n{load.requests:,} requests of {load.assets:,} assets, on top of it:")
    print(table(work(load), prices))
    if prices is None:
        print("\nNo price is stated. Give your own with --prices (docs/cost.md).")
    else:
        month, asked = with_free(load, prices)
        print("\nWith the free amounts of the file taken off, which other apps may use up:")
        print(f"  an idle month {month:,.2f}, the requests {asked:,.2f} {prices.currency}")
        print(f"\nUnit prices of {prices.date}, {prices.region}, as given.")
        print("What is not counted: docs/cost.md.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
