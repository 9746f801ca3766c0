"""What the Spark jobs share: the frame of a run, and writing a DataFrame as objects that replace
others.

Spark writes folders of parts; the lake's tables are objects with names. So a result is written
under `spark_staging/` and copied: readers see the old object or the new one, and a run that dies
leaves the old one. One run of a job at a time.
"""

# boto3 has no types, and pyspark is in an environment of its own.
# pyright: reportMissingImports=false, reportUnknownVariableType=false
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

STAGING = "spark_staging"
YESTERDAY = "yesterday"

SETTINGS = {
    # Instants are of UTC, whatever the cluster's clock is set to.
    "spark.sql.session.timeZone": "UTC",
    # Spark's default is INT96, which has no unit; the other engines write microseconds.
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.parquet.compression.codec": "zstd",
    # Names of columns are what the files say.
    "spark.sql.caseSensitive": "true",
}


class JobFailed(Exception):  # noqa: N818  as `CommandFailed`, whose text is for the same reader
    """A job could not do its work; the text is for whoever reads the alert."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """What a job is given. `bronze` and `silver` are names of buckets, `day` is one of UTC.
    `reread`: look at every file again, however old.
    """

    spark: SparkSession
    s3: Any
    bronze: str
    silver: str
    day: date
    reread: bool = False

    def listed(self, bucket: str, prefix: str) -> Iterator[dict[str, Any]]:
        """The objects under a prefix, as S3 lists them, in the order of their keys."""
        for page in self.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            yield from page.get("Contents", ())

    def staged(self, frame: DataFrame, name: str) -> list[str]:
        """Keys in silver of the Parquet parts that the frame became, in the order of the parts."""
        frame.write.mode("overwrite").parquet(f"s3://{self.silver}/{STAGING}/{name}")
        return self.parts(name, ".parquet")

    def parts(self, name: str, ending: str) -> list[str]:
        """Keys of what was written to a folder of the staging area."""
        found = self.listed(self.silver, f"{STAGING}/{name}/")
        return [entry["Key"] for entry in found if entry["Key"].endswith(ending)]

    def publish(self, part: str, key: str, *, bucket: str | None = None) -> None:
        """Copies a staged part to its place, in silver unless another bucket is named."""
        self.s3.copy({"Bucket": self.silver, "Key": part}, bucket or self.silver, key)

    def tidy(self, name: str) -> None:
        """Deletes a folder of the staging area."""
        for entry in list(self.listed(self.silver, f"{STAGING}/{name}/")):
            self.s3.delete_object(Bucket=self.silver, Key=entry["Key"])

    def rows(self, parts: Sequence[str]) -> int:
        """How many rows staged Parquet parts have, by their footers."""
        return self.spark.read.parquet(*[f"s3://{self.silver}/{part}" for part in parts]).count()


def start(
    job: Callable[[Run], str],
    argv: Sequence[str] | None = None,
    spark: SparkSession | None = None,
) -> str:
    """Runs a job with the arguments of its command line, and returns what it said.

    Ends the process with one sentence, and 1, where the job failed. `spark`: a session that is
    there already, otherwise the cluster's.
    """
    arguments = list(sys.argv if argv is None else argv)
    options, _ = _parser().parse_known_args(arguments[1:])
    session = spark or _session()
    for name, value in SETTINGS.items():
        session.conf.set(name, value)
    bookmark = _bookmark(arguments, session) if options.JOB_NAME else None
    try:
        said = job(
            Run(
                spark=session,
                s3=_s3(),
                bronze=options.bronze,
                silver=options.silver,
                day=day_of(options.day),
                reread=options.reread == "true",
            )
        )
    except JobFailed as failure:
        raise SystemExit(str(failure)) from None
    if bookmark is not None:
        bookmark.commit()
    sys.stdout.write(f"{said}\n")
    return said


def day_of(text: str, *, today: date | None = None) -> date:
    """A day as 2026-01-31, or `yesterday` (UTC). Raises `JobFailed` for anything else."""
    if text == YESTERDAY:
        return (today or datetime.now(UTC).date()) - timedelta(days=1)
    with suppress(ValueError):
        day = date.fromisoformat(text)
        if day.isoformat() == text:
            return day
    raise JobFailed(f"{text!r} is no day: write it as 2026-01-31, or {YESTERDAY}")


def _parser() -> argparse.ArgumentParser:
    """Glue adds arguments of its own, which are for its library."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--bronze", required=True)
    parser.add_argument("--silver", required=True)
    parser.add_argument("--day", default=YESTERDAY)
    parser.add_argument("--reread", default="false", choices=["true", "false"])
    parser.add_argument("--JOB_NAME", default="")
    return parser


def _session() -> SparkSession:
    from pyspark.sql import SparkSession

    return SparkSession.builder.getOrCreate()


def _s3() -> Any:  # noqa: ANN401 (boto3 has no types)
    import boto3

    return boto3.client("s3")


def _bookmark(arguments: list[str], spark: SparkSession) -> Any:  # noqa: ANN401 (Glue's has no types)
    """Glue's own record of the run, where Glue runs it. What a run has seen the jobs do not ask it
    for: order files and exports lie in folders of days, and changes have a ledger in silver.
    """
    try:
        from awsglue.context import GlueContext
        from awsglue.job import Job
        from awsglue.utils import getResolvedOptions
    except ImportError:
        return None
    options = getResolvedOptions(arguments, ["JOB_NAME"])
    job = Job(GlueContext(spark.sparkContext))
    job.init(options["JOB_NAME"], options)
    return job
