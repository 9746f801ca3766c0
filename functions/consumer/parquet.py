"""From typed events to Parquet objects: one per hour of `occurred_at` and batch.

The key is made of shard and sequence numbers. The same batch gives the same keys and the same
bytes, so a retry overwrites itself. A retry with other borders (bisection, a lost lease) writes
other objects with the same rows: silver is at-least-once, staging in `warehouse/` keeps one row per
event_id. The Arrow schema comes from `contract.tables`. Not here: partition columns (they are in
the key) and the upload.
"""

# pyarrow carries no types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownParameterType=false, reportUnknownArgumentType=false
# pyright: reportArgumentType=false

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import cast

import pyarrow as pa
import pyarrow.parquet as pq
from msgspec.structs import astuple

from contract.events import EVENT_TYPES, Event, OrderConfirmed
from contract.tables import EVENTS
from functions.consumer.decode import Decoded
from functions.consumer.objects import NewObject
from functions.consumer.records import EPOCH, Span, day_of

HOUR = timedelta(hours=1)
# Columns of few values. A dictionary of values that hardly repeat costs time and saves nothing.
_REPEATING = ["event_type", "channel", "country", "campaign_id", "store_id", "currency"]


def arrow_type(hive: str) -> pa.DataType:
    """The Arrow type of a Hive type of `contract.tables`; raises ValueError for others."""
    if hive.startswith("array<"):
        return pa.list_(arrow_type(hive[6:-1]))
    if hive.startswith("struct<"):
        fields = [part.split(":", 1) for part in _at_top_level(hive[7:-1])]
        return pa.struct([(name, arrow_type(inner)) for name, inner in fields])
    match hive:
        case "string":
            return pa.string()
        case "bigint":
            return pa.int64()
        case "timestamp":
            return pa.timestamp("us", tz="UTC")
        case _:
            raise ValueError(f"no Arrow type for Hive type {hive!r}; add it to arrow_type()")


def _at_top_level(fields: str) -> Iterator[str]:
    """`a:x,b:struct<c:y,d:z>` gives two parts."""
    depth = start = 0
    for index, character in enumerate(fields):
        depth += (character == "<") - (character == ">")
        if character == "," and not depth:
            yield fields[start:index]
            start = index + 1
    yield fields[start:]


SCHEMA = pa.schema([(column.name, arrow_type(column.type)) for column in EVENTS.columns])


def silver_objects(decoded: Decoded, span: Span) -> list[NewObject]:
    """One Parquet object per hour partition that the events fall in; none for no events."""
    return [
        NewObject(
            key=f"{EVENTS.prefix}/{_partition(hour)}/{span}.parquet",
            body=_parquet(_table(decoded, rows)),
        )
        for hour, rows in _by_hour(decoded.events)
    ]


def _by_hour(events: Sequence[Event]) -> list[tuple[int, Sequence[int]]]:
    """Hours since 1970 in UTC, ascending, with the indices of their events."""
    if not events:
        return []
    times = [event.occurred_at for event in events]
    first, last = ((time - EPOCH) // HOUR for time in (min(times), max(times)))
    if first == last:  # the usual case, for the price of a comparison per event
        return [(first, range(len(events)))]
    hours: defaultdict[int, list[int]] = defaultdict(list)
    for row, time in enumerate(times):
        hours[(time - EPOCH) // HOUR].append(row)
    return sorted(hours.items())


def _partition(hour: int) -> str:
    start = EPOCH + hour * HOUR
    return f"{day_of(start)}/hour={start.hour:02}"


def _table(decoded: Decoded, rows: Sequence[int]) -> pa.Table:
    """Rows stand by event type: the columns that a type lacks become runs of nulls, which cost
    next to nothing.
    """
    by_type: defaultdict[type, list[int]] = defaultdict(list)
    for row in rows:
        by_type[type(decoded.events[row])].append(row)
    columns: dict[str, list[object]] = {name: [] for name in SCHEMA.names}
    for type_ in EVENT_TYPES:
        if of_type := by_type.get(type_):
            given = _columns(type_, of_type, decoded)
            missing = [None] * len(of_type)
            for name, values in columns.items():
                values.extend(given.get(name, missing))
    arrays = [pa.array(columns[field.name], field.type) for field in SCHEMA]
    return pa.Table.from_arrays(arrays, schema=SCHEMA)


def _columns(type_: type[Event], rows: list[int], decoded: Decoded) -> dict[str, Sequence[object]]:
    events = [decoded.events[row] for row in rows]
    transposed = zip(*map(astuple, events), strict=True)
    columns: dict[str, Sequence[object]] = dict(
        zip(type_.__struct_fields__, transposed, strict=True)
    )
    if type_ is OrderConfirmed:
        orders = cast("list[OrderConfirmed]", events)
        columns["lines"] = [list(map(astuple, order.lines)) for order in orders]
    columns["event_type"] = [type_.__struct_config__.tag] * len(rows)
    columns["arrived_at"] = [decoded.arrived_at[row] for row in rows]
    columns["position"] = [decoded.positions[row] for row in rows]
    return columns


def _parquet(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(
        table,
        sink,
        compression="zstd",
        compression_level=1,
        use_dictionary=_REPEATING,
        # The one column whose range lets a reader skip an object of an hour or less.
        write_statistics=["occurred_at"],
        # Readers need none of Arrow's own copy of the schema, and it would be in every object.
        store_schema=False,
    )
    return sink.getvalue().to_pybytes()
