"""Amounts of money as text. A cent that is not there is not shown as one that is."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


def rounded(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def usd(amount: Decimal) -> str:
    """`$1,234.50`; `<$0.01` for what would round to nothing, `-` for nothing."""
    if not amount:
        return "-"
    if not rounded(amount):
        return "<$0.01"
    sign = "-" if amount < 0 else ""
    return f"{sign}${abs(rounded(amount)):,}"


def change(amount: Decimal) -> str:
    """`+$12.40`, `-$3.00`, `±$0.00`."""
    if not rounded(amount):
        return "±$0.00"
    return f"{'+' if amount > 0 else '-'}${abs(rounded(amount)):,}"
