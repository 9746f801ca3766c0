"""Bronze as Firehose leaves it, and the merge of the jobs on a local Delta table."""

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from deltalake import DeltaTable, write_deltalake

from functions.producer.visits import Plan, visits
from jobs.databricks import tables
from jobs.databricks.lines import LINE_SCHEMA, order_lines
from jobs.databricks.tables import DeltaTable as Described
from jobs.databricks.typed import EVENT_SCHEMA, REJECTED_SCHEMA, typed

LANDED = datetime(2026, 1, 5, 12, tzinfo=UTC)
INPUT = pa.schema(
    [("value", pa.string()), ("file", pa.string()), ("landed_at", pa.timestamp("us", tz="UTC"))]
)


def land(folder: Path, documents: list[bytes], files: int = 3) -> list[Path]:
    """The documents as gzipped lines under Firehose's folders, one hour after the other."""
    landed: list[Path] = []
    size = -(-len(documents) // files)
    for number in range(files):
        part = documents[number * size : (number + 1) * size]
        path = folder / f"raw/events/2026/01/05/shop-{number}.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(b"".join(line + b"\n" for line in part), mtime=0))
        landed.append(path)
    return landed


def generated(events: int, seed: int = 7) -> list[bytes]:
    """Visits of the producer, with late, repeated and broken ones among them."""
    return [sent.data for sent in visits(Plan(events=events, seed=seed, days=1))]


def lines(paths: list[Path]) -> pa.RecordBatch:
    """What Spark's text source gives of the files."""
    rows = [
        {
            "value": line.decode(errors="replace"),
            "file": f"s3://bronze/{path.name}",
            "landed_at": at,
        }
        for number, path in enumerate(paths)
        for at in [LANDED + timedelta(hours=number)]
        for line in gzip.decompress(path.read_bytes()).split(b"\n")
    ]
    return pa.RecordBatch.from_pylist(rows, schema=INPUT)


class Lake:
    """The jobs' tables in a folder: `write` does what `jobs.databricks.main.write` does, with
    DuckDB for Spark's SQL and the same conditions of the merge.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for table, schema in (
            (tables.EVENTS, EVENT_SCHEMA),
            (tables.LINES, LINE_SCHEMA.append(pa.field("is_new_customer", pa.bool_()))),
            (tables.REJECTED, REJECTED_SCHEMA),
        ):
            write_deltalake(self.place(table), schema.empty_table(), mode="ignore")

    def place(self, table: Described) -> str:
        return str(self.folder / table.name)

    def write(self, batch: pa.RecordBatch) -> None:
        rows = pa.Table.from_batches(typed([batch]))
        bad = rows["reason"].is_valid()
        good = rows.filter(rows["reason"].is_null()).select(EVENT_SCHEMA.names)
        self.merge(good, tables.EVENTS)
        self.merge(rows.filter(bad).select(REJECTED_SCHEMA.names), tables.REJECTED)
        sold = pa.Table.from_batches(order_lines(good.to_batches()), schema=LINE_SCHEMA)
        with duckdb.connect() as db:
            db.register("sold", sold)
            db.register("events", self.read(tables.EVENTS))
            enriched = db.sql(tables.enriched("sold", "events")).to_arrow_table()
        self.merge(enriched, tables.LINES)

    def merge(self, rows: pa.Table, table: Described, *, new_columns: bool = False) -> None:
        with duckdb.connect() as db:
            db.register("copies_in", rows)
            latest = db.sql(tables.last_copies("copies_in", table)).to_arrow_table()
        latest = latest.drop_columns(["copy_number"]).select(rows.schema.names).cast(rows.schema)
        (
            DeltaTable(self.place(table))
            .merge(
                latest,
                table.same,
                source_alias="source",
                target_alias="target",
                merge_schema=new_columns,
            )
            .when_matched_update_all(predicate=table.changed)
            .when_not_matched_insert_all()
            .execute()
        )

    def read(self, table: Described) -> pa.Table:
        return pa.table(DeltaTable(self.place(table)).to_pyarrow_table())

    def rows(self, table: Described, *columns: str) -> list[dict[str, Any]]:
        found = self.read(table).select(list(columns)) if columns else self.read(table)
        return sorted(found.to_pylist(), key=lambda row: str(row[table.key]))
