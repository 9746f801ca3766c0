"""What an invocation and its environment ask for, as checked values; nothing is sent here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, cast

import msgspec

from contract.events import Instant
from functions.producer.records import GROUPS
from functions.producer.visits import START, Plan, PlanError

MAX_GROUPS = 256
_HELP = (
    'Give {"source": "http"}, or {"source": "generator"} with any of events, seed, days, start,'
    " currency, from, to."
)
# What a schedule sends when it is not told what to send.
_SCHEDULES = ("aws.events", "aws.scheduler")


class RequestError(ValueError):
    """A payload or an environment that cannot be obeyed, with the way out."""


@dataclass(frozen=True, kw_only=True)
class Environment:
    stream: str
    mode: Literal["sync", "async"]
    groups: int
    source_url: str


class Http(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag="http",
    tag_field="source",
):
    """GET the address of the environment."""


class Generate(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag="generator",
    tag_field="source",
    rename={"first": "from", "last": "to"},
):
    """Send documents [from, to) of the plan; `start` "now" means the `days` that end now."""

    events: int = Plan.events
    seed: int = Plan.seed
    days: int = Plan.days
    start: str = START.isoformat()
    currency: str = Plan.currency
    first: int = 0
    last: int | None = None


@dataclass(frozen=True, kw_only=True)
class Slice:
    """Documents [first, last) of a plan."""

    plan: Plan
    first: int
    last: int


def read(payload: object, now: datetime) -> Http | Slice:
    """The payload of an invocation, checked. Raises RequestError."""
    given = cast("dict[str, object]", payload) if isinstance(payload, dict) else {}
    if payload is None or payload == {} or given.get("source") in _SCHEDULES:
        return Http()
    try:
        request = msgspec.convert(payload, Http | Generate)
    except msgspec.ValidationError as error:
        raise RequestError(
            f"the payload {repr(cast('object', payload))[:200]} is not usable: {error}. {_HELP}"
        ) from error
    return request if isinstance(request, Http) else _slice(request, now)


def environment(variables: Mapping[str, str]) -> Environment:
    """STREAM_NAME, PUT_MODE, PARTITION_GROUPS and SOURCE_URL, checked. Raises RequestError."""
    stream = variables.get("STREAM_NAME", "")
    if not stream:
        raise RequestError("STREAM_NAME is not set: give the function the name of the stream")
    mode = variables.get("PUT_MODE", "sync")
    if mode not in ("sync", "async"):
        raise RequestError(f"PUT_MODE is {mode!r}, but must be sync or async")
    groups = variables.get("PARTITION_GROUPS", str(GROUPS))
    if not (groups.isascii() and groups.isdigit() and 1 <= int(groups) <= MAX_GROUPS):
        raise RequestError(f"PARTITION_GROUPS is {groups!r}, but must be from 1 to {MAX_GROUPS}")
    return Environment(
        stream=stream, mode=mode, groups=int(groups), source_url=variables.get("SOURCE_URL", "")
    )


def _slice(request: Generate, now: datetime) -> Slice:
    last = request.events if request.last is None else request.last
    if not 0 <= request.first <= last <= request.events:
        raise RequestError(
            f"from {request.first} to {last} is no slice of {request.events} events:"
            " 0 <= from <= to <= events"
        )
    if request.start == "now" and (request.first, last) != (0, request.events):
        # Each invocation would have a now of its own, and with it other visits.
        raise RequestError('start "now" cannot be sliced: give the same time to each invocation')
    try:
        plan = Plan(
            events=request.events,
            seed=request.seed,
            start=_start(request, now),
            days=request.days,
            currency=request.currency,
        )
    except PlanError as error:
        raise RequestError(f"{error}. {_HELP}") from error
    return Slice(plan=plan, first=request.first, last=last)


def _start(request: Generate, now: datetime) -> datetime:
    if request.start == "now":
        return now.astimezone(UTC).replace(microsecond=0) - timedelta(days=request.days)
    try:
        return msgspec.convert(request.start, Instant)
    except msgspec.ValidationError as error:
        raise RequestError(
            f'start {request.start!r} is no time with a zone: give "now" or one like'
            f" {START.isoformat()}"
        ) from error
