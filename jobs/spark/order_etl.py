"""order_etl: the order files that arrived on the day, from bronze to silver and quarantine.

The rules of reading and typing are `jobs.order_file`'s own, run on the workers: a file is planned
and cut into rows by one of them, since a quote may go over lines; rows are typed by all. A file
belongs to the day (UTC) on which it was last written, and replaces what it brought before. One that
cannot be read stops no other.

A worker holds a file's bytes: up to 2 GB, which is also all that Spark takes in one value.
"""

# pyspark is in an environment of its own.
# pyright: reportMissingImports=false, reportUnknownVariableType=false
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false, reportUnknownLambdaType=false

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from contract.order_lines import FileOrderLine
from contract.tables import ORDER_LINES, QUARANTINED_LINES
from jobs.order_file.errors import OrderFileError
from jobs.order_file.lines import Rejected, row_typer
from jobs.order_file.names import DROP, drop_key, stem_of
from jobs.order_file.plan import Plan, Settings, plan_for
from jobs.order_file.reader import Row, rows
from jobs.spark.common import STAGING, JobFailed, Run, start

if TYPE_CHECKING:
    from pyspark import RDD
    from pyspark.sql import DataFrame, SparkSession

LONGEST_FILE = 2_000_000_000
ROWS_A_PART = 500_000  # as `jobs.order_file.silver`
SILVER = [column.name for column in ORDER_LINES.columns]
QUARANTINE = [column.name for column in QUARANTINED_LINES.columns]
TYPED = ", ".join(
    (
        *(f"{column.name} {column.type}" for column in ORDER_LINES.columns),
        "reason string",
        "line string",
        "stem string",
    )
)
ACCEPTED, REFUSED = "order_lines", "quarantined_lines"


def job(run: Run) -> str:
    names, failures = arrived(run)
    if not names and not failures:
        return f"0 order files of {run.day}, 0 lines"
    files = contents(run, names)
    plans = dict(files.mapValues(_plan).collect())
    failures += [f"{name}: {plan}" for name, plan in sorted(plans.items()) if isinstance(plan, str)]
    readable = {name: plan for name, plan in plans.items() if isinstance(plan, Plan)}
    lines = 0
    if readable:
        typed = transform(run.spark, files, readable).persist()
        lines = _write(run, typed, [stem_of(name) for name in readable])
        typed.unpersist()
    if failures:
        raise JobFailed(f"{len(failures)} order files cannot be read: {'; '.join(failures)}")
    return f"{len(readable)} order files of {run.day}, {lines} lines"


def arrived(run: Run) -> tuple[list[str], list[str]]:
    """Names of the files of the day, and why others cannot be loaded."""
    names: list[str] = []
    failures: list[str] = []
    for entry in run.listed(run.bronze, f"{DROP}/"):
        key = entry["Key"]
        if key.endswith("/") or entry["LastModified"].astimezone(UTC).date() != run.day:
            continue
        name = PurePosixPath(key).name
        if drop_key(name) != key:
            failures.append(f"{key}: call it {DROP}/<letters, digits, _ and ->.csv")
        elif entry["Size"] > LONGEST_FILE:
            failures.append(
                f"{name}: has {entry['Size']:,} bytes, the limit is {LONGEST_FILE:,}: split it"
            )
        else:
            names.append(name)
    return names, failures


def contents(run: Run, names: list[str]) -> RDD[tuple[str, bytes]]:
    """Each file's name and bytes, read by the workers."""
    if not names:
        return run.spark.sparkContext.parallelize([])
    paths = [f"s3://{run.bronze}/{drop_key(name)}" for name in names]
    read = run.spark.read.format("binaryFile").load(paths).select("path", "content")
    return read.rdd.map(lambda row: (PurePosixPath(row["path"]).name, bytes(row["content"])))


