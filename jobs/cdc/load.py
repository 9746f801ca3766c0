"""Merges the files of a table that have come to bronze since the last time into its rows in silver.

A table's rows are one object, rewritten as a whole: right for a shop's tables of some million rows
on one machine. Larger ones want a table format and another engine under the same rules.
"""

# pyarrow has no types, so its values are unknown to the checker here.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false
# pyright: reportAttributeAccessIssue=false

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from contract.shop_changes import (
    CDC_PREFIX,
    POSITION,
    QUARANTINED_CHANGES,
    SCHEMA,
    SHOP,
    ShopTable,
)
from jobs.cdc.memory import S3, Listed, Memory
from jobs.cdc.merge import accepted, merge, own_columns
from jobs.cdc.positions import start_of
from jobs.cdc.reading import Refused, read_changes

# A file that comes this long after newer ones is still found.
LATE_DAYS = 7
LOAD = re.compile(r"LOAD[0-9A-F]{8}\.parquet")
CHANGES = re.compile(r"(\d{4}/\d\d/\d\d)/\d{8}-\d{9,10}\.parquet")


@dataclass(frozen=True, kw_only=True)
class Merged:
    """What a merge found and left behind."""

    table: str
    files: int
    """Merged now; those merged earlier do not count."""
    changes: int
    rows: int
    refused: dict[str, str]
    """Keys of the files that were refused now, and why."""


def merge_shop(
    s3: S3, *, bronze: str, silver: str, tables: Iterable[ShopTable] = SHOP
) -> list[Merged]:
    """Merges every table of the shop; `bronze` and `silver` are names of buckets."""
    return [merge_table(s3, table, bronze=bronze, silver=silver) for table in tables]


def merge_table(
    s3: S3,
    table: ShopTable,
    *,
    bronze: str,
    silver: str,
    late_days: int | None = LATE_DAYS,
) -> Merged:
    """Merges what is new. Files of more than `late_days` days before the newest one known are not
    looked for; none: all files are, and merged again.

    Writes rows, memory and, for refused files, `quarantine/cdc/…` in bronze.
    """
    memory = Memory(s3=s3, silver=silver, table=table)
    ledger = memory.ledger()
    horizon = _horizon(ledger.through, late_days)
    prefix = f"{CDC_PREFIX}/{SCHEMA}/{table.name}/"
    listed = list(_listed(s3, bronze, prefix, horizon))
    merged_already = {} if late_days is None else ledger.files
    new = [one for one in listed if merged_already.get(one["Key"]) != one["ETag"]]
    known = memory.known(ledger)
    read = _Read(s3=s3, bronze=bronze, table=table, columns=own_columns(known.rows))
    # The load first: it says what types the columns have, and no change is worth refusing it.
    for load in (True, False):
        for one in new:
            if bool(LOAD.fullmatch(_rest(one, prefix))) is load:
                read.add(one, load=load)
    if new:
        known = merge(
            known,
            read.tables,
            key=table.key,
            loaded=read.loaded,
            forget_before=start_of(horizon) if horizon else "",
        )
        days = [match[1] for one in listed if (match := CHANGES.fullmatch(_rest(one, prefix)))]
        memory.keep(
            known,
            msgspec.structs.replace(
                ledger,
                files={one["Key"]: one["ETag"] for one in listed},
                loaded=known.loaded,
                through=max([ledger.through, *days]),
            ),
        )
    return Merged(
        table=table.name,
        files=len(read.tables),
        changes=sum(part.num_rows for part in read.tables),
        rows=0 if known.rows is None else known.rows.num_rows,
        refused=read.refused,
    )


class _Read:
    """The new files of a table, each read or refused."""

    def __init__(
        self, *, s3: S3, bronze: str, table: ShopTable, columns: dict[str, pa.DataType]
    ) -> None:
        self._s3 = s3
        self._bronze = bronze
        self._table = table
        self._columns = columns
        self.tables: list[pa.Table] = []
        self.refused: dict[str, str] = {}
        self.loaded = ""

    def add(self, one: Listed, *, load: bool) -> None:
        key = one["Key"]
        quarantine = f"{QUARANTINED_CHANGES.prefix}{key.removeprefix(CDC_PREFIX)}.json"
        try:
            body = self._s3.get_object(Bucket=self._bronze, Key=key)["Body"].read()
            found = read_changes(body, key=self._table.key, load=load)
            self._columns = accepted(self._columns, found)
        except Refused as refusal:
            self.refused[key] = str(refusal)
            said = {"reason": str(refusal), "source_file": key, "etag": one["ETag"].strip('"')}
            text = msgspec.json.encode(said) + b"\n"
            self._s3.put_object(Bucket=self._bronze, Key=quarantine, Body=text)
            return
        # It may have been refused before it was put right.
        self._s3.delete_object(Bucket=self._bronze, Key=quarantine)
        self.tables.append(found)
        if load and found.num_rows:
            self.loaded = max(self.loaded, pc.max(found[POSITION]).as_py())


def _horizon(through: str, late_days: int | None) -> date | None:
    if not through or late_days is None:
        return None
    return date.fromisoformat(through.replace("/", "-")) - timedelta(days=late_days)


def _listed(s3: S3, bucket: str, prefix: str, horizon: date | None) -> Iterator[Listed]:
    """Files of the full load, and of changes from the horizon on.

    Days sort before `LOAD…`, so that one listing finds both.
    """
    after = f"{prefix}{horizon:%Y/%m/%d}/" if horizon else prefix
    while page := s3.list_objects_v2(Bucket=bucket, Prefix=prefix, StartAfter=after).get(
        "Contents"
    ):
        after = page[-1]["Key"]
        for one in page:
            rest = _rest(one, prefix)
            if LOAD.fullmatch(rest) or CHANGES.fullmatch(rest):
                yield one


def _rest(one: Listed, prefix: str) -> str:
    return one["Key"].removeprefix(prefix)
