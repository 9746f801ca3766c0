"""What loading an order file came to: plain values, passed on to whoever reports or checks them."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from jobs.order_file.plan import Plan


@dataclass(frozen=True, kw_only=True)
class Totals:
    """Sums over distinct order lines. `revenue` is the exact sum of quantity x price by
    currency, returns taken off.
    """

    lines: int
    units: int
    revenue: Mapping[str, Decimal]


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """`lines` = `totals.lines` + `duplicates` + `quarantined` (`reconcile` checks it).
    `quarantine_key` is None if nothing was rejected.
    """

    source_file: str
    plan: Plan
    lines: int
    duplicates: int
    quarantined: int
    totals: Totals
    silver_keys: tuple[str, ...]
    quarantine_key: str | None
