"""A row becomes an order line, a duplicate or a rejected line with its reason."""

from datetime import UTC, datetime
from unittest.mock import patch

import pytest
from hypothesis import assume, given, settings

from contract.order_lines import FileOrderLine
from jobs.order_file import named_format
from jobs.order_file.errors import OrderFileError
from jobs.order_file.lines import Rejected
from jobs.order_file.plan import Settings
from jobs.order_file.reader import LINE_END
from tests.jobs.order_files import GOOD, SAMPLE, csv_bytes, dirty_texts, good, raw_file, read

FILLING = [good(InvoiceNo=str(number)) for number in range(20)]


def typed(**changes: str) -> FileOrderLine:
    accepted, _, rejected = read(csv_bytes([good(**changes)]))
    assert rejected == []
    return accepted[0]


def reason(**changes: str) -> str:
    # Others around it, because one bad date out of one would refuse the file.
    accepted, _, (rejected,) = read(csv_bytes([*FILLING, good(**changes)]))
    assert len(accepted) == len(FILLING)
    assert rejected.line_number == len(FILLING) + 2
    return rejected.reason


def test_a_row_is_typed_field_by_field():
    line = typed()
    assert line == FileOrderLine(
        line_id=line.line_id,
        order_id="536365",
        product_id="85123A",
        product_name="LANTERN",
        quantity=6,
        unit_price_micros=2_550_000,
        currency="GBP",
        customer_id="17850",
        country="United Kingdom",
        channel="web",
        ordered_at=datetime(2010, 12, 13, tzinfo=UTC),
        source_file="orders.csv",
        line_number=2,
    )


def test_settings_say_what_the_layout_does_not():
    settings = Settings(channel="store", currency="EUR", time_zone="Europe/Berlin")
    (line,), _, _ = read(csv_bytes([GOOD]), settings)
    assert (line.channel, line.currency) == ("store", "EUR")
    assert line.ordered_at == datetime(2010, 12, 12, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "quantity"),
    [("6", 6), ("-6", -6), ("+6", 6), (" 6 ", 6), ("6.0", 6), ("-6.00", -6), ("0", 0), ("007", 7)],
)
def test_a_quantity_is_a_whole_number(value, quantity):
    assert typed(Quantity=value).quantity == quantity


@pytest.mark.parametrize(
    "value", ["6.5", "six", "1e3", "1,000", "--6", "6.", "٣", "0x10", "9" * 31]
)
def test_what_is_no_whole_number_is_rejected(value):
    assert reason(Quantity=value) == f"Quantity {value[:30]!r} is not a whole number"


@pytest.mark.parametrize(
    ("value", "micros"),
    [
        ("2.55", 2_550_000),
        ("0", 0),
        ("-11062.06", -11_062_060_000),
        (".5", 500_000),
        ("0.000001", 1),
        ("1.50000000", 1_500_000),
        (" 3 ", 3_000_000),
        ("0.1", 100_000),
        ("-0.3", -300_000),
    ],
)
def test_a_price_is_exact_to_the_millionth(value, micros):
    assert typed(UnitPrice=value).unit_price_micros == micros


@pytest.mark.parametrize(
    "value", ["£2.55", "2,55", "1,000.00", "1e-3", "5.", ".", "-", "free", "nan"]
)
def test_what_is_no_price_is_rejected(value):
    assert reason(UnitPrice=value) == f"UnitPrice {value!r} is not a number with decimal point"


def test_other_reasons_name_the_column_and_the_value():
    assert reason(UnitPrice="1.0000001") == "UnitPrice '1.0000001' has more than 6 decimals"
    assert reason(Quantity="1000001") == "Quantity: expected int <= 1000000"
    assert reason(UnitPrice="-1000001").startswith("UnitPrice (in millionths): expected int >= -1")
    assert reason(InvoiceNo="x" * 129) == "InvoiceNo: expected str of length <= 128"
    assert reason(InvoiceDate="31/02/2010") == (
        "InvoiceDate '31/02/2010' is not a date between 1900 and 2199 as %d/%m/%Y"
    )
    assert reason(InvoiceDate="13/12/1899").startswith(
        "InvoiceDate '13/12/1899' is not a date betw"
    )


@pytest.mark.parametrize(
    "column", ["InvoiceNo", "StockCode", "Quantity", "InvoiceDate", "UnitPrice"]
)
def test_a_line_without_what_it_needs_is_rejected(column):
    assert reason(**{column: " "}) == f"{column} is missing"


