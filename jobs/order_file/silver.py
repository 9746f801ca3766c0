"""Silver and quarantine of an order file as bytes: Parquet parts with the contract's columns, and
gzipped JSON lines.

Knows no bucket and no key (`load`). The same lines give the same bytes.
"""

# pyarrow has no types, so its values are unknown to the checker here.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false

import gzip
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from itertools import islice

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from contract.order_lines import FileOrderLine
from contract.tables import ORDER_LINES
from jobs.order_file.lines import Rejected

ROWS_A_GROUP = 50_000
ROWS_A_PART = 500_000

ARROW_OF_HIVE = {
    "string": pa.string(),
    "bigint": pa.int64(),
    "timestamp": pa.timestamp("us", tz="UTC"),
}
SCHEMA = pa.schema([(column.name, ARROW_OF_HIVE[column.type]) for column in ORDER_LINES.columns])


def parquet_parts(
    lines: Iterable[FileOrderLine],
    rows_a_part: int = ROWS_A_PART,
    rows_a_group: int = ROWS_A_GROUP,
) -> Iterator[bytes]:
    """One Parquet file (zstd) for each `rows_a_part` lines, and one without rows if there are no
    lines.
    """
    rest = iter(lines)
    part = 0
    while True:
        batch = list(islice(rest, min(rows_a_group, rows_a_part)))
        if not batch and part:
            return
        part += 1
        yield _part(batch, rest, rows_a_part, rows_a_group)


def _part(
    first: list[FileOrderLine], rest: Iterator[FileOrderLine], rows_a_part: int, rows_a_group: int
) -> bytes:
    buffer = BytesIO()
    left = rows_a_part
    with pq.ParquetWriter(buffer, SCHEMA, compression="zstd") as writer:
        batch = first
        while batch:
            writer.write_batch(_record_batch(batch))
            left -= len(batch)
            batch = list(islice(rest, min(rows_a_group, left)))
    return buffer.getvalue()


def _record_batch(lines: list[FileOrderLine]) -> pa.RecordBatch:
    columns = [
        pa.array([getattr(line, column.name) for line in lines], type=column.type)
        for column in SCHEMA
    ]
    return pa.record_batch(columns, schema=SCHEMA)


@dataclass
class QuarantineFile:
    """Collects rejected lines, compressed as they come: a wholly broken file must fit into
    memory too.
    """

    count: int = 0
    _buffer: BytesIO = field(default_factory=BytesIO)
    _gzip: gzip.GzipFile | None = None

    def add(self, line: Rejected) -> None:
        """One JSON object a line, with the columns of contract.tables.QUARANTINED_LINES."""
        if self._gzip is None:
            # mtime=0: the time of writing would make other bytes of the same lines
            self._gzip = gzip.GzipFile(fileobj=self._buffer, mode="wb", mtime=0)
        self._gzip.write(msgspec.json.encode(line) + b"\n")
        self.count += 1

    def finish(self) -> bytes:
        """The gzipped file; nothing can be added after."""
        if self._gzip:
            self._gzip.close()
        return self._buffer.getvalue()
