"""The recount in SQL and the loader agree on any file, and a lost line is seen."""

from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import pytest
from hypothesis import assume, given, settings

from jobs.order_file import named_format
from jobs.order_file.errors import OrderFileError
from jobs.order_file.plan import Settings
from jobs.order_file.reconcile import reconcile, recount
from jobs.order_file.results import Totals
from tests.jobs.order_files import SAMPLE, csv_bytes, dirty_texts, good, load_file

GOLD = Totals(lines=398, units=1939, revenue={"GBP": Decimal("4118.64")})


def test_the_sample_is_counted_alike_both_ways():
    assert reconcile(SAMPLE, load_file(SAMPLE), GOLD) == []


def test_the_recount_of_the_sample_is_what_was_put_into_it():
    count = recount(SAMPLE, load_file(SAMPLE).plan)
    assert (count.lines, count.duplicates, count.quarantined) == (414, 8, 8)
    assert count.totals == GOLD


@given(text=dirty_texts)
@settings(max_examples=60, deadline=None)
def test_any_dirty_file_is_counted_alike_both_ways(text: str):
    with TemporaryDirectory() as folder:
        path = Path(folder) / "dirty.csv"
        path.write_bytes(text.encode())
        # A file with this many broken dates would be refused; here it is the lines that count.
        with patch.object(named_format, "ENOUGH", 0):
            try:
                loaded = load_file(path, settings=Settings(date_format="%d/%m/%Y"))
            except OrderFileError:
                assume(False)
        assert reconcile(path, loaded) == []
        assert loaded.lines == loaded.totals.lines + loaded.duplicates + loaded.quarantined


@pytest.mark.parametrize(
    ("form", "value"),
    [
        ("%m/%d/%Y %H:%M", "12/13/2010 8:26"),
        ("%d.%m.%y", "13.12.10"),
        ("%d-%b-%Y", "13-Dec-2010"),
        ("%Y-%m-%d %I:%M:%S %p", "2010-12-13 08:26:00 pm"),
        ("%Y-%m-%dT%H:%M:%S%z", "2010-12-13T08:26:00Z"),
        ("%Y-%m-%dT%H:%M:%S.%f%z", "2010-12-13T08:26:00.125+01:00"),
    ],
)
def test_both_ways_read_the_same_date_formats(tmp_path: Path, form: str, value: str):
    path = tmp_path / "orders.csv"
    path.write_bytes(csv_bytes([good(InvoiceDate=value)] * 2))
    loaded = load_file(path)
    assert loaded.plan.date_format == form
    assert loaded.totals.lines == 1
    assert reconcile(path, loaded) == []


def test_semicolons_decimal_commas_and_windows_1252_are_counted_alike(tmp_path: Path):
    path = tmp_path / "orders [1]*.csv"
    rows = [
        good(UnitPrice="2,55", Description="CAFÉ; CRÈME"),
        good(UnitPrice="1.000,00"),
        good(Quantity="6,0", UnitPrice="0,125"),
    ]
    path.write_bytes(csv_bytes(rows, delimiter=";", encoding="cp1252"))
    loaded = load_file(path)
    assert loaded.totals.revenue == {"GBP": Decimal("16.05")}
    assert loaded.quarantined == 1
    assert reconcile(path, loaded) == []


def test_columns_in_another_order_with_others_between_are_counted_alike(tmp_path: Path):
    path = tmp_path / "orders.csv"
    header = ("Note", "Country", "unit_price", "QUANTITY", "Invoice No", "stock code", "",
              "InvoiceDate",
              "customerid", "description")  # fmt: skip
    row = ("a,b", "France", "2.55", "6", "536365", "85123A", "", "13/12/2010", "17850", "LANTERN")
    path.write_bytes(csv_bytes([row, row[:-1], ("another note", *row[1:])], header=header))
    loaded = load_file(path)
    assert (loaded.totals.lines, loaded.duplicates, loaded.quarantined) == (1, 1, 1)
    assert reconcile(path, loaded) == []


def test_bounds_of_the_contract_are_the_bounds_of_the_recount(tmp_path: Path):
    path = tmp_path / "orders.csv"
    rows = [
        good(Quantity=quantity, UnitPrice=price)
        for quantity, price in [
            ("1000000", "1000000"),
            ("-1000000", "-1000000"),
            ("1000001", "1"),
            ("-1000001", "1"),
            ("1", "1000000.000001"),
            ("1", "-1000000.000001"),
        ]
    ]
    rows += [good(InvoiceNo="x" * 128), good(InvoiceNo="x" * 129)]
    rows += [good(StockCode="x" * 128), good(StockCode="x" * 129)]
    rows += [good(CustomerID="x" * 128), good(CustomerID="x" * 129)]
    rows += [good(Description="x" * 1024), good(Description="x" * 1025)]
    rows += [good(Country="x" * 1024), good(Country="x" * 1025)]
    path.write_bytes(csv_bytes(rows))
    loaded = load_file(path)
    assert (loaded.totals.lines, loaded.quarantined) == (7, 9)
    assert reconcile(path, loaded) == []


def test_a_line_that_was_dropped_on_the_way_to_gold_is_seen_with_its_amount():
    short = Totals(lines=397, units=1933, revenue={"GBP": Decimal("4103.34")})
    assert reconcile(SAMPLE, load_file(SAMPLE), short) == [
        "gold: order lines: expected 398, got 397, off by -1",
        "gold: units: expected 1,939, got 1,933, off by -6",
        "gold: revenue in GBP: expected 4,118.640000, got 4,103.34, off by -15.300000",
    ]


def test_a_line_that_the_load_did_not_see_is_seen(tmp_path: Path):
    lines = SAMPLE.read_bytes().splitlines(keepends=True)
    shorter = tmp_path / "orders.csv"
    shorter.write_bytes(b"".join(lines[:1] + lines[2:]))
    mismatches = reconcile(SAMPLE, load_file(shorter), GOLD)
    assert "loading: lines read: expected 414, got 413, off by -1" in mismatches
    assert any(mismatch.startswith("silver: revenue in GBP: ") for mismatch in mismatches)
    assert not any(mismatch.startswith("gold: ") for mismatch in mismatches)


def test_revenue_in_a_currency_that_the_file_does_not_have_is_seen():
    euro = Totals(lines=398, units=1939, revenue={"EUR": Decimal("4118.64")})
    mismatches = reconcile(SAMPLE, load_file(SAMPLE), euro)
    assert [mismatch.split(": expected")[0] for mismatch in mismatches] == [
        "gold: revenue in EUR",
        "gold: revenue in GBP",
    ]
