"""From Kinesis records to typed events: pure, and the only place where an event is judged.

One record holds one or several events, one to a line. An event that does not fit the contract costs
only itself: it becomes a `Poison` with its reason and its original bytes, its neighbours in the
same record stay. Blank lines are no events. What is left out: duplicates (silver keeps them,
staging in `warehouse/` drops them) and anything about where rows go.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec
import pybase64

from contract.events import ShopEvent
from functions.consumer.records import Record, arrival_of, place_of

_DECODER = msgspec.json.Decoder(ShopEvent)
# RecursionError: msgspec raises it for "[[[[…", which any client can send.
_REFUSALS = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
# "0001-01-01T00:00:00+14:00" is a valid date that has no place in UTC; only these years have such.
_FIRST_AND_LAST_YEAR = frozenset({datetime.min.year, datetime.max.year})


@dataclass(frozen=True, kw_only=True, slots=True)
class Poison:
    """An event that could not be processed.

    `arrived_at` in microseconds since 1970, `data` without its newline.
    """

    reason: str
    position: str
    arrived_at: int
    partition_key: str
    data: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Decoded:
    """Three parallel lists, an entry for each good event, and the poison.

    `positions`: `<shard>/<sequence number>/<index of the event in its record>`; `arrived_at`:
    microseconds since 1970. Every `occurred_at` can be converted to UTC.
    """

    events: list[ShopEvent] = field(default_factory=list[ShopEvent])
    positions: list[str] = field(default_factory=list[str])
    arrived_at: list[int] = field(default_factory=list[int])
    poison: list[Poison] = field(default_factory=list[Poison])


def decode(records: Iterable[Record]) -> Decoded:
    """Every event of every record is in the result once, as a row or as poison. Order is kept."""
    decoded = Decoded()
    events, positions, times = decoded.events, decoded.positions, decoded.arrived_at
    for record in records:
        try:
            # (text, altchars, validate): by keyword the call takes half as long again.
            data = pybase64.b64decode(record["kinesis"]["data"], None, True)
        except ValueError as error:
            data = record["kinesis"]["data"].encode()
            reason = f"the record is not base64: {error}"
            decoded.poison.append(_poison(record, 0, data, reason))
            continue
        found = _all_events(data)
        if found is None:
            _decode_line_by_line(record, data, decoded)
            continue
        place, arrived_at = place_of(record), arrival_of(record)
        for index, event in enumerate(found):
            events.append(event)
            positions.append(f"{place}/{index}")
            times.append(arrived_at)
    return decoded


def _all_events(data: bytes) -> list[ShopEvent] | None:
    """The events of a record in one go, as nearly always; None when one of them needs a look."""
    try:
        events = _DECODER.decode_lines(data)
    except _REFUSALS:
        return None
    for event in events:
        if event.occurred_at.year in _FIRST_AND_LAST_YEAR:
            return None
    return events


def _decode_line_by_line(record: Record, data: bytes, decoded: Decoded) -> None:
    lines = [line for line in data.split(b"\n") if line.strip()]
    for index, line in enumerate(lines):
        try:
            event = _DECODER.decode(line)
            event.occurred_at.astimezone(UTC)
        except _REFUSALS as error:
            decoded.poison.append(_poison(record, index, line, str(error)))
        except OverflowError:
            reason = "occurred_at is not in the years 1 to 9999 in UTC"
            decoded.poison.append(_poison(record, index, line, reason))
        else:
            decoded.events.append(event)
            decoded.positions.append(f"{place_of(record)}/{index}")
            decoded.arrived_at.append(arrival_of(record))


def _poison(record: Record, index: int, data: bytes, reason: str) -> Poison:
    return Poison(
        reason=reason,
        position=f"{place_of(record)}/{index}",
        arrived_at=arrival_of(record),
        partition_key=record["kinesis"]["partitionKey"],
        data=data,
    )
