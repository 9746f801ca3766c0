"""What the usage files say of events and objects is what the code of this repository makes."""

import gzip
from decimal import Decimal
from functools import cache

import pytest

from automation.cost import usage
from automation.cost.command import inputs
from automation.cost.estimate import estimate
from automation.cost.usage_sections import BucketUse
from functions.consumer.decode import decode
from functions.consumer.parquet import silver_objects
from functions.consumer.records import Span
from functions.producer.visits import Plan, visits
from tests.functions.consumer_fakes import record

NEAR = 0.15


@cache
def events() -> list[bytes]:
    """One hour of a busy day: a batch rarely crosses the hour."""
    plan = Plan(events=60_000, days=1, late=0, duplicates=0, broken=0)
    return [sent.data for sent in visits(plan) if b'"occurred_at":"2026-01-05T12:' in sent.data]


def near(value: Decimal) -> object:
    return pytest.approx(float(value), rel=NEAR)


def quantity(found, resource: str, what: str) -> Decimal:
    (line,) = (
        line
        for one in found.items
        if one.resource.name == resource
        for line in one.lines
        if line.what == what
    )
    return line.quantity


def share(bucket: BucketUse) -> Decimal:
    assert bucket.share_of_events
    return bucket.share_of_events.value


def test_an_event_has_the_bytes_of_a_generated_one(stack):
    mean = sum(map(len, events())) / len(events())
    assert mean == near(usage.load(stack).events.bytes.value)


def test_a_record_holds_no_more_events_than_the_producer_joins(stack):
    use = usage.load(stack).events
    assert use.record_bytes <= 25_600


def test_bronze_keeps_what_gzip_leaves_in_objects_as_large_as_firehose_makes(stack, resources):
    lines = b"\n".join(events())
    use = usage.load(stack)
    bronze = use.buckets["lake-bronze"]
    assert len(gzip.compress(lines, 6)) / len(lines) == near(share(bronze))

    found = estimate(stack, resources, *inputs(stack))
    objects = quantity(found, "ingest-delivery", "objects written")
    gb = use.events.per_day.value * found.context.days * use.events.bytes.value / 2**30
    assert float(objects / (gb * share(bronze))) == near(bronze.objects_per_gb.value)


def test_silver_keeps_what_parquet_leaves_in_batches_of_this_stack(stack, resources):
    use = usage.load(stack)
    found = estimate(stack, resources, *inputs(stack))
    runs = quantity(found, "consumer-function", "runs")
    month = use.events.per_day.value * found.context.days
    batch = events()[: int(month / runs)]
    objects = silver_objects(
        decode([record(event) for event in batch]), Span(shard="s", first="1", last="2")
    )
    silver = use.buckets["lake-silver"]
    made = sum(len(one.body) for one in objects) / sum(map(len, batch))
    assert made == near(share(silver))

    gb = month * use.events.bytes.value / 2**30
    assert float(runs / (gb * share(silver))) == near(silver.objects_per_gb.value)
