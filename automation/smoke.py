"""The smoke test of a deployed stack: one marked event goes in at the stream, and is looked for in
bronze and in silver.

It is a page view of the page `/smoke-test` with an id `smoke-…`; it stays, since nothing here
deletes data, and reports that must not count it leave out sessions `smoke-%`. It proves stream,
delivery, consumer, keys and grants; it leaves out the producer's source and everything that runs on
a schedule.
"""

from __future__ import annotations

import io
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import msgspec

from automation.errors import Exit, UserError
from contract.events import PageView
from contract.tables import EVENTS, QUARANTINED_EVENTS
from functions.consumer.records import day_of
from functions.producer.put import NotPlaced, Stream, put
from functions.producer.records import Sent, pack

if TYPE_CHECKING:
    import argparse

    from rich.console import Console

    from automation.engine import Engine
    from settings import Settings

MARK = "smoke-"
PAGE = "/smoke-test"
# On top of the stack's own buffers: cold starts, and S3's and Kinesis' own moments.
GRACE_SECONDS = 180.0
POLL_SECONDS = 2.0
# Clocks of S3 and of this machine may differ (AWS allows 5 minutes before it refuses to talk).
CLOCKS = timedelta(minutes=5)
_TIME = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H"}


@dataclass(frozen=True, kw_only=True)
class Places:
    """Where the event goes in, and where it must come out."""

    stream: str
    bronze: str
    silver: str
    raw_prefix: str
    """Firehose's, with its expressions."""
    patience: float
    """Seconds."""
    client: Callable[[str], Any] = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Passed:
    """The event arrived; seconds from the put to the moment when it was seen."""

    event_id: str
    bronze_seconds: float
    silver_seconds: float

    def __str__(self) -> str:
        return (
            f"{self.event_id} was in bronze after {self.bronze_seconds} s and in silver after "
            f"{self.silver_seconds} s"
        )


def run(stack: str, engine: Engine) -> Passed:
    """The smoke test of a deployed stack. Raises `UserError`."""
    from automation import operate
    from automation.backend import Login

    with operate.opened(stack, engine) as opened:
        outputs, loaded = opened.outputs(), opened.settings
    login = Login(
        region=loaded.platform.region,
        account_id=loaded.platform.account_id,
        emulator_url=operate.emulator_of(stack),
    )
    return prove(places(loaded, outputs, login.client))


def command(options: argparse.Namespace, console: Console) -> Exit:
    """`smoke` on the command line. Raises `UserError`."""
    from automation import engine as engines

    engine = engines.find(console.print)
    for stack in options.stack:
        console.print(f"smoke test of {stack}: {run(stack, engine)}", markup=False, soft_wrap=True)
    return Exit.OK


def places(settings: Settings, outputs: dict[str, Any], client: Callable[[str], Any]) -> Places:
    """Of a deployed stack: its settings, its outputs, and how its services are reached."""
    waits = max(settings.ingest.buffer_seconds, settings.consumer.window_seconds)
    return Places(
        stream=outputs["stream"],
        bronze=outputs["bronze_bucket"],
        silver=outputs["silver_bucket"],
        raw_prefix=settings.ingest.prefix,
        patience=waits + GRACE_SECONDS,
        client=client,
    )


def prove(at: Places) -> Passed:
    """Put an event and wait for it. Raises `UserError` that says where it did not arrive."""
    event_id = f"{MARK}{uuid.uuid4()}"
    now = datetime.now(tz=UTC)
    started = time.monotonic()
    _put(at, event_id, now)
    s3 = at.client("s3")
    seen: set[str] = set()
    arrived: dict[str, float] = {}
    while True:
        for zone, look in (("bronze", _in_bronze), ("silver", _in_silver)):
            if zone not in arrived and look(s3, at, event_id, now, seen):
                arrived[zone] = round(time.monotonic() - started, 1)
        missing = [zone for zone in ("bronze", "silver") if zone not in arrived]
        if not missing:
            return Passed(
                event_id=event_id,
                bronze_seconds=arrived["bronze"],
                silver_seconds=arrived["silver"],
            )
        if time.monotonic() - started > at.patience:
            raise UserError(_lost(s3, at, event_id, now, missing))
        time.sleep(POLL_SECONDS)


def _put(at: Places, event_id: str, now: datetime) -> None:
    event = PageView(
        event_id=event_id, occurred_at=now, session_id=event_id, channel="web", page=PAGE
    )
    packed = pack([Sent(group_key=event_id, data=msgspec.json.encode(event))])
    try:
        put(Stream(client=at.client("kinesis"), name=at.stream), packed.records)
    except NotPlaced as error:
        raise UserError(f"the smoke test's event did not go in: {error}") from None


def _in_bronze(s3: Any, at: Places, event_id: str, since: datetime, seen: set[str]) -> bool:  # noqa: ANN401
    import gzip

    for prefix in sorted({firehose_prefix(at.raw_prefix, when) for when in _span(since)}):
        for body in _fresh(s3, at.bronze, prefix, since, seen):
            text = gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body
            if event_id.encode() in text:
                return True
    return False


def _in_silver(s3: Any, at: Places, event_id: str, since: datetime, seen: set[str]) -> bool:  # noqa: ANN401
    from pyarrow import parquet

    read = cast("Callable[..., Any]", parquet.read_table)  # pyarrow has no types
    # The consumer files an event under the hour in which it happened.
    prefix = f"{EVENTS.prefix}/{day_of(since)}/hour={since.hour:02}/"
    for body in _fresh(s3, at.silver, prefix, since, seen):
        table = read(io.BytesIO(body), columns=["event_id"])
        if event_id in table.column("event_id").to_pylist():
            return True
    return False


def firehose_prefix(prefix: str, when: datetime) -> str:
    """The part of a Firehose prefix that is known at a time (UTC): up to the first expression other
    than a year, month, day or hour.
    """
    for name, code in _TIME.items():
        prefix = prefix.replace(f"!{{timestamp:{name}}}", when.strftime(code))
    return prefix.partition("!{")[0]


def _span(since: datetime) -> tuple[datetime, datetime]:
    """Delivery may be in the next hour or day."""
    return since, max(since, datetime.now(tz=UTC))


def _fresh(s3: Any, bucket: str, prefix: str, since: datetime, seen: set[str]) -> Iterator[bytes]:  # noqa: ANN401
    """The bodies of objects that were written since then and not looked at yet."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    for page in pages:
        for entry in page.get("Contents", ()):
            mark = f"{bucket}/{entry['Key']}"
            if mark in seen or entry["LastModified"] < since - CLOCKS:
                continue
            seen.add(mark)
            yield s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read()


def _lost(s3: Any, at: Places, event_id: str, since: datetime, missing: list[str]) -> str:  # noqa: ANN401
    from functions.consumer.quarantine import original_events

    prefix = f"{QUARANTINED_EVENTS.prefix}/"
    quarantined = any(
        event_id.encode() in event
        for body in _fresh(s3, at.bronze, prefix, since, set())
        for event in original_events(body)
    )
    where = "it is in quarantine" if quarantined else "it is not in quarantine either"
    return (
        f"the smoke test's event {event_id} did not arrive in {' and '.join(missing)} within "
        f"{at.patience:.0f} s, {where}: look at the logs of the consumer and the delivery stream"
    )
