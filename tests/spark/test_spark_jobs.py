"""The Spark jobs on real Spark and the emulator's S3: their rows are those of the other engine, and
a second run changes nothing.

Files are few, because each job costs Spark seconds.
"""

import gzip
import json
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from contract.shop_changes import CHANGED_AT, POSITION, SHOP
from jobs.cdc.load import merge_shop
from jobs.order_file.load import load
from jobs.order_file.names import drop_key
from pipelines.commands import crm
from pipelines.commands.work import CommandFailed, Work
from pipelines.places import Places
from tests.graph import ROOT
from tests.jobs.shop_changes import changes_key, load_key, load_rows, parquet, store
from tests.spark.conftest import Lake, lines

pytestmark = pytest.mark.spark

STREAM = ROOT / "tests" / "jobs" / "shop_stream"
SAMPLE = ROOT / "tests" / "data" / "online_retail_small.csv"
HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
DAY = date(2026, 3, 1)


# crm_etl


def customer(number: str, status: str = "active", at: str = "2025-03-01T08:00:00", **more) -> dict:
    mail = f"{number.lower()}@shop.example"
    return {"customer_id": number, "email": mail, "status": status, "created_at": at} | more


class OnEmulator(Work):
    """The command, given the emulator's client."""

    def client(self, service: str):
        return self.access.client(service)  # pyright: ignore[reportAttributeAccessIssue]


def by_command(lake: Lake) -> str:
    places = Places(
        bronze_bucket="bronze", silver_bucket="silver", gold_bucket="gold",
        silver_database="silver", gold_database="gold", workgroup="shop",
    )  # fmt: skip
    work = OnEmulator(day=DAY, places=places)
    object.__setattr__(work, "access", lake.access)
    return crm.run(work)


def by_key(rows: list[dict]) -> list[dict]:
    return sorted(rows, key=lambda row: row["customer_id"])


def test_the_crm_is_the_same_on_both_engines(lake: Lake):
    again = customer("C3", at="2025-04-01 10:00:00", email="new@shop.example")
    lake.put(
        "crm/2026/03/01/1.json", lines(customer("C1"), customer("C2", "closed"), customer("C3"))
    )
    lake.put(
        "crm/2026/03/01/2.json.gz",
        gzip.compress(lines(again, customer("C4", at="2025-12-31T23:30:00-02:00"))),
    )
    array = json.dumps([customer("C5", extra=[1]), customer("C6", "closed")], indent=2)
    lake.put("crm/2026/03/01/3.json", b"\n " + array.encode())
    lake.put("crm/2026/03/02/other.json", lines(customer("C9")))
    lake.put("crm/2026/03/01/README.txt", b"no export")

    answer = lake.ask("crm_etl", "--day", "2026-03-01")
    said = by_command(lake)

    key = "crm_customers/day=2026-03-01/customers.parquet"
    rows = lake.rows("spark-silver", key)
    assert by_key(rows) == by_key(lake.rows("silver", key))
    assert {row["customer_id"] for row in rows} == {"C1", "C3", "C4", "C5"}
    assert [row["email"] for row in rows if row["customer_id"] == "C3"] == ["new@shop.example"]
    assert answer == {"said": said}
    before = lake.sizes("spark-silver")
    lake.ask("crm_etl", "--day", "2026-03-01")
    assert lake.sizes("spark-silver") == before
    assert list(before) == [key]


@pytest.mark.parametrize(
    "body", [b'{"customer_id": "C1"\n', lines(customer("C1", "closed", at="soon"))]
)
def test_an_export_that_cannot_be_read_fails_and_leaves_what_was_there(lake: Lake, body: bytes):
    lake.put("crm_customers/day=2026-03-01/customers.parquet", b"before", "spark-silver")
    lake.put("crm/2026/03/01/1.json", body)
    answer = lake.ask("crm_etl", "--day", "2026-03-01")
    assert "export of 2026-03-01 cannot be read" in answer["failed"]
    assert lake.body("spark-silver", "crm_customers/day=2026-03-01/customers.parquet") == b"before"
    with pytest.raises(CommandFailed):
        by_command(lake)


def test_a_day_without_an_export_is_told(lake: Lake):
    assert lake.ask("crm_etl", "--day", "2026-03-01") == {
        "said": "the CRM exported nothing on 2026-03-01"
    }
    assert "write it as 2026-01-31" in lake.ask("crm_etl", "--day", "1.3.2026")["failed"]


# order_etl


