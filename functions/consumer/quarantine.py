"""Poison events as JSON lines in bronze: with reason, place and original bytes nothing is
lost by being wrong.

Columns: `contract.tables.QUARANTINED_EVENTS`. `replay.py` sends them again. The same batch gives
the same bytes.
"""

import gzip
from collections import defaultdict

import msgspec
import pybase64

from contract.tables import QUARANTINED_EVENTS
from functions.consumer.decode import Poison
from functions.consumer.objects import NewObject
from functions.consumer.records import Span, day_of, instant

_ENCODER = msgspec.json.Encoder()


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a quarantine object. `arrived_at` is ISO 8601, `data` base64."""

    reason: str
    position: str
    arrived_at: str
    partition_key: str
    data: str


def quarantine_objects(poison: list[Poison], span: Span) -> list[NewObject]:
    """One gzipped object of JSON lines per day of arrival; none for no poison."""
    days: defaultdict[str, list[Poison]] = defaultdict(list)
    for event in poison:
        days[day_of(instant(event.arrived_at))].append(event)
    return [
        NewObject(
            key=f"{QUARANTINED_EVENTS.prefix}/{day}/{span}.json.gz",
            # mtime=0: else a retry would not give the same bytes.
            body=gzip.compress(_ENCODER.encode_lines([_row(event) for event in events]), mtime=0),
        )
        for day, events in sorted(days.items())
    ]


def original_events(body: bytes) -> list[bytes]:
    """The events of a quarantine object as they were sent.

    Raises gzip.BadGzipFile or msgspec.DecodeError for an object that is no quarantine object.
    """
    rows = msgspec.json.Decoder(Row).decode_lines(gzip.decompress(body))
    return [pybase64.b64decode(row.data, validate=True) for row in rows]


def _row(event: Poison) -> Row:
    return Row(
        reason=event.reason,
        position=event.position,
        arrived_at=instant(event.arrived_at).isoformat(timespec="milliseconds"),
        partition_key=event.partition_key,
        data=pybase64.b64encode(event.data).decode(),
    )
