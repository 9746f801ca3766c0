"""Kinesis and Firehose.

Kinesis rounds a record up to 1 KB (on demand) or to 25 KB units (provisioned), Firehose to 5 KB: a
record of many events costs less than many records.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal

from automation.cost.model import GIB, HOURS_A_DAY, KIB, Context, Line, Resource, Rule

STREAM = "aws:kinesis/stream:Stream"
DELIVERY = "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"
MAPPING = "aws:lambda/eventSourceMapping:EventSourceMapping"
# An on-demand stream starts with four shards (Kinesis developer guide, choosing the mode).
ON_DEMAND_SHARDS = 4
PUT_UNIT = 25 * KIB
DELIVERY_UNIT = 5 * KIB
FREE_RETENTION_HOURS = 24
EXTENDED_RETENTION_HOURS = 168  # beyond it Kinesis bills stored bytes
DEFAULT_BUFFER_SECONDS = 300
DEFAULT_BUFFER_MB = 5


def rounded(size: Decimal, unit: Decimal) -> Decimal:
    """A size as it is billed, in whole units."""
    return (size / unit).to_integral_value(ROUND_CEILING) * unit


def records(ctx: Context) -> Decimal:
    """Records that reach the stream in a month."""
    events = ctx.usage.events
    return events.per_day.value * ctx.days / events.per_record.value


def assumed(ctx: Context) -> str:
    """The assumption behind everything that follows the events."""
    events = ctx.usage.events
    return (
        f"{events.per_day.value:,} events a day of {events.bytes.value:,} bytes, "
        f"{events.per_record.value:,} to a record: {events.per_day.source}"
    )


def shards(stream: Resource) -> Decimal:
    if stream.text("streamModeDetails.streamMode") == "ON_DEMAND":
        return Decimal(ON_DEMAND_SHARDS)
    return stream.number("shardCount")


def stream(resource: Resource, ctx: Context) -> list[Line]:
    if resource.text("streamModeDetails.streamMode") == "ON_DEMAND":
        return _on_demand(resource, ctx)
    count = shards(resource)
    size = ctx.usage.events.record_bytes
    hours = resource.number("retentionPeriod", FREE_RETENTION_HOURS)
    lines = [
        ctx.fixed("shards", "kinesis.shard_hour", count * ctx.hours),
        ctx.used(
            "records put",
            "kinesis.put_unit",
            records(ctx) * rounded(size, PUT_UNIT) / PUT_UNIT,
            assumed(ctx),
        ),
    ]
    if hours > FREE_RETENTION_HOURS:
        lines.append(
            ctx.fixed("retention beyond a day", "kinesis.extended_shard_hour", count * ctx.hours)
        )
    return lines + _long_term(hours, ctx)


def _on_demand(resource: Resource, ctx: Context) -> list[Line]:
    gb = records(ctx) * rounded(ctx.usage.events.record_bytes, KIB) / GIB
    readers = len(ctx.of(DELIVERY)) + sum(
        one.given("startingPosition") is not None for one in ctx.of(MAPPING)
    )
    hours = resource.number("retentionPeriod", FREE_RETENTION_HOURS)
    extended = min(hours, Decimal(EXTENDED_RETENTION_HOURS)) - FREE_RETENTION_HOURS
    lines = [
        ctx.fixed("stream", "kinesis.on_demand_stream_hour", ctx.hours),
        ctx.used("data put", "kinesis.on_demand_in_gb", gb, assumed(ctx)),
        ctx.used(f"data read by {readers}", "kinesis.on_demand_out_gb", gb * readers, assumed(ctx)),
    ]
    if extended > 0:
        lines.append(
            ctx.used(
                "retention beyond a day",
                "kinesis.on_demand_extended_gb_month",
                gb / ctx.days * extended / HOURS_A_DAY,
                assumed(ctx),
            )
        )
    return lines + _long_term(hours, ctx)


def _long_term(hours: Decimal, ctx: Context) -> list[Line]:
    days = (hours - EXTENDED_RETENTION_HOURS) / HOURS_A_DAY
    if days <= 0:
        return []
    gb = records(ctx) * ctx.usage.events.record_bytes / GIB
    return [
        ctx.used(
            "retention beyond a week",
            "kinesis.long_term_gb_month",
            gb / ctx.days * days,
            assumed(ctx),
        )
    ]


def delivery(resource: Resource, ctx: Context) -> list[Line]:
    count = records(ctx)
    size = ctx.usage.events.record_bytes
    lines = [
        ctx.used(
            "records delivered",
            "firehose.gb",
            count * rounded(size, DELIVERY_UNIT) / GIB,
            assumed(ctx),
        )
    ]
    to_s3 = "extendedS3Configuration"
    if resource.given(to_s3) is None:
        return lines
    if resource.flag(f"{to_s3}.dataFormatConversionConfiguration.enabled"):
        lines.append(
            ctx.used("format converted", "firehose.converted_gb", count * size / GIB, assumed(ctx))
        )
    seconds = resource.number(f"{to_s3}.bufferingInterval", DEFAULT_BUFFER_SECONDS)
    megabytes = resource.number(f"{to_s3}.bufferingSize", DEFAULT_BUFFER_MB)
    by_time = ctx.seconds / max(seconds, Decimal(1))
    by_size = count * size / (megabytes * KIB * KIB)
    lines.append(
        ctx.used("objects written", "s3.put", min(count, max(by_time, by_size)), assumed(ctx))
    )
    return lines


RULES: dict[str, Rule] = {STREAM: stream, DELIVERY: delivery}
