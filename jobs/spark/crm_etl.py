"""crm_etl: the day's export of the CRM, from JSON in bronze to active customers in silver.

Reads `crm/yyyy/mm/dd/*.json` (`.json.gz`; one object a line, or an array), keeps `status`
`active`, and writes `customer_id`, `email` and `created_date` as one Parquet file for the day. The
rows are those of `pipelines.commands.crm`.
"""

# pyspark is in an environment of its own.
# pyright: reportMissingImports=false, reportUnknownVariableType=false
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false, reportUnknownLambdaType=false

from __future__ import annotations

import zlib
from functools import reduce
from typing import TYPE_CHECKING

from jobs.spark.common import JobFailed, Run, start

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

SOURCE = "crm"
TABLE = "crm_customers"
FIELDS = "customer_id string, email string, status string, created_at string"
# Spark's own cast also takes `2026`, and a time of day as one of today.
TIME = r"^\d{4}-\d{1,2}-\d{1,2}([ T].*)?$"
HEAD_BYTES = 1024
GZIP_WINDOW = 31  # zlib: the largest window, with the header of gzip


def job(run: Run) -> str:
    prefix = f"{SOURCE}/{run.day:%Y/%m/%d}/"
    keys = [
        entry["Key"]
        for entry in run.listed(run.bronze, prefix)
        if entry["Key"].endswith((".json", ".json.gz"))
    ]
    if not keys:
        return f"the CRM exported nothing on {run.day}"
    try:
        exported = read(run, keys).persist()
        refuse_unreadable(run, exported)
        (part,) = run.staged(
            transform(exported).repartition(1).sortWithinPartitions("customer_id"), TABLE
        )
    except Exception as error:
        # Spark says so in the middle of a long message about stages, under a class of Java.
        if "MALFORMED_RECORD_IN_PARSING" not in str(error):
            raise
        raise JobFailed(
            f"the CRM's export of {run.day} cannot be read: a record is no JSON object with texts"
        ) from None
    rows = run.rows([part])
    run.publish(part, f"{TABLE}/day={run.day}/customers.parquet")
    run.tidy(TABLE)
    exported.unpersist()
    return f"{rows} active customers of {len(keys)} files on {run.day}"


def read(run: Run, keys: list[str]) -> DataFrame:
    """The exports as texts. Spark must be told of an array that goes over lines."""
    arrays = [key for key in keys if first_sign(run, key) == "["]
    lines = [key for key in keys if key not in arrays]
    reader = run.spark.read.schema(FIELDS).option("mode", "FAILFAST")
    frames = [
        reader.option("multiLine", str(multi_line).lower()).json(
            [f"s3://{run.bronze}/{key}" for key in group]
        )
        for group, multi_line in ((arrays, True), (lines, False))
        if group
    ]
    return reduce(lambda one, other: one.unionByName(other), frames)


def first_sign(run: Run, key: str) -> str:
    """The first character that is no blank, or "" for a file without any among its first bytes."""
    with run.s3.get_object(Bucket=run.bronze, Key=key)["Body"] as body:
        head: bytes = body.read(HEAD_BYTES)
    if key.endswith(".gz"):
        head = zlib.decompressobj(GZIP_WINDOW).decompress(head, HEAD_BYTES)
    return head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1].decode(errors="replace")


def transform(exported: DataFrame) -> DataFrame:
    """One row a customer: an export that is split may repeat one at its seams."""
    from pyspark.sql import Window
    from pyspark.sql import functions as sql

    newest = Window.partitionBy("customer_id").orderBy(
        sql.col("created").desc_nulls_last(), sql.col("email").asc_nulls_last()
    )
    return (
        exported.where("status = 'active'")
        .withColumn("created", _time())
        .withColumn("place", sql.row_number().over(newest))
        .where("place = 1")
        .select("customer_id", "email", sql.col("created").cast("date").alias("created_date"))
    )


def refuse_unreadable(run: Run, exported: DataFrame) -> None:
    if wrong := unreadable(exported).head(1):
        raise JobFailed(
            f"the CRM's export of {run.day} cannot be read: created_at {wrong[0][0]!r} is no time; "
            "write it as 2026-01-31T10:00:00"
        )


def unreadable(exported: DataFrame) -> DataFrame:
    """Values of `created_at` that are no time, of whatever status."""
    from pyspark.sql import functions as sql

    given = sql.col("created_at")
    return exported.where(given.isNotNull() & (~given.rlike(TIME) | _time().isNull())).select(given)


def _time() -> Column:
    """As written: a zone behind it is left out, so that the day is the customer's own."""
    from pyspark.sql import functions as sql

    return sql.col("created_at").cast("timestamp_ntz")


if __name__ == "__main__":
    start(job)
