"""Keeps a stream of changes as files, with what must come of it: for tests that have no database.

`python -m local.shop_database.record FOLDER` writes `bronze/cdc/…` as DMS would have, and
`expected/{table}.parquet` with the rows that the database had at the end, in the order of the key.
"""

# pyarrow has no types, so its values are unknown to the checker here.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

import shutil
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from automation.errors import UserError
from contract.shop_changes import SHOP
from local.shop_database.capture import Capture, relation_of, rows_of
from local.shop_database.server import serving
from local.shop_database.types import arrow_type, value
from local.shop_database.workload import Shop

BATCHES = 2
TRANSACTIONS = 20
# After the first batch, so that files of both kinds are there.
NEW_COLUMN = "alter table shop.customers add column points integer"


def record(folder: Path, *, seed: int = 5) -> int:
    """Writes the files anew; returns how many there are in bronze."""
    for part in ("bronze", "expected"):
        shutil.rmtree(folder / part, ignore_errors=True)
    with serving() as server, server.connect() as connection:
        shop = Shop(connection=connection, seed=seed)
        shop.open(customers=12, products=8, orders=15)
        capture = Capture(connection=connection)
        capture.prepare()
        files = list(capture.full_load())
        for number in range(BATCHES):
            shop.work(TRANSACTIONS)
            if number == BATCHES - 1:
                connection.execute(NEW_COLUMN)
                connection.execute("update shop.customers set points = 10 where country = 'PT'")
            found, reached = capture.changes()
            files += found
            if reached is not None:
                capture.done(reached)
        for one in files:
            path = folder / "bronze" / one.key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(one.body)
        (folder / "expected").mkdir(parents=True)
        for table in SHOP:
            relation = relation_of(connection, table.name)
            rows = rows_of(connection, relation)
            columns = {
                column.name: pa.array(
                    [value(column, row[column.name]) for row in rows], arrow_type(column)
                )
                for column in relation.columns
            }
            pq.write_table(pa.table(columns), folder / "expected" / f"{table.name}.parquet")
    return len(files)


if __name__ == "__main__":
    if len(sys.argv) != 2:  # noqa: PLR2004
        sys.exit("usage: python -m local.shop_database.record FOLDER")
    try:
        count = record(Path(sys.argv[1]))
    except UserError as error:
        sys.exit(str(error))
    print(f"{count} files of changes under {sys.argv[1]}/bronze")  # noqa: T201
