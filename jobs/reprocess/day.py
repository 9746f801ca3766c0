"""A day of raw events, from bronze to silver once more, with the consumer's own code.

Objects of silver are named after those of bronze: a second run writes the same bytes under the same
keys. Rows come beside those that the stream brought, under the same event ids, and staging takes
one of each, the reprocessed one first (`functions.data_validator.raw.SHARD`). Nothing is deleted:
it repairs what is missing or wrong, and cannot take back an event that should never have been.

Events that do not fit the contract are counted; they lie in quarantine since they came. Only where
the consumer never saw the day they are written there as well (`quarantine=True`).
"""

import gzip
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any

from automation.errors import UserError
from functions.consumer.objects import NewObject, Outcome
from functions.consumer.typed import process
from functions.data_validator.raw import lines_of, records_of
from jobs.redrive.places import Places

# S3's archive tiers, which must be restored before they can be read (S3 user guide, storage
# classes; Glacier Instant Retrieval can be read as it is).
ARCHIVED = frozenset({"GLACIER", "DEEP_ARCHIVE"})
RESTORED_DAYS = 7
# 50,000 events at once: few objects, and memory for one of Firehose's largest.
RECORDS_AT_ONCE = 50
# In the name that Firehose gives: the time of the first record, UTC.
_STAMP = re.compile(r"-(\d{4}(?:-\d{2}){5})-")

Tell = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Raw:
    """An object of raw events. `archived`: it must be restored before it can be read."""

    key: str
    size: int
    written_at: datetime
    archived: bool

    @property
    def arrived_at(self) -> float:
        """Seconds since 1970: the time in Firehose's name, which a copy keeps; else when the object
        was written.
        """
        if stamp := _STAMP.search(self.key):
            named = datetime.strptime(stamp[1], "%Y-%m-%d-%H-%M-%S")
            return named.replace(tzinfo=UTC).timestamp()
        return self.written_at.timestamp()


@dataclass(frozen=True, kw_only=True)
class Day:
    """What became of a day's objects. `silver`: objects written, or that would be."""

    objects: int
    bytes: int
    events: int
    refused: int
    silver: int
    quarantined: int


def listed(at: Places, raw_prefix: str, day: date) -> list[Raw]:
    """The day's objects in order of key; `raw_prefix` is followed by `yyyy/MM/dd/`, UTC of
    arrival.
    """
    s3, bucket = at.client("s3"), at["bronze_bucket"]
    prefix = f"{raw_prefix}/{day:%Y/%m/%d}/"
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return [
        Raw(
            key=found["Key"],
            size=found["Size"],
            written_at=found["LastModified"],
            archived=found.get("StorageClass") in ARCHIVED
            and not _restored(s3.head_object(Bucket=bucket, Key=found["Key"])),
        )
        for page in pages
        for found in page.get("Contents", ())
    ]


def _restored(head: dict[str, Any]) -> bool:
    return 'ongoing-request="false"' in head.get("Restore", "")


def restore(at: Places, objects: list[Raw]) -> int:
    """Asks S3 for copies of what is archived, for seven days; returns how many were asked for now.

    Bulk: 5 to 12 hours from Glacier Flexible Retrieval, and no charge (S3 user guide).
    """
    s3, bucket = at.client("s3"), at["bronze_bucket"]
    asked = 0
    for raw in objects:
        if not raw.archived:
            continue
        head = s3.head_object(Bucket=bucket, Key=raw.key)
        if 'ongoing-request="true"' in head.get("Restore", ""):
            continue
        s3.restore_object(
            Bucket=bucket,
            Key=raw.key,
            RestoreRequest={"Days": RESTORED_DAYS, "GlacierJobParameters": {"Tier": "Bulk"}},
        )
        asked += 1
    return asked


def reprocess(
    at: Places, objects: list[Raw], *, yes: bool, quarantine: bool = False, tell: Tell
) -> Day:
    """Reads and judges every object, and with `yes` writes what comes of it.

    Raises `UserError` for objects that are archived, or damaged: then the objects before that one
    are done, and a run after the repair does them again to the same end.
    """
    if archived := sum(raw.archived for raw in objects):
        raise UserError(
            f"{archived} of {len(objects)} objects are in Glacier and cannot be read: ask for "
            "them with --restore, and run this again in 5 to 12 hours"
        )
    s3 = at.client("s3")
    events = refused = silver = quarantined = 0
    for number, raw in enumerate(objects, start=1):
        for new in _outcomes(s3, at["bronze_bucket"], raw):
            events += new.events + new.quarantined_events
            refused += new.quarantined_events
            silver += len(new.silver)
            _write(s3, at["silver_bucket"], new.silver, yes=yes)
            if quarantine:
                quarantined += new.quarantined_events
                _write(s3, at["bronze_bucket"], new.bronze, yes=yes)
        tell(f"object {number} of {len(objects)}: {events:,} events, {refused:,} refused so far")
    return Day(
        objects=len(objects),
        bytes=sum(raw.size for raw in objects),
        events=events,
        refused=refused,
        silver=silver,
        quarantined=quarantined,
    )


def _outcomes(s3: Any, bucket: str, raw: Raw) -> Iterator[Outcome]:  # noqa: ANN401 (boto3)
    body = s3.get_object(Bucket=bucket, Key=raw.key)["Body"].read()
    try:
        records = records_of(raw.key, lines_of(body), arrived_at=raw.arrived_at)
        while together := list(islice(records, RECORDS_AT_ONCE)):
            yield process(together)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise UserError(
            f"s3://{bucket}/{raw.key} is damaged ({error}): bring back an older version of it, or "
            "move it out of the day's folder"
        ) from None


def _write(s3: Any, bucket: str, objects: list[NewObject], *, yes: bool) -> None:  # noqa: ANN401
    for new in objects if yes else ():
        s3.put_object(Bucket=bucket, Key=new.key, Body=new.body)
