"""A recorded stream ends up as the rows that the database had: what every engine that merges by the
rules of `jobs.cdc` must reach.
"""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from contract.shop_changes import CHANGED_AT, POSITION, SHOP
from jobs.cdc.load import merge_shop
from tests.jobs.shop_changes import Buckets

STREAM = Path(__file__).parent / "shop_stream"
BRONZE = STREAM / "bronze"


@pytest.fixture(scope="module")
def merged() -> Buckets:
    s3 = Buckets()
    for path in sorted(BRONZE.rglob("*.parquet")):
        key = path.relative_to(BRONZE).as_posix()
        s3.put_object(Bucket="bronze", Key=key, Body=path.read_bytes())
    found = merge_shop(s3, bronze="bronze", silver="silver")
    assert [one.refused for one in found] == [{}] * len(SHOP)
    return s3


@pytest.mark.parametrize("table", SHOP, ids=lambda table: table.name)
def test_a_table_ends_up_as_it_was_in_the_database(merged, table):
    expected = pq.read_table(STREAM / "expected" / f"{table.name}.parquet")
    rows = [
        {name: cell for name, cell in row.items() if name not in (CHANGED_AT, POSITION)}
        for row in merged.rows(table)
    ]
    assert rows == expected.to_pylist()
    assert len(rows) > 0


def test_the_stream_has_every_kind_of_change_and_a_column_that_comes_later():
    ops: set[str] = set()
    for path in BRONZE.rglob("2*.parquet"):
        ops |= set(pq.read_table(path, columns=["Op"])["Op"].to_pylist())
    assert ops == {"I", "U", "D"}
    with_points = [
        "points" in pq.read_schema(path).names
        for path in (BRONZE / "cdc" / "shop" / "customers").rglob("*.parquet")
    ]
    assert set(with_points) == {True, False}
    moved = [
        row["product_id"]
        for path in (BRONZE / "cdc" / "shop" / "products").rglob("2*.parquet")
        for row in pq.read_table(path).to_pylist()
        if row["Op"] == "U" and row["before_product_id"] != row["product_id"]
    ]
    assert moved
