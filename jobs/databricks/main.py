"""The two jobs. `history` computes days again from bronze, `enrich` follows it with Auto Loader;
both hand their lines to `write`.

Spark is imported where it is used: the rest of the wheel is tested without it.
"""

# pyspark is there on Databricks only.
# pyright: reportMissingImports=false, reportUnknownVariableType=false
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false, reportUnknownLambdaType=false

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from jobs.databricks import tables
from jobs.databricks.lines import LINE_SCHEMA, order_lines
from jobs.databricks.tables import DeltaTable
from jobs.databricks.typed import EVENT_SCHEMA, INPUT, REJECTED_SCHEMA, SCHEMA, typed

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


@dataclass(frozen=True, kw_only=True)
class Place:
    """The schema with the tables, e.g. `shoptrend_prod_delta.shop`."""

    schema: str

    def of(self, table: DeltaTable) -> str:
        return f"{self.schema}.{table.name}"


def history(argv: Sequence[str] | None = None) -> None:
    """The last `--days` days, today among them."""
    options = _options(argv, of_days=True)
    spark = _spark()
    place = Place(schema=f"{options.catalog}.{options.schema}")
    prepare(spark, place)
    today = datetime.now(UTC).date()
    folders = existing(
        [f"{options.raw}/{folder}" for folder in days(today, options.days)],
        lambda path: _is_there(spark, path),
    )
    if folders:
        write(spark, lines_of(spark.read.format("text").load(folders)), place)


def enrich(argv: Sequence[str] | None = None) -> None:
    """New files, a batch every `--seconds`, until it is stopped."""
    options = _options(argv, of_days=False)
    spark = _spark()
    place = Place(schema=f"{options.catalog}.{options.schema}")
    prepare(spark, place)
    landed = (
        spark.readStream.format("cloudFiles")
        .option("cloudFiles.format", "text")
        # Files of a quiet hour are small and many: a batch takes no more than it can merge in time.
        .option("cloudFiles.maxFilesPerTrigger", "1000")
        .load(options.raw)
    )
    query = (
        lines_of(landed)
        .writeStream.foreachBatch(lambda batch, _number: write(spark, batch, place))
        .option("checkpointLocation", f"{options.checkpoints}/enrich")
        .trigger(processingTime=f"{options.seconds} seconds")
        .start()
    )
    query.awaitTermination()


def days(today: date, count: int) -> list[str]:
    """Firehose's folders of the last `count` days (UTC), oldest first."""
    return [(today - timedelta(days=back)).strftime("%Y/%m/%d") for back in reversed(range(count))]


def existing(paths: Sequence[str], is_there: Callable[[str], bool]) -> list[str]:
    """A day without events has no folder, and Spark refuses one that is not there."""
    return [path for path in paths if is_there(path)]


def lines_of(frame: DataFrame) -> DataFrame:
    """`value`, `file` and `landed_at` of text files (`typed.INPUT`)."""
    return frame.selectExpr(
        "value",
        "_metadata.file_path as file",
        "_metadata.file_modification_time as landed_at",
    ).select(*INPUT)


def prepare(spark: SparkSession, place: Place) -> None:
    """The tables, where they are missing; columns that are new come with the next merge."""
    from pyspark.sql.pandas.types import from_arrow_schema

    schemas = {
        tables.EVENTS.name: EVENT_SCHEMA,
        tables.LINES.name: LINE_SCHEMA,
        tables.REJECTED.name: REJECTED_SCHEMA,
    }
    for table in tables.TABLES:
        columns = from_arrow_schema(schemas[table.name])
        if table is tables.LINES:
            columns = columns.add("is_new_customer", "boolean")
        fields = ", ".join(f"`{field.name}` {field.dataType.simpleString()}" for field in columns)
        spark.sql(
            f"create table if not exists {place.of(table)} ({fields}) using delta "
            f"comment '{table.description}'"
        )


def write(spark: SparkSession, lines: DataFrame, place: Place) -> None:
    """Types the lines and merges them: events first, because lines are enriched from these."""
    from pyspark.sql.pandas.types import from_arrow_schema

    rows = lines.mapInArrow(typed, from_arrow_schema(SCHEMA)).persist()
    try:
        good = rows.where("reason is null").select(*EVENT_SCHEMA.names)
        merge(spark, good, tables.EVENTS, place)
        merge(
            spark, rows.where("reason is not null").select(*REJECTED_SCHEMA.names),
            tables.REJECTED, place,
        )  # fmt: skip
        sold = good.mapInArrow(order_lines, from_arrow_schema(LINE_SCHEMA))
        session = good.sparkSession
        sold.createOrReplaceTempView("sold")
        merge(
            spark,
            session.sql(tables.enriched("sold", place.of(tables.EVENTS))),
            tables.LINES,
            place,
        )
    finally:
        rows.unpersist()


def merge(spark: SparkSession, rows: DataFrame, table: DeltaTable, place: Place) -> None:
    """One transaction of Delta: a reader sees all of it or nothing."""
    session = rows.sparkSession  # of a stream's batch, which is another than the driver's
    rows.createOrReplaceTempView("copies_in")
    latest = session.sql(tables.last_copies("copies_in", table)).drop("copy_number")
    latest.createOrReplaceTempView("latest_in")
    session.sql(f"""
        merge into {place.of(table)} as target using latest_in as source
        on {table.same}
        when matched and ({table.changed}) then update set *
        when not matched then insert *
    """)


def _options(argv: Sequence[str] | None, *, of_days: bool) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    for name in ("--raw", "--catalog", "--schema"):
        parser.add_argument(name, required=True)
    if of_days:
        parser.add_argument("--days", type=int, required=True)
    else:
        parser.add_argument("--checkpoints", required=True)
        parser.add_argument("--seconds", type=int, required=True)
    return parser.parse_args(sys.argv[1:] if argv is None else argv)


def _spark() -> SparkSession:
    from pyspark.sql import SparkSession

    return SparkSession.builder.getOrCreate()


def _is_there(spark: SparkSession, path: str) -> bool:
    from pyspark.errors import AnalysisException

    try:
        spark.read.format("text").load(path).limit(1).count()
    except AnalysisException:
        return False
    return True
