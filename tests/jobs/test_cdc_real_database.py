"""Whatever happens in a real Postgres, silver ends up as its tables are, row by row."""

import pytest

from contract.shop_changes import SHOP
from jobs.cdc.load import merge_shop
from local.shop_database.batch import difference
from local.shop_database.capture import Capture
from local.shop_database.server import Server, serving
from local.shop_database.workload import Shop
from tests.jobs.shop_changes import TABLES, Buckets


@pytest.fixture(scope="module")
def server():
    with serving() as running:
        yield running


@pytest.fixture
def shop(server: Server):
    """A shop of its own and its capture. Slots go after it: one that nobody reads keeps the log."""
    with server.connect() as connection:
        capture = Capture(connection=connection)
        try:
            yield Shop(connection=connection, seed=11), capture
        finally:
            connection.execute(
                "select pg_drop_replication_slot(slot_name) from pg_replication_slots"
            )
            connection.execute("drop publication if exists shop_changes")
            connection.execute("drop schema if exists shop cascade")


def land(s3: Buckets, files) -> None:
    for one in files:
        s3.put_object(Bucket="bronze", Key=one.key, Body=one.body)


def merge(s3: Buckets):
    return merge_shop(s3, bronze="bronze", silver="silver")


def differences(connection, s3: Buckets) -> list[str]:
    found = (
        difference(connection, table, s3.rows(table))
        for table in SHOP
        if ("silver", f"{table.silver.prefix}/rows.parquet") in s3.objects
    )
    return [one for one in found if one]


@pytest.mark.parametrize("seed", range(6))
def test_a_day_of_transactions_ends_up_in_silver_whatever_order_files_come_in(shop, seed):
    day, capture = shop
    day.random.seed(seed)
    day.open(customers=15, products=10, orders=20)
    capture.prepare()
    s3 = Buckets(page=7)
    files = list(capture.full_load())
    for _ in range(4):
        day.work(25)
        found, reached = capture.changes()
        files += found
        if day.random.random() < 0.7:  # else the task dies before it has noted how far it came
            capture.done(reached)
    day.random.shuffle(files)
    for start in range(0, len(files), 5):
        land(s3, files[start : start + 5])
        merge(s3)
    assert differences(day.connection, s3) == []
    rows = sum(len(s3.rows(table)) for table in SHOP)
    before = dict(s3.objects)
    assert all(one.files == 0 for one in merge(s3))
    assert s3.objects == before
    # All of it once more, as if nothing had been remembered.
    for table in SHOP:
        s3.merge(table, late_days=None)
    assert sum(len(s3.rows(table)) for table in SHOP) == rows
    assert differences(day.connection, s3) == []


def test_the_stream_has_what_readers_get_wrong(shop):
    day, capture = shop
    day.open(customers=5, products=5, orders=5)
    capture.prepare()
    with day.connection.transaction():
        day.place_again()
        day.change_a_mind()
    day.renumber_product()
    files, _ = capture.changes()
    orders = next(one for one in files if "/orders/" in one.key)
    assert orders.rows == {"D": 2, "I": 2, "U": 1}
    products = next(one for one in files if "/products/" in one.key)
    assert products.rows == {"U": 1}


def test_a_new_column_comes_to_silver_with_the_first_row_that_has_it(shop):
    day, capture = shop
    day.open(customers=4, products=4, orders=4)
    capture.prepare()
    s3 = Buckets()
    land(s3, capture.full_load())
    merge(s3)
    day.connection.execute("alter table shop.customers add column points integer")
    day.connection.execute("update shop.customers set points = 7 where customer_id = 2")
    day.work(20)
    land(s3, capture.changes()[0])
    merge(s3)
    assert differences(day.connection, s3) == []
    points = {row["customer_id"]: row["points"] for row in s3.rows(TABLES["customers"])}
    assert points[2] == 7
    assert None in points.values()


def test_a_reload_takes_along_what_went_while_nobody_read(shop):
    day, capture = shop
    day.open(customers=6, products=6, orders=10)
    capture.prepare()
    s3 = Buckets()
    land(s3, capture.full_load())
    day.work(15)
    land(s3, capture.changes()[0])
    merge(s3)
    day.connection.execute("select pg_drop_replication_slot('shop_capture')")
    day.connection.execute("drop publication shop_changes")
    day.work(30)
    again = Capture(connection=day.connection)
    again.prepare()
    land(s3, again.full_load())
    day.work(10)
    land(s3, again.changes()[0])
    merge(s3)
    assert differences(day.connection, s3) == []


def test_the_contract_s_tables_are_those_of_the_database(shop):
    day, _ = shop
    day.open(customers=1, products=1, orders=1)
    hive = {
        "bigint": "bigint",
        "integer": "int",
        "character varying": "string",
        "character": "string",
        "timestamp without time zone": "timestamp",
        "date": "date",
    }
    found = day.connection.execute(
        "select table_name, column_name, data_type, numeric_precision, numeric_scale "
        "from information_schema.columns where table_schema = 'shop' order by ordinal_position"
    ).fetchall()
    for table in SHOP:
        columns = {
            name: f"decimal({digits},{scale})" if type_ == "numeric" else hive[type_]
            for owner, name, type_, digits, scale in found
            if owner == table.name
        }
        assert columns == {column.name: column.type for column in table.columns}
    assert {row[0] for row in found} == set(TABLES)
    keys = day.connection.execute(
        "select c.relname, array_agg(a.attname::text order by a.attnum) from pg_index i "
        "join pg_class c on c.oid = i.indrelid join pg_attribute a on a.attrelid = c.oid "
        "and a.attnum = any(i.indkey) "
        "where i.indisprimary and c.relnamespace = 'shop'::regnamespace group by 1"
    ).fetchall()
    assert {name: tuple(key) for name, key in keys} == {table.name: table.key for table in SHOP}
