"""A query result as written-out cells, the same in the terminal and on the page.

Amounts carry their currency, so the currency column itself disappears where it has nothing more to
say. Which columns hold money is told by their names, as SQL has no type for it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from report.figures import NONE, money, whole
from report.results import QueryResult, amount

_MONEY = re.compile(
    r"(^|_)(revenue|amount|value|price|total|spent|spend|sales|turnover)($|_(?!pct|count|units|orders))"
)
_PERCENT = "_pct"
# Numbers that name something rather than count it: no thousands separators.
_NAMES = re.compile(r"(^|_)(id|key|year|code|number|sk)$")


@dataclass(frozen=True, kw_only=True)
class Heading:
    title: str
    numeric: bool


@dataclass(frozen=True, kw_only=True)
class WrittenTable:
    headings: tuple[Heading, ...]
    rows: tuple[tuple[str, ...], ...]


def written(result: QueryResult) -> WrittenTable:
    """All rows, in order. Numeric columns are the ones whose every filled cell is a number."""
    currency_at = result.columns.index("currency") if "currency" in result.columns else None
    has_money = currency_at is not None and any(map(_is_money, result.columns))
    kept = [at for at in range(len(result.columns)) if not (has_money and at == currency_at)]
    headings = tuple(
        Heading(
            title=_title(result.columns[at]), numeric=_numeric([row[at] for row in result.rows])
        )
        for at in kept
    )
    rows = tuple(
        tuple(
            _cell(result.columns[at], row[at], None if currency_at is None else row[currency_at])
            for at in kept
        )
        for row in result.rows
    )
    return WrittenTable(headings=headings, rows=rows)


def _is_money(column: str) -> bool:
    return _MONEY.search(column) is not None


def _title(column: str) -> str:
    return column.removesuffix(_PERCENT).replace("_", " ").capitalize()


def _numeric(cells: Sequence[object]) -> bool:
    filled = [cell for cell in cells if cell is not None]
    return bool(filled) and all(isinstance(cell, int | float | Decimal) for cell in filled)


def _cell(column: str, value: object, currency: object) -> str:
    if value is None:
        return NONE
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return _number(column, amount(value), "" if currency is None else str(currency))
    return str(value)


def _number(column: str, value: Decimal, currency: str) -> str:
    if _NAMES.search(column):
        return str(value)
    if column.endswith(_PERCENT):
        return f"{value:,.1f}%"
    if _is_money(column):
        return money(value, currency)
    return whole(value) if value == value.to_integral_value() else f"{value:,.2f}"
