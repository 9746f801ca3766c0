"""The demo's batch part: a shop whose changes go to bronze and are merged to silver, and the proof
that silver then says what the database says.
"""

# pyarrow has no types, so its values are unknown to the checker here.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, Protocol

import pyarrow.parquet as pq
from psycopg import Connection

from automation.errors import UserError
from contract.shop_changes import CHANGED_AT, POSITION, SHOP, ShopTable
from jobs.cdc.load import Merged, merge_shop
from local.shop_database.capture import Capture, relation_of, rows_of
from local.shop_database.dms_files import LandedFile
from local.shop_database.server import serving
from local.shop_database.types import Value, value
from local.shop_database.workload import Shop
from local.steps import Show

BATCHES = 3


class Identity(Protocol):
    """Who calls AWS (`local.access.Access`)."""

    def client(self, service: str) -> Any: ...  # noqa: ANN401 (boto3 has no types)


@dataclass(frozen=True, kw_only=True)
class Options:
    """How much happens. `transactions` are spread over three batches of files."""

    customers: int = 200
    products: int = 100
    orders: int = 300
    transactions: int = 300
    seed: int = 7


@dataclass(kw_only=True)
class Batch:
    """What was landed and what came of it. `operations`: rows in files of changes, by I, U and D;
    `silver`: rows of each table, equal to those in the database.
    """

    files: int = 0
    loaded: int = 0
    operations: Counter[str] = field(default_factory=Counter[str])
    merged: int = 0
    refused: int = 0
    silver: dict[str, int] = field(default_factory=dict[str, int])

    def __str__(self) -> str:
        changes = ", ".join(f"{self.operations[op]:,} {op}" for op in "IUD")
        return (
            f"{self.loaded:,} rows loaded and {changes} in {self.files} files; silver has "
            f"{sum(self.silver.values()):,} rows in {len(self.silver)} tables, as the database"
        )


def run(
    lander: Identity,
    transform: Identity,
    outputs: dict[str, Any],
    *,
    options: Options | None = None,
    show: Show,
) -> Batch:
    """Run the shop, land its changes as `lander`, merge them as `transform`.

    `outputs` are the stack's: `bronze_bucket` and `silver_bucket`. Raises `UserError` when silver
    is not the database, row by row.
    """
    chosen = options or Options()
    bronze = str(outputs["bronze_bucket"])
    silver = str(outputs["silver_bucket"])
    batch = Batch()
    with serving() as server, server.connect() as connection:
        shop = Shop(connection=connection, seed=chosen.seed)
        shop.open(customers=chosen.customers, products=chosen.products, orders=chosen.orders)
        for number, files in enumerate(_files(shop, chosen.transactions)):
            for one in files:
                lander.client("s3").put_object(Bucket=bronze, Key=one.key, Body=one.body)
            _count(batch, files, load=number == 0)
            show(f"{batch.files} files in bronze, merging")
            _count_merged(batch, merge_shop(transform.client("s3"), bronze=bronze, silver=silver))
        _all_equal(connection, transform, silver)
    return batch


def _files(shop: Shop, transactions: int) -> Iterator[list[LandedFile]]:
    """The full load, then a batch of changes at a time."""
    capture = Capture(connection=shop.connection)
    capture.prepare()
    yield list(capture.full_load())
    for number in range(BATCHES):
        shop.work(transactions * (number + 1) // BATCHES - transactions * number // BATCHES)
        files, reached = capture.changes()
        yield files
        if reached is not None:
            capture.done(reached)


def _count(batch: Batch, files: Iterable[LandedFile], *, load: bool) -> None:
    for one in files:
        batch.files += 1
        if load:
            batch.loaded += sum(one.rows.values())
        else:
            batch.operations.update(one.rows)


def _count_merged(batch: Batch, merged: Iterable[Merged]) -> None:
    for one in merged:
        batch.merged += one.changes
        batch.refused += len(one.refused)
        batch.silver[one.table] = one.rows


def _all_equal(
    connection: Connection[tuple[object, ...]], transform: Identity, silver: str
) -> None:
    differences = [
        said
        for table in SHOP
        if (said := difference(connection, table, _silver(transform, silver, table)))
    ]
    if differences:
        raise UserError("silver is not what the shop has:\n  " + "\n  ".join(differences))


def difference(
    connection: Connection[tuple[object, ...]], table: ShopTable, silver: list[dict[str, Value]]
) -> str | None:
    """The first row in which silver and the database differ, in words; none if they are equal."""
    relation = relation_of(connection, table.name)
    columns = relation.columns
    wanted = [
        {column.name: value(column, row[column.name]) for column in columns}
        for row in rows_of(connection, relation)
    ]
    found = [
        {name: cell for name, cell in row.items() if name not in (CHANGED_AT, POSITION)}
        for row in silver
    ]
    keyed = {tuple(row[name] for name in table.key): row for row in found}
    if len(keyed) != len(found):
        return f"{table.name} has a key twice in silver"
    for row in wanted:
        key = tuple(row[name] for name in table.key)
        if (other := keyed.pop(key, None)) != row:
            return f"{table.name} {key} is {row} in the database and {other} in silver"
    if keyed:
        return f"{table.name} {next(iter(keyed))} is in silver only"
    return None


def _silver(transform: Identity, bucket: str, table: ShopTable) -> list[dict[str, Value]]:
    """None for a table that nothing has come for."""
    s3 = transform.client("s3")
    key = f"{table.silver.prefix}/rows.parquet"
    if not s3.list_objects_v2(Bucket=bucket, Prefix=key).get("Contents"):
        return []
    return rows_in(s3.get_object(Bucket=bucket, Key=key)["Body"].read())


def rows_in(body: bytes) -> list[dict[str, Value]]:
    """The rows of a Parquet file."""
    return pq.read_table(BytesIO(body)).to_pylist()
