"""Postgres's types as DMS puts them into Parquet.

Source: DMS user guide, "Source data types for PostgreSQL" and "Target data types for S3 Parquet".
Only what the shop has: a type that is not here is an error, never a guess.
"""

# pyarrow has no types, so its values are unknown to the checker here.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownParameterType=false

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

import pyarrow as pa

from local.shop_database.pgoutput import ColumnOf

Value = int | str | Decimal | date | datetime | None
NUMERIC = 1700
# A type's brackets are stored with 4 added.
MODIFIER_OFFSET = 4

# oid (pg_type.dat of PostgreSQL): what it is in Parquet, and how its text is read.
TYPES: dict[int, tuple[pa.DataType, Callable[[str], Value]]] = {
    20: (pa.int64(), int),
    21: (pa.int32(), int),
    23: (pa.int32(), int),
    25: (pa.string(), str),
    1042: (pa.string(), str),
    1043: (pa.string(), str),
    1082: (pa.date32(), date.fromisoformat),
    1114: (pa.timestamp("us"), datetime.fromisoformat),
}


def arrow_type(column: ColumnOf) -> pa.DataType:
    """Raises ValueError for a type that the shop does not have."""
    if column.oid == NUMERIC and column.modifier >= MODIFIER_OFFSET:
        brackets = column.modifier - MODIFIER_OFFSET
        return pa.decimal128(brackets >> 16, brackets & 0x7FF)
    if column.oid not in TYPES:
        raise ValueError(
            f"column {column.name} has Postgres's type {column.oid}: say in TYPES what DMS makes "
            "of it"
        )
    return TYPES[column.oid][0]


def value(column: ColumnOf, text: str | None) -> Value:
    """The value of a column's text; `arrow_type` has accepted the column."""
    if text is None:
        return None
    return Decimal(text) if column.oid == NUMERIC else TYPES[column.oid][1](text)