def test_order_files_are_the_same_on_both_engines_good_lines_and_bad(lake: Lake):
    lake.s3.upload_file(str(SAMPLE), "bronze", drop_key("sample.csv"))
    mixed = HEADER + (
        '536365,85123A,"A ""quoted""\nname",6,12/1/2010 8:26,2.55,17850.0,United Kingdom\n'
        "536365,85123A,HEART,6,13/1/2010 8:26,2.55,17850.0,United Kingdom\n"
        "536366,71053,LANTERN,many,12/13/2010 8:26,3.39,,France\n"
        "536366,71053,LANTERN,6,12/13/2010 8:26,3.39,nan,France\n"
        "536366,71053,LANTERN,6,12/13/2010 8:26,3.39,nan,France\n"
        "C536367,71053,LANTERN,-6,12/14/2010 8:26,3.39,1,\n"
        + "".join(f"5364{n:02},71053,LANTERN,1,12/14/2010 8:{n:02},3.39,1,\n" for n in range(40))
    )
    lake.put(drop_key("mixed.csv"), mixed.encode())
    today = lake.s3.head_object(Bucket="bronze", Key=drop_key("mixed.csv"))["LastModified"].date()
    lake.put("order_lines/mixed.part-0002.parquet", b"of an older load", "spark-silver")

    answer = lake.ask("order_etl", "--day", str(today))
    by_spark = _quarantine(lake)
    loaded = [
        load(lake.s3, bronze="bronze", silver="silver", file_name=name)
        for name in ("sample.csv", "mixed.csv")
    ]

    assert _quarantine(lake) == by_spark
    assert len(by_spark) == loaded[1].quarantined == 2
    keys = lake.keys("silver", "order_lines/")
    assert (
        lake.keys("spark-silver")
        == keys
        == ["order_lines/mixed.parquet", "order_lines/sample.parquet"]
    )
    for key in keys:
        assert lake.rows("spark-silver", key) == lake.rows("silver", key)
        assert _schema(lake, "spark-silver", key) == _schema(lake, "silver", key)
    lines = sum(one.totals.lines for one in loaded)
    assert answer == {"said": f"2 order files of {today}, {lines} lines"}

    before = lake.sizes("spark-silver")
    assert lake.ask("order_etl", "--day", str(today)) == answer
    assert lake.sizes("spark-silver") == before


def test_a_file_that_cannot_be_read_stops_no_other(lake: Lake):
    good = HEADER + "536365,85123A,HEART,6,12/13/2010 8:26,2.55,17850,France\n"
    lake.put(drop_key("good.csv"), good.encode())
    lake.put(drop_key("bad.csv"), b"PK\x03\x04 a workbook")
    lake.put("drop/order_files/two words.csv", good.encode())
    today = datetime.now(UTC).date()
    answer = lake.ask("order_etl", "--day", str(today))
    assert answer["failed"].startswith("2 order files cannot be read: ")
    assert "bad.csv: the order file is a zip archive" in answer["failed"]
    assert "two words.csv: call it" in answer["failed"]
    assert len(lake.rows("spark-silver", "order_lines/good.parquet")) == 1
    assert lake.ask("order_etl", "--day", "2020-01-31") == {
        "said": "0 order files of 2020-01-31, 0 lines"
    }


def _quarantine(lake: Lake) -> list[dict]:
    body = gzip.decompress(lake.body("bronze", "quarantine/order_lines/mixed.json.gz"))
    return [json.loads(line) for line in body.splitlines()]


def _schema(lake: Lake, bucket: str, key: str):
    from io import BytesIO

    return pq.read_schema(BytesIO(lake.body(bucket, key))).remove_metadata()


# cdc_etl


def stream() -> list[Path]:
    return sorted((STREAM / "bronze").rglob("*.parquet"))


def land(lake: Lake, paths: list[Path]) -> None:
    for path in paths:
        lake.put(path.relative_to(STREAM / "bronze").as_posix(), path.read_bytes())


def test_a_recorded_stream_ends_up_as_the_database_whichever_engine_goes_on(lake: Lake):
    """DuckDB merges the load and half of the changes, Spark the rest, from the same memory; late
    files first. In another bucket DuckDB has all of them at once.
    """
    paths = stream()
    loads = [path for path in paths if path.name.startswith("LOAD")]
    changes = [path for path in paths if path not in loads]
    land(lake, loads + changes[1::2])
    merge_shop(lake.s3, bronze="bronze", silver="spark-silver")
    land(lake, changes[::2])
    answer = lake.ask("cdc_etl")
    merge_shop(lake.s3, bronze="bronze", silver="silver")

    assert "rows in 6 tables" in answer["said"]
    for key in lake.keys("silver"):
        if key.endswith(".parquet"):
            assert lake.rows("spark-silver", key) == lake.rows("silver", key), key
            assert _schema(lake, "spark-silver", key) == _schema(lake, "silver", key), key
        else:
            assert lake.body("spark-silver", key) == lake.body("silver", key), key
    assert lake.keys("spark-silver") == lake.keys("silver")
    for table in SHOP:
        expected = pq.read_table(STREAM / "expected" / f"{table.name}.parquet").to_pylist()
        rows = [
            {name: cell for name, cell in row.items() if name not in (CHANGED_AT, POSITION)}
            for row in lake.rows("spark-silver", f"{table.silver.prefix}/rows.parquet")
        ]
        assert rows == expected

    before = _etags(lake)
    assert lake.ask("cdc_etl")["said"].startswith("0 changes of 0 files")
    assert _etags(lake) == before