def transform(
    spark: SparkSession, files: RDD[tuple[str, bytes]], plans: dict[str, Plan]
) -> DataFrame:
    """Every distinct line of the files that have a plan: typed, or with the `reason` why not and
    the `line` as it stands. Of equal lines the first of its file stays.
    """
    from pyspark.sql import Window
    from pyspark.sql import functions as sql

    known = spark.sparkContext.broadcast(plans)

    def cut(file: tuple[str, bytes]) -> Iterator[tuple[str, Row]]:
        name, body = file
        if name in known.value:
            yield from ((name, row) for row in rows(body, known.value[name].layout))

    def typed(part: Iterable[tuple[str, Row]]) -> Iterator[tuple[Any, ...]]:
        typers: dict[str, Callable[[Row], FileOrderLine | Rejected]] = {}
        for name, row in part:
            if name not in typers:
                typers[name] = row_typer(known.value[name], name)
            yield _as_tuple(typers[name](row), stem_of(name))

    # One worker cuts a file; without this it would also type it.
    spread = files.flatMap(cut).repartition(spark.sparkContext.defaultParallelism)
    lines = spark.createDataFrame(spread.mapPartitions(typed), TYPED, verifySchema=False)
    # Rejected lines have no id: each is the only one of its own.
    same = sql.coalesce("line_id", sql.col("line_number").cast("string"))
    first = Window.partitionBy("source_file", same).orderBy("line_number")
    return lines.withColumn("place", sql.row_number().over(first)).where("place = 1").drop("place")


def _plan(body: bytes) -> Plan | str:
    try:
        return plan_for(body, Settings())
    except OrderFileError as error:
        return str(error)


def _as_tuple(line: FileOrderLine | Rejected, stem: str) -> tuple[Any, ...]:
    values = (getattr(line, name, None) for name in SILVER)
    if isinstance(line, Rejected):
        return (*values, line.reason, line.line, stem)
    return (*values, None, None, stem)


def _write(run: Run, typed: DataFrame, stems: list[str]) -> int:
    from pyspark.sql import functions as sql

    accepted = typed.where("reason is null").select(*SILVER, "stem")
    _by_file(accepted).option("maxRecordsPerFile", ROWS_A_PART).parquet(_staged(run, ACCEPTED))
    value = sql.to_json(sql.struct(*QUARANTINE)).alias("value")
    rejected = typed.where("reason is not null").select("line_number", value, "stem")
    _by_file(rejected, "value").option("compression", "gzip").text(_staged(run, REFUSED))

    parts = _by_stem(run.parts(ACCEPTED, ".parquet"))
    quarantine = _by_stem(run.parts(REFUSED, ".txt.gz"))
    lines = run.rows([part for found in parts.values() for part in found]) if parts else 0
    for stem in stems:
        _replace(run, stem, parts.get(stem, []))
        key = f"{QUARANTINED_LINES.prefix}/{stem}.json.gz"
        if stem in quarantine:
            (part,) = quarantine[stem]
            run.publish(part, key, bucket=run.bronze)
        else:
            run.s3.delete_object(Bucket=run.bronze, Key=key)
    for folder in (ACCEPTED, REFUSED):
        run.tidy(folder)
    return lines


def _by_file(frame: DataFrame, *columns: str) -> Any:  # noqa: ANN401 (pyspark has no types here)
    """A writer of one folder for each file, its lines in their order."""
    placed = frame.repartition("stem").sortWithinPartitions("stem", "line_number")
    kept = placed.select(*columns, "stem") if columns else placed
    return kept.write.mode("overwrite").partitionBy("stem")


def _staged(run: Run, folder: str) -> str:
    return f"s3://{run.silver}/{STAGING}/{folder}"


def _by_stem(parts: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for part in parts:
        found[PurePosixPath(part).parent.name.removeprefix("stem=")].append(part)
    return found


def _replace(run: Run, stem: str, parts: list[str]) -> None:
    """The new parts under the names that `jobs.order_file.load` gives, and none of an older load:
    a file without a good line has no object here, where the other has an empty one.
    """
    first, further = f"{ORDER_LINES.prefix}/{stem}.parquet", f"{ORDER_LINES.prefix}/{stem}.part-"
    keys = [first, *(f"{further}{number:04}.parquet" for number in range(2, len(parts) + 1))]
    for part, key in zip(parts, keys, strict=False):
        run.publish(part, key)
    kept = set(keys[: len(parts)])
    for entry in [*run.listed(run.silver, first), *run.listed(run.silver, further)]:
        if entry["Key"] not in kept:
            run.s3.delete_object(Bucket=run.silver, Key=entry["Key"])


if __name__ == "__main__":
    start(job)
