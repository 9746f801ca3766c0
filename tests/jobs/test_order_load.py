"""Loading a file: rows in silver, rejected lines in quarantine, nothing of earlier loads."""

import gzip
import json
from decimal import Decimal
from io import BytesIO

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from contract.tables import ORDER_LINES, QUARANTINED_LINES
from jobs.order_file.errors import OrderFileError
from jobs.order_file.names import drop_key, stem_of
from jobs.order_file.plan import Settings
from tests.jobs.order_files import SAMPLE, Buckets, csv_bytes, good, load_file

KEY = "order_lines/online_retail_small.parquet"
QUARANTINE = "quarantine/order_lines/online_retail_small.json.gz"


def table(s3: Buckets, key: str) -> pa.Table:
    return pq.read_table(BytesIO(s3.objects["silver", key]))


def test_the_sample_is_loaded_with_the_numbers_that_were_put_into_it():
    loaded = load_file(SAMPLE)
    assert (loaded.lines, loaded.totals.lines, loaded.duplicates, loaded.quarantined) == (
        414,
        398,
        8,
        8,
    )
    assert loaded.totals.units == 1939
    assert loaded.totals.revenue == {"GBP": Decimal("4118.64")}
    assert "taken as %d/%m/%Y" in loaded.plan.notices[0]


def test_silver_has_the_columns_of_the_contract_and_a_row_for_each_line():
    s3 = Buckets()
    load_file(SAMPLE, s3)
    found = table(s3, KEY)
    assert found.schema.names == [column.name for column in ORDER_LINES.columns]
    assert found.schema.field("ordered_at").type == pa.timestamp("us", tz="UTC")
    assert found.schema.field("quantity").type == pa.int64()
    assert found.num_rows == len(set(found["line_id"].to_pylist())) == 398
    odd = next(row for row in found.to_pylist() if row["order_id"] == "536375")
    assert odd["product_name"] == 'SET 7 BABUSHKA\r\nNESTING "BOXES"'
    assert (odd["quantity"], odd["unit_price_micros"]) == (3, 1_250_000)
    assert odd["ordered_at"].isoformat() == "2010-12-01T00:00:00+00:00"
    assert (odd["source_file"], odd["line_number"]) == ("online_retail_small.csv", 340)
    metadata = pq.ParquetFile(BytesIO(s3.objects["silver", KEY])).metadata
    assert metadata.row_group(0).column(0).compression == "ZSTD"


def test_quarantine_has_the_columns_of_the_contract_and_a_row_for_each_rejected_line():
    s3 = Buckets()
    loaded = load_file(SAMPLE, s3)
    assert loaded.quarantine_key == QUARANTINE
    found = [
        json.loads(line)
        for line in gzip.decompress(s3.objects["bronze", QUARANTINE]).decode().splitlines()
    ]
    assert len(found) == 8
    assert {tuple(sorted(row)) for row in found} == {
        tuple(sorted(column.name for column in QUARANTINED_LINES.columns))
    }
    assert found[0] == {
        "reason": "Quantity 'six' is not a whole number",
        "source_file": "online_retail_small.csv",
        "line_number": 22,
        "line": "536365,71053,WHITE METAL LANTERN,six,1/12/2010,3.39,17850,United Kingdom",
    }


def test_loading_a_file_again_leaves_the_same_bytes():
    s3 = Buckets()
    load_file(SAMPLE, s3)
    before = dict(s3.objects)
    load_file(SAMPLE, s3)
    assert s3.objects == before


def test_a_large_file_is_written_in_parts_and_a_smaller_one_takes_away_those_it_lacks():
    s3 = Buckets()
    loaded = load_file(SAMPLE, s3, rows_a_part=150)
    assert loaded.silver_keys == (
        KEY,
        "order_lines/online_retail_small.part-0002.parquet",
        "order_lines/online_retail_small.part-0003.parquet",
    )
    assert [table(s3, key).num_rows for key in loaded.silver_keys] == [150, 150, 98]
    load_file(SAMPLE, s3, rows_a_part=199)
    assert s3.keys("silver") == [KEY, "order_lines/online_retail_small.part-0002.parquet"]
    assert sum(table(s3, key).num_rows for key in s3.keys("silver")) == 398


def test_a_corrected_file_of_the_same_name_takes_its_quarantine_away(tmp_path):
    path, s3 = tmp_path / "orders.csv", Buckets()
    path.write_bytes(csv_bytes([good(), good(Quantity="six")]))
    load_file(path, s3)
    assert "quarantine/order_lines/orders.json.gz" in s3.keys("bronze")
    path.write_bytes(csv_bytes([good(), good(Quantity="7")]))
    assert load_file(path, s3).quarantine_key is None
    assert s3.keys("bronze") == ["drop/order_files/orders.csv"]


def test_a_file_of_rejected_lines_only_leaves_a_table_without_rows(tmp_path):
    path, s3 = tmp_path / "orders.csv", Buckets()
    path.write_bytes(csv_bytes([good(Quantity="six")]))
    loaded = load_file(path, s3)
    assert (loaded.lines, loaded.totals.lines, loaded.quarantined) == (1, 0, 1)
    assert table(s3, "order_lines/orders.parquet").num_rows == 0


def test_a_file_that_is_refused_leaves_what_an_earlier_load_wrote(tmp_path):
    path, s3 = tmp_path / "orders.csv", Buckets()
    path.write_bytes(csv_bytes([good()]))
    load_file(path, s3)
    before = s3.keys("silver"), dict(s3.objects)["silver", "order_lines/orders.parquet"]
    with pytest.raises(OrderFileError, match="DATE_FORMAT=%m/%d/%Y reads 0 of 1"):
        load_file(path, s3, settings=Settings(date_format="%m/%d/%Y"))
    assert (s3.keys("silver"), s3.objects["silver", "order_lines/orders.parquet"]) == before


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("orders.csv", "orders"),
        ("2010-12_a.csv", "2010-12_a"),
        ("my orders (1).csv", "my-orders-1-"),
        ("orders.CSV", "orders-"),
        ("orders.part-0002.csv", "orders-part-0002-"),
        ("заказы.csv", "file-"),
        ("x" * 300 + ".csv", "x" * 100 + "-"),
    ],
)
def test_keys_hold_plain_names_only(name, stem):
    found = stem_of(name)
    assert found.startswith(stem)
    assert len(found) in (len(stem), len(stem) + 8)
    assert found.replace("-", "").replace("_", "").isalnum()
    assert found.isascii()
    assert drop_key(name) == f"drop/order_files/{found}.csv"


def test_names_that_look_alike_in_keys_stay_apart():
    names = [
        "a b.csv",
        "a-b.csv",
        "a_b.csv",
        "a--b.csv",
        "a-b.txt",
        "a-b",
        "a-b.CSV",
        "é.csv",
        "è.csv",
    ]
    assert len({stem_of(name) for name in names}) == len(names)