def _etags(lake: Lake) -> dict[str, str]:
    found = lake.s3.list_objects_v2(Bucket="spark-silver")["Contents"]
    return {entry["Key"]: entry["ETag"] for entry in found}


def test_rules_of_the_merge_hold_on_spark_too(lake: Lake):
    """A reload, a moved key, a delete in one transaction with an insert, a column that comes and
    one that grows, files that are refused, and one of these put right.
    """
    files = {
        load_key(): load_rows(
            (1, "Porto"), (2, "Lisboa"), (3, "Faro"), (9, "gone before the reload")
        ),
        changes_key(10): parquet(
            store("U", 4, "Braga, once 1", 10, before_store_id=1),
            store("D", 2, None, 10, counter=2),
            store("I", 2, "Lisboa again", 10, counter=3),
            store("D", 3, None, 10, counter=4),
        ),
        changes_key(11): parquet(store("U", 3, "late", 5)),
        changes_key(12): parquet(store("I", 5, "Évora", 12, floor=2)),
        changes_key(13): parquet(store("X", 6, "no operation", 13)),
        changes_key(14): b"no parquet at all",
        changes_key(15): parquet(store("I", 7, "no place", 15) | {"change_seq": "12"}),
        changes_key(16): parquet(store("I", 8, "another type", 16) | {"floor": "two"}),
        load_key(2): load_rows((10, "after the reload"), minute=1),
    }
    for key, body in files.items():
        lake.put(key, body)
    refused = [changes_key(minute) for minute in (13, 14, 15, 16)]

    answer = lake.ask("cdc_etl")
    _same_as_duckdb(lake, refused)
    assert answer["failed"].startswith("4 files of changes were refused: ")
    for key in refused:
        assert key in answer["failed"]
        said = json.loads(lake.body("bronze", f"quarantine/{key}.json"))
        assert said["source_file"] == key
        assert said["reason"]
    names = {
        row["store_id"]: row["name"]
        for row in lake.rows("spark-silver", "shop/stores/rows.parquet")
    }
    assert names == {
        2: "Lisboa again", 4: "Braga, once 1", 5: "Évora", 10: "after the reload",
    }  # fmt: skip

    lake.put(changes_key(13), parquet(store("I", 6, "put right", 13, floor=2**40)))
    lake.ask("cdc_etl")
    _same_as_duckdb(lake, [])  # what was refused before is not looked at again
    assert not lake.keys("bronze", f"quarantine/{changes_key(13)}")


def _same_as_duckdb(lake: Lake, refused: list[str]) -> None:
    quarantined = lake.keys("bronze", "quarantine/")
    merged = {one.table: one for one in merge_shop(lake.s3, bronze="bronze", silver="silver")}
    assert sorted(merged["stores"].refused) == refused
    assert lake.keys("bronze", "quarantine/") == quarantined
    for key in lake.keys("silver"):
        if key.endswith(".parquet"):
            assert lake.rows("spark-silver", key) == lake.rows("silver", key), key
            assert _schema(lake, "spark-silver", key) == _schema(lake, "silver", key), key
        else:
            assert lake.body("spark-silver", key) == lake.body("silver", key), key


def test_what_came_too_late_is_found_by_reading_everything_again(lake: Lake):
    lake.put(load_key(), load_rows((1, "Porto")))
    lake.put(changes_key(0, day=20), parquet(store("U", 1, "of the 20th", 0, day=20)))
    lake.ask("cdc_etl")
    lake.put(changes_key(0, day=2), parquet(store("I", 2, "of the 2nd", 0, day=2)))
    lake.ask("cdc_etl")
    key = "shop/stores/rows.parquet"
    assert [row["store_id"] for row in lake.rows("spark-silver", key)] == [1]
    lake.ask("cdc_etl", "--reread", "true")
    assert [row["store_id"] for row in lake.rows("spark-silver", key)] == [1, 2]
