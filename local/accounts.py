"""The demo's bookkeeping: what was published must be accounted for to the last event, line and
cent.

Each check is a sentence that says where the numbers part; no sentence means that they agree.
"""

from decimal import Decimal
from pathlib import Path

from functions.producer.visits import Truth
from jobs.order_file.reconcile import reconcile
from jobs.order_file.results import Loaded, Totals
from local.arrival import Arrived
from report.results import QueryResult, amount, count, records_of

MICROS = Decimal(1_000_000)


def events(arrived: Arrived, truth: Truth, replayed: int) -> list[str]:
    """Compare the lake with what the generator really sent; `replayed` events came from a file."""
    return _differences(
        {
            "distinct events in silver": (truth.distinct + replayed, len(arrived.event_ids)),
            "duplicates in silver": (truth.duplicates, arrived.duplicates),
            "events in quarantine": (truth.broken, arrived.quarantined),
        }
    )


def generated_sales(truth: Truth, results: tuple[QueryResult, ...]) -> list[str]:
    """Compare gold's figures with the generator's own, in the currencies that only it uses."""
    found: list[str] = []
    for row in records_of(results, "kpis"):
        currency = str(row["currency"])
        if currency in truth.revenue_micros:
            expected = Decimal(truth.revenue_micros[currency]) / MICROS
            found += _differences(
                {
                    f"orders in {currency}": (truth.orders, count(row["orders"])),
                    f"units in {currency}": (truth.units, count(row["units"])),
                    f"revenue in {currency}": (expected, amount(row["revenue"])),
                }
            )
    return found


def order_file(path: Path, loaded: Loaded, facts: QueryResult) -> list[str]:
    """Compare the file, counted another way, with silver and with gold.

    `facts` has columns currency, lines, units and revenue.
    """
    rows = [row for row in facts.records() if row["currency"] == loaded.plan.settings.currency]
    gold = Totals(
        lines=sum(count(row["lines"]) for row in rows),
        units=sum(count(row["units"]) for row in rows),
        revenue={str(row["currency"]): amount(row["revenue"]) for row in rows},
    )
    return reconcile(path, loaded, gold)


def _differences(pairs: dict[str, tuple[int | Decimal, int | Decimal]]) -> list[str]:
    return [
        f"{what}: expected {expected:,}, found {found:,} ({found - expected:+,})"
        for what, (expected, found) in pairs.items()
        if expected != found
    ]
