"""Which files of changes a merge reads, and what it remembers of them: the ledger of `jobs.cdc`, in
the same object and form.

Names and limits are those of `jobs.cdc.load`; a test compares, since that module needs libraries
that a cluster has not.
"""

# pyspark is in an environment of its own.
# pyright: reportMissingImports=false, reportUnknownVariableType=false
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import msgspec

from contract.shop_changes import (
    CDC_PREFIX,
    QUARANTINED_CHANGES,
    SCHEMA,
    STATE_PREFIX,
    ShopTable,
)
from jobs.spark.common import Run

LATE_DAYS = 7
LOAD = re.compile(r"LOAD[0-9A-F]{8}\.parquet")
CHANGES = re.compile(r"(\d{4}/\d\d/\d\d)/\d{8}-\d{9,10}\.parquet")


class Ledger(msgspec.Struct, frozen=True, kw_only=True):
    """Files by their ETag, the newest load's position, and the newest day that was seen."""

    files: dict[str, str] = {}
    loaded: str = ""
    through: str = ""


@dataclass(frozen=True, kw_only=True)
class ChangeFile:
    key: str
    etag: str
    load: bool
    day: str
    """`2026/01/31` from the key; empty for a full load."""


@dataclass(frozen=True, kw_only=True)
class Memory:
    """Where a table's rows and the memory of its merges lie, in silver."""

    run: Run
    table: ShopTable
    rows_key: str = field(init=False)
    gone_key: str = field(init=False)
    ledger_key: str = field(init=False)

    def __post_init__(self) -> None:
        prefix = f"{STATE_PREFIX}/{SCHEMA}/{self.table.name}"
        object.__setattr__(self, "rows_key", f"{self.table.silver.prefix}/rows.parquet")
        object.__setattr__(self, "gone_key", f"{prefix}/gone.parquet")
        object.__setattr__(self, "ledger_key", f"{prefix}/merged.json")

    def has(self, key: str) -> bool:
        return any(entry["Key"] == key for entry in self.run.listed(self.run.silver, key))

    def ledger(self) -> Ledger:
        if not self.has(self.ledger_key):
            return Ledger()
        with self.run.s3.get_object(Bucket=self.run.silver, Key=self.ledger_key)["Body"] as body:
            return msgspec.json.decode(body.read(), type=Ledger)

    def known(self, key: str) -> Any | None:  # noqa: ANN401 (pyspark has no types here)
        """Rows, or deleted keys; none where nothing has been merged."""
        if not self.has(key):
            return None
        return self.run.spark.read.parquet(f"s3://{self.run.silver}/{key}")

    def keep(self, ledger: Ledger) -> None:
        body = msgspec.json.encode(ledger, order="sorted")
        self.run.s3.put_object(Bucket=self.run.silver, Key=self.ledger_key, Body=body)


def horizon_of(ledger: Ledger, *, reread: bool) -> date | None:
    """The first day whose files are looked for; none: all are."""
    if reread or not ledger.through:
        return None
    return date.fromisoformat(ledger.through.replace("/", "-")) - timedelta(days=LATE_DAYS)


def listed(run: Run, table: ShopTable, horizon: date | None) -> list[ChangeFile]:
    """Files of the full load, and of changes from the horizon on, in the order of their keys."""
    prefix = f"{CDC_PREFIX}/{SCHEMA}/{table.name}/"
    after = f"{prefix}{horizon:%Y/%m/%d}/" if horizon else prefix
    pages = run.s3.get_paginator("list_objects_v2").paginate(
        Bucket=run.bronze, Prefix=prefix, StartAfter=after
    )
    return [found for page in pages for found in _files(page.get("Contents", ()), prefix)]


def _files(entries: Any, prefix: str) -> Iterator[ChangeFile]:  # noqa: ANN401 (boto3 has no types)
    for entry in entries:
        key, etag = entry["Key"], entry["ETag"]
        rest = key.removeprefix(prefix)
        if LOAD.fullmatch(rest):
            yield ChangeFile(key=key, etag=etag, load=True, day="")
        elif match := CHANGES.fullmatch(rest):
            yield ChangeFile(key=key, etag=etag, load=False, day=match[1])


def refuse(run: Run, file: ChangeFile, reason: str) -> None:
    """Writes the reason to quarantine in bronze; the file stays where it is."""
    said = {"reason": reason, "source_file": file.key, "etag": file.etag.strip('"')}
    body = msgspec.json.encode(said) + b"\n"
    run.s3.put_object(Bucket=run.bronze, Key=quarantine_key(file), Body=body)


def acquit(run: Run, file: ChangeFile) -> None:
    """A file that is merged may have been refused before it was put right."""
    run.s3.delete_object(Bucket=run.bronze, Key=quarantine_key(file))


def quarantine_key(file: ChangeFile) -> str:
    return f"{QUARANTINED_CHANGES.prefix}{file.key.removeprefix(CDC_PREFIX)}.json"
