"""A file of changes as a table: typed, complete, every row with its position. Or why it is not one.

Knows one file and no table of silver.
"""

# pyarrow has no types, so its values are unknown to the checker here.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false
# pyright: reportAttributeAccessIssue=false

from collections.abc import Sequence
from io import BytesIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from contract.shop_changes import (
    CHANGE_SEQ,
    CHANGE_SEQ_DIGITS,
    CHANGED_AT,
    COMMITTED_AT,
    OP,
    POSITION,
)
from jobs.cdc.positions import position

TIMESTAMP = pa.timestamp("us")
OPERATIONS = {"I", "U", "D"}


class Refused(Exception):  # noqa: N818 (it is an answer, caught where it is asked for)
    """A file that cannot be merged; says why in one sentence."""


def read_changes(body: bytes, *, key: Sequence[str], load: bool) -> pa.Table:
    """The rows of a file of a full load (`load`) or of changes, in their order.

    `committed_at` and `change_seq` become `changed_at` and `change_position`; all else is as in the
    file. Raises `Refused`.
    """
    table = _table(body)
    needed = [OP, COMMITTED_AT, *key, *([] if load else [CHANGE_SEQ])]
    if missing := [name for name in needed if name not in table.column_names]:
        raise Refused(f"has no column {', '.join(missing)}")
    for name in needed:
        if table[name].null_count:
            raise Refused(f"has {table[name].null_count} rows without {name}")
    allowed = {"I"} if load else OPERATIONS
    if strange := sorted({str(op) for op in pc.unique(table[OP]).to_pylist()} - allowed):
        raise Refused(f"has the operation {strange[0]!r}, where only {sorted(allowed)} can be")
    times = _times(table[COMMITTED_AT])
    positions = _of_load(times) if load else _of_changes(table[CHANGE_SEQ])
    own = [name for name in table.column_names if name not in (COMMITTED_AT, CHANGE_SEQ)]
    return table.select(own).append_column(CHANGED_AT, times).append_column(POSITION, positions)


def _table(body: bytes) -> pa.Table:
    try:
        return pq.read_table(BytesIO(body))
    except (pa.ArrowException, OSError) as error:
        raise Refused(f"is no Parquet file: {str(error).splitlines()[0]}") from None


def _times(column: pa.ChunkedArray) -> pa.ChunkedArray:
    try:
        return column.cast(TIMESTAMP)
    except pa.ArrowException as error:
        raise Refused(f"has a {COMMITTED_AT} that is no time: {error}") from None


def _of_load(times: pa.ChunkedArray) -> pa.Array:
    of_time = {time: position(time) for time in pc.unique(times).to_pylist()}
    return pa.array([of_time[time] for time in times.to_pylist()], type=pa.string())


def _of_changes(column: pa.ChunkedArray) -> pa.ChunkedArray:
    text = column.cast(pa.string())
    fits = pc.match_substring_regex(text, rf"^\d{{{CHANGE_SEQ_DIGITS}}}$")
    if not pc.all(fits).as_py() and len(text):
        raise Refused(f"has a {CHANGE_SEQ} that is not {CHANGE_SEQ_DIGITS} digits")
    return text
