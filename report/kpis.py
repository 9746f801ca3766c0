"""The figures on top of the page. Orders and units are counts and are added up; money stays apart
by currency.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from report.figures import NONE, money, percent, whole, whole_money
from report.results import QueryResult, Record, amount, by_currency, count, currencies, records_of

MOST_CURRENCIES = 3
# From here on cents are noise, and would not fit on a card.
_LARGE = 10**6


@dataclass(frozen=True, kw_only=True)
class Kpi:
    """`figures` are one line each, the first is the large one; `note` is the small print."""

    label: str
    figures: tuple[str, ...]
    note: str = ""


def kpi_cards(results: Sequence[QueryResult]) -> tuple[Kpi, ...]:
    """Empty when the run has no sales."""
    rows = records_of(results, "kpis")
    if not rows:
        return ()
    split = by_currency(rows, currencies(results))
    orders = sum(count(row["orders"]) for row in rows)
    units = sum(count(row["units"]) for row in rows)
    revenue = {
        currency: sum((amount(row["revenue"]) for row in own), Decimal(0))
        for currency, own in split.items()
    }
    shown = list(split)[:MOST_CURRENCIES]
    left_out = f"and {len(split) - len(shown)} more currencies" if len(split) > len(shown) else ""
    cards = [
        Kpi(
            label="Revenue",
            figures=tuple(_large(revenue[currency], currency) for currency in shown),
            note=left_out,
        ),
        Kpi(label="Orders", figures=(whole(orders),)),
        Kpi(
            label="Units",
            figures=(whole(units),),
            note=f"{units / orders:,.1f} per order" if orders > 0 else "",
        ),
        Kpi(
            label="Revenue per order",
            figures=tuple(_per_order(split[currency], currency) for currency in shown),
        ),
    ]
    steps = sorted(records_of(results, "funnel"), key=lambda row: count(row["step"]))
    if len(steps) > 1:
        first, last = count(steps[0]["sessions"]), count(steps[-1]["sessions"])
        cards.append(
            Kpi(
                label="Conversion",
                figures=(percent(last, first),),
                note=f"of {whole(first)} visits",
            )
        )
    return tuple(cards)


def _large(revenue: Decimal, currency: str) -> str:
    return whole_money(revenue, currency) if abs(revenue) >= _LARGE else money(revenue, currency)


def _per_order(rows: Sequence[Record], currency: str) -> str:
    orders = sum(count(row["orders"]) for row in rows)
    return (
        money(sum((amount(row["revenue"]) for row in rows), Decimal(0)) / orders, currency)
        if orders > 0
        else NONE
    )
