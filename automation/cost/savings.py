"""What another setting would save, and what the present ones save already: each by estimating the
stack again.

It leaves out what no list has: reserved capacity, savings plans, private discounts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from automation.cost.estimate import Estimate, trying
from automation.cost.model import Resource
from automation.cost.rules import kubernetes, streams
from automation.cost.rules.compute import FUNCTION
from automation.cost.rules.network import ENDPOINT, GROUP, INSTANCE, NAT
from automation.cost.rules.storage import LIFECYCLE
from automation.cost.usage import Usage
from automation.cost.usage_sections import Assumption

MAPPING = streams.MAPPING
DATABASE = "aws:rds/instance:Instance"
# A shard takes 1 MB or 1,000 records a second (Kinesis quotas).
SHARD_BYTES = Decimal(2**20)
SHARD_RECORDS = Decimal(1000)
# 13 hours on 5 of 7 days.
WORKING_SHARE = Decimal(5 * 13) / Decimal(7 * 24)
LONG_WINDOW_SECONDS = 300  # the longest batching window of Lambda
LONG_BUFFER_SECONDS = 900  # the longest of Firehose
# Types that can be stopped at night; a stopped RDS instance starts again after seven days.
PAUSABLE = {
    DATABASE: "rds.",
    kubernetes.CLUSTER: "ec2.",
    kubernetes.NODES: "ec2.",
    "aws:dms/replicationInstance:ReplicationInstance": "dms.",
    "aws:redshift/cluster:Cluster": "redshift.",
    INSTANCE: "ec2.",
    GROUP: "ec2.",
}


@dataclass(frozen=True, kw_only=True)
class Saving:
    """USD a month, of a setting that is or could be."""

    what: str
    usd: Decimal
    price: str
    """What it costs in other ways."""
    in_force: bool = False


Change = Callable[[Resource], Resource | None]


def savings(found: Estimate) -> list[Saving]:
    """Those that are worth a cent, what could still be saved first, the largest first."""
    every = [*_could(found), *_do(found)]
    worth = [one for one in every if one.usd >= Decimal("0.01")]
    return sorted(worth, key=lambda one: (one.in_force, -one.usd, one.what))


def _could(found: Estimate) -> Iterator[Saving]:
    yield from _stream_mode(found)
    yield from _retention(found)
    yield Saving(
        what=f"consumer.window_seconds: {LONG_WINDOW_SECONDS}",
        usd=_with(found, _set(MAPPING, "maximumBatchingWindowInSeconds", LONG_WINDOW_SECONDS)),
        price="analysts see an event after five minutes",
    )
    yield Saving(
        what=f"ingest.buffer_seconds: {LONG_BUFFER_SECONDS}",
        usd=_with(
            found,
            _set(
                streams.DELIVERY, "extendedS3Configuration.bufferingInterval", LONG_BUFFER_SECONDS
            ),
        ),
        price="the untouched copy is a quarter of an hour old",
    )
    yield Saving(
        what="one NAT gateway instead of one in each zone",
        usd=_with(found, _first_only(found, NAT)),
        price="a zone that fails takes the others' way out along",
    )
    yield Saving(
        what="databases without a standby",
        usd=_with(found, _set(DATABASE, "multiAz", False)),
        price="minutes to hours without them when a zone fails",
    )
    yield Saving(
        what="interface endpoints in one zone",
        usd=_with(found, _one_zone),
        price="traffic between zones, and the same risk",
    )
    yield Saving(
        what="functions on arm64",
        usd=_with(found, _set(FUNCTION, "architectures", ["arm64"])),
        price="wheels for arm64",
    )
    yield Saving(
        what="servers in working hours only (13 hours on 5 days)",
        usd=_asleep(found),
        price="nothing runs at night: nightly jobs move into the day",
    )
    yield Saving(
        what="core nodes on spot",
        usd=_with(found, _set(kubernetes.NODES, "capacityType", "SPOT")),
        price="Airflow's own pods move whenever AWS takes a node back",
    )


def _do(found: Estimate) -> Iterator[Saving]:
    yield Saving(
        what="events joined into records",
        usd=trying(found, lambda one: one, _one_event_a_record(found)).total - found.total,
        price="order is kept by partition group only",
        in_force=True,
    )
    yield Saving(
        what="lifecycle of the buckets",
        usd=-_with(found, lambda one: None if one.type == LIFECYCLE else one),
        price="bronze beyond its hot days takes hours to read",
        in_force=True,
    )


def _with(found: Estimate, change: Change) -> Decimal:
    """What the stack would cost less."""
    return found.total - trying(found, change).total


def _set(type_: str, path: str, value: object) -> Change:
    return lambda one: one.trying(path, value) if one.type == type_ else one


def _stream_mode(found: Estimate) -> Iterator[Saving]:
    events = found.context.usage.events
    a_second = streams.records(found.context) / found.context.seconds * events.peak.value
    needed = max(
        a_second / SHARD_RECORDS, a_second * events.record_bytes / SHARD_BYTES, Decimal(1)
    ).to_integral_value(ROUND_CEILING)
    mode = "streamModeDetails.streamMode"
    for stream in found.context.of(streams.STREAM):
        if stream.text(mode) == "ON_DEMAND":
            change = _all(
                _set(streams.STREAM, mode, "PROVISIONED"),
                _set(streams.STREAM, "shardCount", needed),
            )
            yield Saving(
                what=f"ingest.mode: provisioned, shards: {needed}",
                usd=_with(found, change),
                price=f"enough for {events.peak.value} times the average second, and no more",
            )
        else:
            yield Saving(
                what="ingest.mode: on_demand",
                usd=_with(found, _set(streams.STREAM, mode, "ON_DEMAND")),
                price="nothing: it grows by itself",
            )


def _retention(found: Estimate) -> Iterator[Saving]:
    yield Saving(
        what=f"ingest.retention_hours: {streams.FREE_RETENTION_HOURS}",
        usd=_with(found, _set(streams.STREAM, "retentionPeriod", streams.FREE_RETENTION_HOURS)),
        price="a day to repair before records are lost",
    )


def _all(*changes: Change) -> Change:
    def every(resource: Resource) -> Resource | None:
        changed: Resource | None = resource
        for change in changes:
            changed = change(changed) if changed is not None else None
        return changed

    return every


def _first_only(found: Estimate, type_: str) -> Change:
    first = min((one.urn for one in found.context.of(type_)), default="")
    return lambda one: None if one.type == type_ and one.urn != first else one


def _one_zone(resource: Resource) -> Resource:
    if resource.type != ENDPOINT:
        return resource
    return resource.trying("subnetIds", resource.items("subnetIds")[:1])


def _asleep(found: Estimate) -> Decimal:
    """Of what is on all month; what sleeps already is left alone."""
    off = Decimal(0)
    for one in found.items:
        prefix = PAUSABLE.get(one.resource.type)
        if prefix is None:
            continue
        hourly = [
            line
            for line in one.lines
            if line.rate.startswith(prefix) and line.rate.endswith("_hour")
        ]
        if not any("sleeps" in line.because for line in hourly):
            off += sum((line.usd for line in hourly), Decimal(0)) * (1 - WORKING_SHARE)
    return off


def _one_event_a_record(found: Estimate) -> Usage:
    usage = found.context.usage
    single = Assumption(value=Decimal(1), source="the same events, each a record of its own")
    return usage.model_copy(
        update={"events": usage.events.model_copy(update={"per_record": single})}
    )
