"""Merges changes into what is known of a table: `jobs.cdc.merge` in Spark. A pure function of its
arguments; the rules are in `jobs.cdc`.
"""

# pyspark is in an environment of its own.
# pyright: reportMissingImports=false, reportUnknownVariableType=false
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false, reportUnknownLambdaType=false

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import TYPE_CHECKING

from contract.shop_changes import BEFORE, CHANGE_SEQ, CHANGED_AT, COMMITTED_AT, OP, POSITION

if TYPE_CHECKING:
    from pyspark.sql import DataFrame
    from pyspark.sql.types import DataType, StructType

ADDED = {OP, CHANGED_AT, POSITION, COMMITTED_AT, CHANGE_SEQ}
GONE = "is_gone__"
WHOLE_NUMBERS = ("tinyint", "smallint", "int", "bigint")
MOST_DIGITS = 38  # of Spark's decimals


class Refused(Exception):  # noqa: N818  as `jobs.cdc.reading.Refused`
    """A file that cannot be merged; says why in one sentence."""


def own_columns(schema: StructType) -> dict[str, DataType]:
    """The columns that the database has, without those that capture and merge add."""
    return {
        field.name: field.dataType
        for field in schema.fields
        if field.name not in ADDED and not field.name.startswith(BEFORE)
    }


def accepted(columns: Mapping[str, DataType], found: Mapping[str, DataType]) -> dict[str, DataType]:
    """The columns after a file that may have more of them, or wider ones; raises `Refused` where a
    type became another.
    """
    merged = dict(columns)
    for name, type_ in found.items():
        merged[name] = _wider(name, merged[name], type_) if name in merged else type_
    return merged


def _wider(name: str, old: DataType, new: DataType) -> DataType:
    from pyspark.sql.types import DecimalType

    if old == new:
        return old
    before, now = old.simpleString(), new.simpleString()
    if before in WHOLE_NUMBERS and now in WHOLE_NUMBERS:
        return max(old, new, key=lambda type_: WHOLE_NUMBERS.index(type_.simpleString()))
    if isinstance(old, DecimalType) and isinstance(new, DecimalType):
        scale = max(old.scale, new.scale)
        digits = max(old.precision - old.scale, new.precision - new.scale) + scale
        if digits <= MOST_DIGITS:
            return DecimalType(digits, scale)
    raise Refused(f"has {name} as {now}, which was {before} before")


def merge(
    rows: DataFrame | None,
    gone: DataFrame | None,
    changes: Sequence[DataFrame],
    *,
    key: Sequence[str],
    columns: Mapping[str, DataType],
    loaded: str,
) -> DataFrame:
    """The newest of each key: the columns of the table, `changed_at`, `change_position`, and
    whether the key is gone. `loaded`: the position of the newest full load; what stands before it
    is left out.
    """
    from pyspark.sql import Window
    from pyspark.sql import functions as sql

    parts = [
        *([] if rows is None else [rows.withColumn(GONE, sql.expr("false"))]),
        *([] if gone is None else [gone.withColumn(GONE, sql.expr("true"))]),
        *(part for frame in changes for part in _said(frame, key)),
    ]
    united = reduce(
        lambda one, other: one.unionByName(other),
        [_shaped(part, columns) for part in parts],
    )
    newest = Window.partitionBy(*key).orderBy(sql.col(POSITION).desc(), sql.col(GONE))
    return (
        united.where(sql.col(POSITION) >= loaded)
        .withColumn("place__", sql.row_number().over(newest))
        .where("place__ = 1")
        .drop("place__")
    )


def _said(frame: DataFrame, key: Sequence[str]) -> list[DataFrame]:
    """What files say: of each key after the change, and of keys that were moved away from."""
    from pyspark.sql import functions as sql

    after = frame.withColumn(GONE, sql.col(OP) == "D")
    old = {
        name: sql.coalesce(BEFORE + name, name) for name in key if BEFORE + name in frame.columns
    }
    if not old:
        return [after]
    differs = reduce(
        lambda one, other: one | other, [value != sql.col(name) for name, value in old.items()]
    )
    moved = frame.where((sql.col(OP) == "U") & differs).select(
        *(old.get(name, sql.col(name)).alias(name) for name in key),
        POSITION,
        sql.expr("true").alias(GONE),
    )
    return [after, moved]


def _shaped(part: DataFrame, columns: Mapping[str, DataType]) -> DataFrame:
    """All columns of the table in their order and type; null where the part has none."""
    from pyspark.sql import functions as sql
    from pyspark.sql.types import StringType, TimestampNTZType

    types = {**columns, CHANGED_AT: TimestampNTZType(), POSITION: StringType()}
    return part.select(
        *(
            (sql.col(name) if name in part.columns else sql.lit(None)).cast(type_).alias(name)
            for name, type_ in types.items()
        ),
        GONE,
    )