def test_description_customer_and_country_may_be_missing():
    line = typed(Description="", CustomerID=" ", Country="")
    assert (line.product_name, line.customer_id, line.country) == (None, None, None)


@pytest.mark.parametrize(
    ("value", "customer"),
    [("17850", "17850"), ("17850.0", "17850"), ("17850.00", "17850"), ("17850.5", "17850.5"),
     ("NaN", None), ("null", None), ("N/A", None), ("A.0", "A.0")],
)  # fmt: skip
def test_a_customer_is_an_id_without_the_traces_of_spreadsheets(value, customer):
    assert typed(CustomerID=value).customer_id == customer


def test_a_cancellation_is_a_fact_with_negative_quantity():
    line = typed(InvoiceNo="C536379", StockCode="D", Quantity="-1", UnitPrice="27.5")
    assert (line.order_id, line.quantity, line.unit_price_micros) == ("C536379", -1, 27_500_000)


def test_lines_with_the_same_typed_fields_are_one_line_and_its_duplicates():
    rows = [GOOD, good(Quantity="6.0", CustomerID=" 17850.0"), good(Country="France"), GOOD]
    accepted, duplicates, _ = read(csv_bytes(rows))
    assert [line.line_number for line in accepted] == [2, 4]
    assert [(line.line_id, line.line_number) for line in duplicates] == [
        (accepted[0].line_id, 3),
        (accepted[0].line_id, 5),
    ]


def test_a_line_keeps_its_id_in_another_file_of_another_form():
    first = typed()
    (again,), _, _ = read(
        csv_bytes([good(InvoiceDate="2010-12-13 00:00", UnitPrice="2,55")], delimiter=";")
    )
    assert again.line_id == first.line_id == "d9649d21114e003fded3"


@pytest.mark.parametrize(
    "changes",
    [
        {"InvoiceNo": "536366"},
        {"StockCode": "85123B"},
        {"Description": ""},
        {"Quantity": "7"},
        {"InvoiceDate": "14/12/2010"},
        {"UnitPrice": "2.56"},
        {"CustomerID": ""},
        {"Country": ""},
        {"InvoiceNo": "5363658", "StockCode": "5123A"},
    ],
)
def test_any_other_field_makes_another_line(changes):
    assert typed(**changes).line_id != typed().line_id


def test_a_rejected_line_is_kept_as_it_stands_in_the_file():
    good_lines = [",".join(row) for row in FILLING]
    broken = '536365,"8512\n3A", LANTERN ,six,13/12/2010,2.55,17850,"United ""K"""'
    _, _, rejected = read(raw_file(*good_lines, broken, good_lines[0]))
    assert rejected == [
        Rejected(
            reason="Quantity 'six' is not a whole number",
            source_file="orders.csv",
            line_number=22,
            line=broken,
        )
    ]


@given(text=dirty_texts)
@settings(max_examples=200, deadline=None)
def test_every_line_is_loaded_a_duplicate_or_quarantined_under_its_own_number(text):
    with patch.object(named_format, "ENOUGH", 0):
        try:
            accepted, duplicates, rejected = read(text.encode(), Settings(date_format="%d/%m/%Y"))
        except OrderFileError:
            assume(False)
    numbers = [line.line_number for line in (*accepted, *duplicates, *rejected)]
    assert len(set(numbers)) == len(numbers)
    assert len({line.line_id for line in accepted}) == len(accepted)
    assert {line.line_id for line in duplicates} <= {line.line_id for line in accepted}
    physical = LINE_END.split(text.removeprefix("\ufeff"))
    for line in rejected:
        assert LINE_END.split(line.line)[0] == physical[line.line_number - 1]


def test_the_broken_lines_of_the_sample_are_rejected_each_for_its_reason():
    _, duplicates, rejected = read(SAMPLE.read_bytes())
    assert len(duplicates) == 8
    assert [(line.line_number, line.reason) for line in rejected] == [
        (22, "Quantity 'six' is not a whole number"),
        (63, "InvoiceDate '31/02/2010' is not a date between 1900 and 2199 as %d/%m/%Y"),
        (104, "InvoiceNo is missing"),
        (145, "UnitPrice '£3.75' is not a number with decimal point"),
        (186, "has 7 fields where the header has 8"),
        (227, "opens a quote that is not closed"),
        (268, "Quantity: expected int <= 1000000"),
        (309, "UnitPrice '10.9512345' has more than 6 decimals"),
    ]
