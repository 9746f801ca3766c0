"""An estimate of a stack: what each resource of a preview costs in a month, and in which state it
is counted.

Pure. Nothing is left out in silence: what has no rule, no price or no value is listed, and where an
unknown input has limits, a range stands in for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from automation.cost import free, pricebook
from automation.cost.model import (
    Context,
    Line,
    NoPriceError,
    NotKnownError,
    Resource,
    State,
)
from automation.cost.pricebook import PriceBook
from automation.cost.rules import RULES
from automation.cost.usage import NoUsageError, Usage
from automation.results import Op, Result
from automation.results import State as Props

BUDGET = "aws:budgets/budget:Budget"
# Inputs with limits of the service, for a range while they are unknown.
LIMITS: dict[str, tuple[object, object]] = {
    "shardCount": (1, 500),  # as `shop:ingest` allows
    "memorySize": (128, 10_240),  # Lambda quotas
    "desiredCapacity": (1, 3),
    "numberOfWorkers": (2, 100),
    "baseCapacity": (8, 512),  # Redshift Serverless
    "allocatedStorage": (20, 1000),
}
# Inputs that name a class with a price: the cheapest and the dearest of the book.
CLASSES: dict[str, tuple[str, str]] = {
    "instanceType": ("ec2.", ""),
    "instanceTypes.0": ("ec2.", ""),
    "instanceClass": ("rds.", "db."),
    "replicationInstanceClass": ("dms.", "dms."),
}


@dataclass(frozen=True, kw_only=True)
class Estimated:
    """One resource, counted."""

    resource: Resource
    state: State
    lines: tuple[Line, ...] = ()
    why: str = ""
    """Why it is free, unknown or unsupported."""
    low: Decimal | None = None
    high: Decimal | None = None
    """The range, of an unknown one whose input has limits."""

    @property
    def fixed(self) -> Decimal:
        return sum((line.usd for line in self.lines if not line.by_usage), Decimal(0))

    @property
    def usage(self) -> Decimal:
        return sum((line.usd for line in self.lines if line.by_usage), Decimal(0))

    @property
    def usd(self) -> Decimal:
        return self.fixed + self.usage


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A stack in a month, in USD. Unknown and unsupported resources are not in the sums."""

    stack: str
    context: Context
    items: tuple[Estimated, ...]

    @property
    def fixed(self) -> Decimal:
        return sum((one.fixed for one in self.items), Decimal(0))

    @property
    def usage(self) -> Decimal:
        return sum((one.usage for one in self.items), Decimal(0))

    @property
    def total(self) -> Decimal:
        return self.fixed + self.usage

    @property
    def budget(self) -> Decimal | None:
        """What the stack's own budget resource allows in a month; None without one."""
        limits = [one.number("limitAmount") for one in self.context.of(BUDGET)]
        return min(limits) if limits else None

    def of(self, state: State) -> list[Estimated]:
        return [one for one in self.items if one.state is state]

    def lines(self) -> list[Line]:
        return [line for one in self.items for line in one.lines]

    def dearest(self, count: int) -> list[Estimated]:
        ordered = sorted(self.items, key=lambda one: (-one.usd, one.resource.urn))
        return [one for one in ordered if one.usd][:count]


def after(result: Result) -> tuple[Resource, ...]:
    """The stack as the run would leave it, unchanged resources included."""
    gone = (Op.DELETE, Op.DISCARD, Op.READ)
    return tuple(
        _resource(change.urn, change.type, state)
        for change in result.changes
        if change.op not in gone and (state := change.new or change.old)
    )


def before(result: Result) -> tuple[Resource, ...]:
    """The stack as the run found it."""
    new = (Op.CREATE, Op.IMPORT, Op.READ)
    return tuple(
        _resource(change.urn, change.type, state)
        for change in result.changes
        if change.op not in new and (state := change.old or change.new)
    )


def _resource(urn: str, type_: str, state: Props) -> Resource:
    return Resource(urn=urn, type=type_, inputs=state.inputs, parent=state.parent)


def estimate(stack: str, resources: Iterable[Resource], usage: Usage, book: PriceBook) -> Estimate:
    """Every resource in exactly one state, ordered by URN."""
    ordered = tuple(sorted(resources, key=lambda one: one.urn))
    context = Context(book=book, usage=usage, resources=ordered)
    return Estimate(
        stack=stack,
        context=context,
        items=tuple(count(resource, context) for resource in ordered),
    )


def count(resource: Resource, context: Context) -> Estimated:
    """One resource in its state."""
    rule = RULES.get(resource.type)
    if rule is None:
        why = free.reason(resource.type)
        state = State.FREE if why else State.UNSUPPORTED
        return Estimated(resource=resource, state=state, why=why or f"no rule for {resource.type}")
    try:
        lines = tuple(rule(resource, _at_home(resource, context)))
    except (NoPriceError, ValueError) as error:
        return Estimated(resource=resource, state=State.UNSUPPORTED, why=str(error))
    except NoUsageError as error:
        return Estimated(resource=resource, state=State.UNKNOWN, why=str(error))
    except NotKnownError as error:
        low, high = (_bound(resource, context, side) for side in (0, 1))
        return Estimated(resource=resource, state=State.UNKNOWN, why=str(error), low=low, high=high)
    return Estimated(resource=resource, state=_state(lines), lines=lines, why=_why(lines))


def _state(lines: tuple[Line, ...]) -> State:
    if not lines:
        return State.FREE
    return State.USAGE_BASED if any(line.by_usage for line in lines) else State.PRICED


def _why(lines: tuple[Line, ...]) -> str:
    return "" if lines else "its rule finds nothing that costs in these inputs"


def _at_home(resource: Resource, context: Context) -> Context:
    """With the prices of the region that the resource itself names, if it does."""
    region = resource.text("region", context.book.region)
    if region == context.book.region:
        return context
    if region not in pricebook.regions():
        raise NoPriceError(f"the price book has no region {region}")
    return replace(context, book=pricebook.load(region))


def _bound(resource: Resource, context: Context, side: int) -> Decimal | None:
    """The cost with every unknown input at its limit; None where one has no limits."""
    trial = resource
    for _ in range(len(LIMITS) + len(CLASSES)):
        try:
            lines = RULES[trial.type](trial, _at_home(trial, context))
        except NotKnownError as error:
            choices = _limits(error.path, context)
            if choices is None:
                return None
            trial = trial.trying(error.path, choices[side])
        except (NoPriceError, NoUsageError, ValueError):
            return None
        else:
            return sum((line.usd for line in lines), Decimal(0))
    return None


def _limits(path: str, context: Context) -> tuple[object, object] | None:
    if path in LIMITS:
        return LIMITS[path]
    if path not in CLASSES:
        return None
    prefix, name = CLASSES[path]
    rates = {
        rate: price.first
        for rate, price in context.book.starting(prefix).items()
        if rate.endswith("_hour") and "dcu" not in rate
    }
    ordered = sorted(rates, key=lambda rate: rates[rate])
    cheapest, dearest = (
        name + rate.removeprefix(prefix).removesuffix("_hour") for rate in (ordered[0], ordered[-1])
    )
    return cheapest, dearest


def trying(
    found: Estimate, change: Callable[[Resource], Resource | None], usage: Usage | None = None
) -> Estimate:
    """The same stack with each resource changed, or left out where `change` gives None."""
    kept = [after for one in found.context.resources if (after := change(one)) is not None]
    return estimate(found.stack, kept, usage or found.context.usage, found.context.book)
