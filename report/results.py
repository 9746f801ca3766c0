"""What the report is made from: plain query results and facts about the run.

No drawing, no formatting, and no adding up across currencies: rows are split by currency here,
once, for every chart.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

Record = Mapping[str, object]

Scalar = str | int | float | Decimal | None
Fact = Scalar | Mapping[str, Scalar] | Sequence[Scalar] | Sequence[Sequence[Scalar]]
Facts = Mapping[str, Fact]


@dataclass(frozen=True, kw_only=True)
class QueryResult:
    """The answer to one question. Cells are str, int, Decimal, date or None; `seconds` is how long
    `engine` took.
    """

    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    engine: str
    seconds: float
    sql: str

    def records(self) -> tuple[Record, ...]:
        return tuple(dict(zip(self.columns, row, strict=True)) for row in self.rows)


def records_of(results: Iterable[QueryResult], name: str) -> tuple[Record, ...]:
    """The rows of the named result; none when the question was not asked or has no answer."""
    for result in results:
        if result.name == name:
            return result.records()
    return ()


def amount(value: object) -> Decimal:
    """The number in a cell, 0 for an empty one. ValueError when it is no number."""
    if value is None:
        return Decimal(0)
    if isinstance(value, Decimal):
        return value
    try:
        return Decimal(str(value))
    except ArithmeticError:
        raise ValueError(f"{value!r} is not a number; the report needs one here") from None


def count(value: object) -> int:
    return int(amount(value))


def day(value: object) -> date:
    """The day in a cell: a date, a timestamp or ISO text. ValueError when it is none."""
    return date.fromisoformat(str(value)[:10])


def text(value: object, *, missing: str = "unknown") -> str:
    return missing if value is None or str(value).strip() == "" else str(value).strip()


def currencies(results: Sequence[QueryResult]) -> tuple[str, ...]:
    """Every currency that some result has, the one with the most orders first."""
    orders: Counter[str] = Counter()
    for result in results:
        if "currency" in result.columns:
            for record in result.records():
                if record["currency"] is not None:
                    orders[str(record["currency"])] += 0
    for record in records_of(results, "kpis") or records_of(results, "sales_by_channel"):
        if record["currency"] is not None:
            orders[str(record["currency"])] += count(record["orders"])
    return tuple(sorted(orders, key=lambda currency: (-orders[currency], currency)))


def by_currency(records: Iterable[Record], ranked: Sequence[str]) -> dict[str, list[Record]]:
    """Rows of each currency in the order of `ranked`. A row without one (no money in it) goes with
    the first currency.
    """
    rows = list(records)
    present = {str(row["currency"]) for row in rows if row["currency"] is not None}
    split: dict[str, list[Record]] = {currency: [] for currency in ranked if currency in present}
    first = next(iter(split), "")
    for row in rows:
        key = first if row["currency"] is None else str(row["currency"])
        split.setdefault(key, []).append(row)
    return split
