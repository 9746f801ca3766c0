"""Seeded visits of a shop as a stream of documents, in the order in which they are sent.

The same plan gives the same bytes in every process; any slice of it can be taken with
`itertools.islice`, so that several invocations share the work (a slice costs the generation of all
before it). What a visit consists of is `sessions.py`; nothing here packs or sends.
"""

import heapq
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from random import Random

import msgspec

from contract.events import OrderConfirmed, ShopEvent
from functions.producer.broken import damage, kinds_for
from functions.producer.catalogue import HOURS, WEEKDAYS
from functions.producer.records import Sent
from functions.producer.sessions import Shop

START = datetime(2026, 1, 5, tzinfo=UTC)  # a Monday
MAX_DAYS = 366
# Measured over ten seeds, and some less: `events` then run out in the last evening, not later.
_DOCUMENTS_PER_VISIT = 4.7
_LATE_HOURS = (1.0, 18.0)
_AGAIN_SECONDS = (1.0, 1_800.0)


class PlanError(ValueError):
    """A plan that cannot be generated."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to generate: `events` documents, duplicates and broken included, of visits in `days`.

    `late`, `duplicates` and `broken` are shares of the good events: sent 1 to 18 hours after they
    occurred, sent once more within half an hour, and preceded by a broken copy. Raises PlanError.
    Few events (below some thousand) may run over `days`.
    """

    events: int = 20_000
    seed: int = 1
    start: datetime = START
    days: int = 7
    currency: str = "EUR"
    late: float = 0.02
    duplicates: float = 0.015
    broken: float = 0.01

    def __post_init__(self) -> None:
        if self.events < 0:
            raise PlanError(f"events is {self.events}, but must be at least 0")
        if not 1 <= self.days <= MAX_DAYS:
            raise PlanError(f"days is {self.days}, but must be from 1 to {MAX_DAYS}")
        if self.start.tzinfo is None:
            raise PlanError(f"start {self.start.isoformat()} has no time zone: add Z or +00:00")
        if not re.fullmatch("[A-Z]{3}", self.currency):
            raise PlanError(f"currency {self.currency!r} is not a three-letter code such as EUR")
        if min(self.late, self.duplicates, self.broken) < 0 or (
            self.late + self.duplicates + self.broken > 1
        ):
            raise PlanError(
                f"late {self.late}, duplicates {self.duplicates} and broken {self.broken}"
                " are shares of the events: each at least 0, together at most 1"
            )


@dataclass(frozen=True, kw_only=True)
class Truth:
    """What arrives in gold when nothing is lost and nothing counts twice.

    published = distinct + duplicates + broken. `orders` are sales, `returns` the orders with
    negative quantities; `units` and `revenue_micros` (by currency, millionths) are sums over the
    lines of both.
    """

    published: int
    distinct: int
    duplicates: int
    broken: int
    orders: int
    returns: int
    units: int
    revenue_micros: dict[str, int] = field(default_factory=dict[str, int])


def visits(plan: Plan) -> Iterator[Sent]:
    """The documents of the plan in the order of sending; `group_key` is the session."""
    return islice(_in_order_of_sending(plan), plan.events)


def truth(sent: Iterable[Sent]) -> Truth:
    """Counts by what the generator meant, not by what a consumer makes of the documents."""
    kinds: Counter[str] = Counter()
    revenue: Counter[str] = Counter()
    orders = returns = units = 0
    decoder = msgspec.json.Decoder(ShopEvent)
    for document in sent:
        kinds[document.kind] += 1
        if document.kind != "event":
            continue
        event = decoder.decode(document.data)
        if not isinstance(event, OrderConfirmed):
            continue
        quantity = sum(line.quantity for line in event.lines)
        orders += quantity > 0
        returns += quantity < 0
        units += quantity
        revenue[event.currency] += sum(e.quantity * e.unit_price_micros for e in event.lines)
    return Truth(
        published=kinds.total(),
        distinct=kinds["event"],
        duplicates=kinds["duplicate"],
        broken=kinds["broken"],
        orders=orders,
        returns=returns,
        units=units,
        revenue_micros=dict(revenue),
    )


def _in_order_of_sending(plan: Plan) -> Iterator[Sent]:
    # All of the plan is in the seed: two plans never share identifiers, so both can be in one lake.
    start = plan.start.astimezone(UTC)
    identity = (plan.seed, plan.events, start.isoformat(), plan.days, plan.currency)
    rng = Random(repr((*identity, plan.late, plan.duplicates, plan.broken)))  # noqa: S311 - no secret
    shop = Shop(rng=rng, currency=plan.currency)
    encode = msgspec.json.Encoder().encode
    order = count()  # breaks ties, so that the heap never compares documents
    waiting: list[tuple[datetime, int, Sent]] = []
    for arrival in _arrivals(plan, start, rng):
        # No later visit can send anything before `arrival`, so all until then is final.
        while waiting and waiting[0][0] <= arrival:
            yield heapq.heappop(waiting)[2]
        for event in shop.visit(arrival):
            data = encode(event)
            key = event.session_id
            at = event.occurred_at
            chance = rng.random() - plan.broken
            if chance < 0:
                kind = rng.choice(kinds_for(str(event.__struct_config__.tag)))
                broken = Sent(group_key=key, data=damage(data, kind), kind="broken")
                heapq.heappush(waiting, (at, next(order), broken))
            elif chance < plan.late:
                at += timedelta(hours=rng.uniform(*_LATE_HOURS))
            elif chance < plan.late + plan.duplicates:
                again = at + timedelta(seconds=rng.uniform(*_AGAIN_SECONDS))
                copy = Sent(group_key=key, data=data, kind="duplicate")
                heapq.heappush(waiting, (again, next(order), copy))
            heapq.heappush(waiting, (at, next(order), Sent(group_key=key, data=data)))


def _arrivals(plan: Plan, start: datetime, rng: Random) -> Iterator[datetime]:
    """When visits begin, in order, without end; their number follows the hour and the weekday."""
    hours = (start + timedelta(hours=n) for n in range(plan.days * 24))
    total = sum(HOURS[hour.hour] * WEEKDAYS[hour.weekday()] for hour in hours)
    per_weight = plan.events / _DOCUMENTS_PER_VISIT / total
    expected = 0.0
    for n in count():
        hour = start + timedelta(hours=n)
        expected += HOURS[hour.hour] * WEEKDAYS[hour.weekday()] * per_weight
        visits_now = int(expected)
        expected -= visits_now
        for part in sorted(rng.random() for _ in range(visits_now)):
            yield hour + timedelta(milliseconds=int(part * 3_600_000))
