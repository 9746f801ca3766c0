"""The guide's cost scenario line by line, beside list prices, and its errors of arithmetic.

The figures stand in `guide.yaml`. What this platform costs at the same load is an estimate like any
other, with usage/guide.yaml.
"""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from math import prod
from pathlib import Path

import yaml
from pydantic import Field

from automation.cost import money, pricebook
from automation.cost.pricebook import PriceBook
from automation.cost.tables import Table
from components.section import Section

FILE = Path(__file__).parent / "guide.yaml"
REGION = "us-east-1"  # the guide names no region; its rates are those of this one


class Item(Section):
    rate: str
    quantity: Decimal


class GuideLine(Section):
    what: str
    guide: Decimal
    items: tuple[Item, ...]
    note: str = ""

    def listed(self, book: PriceBook) -> Decimal:
        """The same amount at list prices."""
        return sum((book.rate(one.rate).cost(one.quantity) for one in self.items), Decimal(0))


class Part(Section):
    name: str
    guide: Decimal = Field(description="The guide's own subtotal.")
    lines: tuple[GuideLine, ...]


class Slip(Section):
    """A sum or a product, and what the guide makes of it."""

    what: str
    guide: Decimal
    terms: tuple[Decimal, ...] = ()
    product: tuple[Decimal, ...] = ()

    @property
    def right(self) -> Decimal:
        return sum(self.terms, Decimal(0)) if self.terms else prod(self.product, start=Decimal(1))


class Guide(Section):
    total: Decimal
    parts: tuple[Part, ...]
    errors: tuple[Slip, ...]

    def listed(self, book: PriceBook) -> Decimal:
        return sum((line.listed(book) for part in self.parts for line in part.lines), Decimal(0))


@cache
def guide() -> Guide:
    return Guide.model_validate(yaml.safe_load(FILE.read_text(encoding="utf-8")))


def scenario() -> Table:
    """Every line of the guide, its figure, the list price and the difference."""
    book = pricebook.load(REGION)
    found = guide()
    rows: list[tuple[str, ...]] = []
    for part in found.parts:
        for line in part.lines:
            listed = line.listed(book)
            rows.append(
                (
                    part.name,
                    line.what,
                    money.usd(line.guide),
                    money.usd(listed),
                    money.change(listed - line.guide),
                    line.note,
                )
            )
    listed = found.listed(book)
    return Table(
        title="500 GB a month, 10 million events a day, 50 analysts",
        head=("part", "line", "the guide", f"list price, {REGION}", "difference", "why"),
        rows=tuple(rows),
        numeric=(2, 3, 4),
        total=(
            "total",
            "",
            money.usd(found.total),
            money.usd(listed),
            money.change(listed - found.total),
            "",
        ),
    )


def errors() -> Table:
    """What the guide's own numbers make, beside what it says they make."""
    return Table(
        title="Where the guide miscounts",
        head=("what", "the guide", "is", "difference"),
        rows=tuple(
            (
                slip.what,
                money.usd(slip.guide),
                money.usd(slip.right),
                money.change(slip.right - slip.guide),
            )
            for slip in guide().errors
        ),
        numeric=(1, 2, 3),
    )
