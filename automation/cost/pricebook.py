"""The price book: list prices of one region, each with its unit, its source and its date.

Prices are decimal strings, never floats. It leaves out what a resource uses (`usage`) and how that
becomes money (`rules`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Self, cast

import yaml
from pydantic import Field, ValidationError, field_validator, model_validator

from automation.errors import ConfigurationError
from components.section import Section

FOLDER = Path(__file__).parent / "prices"
STALE_AFTER_DAYS = 120
HEAD = """\
# List prices of {region} in USD, one a line; `published` is what each is as of.
# Source `typed`: written down from the public price pages on that day, without network access and
# not compared with AWS's offer files since. `assumed`: no price was at hand, the note says what
# stands in. `requirements`: given by the requirements. `aws-price-list`: read from an offer file.
# To refresh from offer files on disk: python -m automation.cost.refresh {region} FOLDER
"""


class Source(StrEnum):
    PRICE_LIST = "aws-price-list"
    REQUIREMENTS = "requirements"
    TYPED = "typed"
    ASSUMED = "assumed"


def _exact(value: object) -> object:
    if isinstance(value, float):
        raise ValueError(  # noqa: TRY004 (pydantic wants ValueError)
            f"{value} is a float, which is not exact: write it in quotes"
        )
    return value


class Tier(Section):
    to: Decimal | None = Field(description="The last unit at this price; null: all others.")
    usd: Decimal = Field(ge=0)

    _exact = field_validator("to", "usd", mode="before")(_exact)


class Rate(Section):
    usd: Decimal | None = Field(default=None, ge=0, description="Price of one unit.")
    tiers: tuple[Tier, ...] = Field(
        default=(), description="Instead of `usd`: prices by how much is used in a month."
    )
    unit: str = Field(min_length=1, description="What one of it is, e.g. `shard-hour`.")
    source: Source
    published: date = Field(
        description="Publication date of the offer file; for other sources, the day on which the "
        "price was written down."
    )
    offer: str = Field(default="", description="AWS's offer code, e.g. AmazonKinesis.")
    usagetype: str = Field(default="", description="The product's usagetype in that offer.")
    operation: str = Field(default="", description="Its operation, where usagetypes are shared.")
    note: str = ""

    _exact = field_validator("usd", mode="before")(_exact)

    @model_validator(mode="after")
    def _one_way_of_pricing(self) -> Self:
        if (self.usd is None) == (not self.tiers):
            raise ValueError("a rate has either `usd` or `tiers`")
        ends = [tier.to for tier in self.tiers]
        if self.tiers and (ends[-1] is not None or None in ends[:-1]):
            raise ValueError("the last tier, and no other, ends at null")
        known = [end for end in ends if end is not None]
        if known != sorted(set(known)):
            raise ValueError(f"tiers must grow: {known}")
        return self

    def cost(self, quantity: Decimal) -> Decimal:
        """USD for so many units in one month; raises ValueError for a negative quantity."""
        if quantity < 0:
            raise ValueError(f"{quantity} {self.unit} is less than nothing")
        if self.usd is not None:
            return quantity * self.usd
        total, start = Decimal(0), Decimal(0)
        for tier in self.tiers:
            end = quantity if tier.to is None else min(quantity, tier.to)
            total += max(end - start, Decimal(0)) * tier.usd
            start = end
        return total

    @property
    def first(self) -> Decimal:
        """The price of the first unit."""
        return self.tiers[0].usd if self.usd is None else self.usd


class PriceBook(Section):
    region: str
    hours_per_month: Decimal = Field(description="AWS's own convention: 730.")
    rates: Mapping[str, Rate]

    def rate(self, name: str) -> Rate:
        """Raises `KeyError` for a rate that the book does not have."""
        return self.rates[name]

    def starting(self, prefix: str) -> dict[str, Rate]:
        return {name: rate for name, rate in self.rates.items() if name.startswith(prefix)}

    def stale(self, today: date) -> list[str]:
        """The rates that are older than `STALE_AFTER_DAYS` on that day."""
        return [
            name
            for name, rate in self.rates.items()
            if (today - rate.published).days > STALE_AFTER_DAYS
        ]


def regions(folder: Path = FOLDER) -> list[str]:
    return sorted(path.stem for path in folder.glob("*.yaml"))


def load(region: str, folder: Path = FOLDER) -> PriceBook:
    """The book of a region; raises `ConfigurationError` for one that is not there, or no book."""
    path = folder / f"{region}.yaml"
    if not path.exists():
        raise ConfigurationError(
            f"there are no prices for {region}: the price book has {', '.join(regions(folder))}; "
            "see docs/cost.md on how to add a region"
        )
    try:
        return PriceBook.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (yaml.YAMLError, ValidationError) as error:
        raise ConfigurationError(f"{path.name} is not a price book: {error}") from None


def dump(book: PriceBook) -> str:
    """The book as the text of its file: a rate a line, so that a diff shows what changed."""
    lines = [
        HEAD.format(region=book.region),
        f"region: {book.region}",
        f"hours_per_month: {book.hours_per_month}",
        "rates:",
        *(f"  {name}: {_flow(_plain(rate))}" for name, rate in sorted(book.rates.items())),
    ]
    return "\n".join(lines) + "\n"


def _plain(rate: Rate) -> dict[str, object]:
    plain = cast("dict[str, object]", rate.model_dump(exclude_defaults=True))
    if rate.usd is not None:
        plain["usd"] = f"{rate.usd:f}"
    if rate.tiers:
        plain["tiers"] = [
            {"to": None if tier.to is None else int(tier.to), "usd": f"{tier.usd:f}"}
            for tier in rate.tiers
        ]
    return plain | {"source": rate.source.value}


def _flow(value: object) -> str:
    text = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=10_000)
    return text.strip()


def sources(rates: Iterable[Rate]) -> dict[Source, int]:
    """How many rates come from where."""
    found = dict.fromkeys(Source, 0)
    for rate in rates:
        found[rate.source] += 1
    return {source: count for source, count in found.items() if count}
