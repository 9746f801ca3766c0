"""The words of an estimate: a resource as its inputs, the lines it costs, and how sure that is.

Pure values. A rule (`automation.cost.rules`) turns a resource into lines.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from typing import cast

from automation.cost.pricebook import PriceBook
from automation.cost.usage import Usage
from automation.results import UNKNOWN, is_secret

Inputs = Mapping[str, object]

HOURS_A_DAY = Decimal(24)
SECONDS_AN_HOUR = Decimal(3600)
GIB = Decimal(2**30)
KIB = Decimal(2**10)
HUNDRED = Decimal(100)


class State(StrEnum):
    """How a resource is counted; every one is in exactly one of these."""

    PRICED = "priced"
    """By what it is: the same amount whatever happens."""
    USAGE_BASED = "usage-based"
    """At least in part by what happens, which the usage file assumes."""
    FREE = "free"
    UNKNOWN = "unknown"
    """An input or an assumption is missing; not in the total, but listed."""
    UNSUPPORTED = "unsupported"
    """No rule or no price; not in the total, but listed."""


class NotKnownError(Exception):
    """An input that only the update will tell. `path` is the input's."""

    def __init__(self, path: str, why: str = "is known only after the update") -> None:
        super().__init__(f"`{path}` {why}")
        self.path = path


class NoPriceError(Exception):
    """The book of the region has no price for it."""


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One resource of a preview, before or after."""

    urn: str
    type: str
    inputs: Inputs
    parent: str = ""
    instead: Mapping[str, object] = field(default_factory=dict[str, object])
    """Values in place of inputs, by path: to try what an input would cost."""

    @property
    def name(self) -> str:
        return self.urn.rsplit("::", 1)[-1]

    def given(self, path: str) -> object:
        """The input at a path like `scalingConfig.desiredSize`, None where there is none.

        Raises `NotKnownError` where the engine does not know it yet, or keeps it secret.
        """
        if path in self.instead:
            return self.instead[path]
        found: object = self.inputs
        for part in path.split("."):
            found = _inside(found, part)
            if found == UNKNOWN:
                raise NotKnownError(path)
            if is_secret(found):
                raise NotKnownError(path, "is secret")
        return found

    def text(self, path: str, default: str = "") -> str:
        found = self.given(path)
        return default if found is None else str(found)

    def number(self, path: str, default: Decimal | int = 0) -> Decimal:
        found = self.given(path)
        value = Decimal(default if found is None else str(found))
        whole = value.to_integral_value()
        return whole if whole == value else value  # 30, also of 30.0

    def flag(self, path: str) -> bool:
        return self.given(path) in (True, "true")

    def items(self, path: str) -> list[object]:
        found = self.given(path)
        return cast("list[object]", found) if isinstance(found, list) else []

    def trying(self, path: str, value: object) -> Resource:
        return replace(self, instead={**self.instead, path: value})


def _inside(value: object, part: str) -> object:
    """A key of a mapping or a position of a list; None where there is none."""
    if isinstance(value, Mapping):
        return cast("Mapping[str, object]", value).get(part)
    if isinstance(value, list):
        items = cast("list[object]", value)
        return items[int(part)] if int(part) < len(items) else None
    return None


@dataclass(frozen=True, kw_only=True)
class Line:
    """What a resource costs in a month under one rate."""

    what: str
    rate: str
    quantity: Decimal
    unit: str
    usd: Decimal
    by_usage: bool
    because: str = ""
    """The assumption, with its source."""


Rule = Callable[["Resource", "Context"], list[Line]]


@dataclass(frozen=True, kw_only=True)
class Context:
    """What a rule may ask besides its resource."""

    book: PriceBook
    usage: Usage
    resources: tuple[Resource, ...]
    """All of the stack, on the same side of the change."""

    @property
    def hours(self) -> Decimal:
        return self.book.hours_per_month

    @property
    def days(self) -> Decimal:
        return self.hours / HOURS_A_DAY

    @property
    def seconds(self) -> Decimal:
        return self.hours * SECONDS_AN_HOUR

    def of(self, *types: str) -> list[Resource]:
        return [one for one in self.resources if one.type in types]

    def siblings(self, resource: Resource, *types: str) -> list[Resource]:
        """Those that the same component made."""
        return [one for one in self.of(*types) if one.parent == resource.parent]

    def parent(self, resource: Resource) -> Resource | None:
        return next((one for one in self.resources if one.urn == resource.parent), None)

    def is_first(self, resource: Resource, prefix: str) -> bool:
        """Whether it carries what its whole service costs once."""
        same = (one.urn for one in self.resources if one.type.startswith(prefix))
        return resource.urn == min(same, default="")

    def fixed(self, what: str, rate: str, quantity: Decimal | int, because: str = "") -> Line:
        """A line that is the same whatever happens."""
        return self._line(what, rate, Decimal(quantity), by_usage=False, because=because)

    def used(self, what: str, rate: str, quantity: Decimal | int, because: str) -> Line:
        """A line that follows what happens. Raises `NoPriceError`."""
        return self._line(what, rate, Decimal(quantity), by_usage=True, because=because)

    def _line(
        self, what: str, rate: str, quantity: Decimal, *, by_usage: bool, because: str
    ) -> Line:
        if rate not in self.book.rates:
            raise NoPriceError(f"the price book of {self.book.region} has no `{rate}`")
        price = self.book.rate(rate)
        return Line(
            what=what,
            rate=rate,
            quantity=quantity,
            unit=price.unit,
            usd=price.cost(quantity),
            by_usage=by_usage,
            because=because,
        )
