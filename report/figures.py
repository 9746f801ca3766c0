"""How numbers are written: one way for the page, the charts and the terminal. Nothing is computed
here but rounding.
"""

from decimal import ROUND_HALF_UP, Decimal

SYMBOLS = {"EUR": "€", "GBP": "£", "USD": "$", "BRL": "R$", "JPY": "¥", "INR": "₹"}
NONE = "–"  # noqa: RUF001 - an en dash is what a reader expects in an empty cell
MINUS = "-"

_STEPS = ((Decimal(10**9), "B"), (Decimal(10**6), "M"), (Decimal(10**3), "k"))
_CENT = Decimal("0.01")


def whole(number: int | Decimal) -> str:
    """12,345"""
    return f"{number:,.0f}"


def money(amount: Decimal, currency: str) -> str:
    """€12,345.60, or CHF 12,345.60 for a currency without a symbol that everybody knows."""
    return _signed(amount, currency, f"{abs(amount.quantize(_CENT, ROUND_HALF_UP)):,.2f}")


def whole_money(amount: Decimal, currency: str) -> str:
    """€1,234,568: without cents."""
    return _signed(amount, currency, f"{abs(amount.quantize(Decimal(1), ROUND_HALF_UP)):,.0f}")


def short_money(amount: Decimal, currency: str) -> str:
    """€12.3k: three significant figures, for where the exact amount stands in a table nearby."""
    return _signed(amount, currency, short(abs(amount)))


def short(number: Decimal) -> str:
    """12.3k, 1.2M, 950: at most three significant figures above a thousand."""
    for position, (step, suffix) in enumerate(_STEPS):
        # 999,950 is written 1M, not 1,000k: the next larger step takes what would round up to it.
        if abs(number) >= step * (Decimal("0.9995") if position < len(_STEPS) - 1 else 1):
            return _trimmed(number / step) + suffix
    return whole(number) if number == number.to_integral_value() else f"{number:,.2f}"


def percent(part: Decimal | int, whole_: Decimal | int) -> str:
    """The share in per cent; an empty cell when there is nothing to be a share of."""
    if whole_ <= 0:
        return NONE
    share = Decimal(part) * 100 / Decimal(whole_)
    return f"{share:.0f}%" if share == 0 or share >= 10 else f"{share:.1f}%"  # noqa: PLR2004


def _trimmed(number: Decimal) -> str:
    step = Decimal(1) if abs(number) >= 100 else Decimal("0.1")  # noqa: PLR2004 - 123k, but 12.3k
    return f"{number.quantize(step, ROUND_HALF_UP):,}".removesuffix(".0")


def _signed(amount: Decimal, currency: str, digits: str) -> str:
    symbol = SYMBOLS.get(currency, f"{currency} " if currency else "")
    sign = MINUS if amount < 0 and any(digit in "123456789" for digit in digits) else ""
    return f"{sign}{symbol}{digits}"
