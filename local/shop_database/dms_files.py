"""Files as DMS writes them to S3, with the settings of `components.change_capture`.

Source of each decision, DMS user guide, "Using Amazon S3 as a target", unless another is named:

- `cdc/{schema}/{table}/LOAD00000001.parquet`, a counter in hexadecimal, for a full load; changes
  under `{yyyy}/{mm}/{dd}/` of their commit (DatePartitionEnabled), named by the time of writing.
- `Op` first, I in a full load too (IncludeOpForFullLoad); `committed_at` as text in microseconds
  (TimestampColumnName), in a full load the start of the task.
- An update has the row after it; a delete has what the log holds of the row, without REPLICA
  IDENTITY FULL its key ("Using a PostgreSQL database as a source").
- `change_seq` and `before_{key}` are columns of rules ("Using transformation rule expressions",
  "Transformation rules and actions"); in a full load the former is empty and the latter null.
"""

# pyarrow has no types, so its values are unknown to the checker here.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from io import BytesIO

import pyarrow as pa
import pyarrow.parquet as pq

from contract.shop_changes import BEFORE, CDC_PREFIX, CHANGE_SEQ, COMMITTED_AT, OP
from jobs.cdc.positions import position
from local.shop_database.pgoutput import Change, Relation, Row, Transaction
from local.shop_database.types import arrow_type, value

MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, kw_only=True)
class LandedFile:
    """One object of bronze. `rows`: how many it has of each operation."""

    key: str
    body: bytes = field(repr=False)
    rows: dict[str, int]


@dataclass(frozen=True, kw_only=True)
class _Line:
    """A row of a file before it has types."""

    op: str
    committed_at: datetime
    change_seq: str
    row: Row
    before: Row


@dataclass(kw_only=True)
class Writer:
    """One task: it numbers its changes, and no two of its files have one name."""

    started_at: datetime
    counter: int = 0
    _latest: datetime = datetime.min
    _written: datetime = datetime.min

    def load(self, relation: Relation, rows: Sequence[Row], number: int = 1) -> LandedFile:
        """The `number`th file of a table's full load."""
        lines = [
            _Line(op="I", committed_at=self.started_at, change_seq="", row=row, before={})
            for row in rows
        ]
        return _file(relation, lines, f"{_folder(relation)}/LOAD{number:08X}.parquet")

    def changes(
        self, transactions: Iterable[Transaction], written_at: datetime
    ) -> list[LandedFile]:
        """The files of a batch: one for each table, day, and set of columns that it had."""
        groups: dict[tuple[Relation, str], list[_Line]] = defaultdict(list)
        for transaction in transactions:
            # The counter never goes back, even where a clock does.
            self._latest = max(self._latest, transaction.committed_at)
            for change in transaction.changes:
                self.counter += 1
                day = f"{transaction.committed_at:%Y/%m/%d}"
                line = self._line(change, transaction.committed_at)
                groups[change.relation, day].append(line)
        files: list[LandedFile] = []
        for (relation, day), lines in groups.items():
            self._written = max(written_at, self._written + MILLISECOND)
            stamp = f"{self._written:%Y%m%d-%H%M%S}{self._written.microsecond // 1000:03}"
            files.append(_file(relation, lines, f"{_folder(relation)}/{day}/{stamp}.parquet"))
        return files

    def _line(self, change: Change, committed_at: datetime) -> _Line:
        keys = [column.name for column in change.relation.columns if column.in_key]
        row = change.new or change.old
        before = {name: change.old.get(name, row.get(name)) for name in keys}
        return _Line(
            op=change.operation,
            committed_at=committed_at,
            change_seq=position(self._latest, self.counter),
            row=row,
            before=before if change.operation == "U" else {},
        )


def _folder(relation: Relation) -> str:
    return f"{CDC_PREFIX}/{relation.schema}/{relation.table}"


def _file(relation: Relation, lines: Sequence[_Line], key: str) -> LandedFile:
    columns: dict[str, pa.Array] = {
        OP: pa.array([line.op for line in lines], pa.string()),
        COMMITTED_AT: pa.array([f"{line.committed_at:%Y-%m-%d %H:%M:%S.%f}" for line in lines]),
    }
    for column in relation.columns:
        values = [value(column, line.row.get(column.name)) for line in lines]
        columns[column.name] = pa.array(values, arrow_type(column))
    columns[CHANGE_SEQ] = pa.array([line.change_seq for line in lines], pa.string())
    for column in relation.columns:
        if column.in_key:
            values = [value(column, line.before.get(column.name)) for line in lines]
            columns[f"{BEFORE}{column.name}"] = pa.array(values, arrow_type(column))
    buffer = BytesIO()
    pq.write_table(pa.table(columns), buffer, compression="gzip", version="2.6")
    ops = [line.op for line in lines]
    return LandedFile(
        key=key, body=buffer.getvalue(), rows={op: ops.count(op) for op in sorted(set(ops))}
    )
