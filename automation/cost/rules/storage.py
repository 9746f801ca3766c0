"""S3, ECR and single volumes. What a bucket holds follows from what comes in, its age, and its
lifecycle.

Requests stand with who makes them where that is a resource of the stack (a delivery stream, a
function). It leaves out the first day in the standard class of what moves at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import cast

from automation.cost.model import GIB, HUNDRED, Context, Line, NotKnownError, Resource, Rule
from automation.cost.usage import NoUsageError
from automation.cost.usage_sections import BucketUse

BUCKET = "aws:s3/bucket:Bucket"
LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
VERSIONING = "aws:s3/bucketVersioning:BucketVersioning"
# What nothing deletes is counted as kept for a year.
DAYS_KEPT_FOR_EVER = Decimal(365)
# Intelligent-Tiering moves what is not read after 30 days, and again after 90 (S3 user guide).
IT_INFREQUENT_DAYS = 30
IT_INSTANT_DAYS = 90
# By default S3 moves no object below 128 KB to another class (S3 user guide, lifecycle).
MOST_OBJECTS_A_GB = 2**30 // (128 * 2**10)
# What a gp3 volume has without extra (EBS user guide).
INCLUDED_IOPS = 3000
INCLUDED_MBPS = 125
# Storage class of a lifecycle transition → rate of its GB, rate of the move.
CLASSES = {
    "STANDARD_IA": ("s3.standard_ia_gb_month", "s3.to_it"),
    "GLACIER_IR": ("s3.glacier_instant_gb_month", "s3.to_glacier_instant"),
    "GLACIER": ("s3.glacier_gb_month", "s3.to_glacier"),
    "DEEP_ARCHIVE": ("s3.deep_archive_gb_month", "s3.to_glacier"),
}


@dataclass(frozen=True, kw_only=True)
class Lifecycle:
    """What becomes of an object: moves by day, the day it expires, days of old versions."""

    moves: tuple[tuple[Decimal, str], ...] = ()
    expires: Decimal | None = None
    noncurrent_days: Decimal = DAYS_KEPT_FOR_EVER
    versioned: bool = False


def lifecycle(resource: Resource, ctx: Context) -> Lifecycle:
    """Of the configuration beside the bucket; only rules for all of its objects count."""
    moves: list[tuple[Decimal, str]] = []
    expires: Decimal | None = None
    noncurrent = DAYS_KEPT_FOR_EVER
    for config in ctx.siblings(resource, LIFECYCLE):
        if config.name != f"{resource.name}-lifecycle":
            continue
        for rule in cast("list[Mapping[str, object]]", config.items("rules")):
            inside = Resource(urn=config.urn, type=config.type, inputs=rule)
            if inside.text("filter.prefix") or inside.text("status") != "Enabled":
                continue
            for index, _ in enumerate(inside.items("transitions")):
                at = f"transitions.{index}"
                moves.append((inside.number(f"{at}.days"), inside.text(f"{at}.storageClass")))
            if inside.given("expiration.days") is not None:
                expires = inside.number("expiration.days")
            if inside.given("noncurrentVersionExpiration.noncurrentDays") is not None:
                noncurrent = inside.number("noncurrentVersionExpiration.noncurrentDays")
    return Lifecycle(
        moves=tuple(sorted(moves)),
        expires=expires,
        noncurrent_days=noncurrent,
        versioned=any(
            one.name == f"{resource.name}-versioning"
            and one.text("versioningConfiguration.status") == "Enabled"
            for one in ctx.siblings(resource, VERSIONING)
        ),
    )


def bucket(resource: Resource, ctx: Context) -> list[Line]:
    use = ctx.usage.of("buckets", ctx.usage.buckets, resource.name)
    return stored(resource.name, use, lifecycle(resource, ctx), ctx)


def stored(name: str, use: BucketUse, rules: Lifecycle, ctx: Context) -> list[Line]:
    """The lines of a bucket with that use and that lifecycle."""
    gb, why = _coming_in(name, use, ctx)
    age = use.months.value * ctx.days
    moves = () if use.objects_per_gb.value > MOST_OBJECTS_A_GB else rules.moves
    end = age if rules.expires is None else min(age, rules.expires)
    months = f"{use.months.value} month{'' if use.months.value == 1 else 's'}"
    because = f"{gb:,.1f} GB a month, for {months}: {why}"
    lines: list[Line] = []
    start, kind = Decimal(0), "STANDARD"
    for day, following in (*moves, (end, "")):
        held = gb * max(min(day, end) - start, Decimal(0)) / ctx.days
        if held:
            lines += _held(kind, held, gb, use, ctx, because)
        start, kind = min(day, end), following
    moved = gb * use.objects_per_gb.value
    for day, following in moves:
        if day < end:
            rate = "s3.to_it" if following == "INTELLIGENT_TIERING" else CLASSES[following][1]
            lines.append(ctx.used(f"moved to {following}", rate, moved, use.objects_per_gb.source))
    if use.replaced_gb_per_month is not None and rules.versioned:
        old = use.replaced_gb_per_month.value * rules.noncurrent_days / ctx.days
        lines.append(
            ctx.used("old versions", "s3.standard_gb_month", old, use.replaced_gb_per_month.source)
        )
    if use.writes_per_month is not None:
        writes = use.writes_per_month
        lines.append(ctx.used("writes", "s3.put", writes.value, writes.source))
    reads = use.reads_per_month
    return [*lines, ctx.used("reads", "s3.get", reads.value, reads.source)]


def _held(
    kind: str, held: Decimal, gb: Decimal, use: BucketUse, ctx: Context, because: str
) -> list[Line]:
    if kind == "STANDARD":
        return [ctx.used("storage, standard", "s3.standard_gb_month", held, because)]
    if kind != "INTELLIGENT_TIERING":
        return [ctx.used(f"storage, {kind}", CLASSES[kind][0], held, because)]
    reread = use.reread_percent
    hot_share = HUNDRED if reread is None else reread.value
    cold = held * (HUNDRED - hot_share) / HUNDRED
    rested = gb * (HUNDRED - hot_share) / HUNDRED / ctx.days
    frequent = min(cold, rested * IT_INFREQUENT_DAYS)
    infrequent = min(cold - frequent, rested * (IT_INSTANT_DAYS - IT_INFREQUENT_DAYS))
    why = because if reread is None else f"{because}; {reread.value}% read again: {reread.source}"
    tiers = (
        ("frequent", held - cold + frequent),
        ("infrequent", infrequent),
        ("instant", cold - frequent - infrequent),
    )
    return [
        *(
            ctx.used(f"storage, tiered {tier}", f"s3.it_{tier}_gb_month", size, why)
            for tier, size in tiers
            if size
        ),
        ctx.used(
            "objects watched",
            "s3.it_monitored_object",
            held * use.objects_per_gb.value,
            use.objects_per_gb.source,
        ),
    ]


def _coming_in(name: str, use: BucketUse, ctx: Context) -> tuple[Decimal, str]:
    if use.gb_per_month is not None:
        return use.gb_per_month.value, use.gb_per_month.source
    if use.share_of_events is None:
        raise NoUsageError(
            f"usage/{ctx.usage.name}.yaml: `buckets.{name}` needs `gb_per_month` or "
            "`share_of_events`"
        )
    events = ctx.usage.events
    gb = events.per_day.value * ctx.days * events.bytes.value / GIB
    return gb * use.share_of_events.value, f"events, and {use.share_of_events.source}"


def replication(resource: Resource, ctx: Context) -> list[Line]:
    """What comes into the source is sent to the other region once; the copy is a bucket as any."""
    name = resource.text("bucket")
    sources = [one for one in ctx.of(BUCKET) if one.text("bucket") == name]
    if len(sources) != 1:
        raise NotKnownError("bucket", f"is {name}, which no bucket of the stack is called")
    source = sources[0].name
    gb, why = _coming_in(source, ctx.usage.of("buckets", ctx.usage.buckets, source), ctx)
    return [ctx.used("sent to another region", "transfer.region_gb", gb, why)]


def repository(resource: Resource, ctx: Context) -> list[Line]:
    use = ctx.usage.of("images", ctx.usage.images, resource.name).gb
    return [ctx.used("images", "ecr.gb_month", use.value, use.source)]


def volume(resource: Resource, ctx: Context) -> list[Line]:
    lines = disk(resource.text("type", "gp2"), resource.number("size"), ctx)
    if resource.text("type") == "gp3":
        iops = resource.number("iops", INCLUDED_IOPS) - INCLUDED_IOPS
        speed = resource.number("throughput", INCLUDED_MBPS) - INCLUDED_MBPS
        if iops > 0:
            lines.append(ctx.fixed("IOPS", "ebs.gp3_iops_month", iops))
        if speed > 0:
            lines.append(ctx.fixed("throughput", "ebs.gp3_mbps_month", speed))
    return lines


def disk(kind: str, gb: Decimal, ctx: Context, count: Decimal | int = 1) -> list[Line]:
    """So many volumes of a kind and a size."""
    return [ctx.fixed(f"disk {kind}", f"ebs.{kind}_gb_month", gb * count)]


RULES: dict[str, Rule] = {
    BUCKET: bucket,
    "aws:s3/bucketReplicationConfig:BucketReplicationConfig": replication,
    "aws:ecr/repository:Repository": repository,
    "aws:ebs/volume:Volume": volume,
}
