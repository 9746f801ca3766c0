"""From lines that Firehose landed to typed events: on Arrow batches, so that a Spark worker, a test
and DuckDB can all run it.

Every line comes out as one row: an event, or with a `reason` why it is none. The contract is judged
where it is judged for the stream (`functions.consumer.decode`), so that both ways agree.
"""

# pyarrow carries no types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false

import base64
import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, cast

import msgspec
import pyarrow as pa

from contract.tables import EVENTS
from functions.consumer.decode import Decoded, decode
from functions.consumer.parquet import arrow_type
from functions.consumer.records import Record, instant

EVENT_SCHEMA = pa.schema([(column.name, arrow_type(column.type)) for column in EVENTS.columns])
REJECTED_SCHEMA = pa.schema(
    [
        ("reason", pa.string()),
        ("line", pa.string()),
        ("position", pa.string()),
        ("arrived_at", pa.timestamp("us", tz="UTC")),
    ]
)
# Both in one, because a worker's function has one schema.
SCHEMA = pa.schema([*EVENT_SCHEMA, REJECTED_SCHEMA.field("reason"), REJECTED_SCHEMA.field("line")])
INPUT = ("value", "file", "landed_at")


def typed(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Batches with `value` (a line), `file` (its URL) and `landed_at` (when it came there)."""
    for batch in batches:
        values, files, times = (batch.column(name).to_pylist() for name in INPUT)
        records = [
            _record(str(value), str(file), time)
            for value, file, time in zip(values, files, times, strict=True)
            if value is not None and str(value).strip()
        ]
        yield pa.RecordBatch.from_pylist(_rows(decode(records)), schema=SCHEMA)


def _record(line: str, file: str, landed_at: datetime) -> Record:
    """A line as a record of the stream. Its place is its file and what it says: the same line of
    the same file has the same place on every run, wherever Spark cuts the file.
    """
    data = line.encode()
    return {
        "eventID": f"{file.partition('://')[2] or file}:{hashlib.sha256(data).hexdigest()[:16]}",
        "kinesis": {
            "partitionKey": "",
            "sequenceNumber": "",
            "data": base64.b64encode(data).decode(),
            "approximateArrivalTimestamp": landed_at.timestamp(),
        },
    }


def _rows(decoded: Decoded) -> list[dict[str, Any]]:
    rows = [
        {
            **cast("dict[str, Any]", msgspec.to_builtins(event, builtin_types=(datetime,))),
            "position": position,
            "arrived_at": instant(arrived_at),
        }
        for event, position, arrived_at in zip(
            decoded.events, decoded.positions, decoded.arrived_at, strict=True
        )
    ]
    rows += [
        {
            "reason": poison.reason,
            "line": poison.data.decode(errors="replace"),
            "position": poison.position,
            "arrived_at": instant(poison.arrived_at),
        }
        for poison in decoded.poison
    ]
    return rows
