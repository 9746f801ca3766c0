"""Quarantined events, looked at with today's contract and sent again.

The sending is `functions.consumer.replay`: an object is published and then moved, so that a second
run finds nothing. What is added here is the look before, and the stream. It leaves out whether the
deployed consumer has this contract already: deploy first, replay then.
"""

import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import msgspec

from automation.errors import UserError
from contract.tables import QUARANTINED_EVENTS
from functions.consumer.quarantine import original_events
from functions.consumer.records import day_of
from functions.consumer.replay import Replayed, replay
from functions.data_validator.verdict import counted
from functions.producer.put import Stream, put
from functions.producer.records import Sent, pack
from jobs.redrive.places import Places

_SESSION = msgspec.json.Decoder(dict[str, Any])


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """What lies in quarantine: `reasons` are those for which events are still refused."""

    objects: int
    events: int
    readable: int
    reasons: dict[str, int]


def prefix_of(day: date | None) -> str:
    """Where events of a day of arrival (UTC) are quarantined; all of them without one."""
    if day is None:
        return QUARANTINED_EVENTS.prefix
    return f"{QUARANTINED_EVENTS.prefix}/{day_of(datetime.combine(day, time()))}"


def look(at: Places, prefix: str) -> Waiting:
    """Reads everything under the prefix and changes nothing.

    Raises `UserError` for an object that the consumer did not write.
    """
    objects = events = readable = 0
    reasons: Counter[str] = Counter()
    for key, body in _bodies(at, prefix):
        try:
            originals = original_events(body)
        except (OSError, EOFError, zlib.error, ValueError) as error:
            raise UserError(
                f"s3://{at['bronze_bucket']}/{key} is no object of the quarantine ({error}): move "
                "it out of there"
            ) from None
        found = counted(originals)
        objects += 1
        events += len(originals)
        readable += found.valid
        reasons.update(found.reasons)
    return Waiting(objects=objects, events=events, readable=readable, reasons=dict(reasons))


def send(at: Places, prefix: str, tell: Callable[[str], None]) -> Replayed:
    """Publishes what lies under the prefix. Raises `functions.producer.put.NotPlaced`."""
    stream = Stream(client=at.client("kinesis"), name=at["stream"])
    sent = 0

    def publish(originals: list[bytes]) -> None:
        nonlocal sent
        packed = pack(Sent(group_key=_group(event), data=event) for event in originals)
        if packed.rejected:  # it came from a record, so that it fits one
            raise ValueError(packed.rejected[0].reason)
        put(stream, packed.records)
        sent += len(originals)
        tell(f"{sent:,} events sent")

    return replay(at.client("s3"), at["bronze_bucket"], prefix, publish=publish)


def _group(event: bytes) -> str:
    """The session, so that its events keep their order; anything for one that has none."""
    try:
        return str(_SESSION.decode(event).get("session_id", ""))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""


def _bodies(at: Places, prefix: str) -> Iterator[tuple[str, bytes]]:
    s3, bucket = at.client("s3"), at["bronze_bucket"]
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for found in page.get("Contents", ()):
            body = s3.get_object(Bucket=bucket, Key=found["Key"])["Body"].read()
            yield found["Key"], body
