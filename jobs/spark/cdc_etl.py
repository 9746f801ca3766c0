"""cdc_etl: the shop database's changes, from the files that DMS lands in bronze to one table each
in silver, as `jobs.cdc` says.

A table's rows are one object, as the other engine writes them, and the ledger is the same: either
may go on where the other stopped. Spark has no bound of memory there, but one worker writes it.
"""

# pyspark is in an environment of its own.
# pyright: reportMissingImports=false, reportUnknownVariableType=false
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false, reportUnknownLambdaType=false

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from contract.shop_changes import CHANGE_SEQ_DIGITS, CHANGED_AT, POSITION, SHOP, ShopTable
from jobs.spark.cdc_files import (
    ChangeFile,
    Ledger,
    Memory,
    acquit,
    horizon_of,
    listed,
    refuse,
)
from jobs.spark.cdc_merge import GONE, Refused, accepted, merge, own_columns
from jobs.spark.cdc_reading import Group, changes, grouped, judged
from jobs.spark.common import JobFailed, Run, start

if TYPE_CHECKING:
    from pyspark.sql import DataFrame
    from pyspark.sql.types import DataType

NAME = "cdc"
TABLES_AT_ONCE = 3


@dataclass(frozen=True, kw_only=True)
class Merged:
    """What a merge of a table found."""

    files: int
    changes: int
    rows: int
    refused: dict[str, str]


def job(run: Run) -> str:
    # Tables know nothing of each other, and one alone leaves most of a cluster idle.
    with ThreadPoolExecutor(TABLES_AT_ONCE) as pool:
        merged = list(pool.map(lambda table: merge_table(run, table), SHOP))
    refused = {key: reason for one in merged for key, reason in one.refused.items()}
    if refused:
        told = "; ".join(f"{key}: {reason}" for key, reason in sorted(refused.items()))
        raise JobFailed(f"{len(refused)} files of changes were refused: {told}")
    files, found, rows = (
        sum(counts)
        for counts in zip(*((one.files, one.changes, one.rows) for one in merged), strict=True)
    )
    return f"{found} changes of {files} files, {rows} rows in {len(merged)} tables"


def merge_table(run: Run, table: ShopTable) -> Merged:
    """Merges what is new. Writes rows, memory and, for refused files, `quarantine/cdc/…`."""
    memory = Memory(run=run, table=table)
    ledger = memory.ledger()
    horizon = horizon_of(ledger, reread=run.reread)
    seen = listed(run, table, horizon)
    known_files = {} if run.reread else ledger.files
    new = [file for file in seen if known_files.get(file.key) != file.etag]
    rows = memory.known(memory.rows_key)
    if not new:
        return Merged(files=0, changes=0, rows=rows.count() if rows else 0, refused={})
    read = _read(run, table, new, own_columns(rows.schema) if rows else {})
    for file in new:
        if file.key in read.refused:
            refuse(run, file, read.refused[file.key])
        else:
            acquit(run, file)
    loaded = max(ledger.loaded, read.loaded)
    count = 0
    if rows is not None or read.frames:
        latest = merge(
            rows,
            memory.known(memory.gone_key),
            read.frames,
            key=table.key,
            columns=read.columns,
            loaded=loaded,
        ).persist()
        forget = f"{horizon:%Y%m%d}".ljust(CHANGE_SEQ_DIGITS, "0") if horizon else ""
        count = _write(memory, latest, read.columns, forget)
        latest.unpersist()
    # The ledger last: a run that dies before is done again, and changes nothing that it did.
    memory.keep(
        Ledger(
            files={file.key: file.etag for file in seen},
            loaded=loaded,
            through=max([ledger.through, *(file.day for file in seen)]),
        )
    )
    return Merged(
        files=len(new) - len(read.refused), changes=read.count, rows=count, refused=read.refused
    )


@dataclass(frozen=True, kw_only=True)
class _Read:
    """The new files of a table. `columns`: of the table, with theirs. `loaded`: the greatest
    position of a full load among them, or "".
    """

    frames: list[DataFrame]
    columns: dict[str, DataType]
    refused: dict[str, str]
    loaded: str
    count: int


def _read(
    run: Run, table: ShopTable, new: Sequence[ChangeFile], columns: dict[str, DataType]
) -> _Read:
    groups, refused = grouped(run, new)
    group_of: dict[str, Group] = {file.key: group for group in groups for file in group.files}
    judgements = {key: one for group in groups for key, one in judged(run, group, table).items()}
    refused |= {key: one.reason for key, one in judgements.items() if one.reason}
    # The load first: it says what types the columns have, and no change is worth refusing it.
    for file in sorted(new, key=lambda file: not file.load):
        if file.key in refused:
            continue
        try:
            columns = accepted(columns, own_columns(group_of[file.key].schema))
        except Refused as refusal:
            refused[file.key] = str(refusal)
    frames: list[DataFrame] = []
    for group in groups:
        if files := [file for file in group.files if file.key not in refused]:
            frames.append(changes(run, group, files))
    good = {key: one for key, one in judgements.items() if key not in refused}
    return _Read(
        frames=frames,
        columns=columns,
        refused=refused,
        loaded=max(
            (good[file.key].newest for file in new if file.load and file.key in good), default=""
        ),
        count=sum(one.rows for one in good.values()),
    )


def _write(
    memory: Memory, latest: DataFrame, columns: dict[str, DataType], forget_before: str
) -> int:
    """Both are staged before either is published: what they are made of is what is replaced."""
    run, table = memory.run, memory.table
    name = f"{NAME}/{table.name}"
    kept = latest.where(f"not {GONE}").select(*columns, CHANGED_AT, POSITION)
    deleted = latest.where(f"{GONE} and {POSITION} >= '{forget_before}'")
    staged: dict[str, Any] = {
        key: run.staged(frame.repartition(1).sortWithinPartitions(*table.key), f"{name}/{folder}")
        for key, folder, frame in (
            (memory.gone_key, "gone", deleted.select(*table.key, POSITION)),
            (memory.rows_key, "rows", kept),
        )
    }
    for key, (part,) in staged.items():
        run.publish(part, key)
    count = run.rows(staged[memory.rows_key])
    run.tidy(name)
    return count


if __name__ == "__main__":
    start(job)
