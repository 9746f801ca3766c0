"""Files of changes as DataFrames, or why a file is refused, by the rules of `jobs.cdc.reading`.

Thousands of files a day have a handful of schemas: footers say which, the files of one schema are
read together, and one aggregate a schema tells what is wrong with which file.
"""

# pyspark is in an environment of its own.
# pyright: reportMissingImports=false, reportUnknownVariableType=false
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false, reportUnknownLambdaType=false

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from contract.shop_changes import (
    CHANGE_SEQ,
    CHANGE_SEQ_DIGITS,
    CHANGED_AT,
    COMMITTED_AT,
    OP,
    POSITION,
    ShopTable,
)
from jobs.spark.cdc_files import ChangeFile
from jobs.spark.common import Run

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame
    from pyspark.sql.types import StructType

FOOTERS_AT_ONCE = 16
OPERATIONS = {"I", "U", "D"}
FILE = "file__"


@dataclass(frozen=True, kw_only=True)
class Group:
    """Files of one schema and kind, read as one."""

    files: tuple[ChangeFile, ...]
    schema: StructType
    load: bool


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A file by what is in it. `reason`: why it is refused, or "". `newest`: its greatest
    position.
    """

    reason: str
    rows: int
    newest: str


def grouped(run: Run, files: Sequence[ChangeFile]) -> tuple[list[Group], dict[str, str]]:
    """The files by their schema, and the keys of those that are no Parquet, with the reason."""
    with ThreadPoolExecutor(FOOTERS_AT_ONCE) as pool:
        footers = list(pool.map(lambda file: _footer(run, file), files))
    refused: dict[str, str] = {}
    same: dict[tuple[str, bool], list[ChangeFile]] = {}
    for file, (schema, trouble) in zip(files, footers, strict=True):
        if trouble:
            refused[file.key] = f"is no Parquet file: {trouble}"
        else:
            same.setdefault((schema, file.load), []).append(file)
    schemas: dict[str, StructType] = {}
    for (schema, _), of in same.items():
        if schema not in schemas:
            schemas[schema] = run.spark.read.parquet(path(run, of[0])).schema
    groups = [
        Group(files=tuple(of), schema=schemas[schema], load=load)
        for (schema, load), of in same.items()
    ]
    return groups, refused


def path(run: Run, file: ChangeFile) -> str:
    return f"s3://{run.bronze}/{file.key}"


def _footer(run: Run, file: ChangeFile) -> tuple[str, str]:
    """The schema as the file has it, and nothing; or nothing, and what is wrong."""
    from py4j.protocol import Py4JJavaError

    jvm = run.spark._jvm
    configuration = run.spark._jsc.hadoopConfiguration()
    parquet = jvm.org.apache.parquet.hadoop
    try:
        source = parquet.util.HadoopInputFile.fromPath(
            jvm.org.apache.hadoop.fs.Path(path(run, file)), configuration
        )
        reader = parquet.ParquetFileReader.open(source)
        try:
            return reader.getFooter().getFileMetaData().getSchema().toString(), ""
        finally:
            reader.close()
    except Py4JJavaError as error:
        return "", str(error.java_exception.getMessage()).splitlines()[0]


def judged(run: Run, group: Group, table: ShopTable) -> dict[str, Judged]:
    """What is in the files of the group, by key; a file without rows is left out."""
    from pyspark.sql import functions as sql

    needed = _needed(group, table)
    if missing := [name for name in needed if name not in group.schema.names]:
        trouble = f"has no column {', '.join(missing)}"
        return {file.key: Judged(reason=trouble, rows=0, newest="") for file in group.files}
    counted = [
        *(sql.count(sql.when(sql.col(name).isNull(), 1)).alias(f"no_{name}") for name in needed),
        sql.sort_array(sql.collect_set(sql.col(OP).cast("string"))).alias("ops"),
        sql.count(sql.when(_time().isNull(), 1)).alias("no_time"),
        *([] if group.load else [sql.count(sql.when(~_is_position(), 1)).alias("no_position")]),
        sql.count("*").alias("rows"),
        sql.max(_position(load=group.load)).alias("newest"),
    ]
    found = _read(run, group).groupBy(FILE).agg(*counted).collect()
    allowed = {"I"} if group.load else OPERATIONS
    keys = {path(run, file): file.key for file in group.files}
    return {
        keys[row[FILE]]: Judged(
            reason=_reason(row.asDict(), needed, allowed),
            rows=row["rows"],
            newest=row["newest"] or "",
        )
        for row in found
    }


def _reason(row: dict[str, object], needed: Sequence[str], allowed: set[str]) -> str:
    for name in needed:
        if row[f"no_{name}"]:
            return f"has {row[f'no_{name}']} rows without {name}"
    if strange := [op for op in row["ops"] if op not in allowed]:  # pyright: ignore[reportGeneralTypeIssues]
        return f"has the operation {strange[0]!r}, where only {sorted(allowed)} can be"
    if row["no_time"]:
        return f"has a {COMMITTED_AT} that is no time"
    if row.get("no_position"):
        return f"has a {CHANGE_SEQ} that is not {CHANGE_SEQ_DIGITS} digits"
    return ""


def changes(run: Run, group: Group, files: Sequence[ChangeFile]) -> DataFrame:
    """The rows of some files of the group; `committed_at` and `change_seq` become `changed_at` and
    `change_position`, all else is as in the files.
    """
    return (
        _read(run, replace(group, files=tuple(files)))
        .withColumn(CHANGED_AT, _time())
        .withColumn(POSITION, _position(load=group.load))
        .drop(COMMITTED_AT, CHANGE_SEQ, FILE)
    )


def _needed(group: Group, table: ShopTable) -> list[str]:
    return [OP, COMMITTED_AT, *table.key, *([] if group.load else [CHANGE_SEQ])]


def _read(run: Run, group: Group) -> DataFrame:
    from pyspark.sql import functions as sql

    paths = [path(run, file) for file in group.files]
    return (
        run.spark.read.schema(group.schema).parquet(*paths).withColumn(FILE, sql.input_file_name())
    )


def _time() -> Column:
    from pyspark.sql import functions as sql

    return sql.col(COMMITTED_AT).cast("timestamp_ntz")


def _position(*, load: bool) -> Column:
    """Of a full load it is the start of its task, with the counter at 0."""
    from pyspark.sql import functions as sql

    if load:
        return sql.rpad(sql.date_format(_time(), "yyyyMMddHHmmssSS"), CHANGE_SEQ_DIGITS, "0")
    return sql.col(CHANGE_SEQ).cast("string")


def _is_position() -> Column:
    from pyspark.sql import functions as sql

    return sql.col(CHANGE_SEQ).cast("string").rlike(rf"^[0-9]{{{CHANGE_SEQ_DIGITS}}}$")
