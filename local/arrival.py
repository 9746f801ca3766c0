"""Wait until what was published has arrived, and count it: documents in bronze, rows in silver,
events in quarantine.

It counts content (lines, Parquet rows, event ids), never objects or a status; each object is read
once. A retried batch writes the same object again, with the same content.
"""

import gzip
import io
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, cast

from automation.errors import UserError
from contract.tables import EVENTS, QUARANTINED_EVENTS
from local.access import Access
from local.steps import Show

# The emulator delivers within seconds; AWS takes the stack's buffer of a minute or more.
PATIENCE_SECONDS = 180
# No progress for so long means that something is broken.
STALL_SECONDS = 45
POLL_SECONDS = 0.5
GZIP = b"\x1f\x8b"


@dataclass(kw_only=True)
class Arrived:
    """What is in the lake so far. `event_ids`: distinct ids in silver."""

    in_bronze: int = 0
    silver_rows: int = 0
    quarantined: int = 0
    event_ids: set[str] = field(default_factory=set[str], repr=False)

    @property
    def duplicates(self) -> int:
        return self.silver_rows - len(self.event_ids)

    def complete(self, published: int) -> bool:
        return self.in_bronze == published and self.silver_rows + self.quarantined == published

    def __str__(self) -> str:
        return (
            f"{self.in_bronze:,} in bronze, {self.silver_rows:,} in silver, "
            f"{self.quarantined:,} in quarantine"
        )


def wait(
    reader: Access,
    outputs: dict[str, Any],
    published: int,
    *,
    show: Show,
    alive: Callable[[], bool],
) -> Arrived:
    """Count until all that was published is in both places; raises `UserError` that says where it
    got stuck.
    """
    s3 = reader.client("s3")
    bronze, silver = outputs["bronze_bucket"], outputs["silver_bucket"]
    arrived, seen = Arrived(), set[str]()
    started = moved = time.monotonic()
    before = ""
    while not arrived.complete(published):
        for body in _fresh(s3, bronze, "raw/events/", seen):
            arrived.in_bronze += _documents(body)
        for body in _fresh(s3, silver, f"{EVENTS.prefix}/", seen):
            ids = _event_ids(body)
            arrived.silver_rows += len(ids)
            arrived.event_ids.update(ids)
        for body in _fresh(s3, bronze, f"{QUARANTINED_EVENTS.prefix}/", seen):
            arrived.quarantined += _documents(body)
        show(f"{arrived} of {published:,}")
        now = time.monotonic()
        if str(arrived) != before:
            before, moved = str(arrived), now
        if (
            _too_many(arrived, published)
            or now - started > PATIENCE_SECONDS
            or now - moved > STALL_SECONDS
        ):
            raise UserError(_stuck(reader, outputs, arrived, published))
        if not alive():
            raise UserError(
                "the emulator died while events were on their way; see .local/emulator.log"
            )
        time.sleep(POLL_SECONDS)
    return arrived


def _fresh(s3: Any, bucket: str, prefix: str, seen: set[str]) -> Iterator[bytes]:  # noqa: ANN401
    """The bodies of the objects that were not there the last time."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    for page in pages:
        for entry in page.get("Contents", ()):
            if (mark := f"{bucket}/{entry['Key']}") in seen:
                continue
            seen.add(mark)
            yield s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read()


def _documents(body: bytes) -> int:
    """Lines of JSON, compressed or not: Firehose on AWS writes gzip, the emulator does not."""
    text = gzip.decompress(body) if body.startswith(GZIP) else body
    return text.count(b"\n") + (not text.endswith(b"\n") and bool(text))


def _event_ids(body: bytes) -> list[str]:
    from pyarrow import parquet

    read = cast("Callable[..., Any]", parquet.read_table)  # pyarrow has no types
    return read(io.BytesIO(body), columns=["event_id"]).column("event_id").to_pylist()


def _too_many(arrived: Arrived, published: int) -> bool:
    return arrived.in_bronze > published or arrived.silver_rows + arrived.quarantined > published


def _stuck(reader: Access, outputs: dict[str, Any], arrived: Arrived, published: int) -> str:
    twice = "more than was published: something was delivered twice"
    what = twice if _too_many(arrived, published) else "and no more come"
    return (
        f"of {published:,} published events there are {arrived}, {what}; "
        "the consumer's last words: "
        f"{_last_error(reader, outputs['consumer']) or 'none'}"
    )


def _last_error(reader: Access, function: str) -> str:
    """The last error in the function's log, which goes with the emulator."""
    group = f"/aws/lambda/{function}"
    events = reader.client("logs").filter_log_events(logGroupName=group)["events"]
    said = [event["message"].strip() for event in events if "rror" in event["message"]]
    return said[-1] if said else ""
