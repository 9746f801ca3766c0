"""What a change does to the bill: two estimates, and the difference in words for a pull request.

A replacement costs the same in the long run; what both cost while they exist is not counted, and
said.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from automation import markdown
from automation.cost import money
from automation.cost.estimate import Estimate, Estimated, after, before, estimate
from automation.cost.model import HUNDRED, State
from automation.cost.pricebook import PriceBook
from automation.cost.usage import Usage
from automation.results import Op, Result
from automation.stack_report import CostNote

MOST_MOVERS = 5


@dataclass(frozen=True, kw_only=True)
class Mover:
    """A resource whose cost changes."""

    name: str
    type: str
    usd: Decimal
    why: str
    """`new`, `deleted`, or the lines that differ."""


@dataclass(frozen=True, kw_only=True)
class Delta:
    """Two estimates of one stack; movers from the largest change on."""

    before: Estimate
    after: Estimate
    movers: tuple[Mover, ...]
    replaced: int = 0

    @property
    def fixed(self) -> Decimal:
        return self.after.fixed - self.before.fixed

    @property
    def usage(self) -> Decimal:
        return self.after.usage - self.before.usage

    @property
    def total(self) -> Decimal:
        return self.fixed + self.usage


def compare(result: Result, usage: Usage, book: PriceBook, stack: str) -> Delta:
    """The difference that one run makes, from its old and new inputs."""
    return between(
        estimate(stack, before(result), usage, book),
        estimate(stack, after(result), usage, book),
        replaced=result.count(Op.REPLACE),
    )


def between(old: Estimate, new: Estimate, replaced: int = 0) -> Delta:
    """The difference of two estimates, e.g. of the offline previews of two commits."""
    was = {_key(one): one for one in old.items}
    now = {_key(one): one for one in new.items}
    movers = [
        mover
        for key in sorted(was.keys() | now.keys())
        if (mover := _mover(was.get(key), now.get(key)))
    ]
    movers.sort(key=lambda one: (-abs(one.usd), one.type, one.name))
    return Delta(before=old, after=new, movers=tuple(movers), replaced=replaced)


def _key(one: Estimated) -> str:
    """Which resource it is, whatever the stack is called."""
    return one.resource.urn.split("::", 2)[2]


def note(delta: Delta) -> CostNote:
    """The words of the preview comment: the table's cell, and the lines below it."""
    lines = [
        f"{markdown.code(one.name)} ({markdown.code(one.type)}) {money.change(one.usd)} a month: "
        f"{markdown.text(one.why)}"
        for one in delta.movers[:MOST_MOVERS]
    ]
    left = delta.movers[MOST_MOVERS:]
    if left:
        rest = sum((one.usd for one in left), Decimal(0))
        lines.append(f"{len(left)} more resources {money.change(rest)} together")
    lines += [
        f"{markdown.code(one.resource.name)} is not in these sums: {markdown.text(_told(one))}"
        for one in _uncounted(delta)
    ]
    if delta.movers and delta.replaced:
        lines.append("while a resource is replaced, the old and the new one both cost")
    return CostNote(delta=_words(delta), lines=tuple(lines))


def _words(delta: Delta) -> str:
    if not delta.movers:
        return f"{money.change(Decimal(0))} of {money.usd(delta.after.total)}"
    parts = f"fixed {money.change(delta.fixed)}, usage {money.change(delta.usage)}"
    if not delta.before.total:
        return f"{money.change(delta.total)} ({parts}; all is new)"
    percent = delta.total / delta.before.total * HUNDRED
    return (
        f"{money.change(delta.total)} ({parts}; {percent:+.1f}% of {money.usd(delta.before.total)})"
    )


def _uncounted(delta: Delta) -> list[Estimated]:
    """Unknown or unsupported now, and not so before."""
    known = {
        _key(one): one.state
        for one in delta.before.items
        if one.state in (State.UNKNOWN, State.UNSUPPORTED)
    }
    return [
        one
        for state in (State.UNKNOWN, State.UNSUPPORTED)
        for one in delta.after.of(state)
        if known.get(_key(one)) is not state
    ]


def _told(one: Estimated) -> str:
    if one.low is None or one.high is None:
        return one.why
    return f"{one.why}; between {money.usd(one.low)} and {money.usd(one.high)} a month"


def _mover(old: Estimated | None, new: Estimated | None) -> Mover | None:
    was = old.usd if old else Decimal(0)
    now = new.usd if new else Decimal(0)
    if was == now:
        return None
    resource = (new or old).resource  # pyright: ignore[reportOptionalMemberAccess] (one is there)
    return Mover(name=resource.name, type=resource.type, usd=now - was, why=_why(old, new))


def _why(old: Estimated | None, new: Estimated | None) -> str:
    if old is None or not old.lines:
        return "new" if new and new.lines else "no longer counted"
    if new is None:
        return "deleted"
    if not new.lines:
        return new.why
    was, now = _by_rate(old), _by_rate(new)
    nothing = ("", Decimal(0))
    moved = [
        (now.get(rate) or was[rate], was.get(rate, nothing)[1], now.get(rate, nothing)[1])
        for rate in dict.fromkeys([*was, *now])
    ]
    return ", ".join(
        f"{what} {money.usd(usd_was)} to {money.usd(usd_now)}"
        for (what, _), usd_was, usd_now in moved
        if usd_was != usd_now
    )


def _by_rate(one: Estimated) -> dict[str, tuple[str, Decimal]]:
    """Words and USD of each rate; a rate may stand in several lines."""
    found: dict[str, tuple[str, Decimal]] = {}
    for line in one.lines:
        what, usd = found.get(line.rate, (line.what, Decimal(0)))
        found[line.rate] = (what, usd + line.usd)
    return found
