"""How a file is laid out, and the one sentence for each file that has no such layout."""

import gzip
import zipfile
from io import BytesIO

import pytest

from jobs.order_file.errors import OrderFileError
from jobs.order_file.header import FIELDS, read_layout
from jobs.order_file.plan import Settings, plan_for
from tests.jobs.order_files import GOOD, HEADER, csv_bytes, good, raw_file


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf", b"\r\n\n"])
def test_the_delimiter_is_told_from_the_header(delimiter, start):
    layout = read_layout(start + csv_bytes([GOOD], delimiter=delimiter))
    assert layout.delimiter == delimiter
    assert layout.columns == tuple(range(8))


@pytest.mark.parametrize(
    "header",
    [
        "INVOICENO,stockcode,Description,quantity,invoicedate,unitprice,customerid,country",
        "invoice_no,stock_code,description,quantity,invoice_date,unit_price,customer_id,country",
        'Invoice No ,"Stock Code",Description,Quantity,Invoice Date,Unit Price,Customer ID,Country',
    ],
)
def test_headers_match_whatever_their_case_spaces_and_underscores(header):
    assert read_layout(f"{header}\n".encode()).columns == tuple(range(8))


def test_columns_may_stand_in_any_order_between_others():
    header = ("x", *reversed(FIELDS), "y")
    layout = read_layout(csv_bytes([], header=header))
    assert layout.columns == (8, 7, 6, 5, 4, 3, 2, 1)
    assert layout.width == 10


def test_what_is_not_utf_8_is_read_as_windows_1252_with_a_notice():
    layout = read_layout(csv_bytes([GOOD, good(Description="CAFÉ €")], encoding="cp1252"))
    assert layout.encoding == "cp1252"
    assert layout.notices == ("line 3 is not UTF-8, so the file was read as Windows-1252",)


def test_what_windows_1252_has_no_sign_for_is_read_as_latin_1():
    layout = read_layout(csv_bytes([good(Description="\x81é")], encoding="latin-1"))
    assert layout.encoding == "latin-1"


def test_a_file_that_ends_inside_a_utf_8_sign_is_still_read():
    layout = read_layout(csv_bytes([GOOD]) + "é".encode()[:1])
    assert layout.encoding == "cp1252"


def test_a_missing_header_is_named_with_what_was_found_and_what_is_expected():
    with pytest.raises(OrderFileError) as error:
        read_layout(b"InvoiceNo;StockCode;Price;Menge\n1;2;3;4\n")
    assert str(error.value) == (
        "the order file lacks the headers Description, Quantity, InvoiceDate, UnitPrice, "
        "CustomerID, Country; found 'InvoiceNo', 'StockCode', 'Price', 'Menge' (delimiter: "
        "semicolon); expected a first line with InvoiceNo,StockCode,Description,Quantity,"
        "InvoiceDate,UnitPrice,CustomerID,Country, in any order, parted by comma, semicolon or tab"
    )


def test_a_header_that_stands_twice_is_named():
    with pytest.raises(OrderFileError, match="has the header Quantity 2 times"):
        read_layout(f"{HEADER},quantity\n".encode())


def zipped() -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (b"", "the order file is empty: give a CSV file"),
        (b"\xef\xbb\xbf\r\n", "the order file is empty: give a CSV file"),
        (zipped(), "an Excel workbook .*: save it as CSV"),
        (gzip.compress(csv_bytes([GOOD])), "a gzip archive, not CSV text"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "an old Excel workbook"),
        (b"PAR1\x15\x04", "a Parquet file"),
        (csv_bytes([GOOD], encoding="utf-16"), "UTF-16 text"),
        (csv_bytes([GOOD], encoding="utf-16-le"), "NUL byte at offset 1, so it is binary or UTF"),
        (b"x" * 20_000, "line 1 is longer than 10,000 characters, so it is no header"),
        (b"\n" * 70_000 + b" \n", "is empty|holds blank lines only"),
        (HEADER.encode(), "has a header but no order lines"),
        (raw_file("", " "), "has a header but no order lines"),
        (
            raw_file("1;2;3;4;5;6;7;8", "1;2;3;4;5;6;7;8"),
            "none of the 2 lines of the order file has the 8 fields of its header",
        ),
    ],
)
def test_a_file_that_is_no_order_file_gets_one_clear_sentence(source, message):
    with pytest.raises(OrderFileError, match=message) as error:
        plan_for(source, Settings())
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"currency": "POUND"}, "CURRENCY=POUND is not possible"),
        ({"channel": "fax"}, "CHANNEL=fax is not possible"),
        ({"decimal_mark": "'"}, "DECIMAL_MARK=' is not possible"),
        ({"time_zone": "Mars/Olympus"}, "TIME_ZONE=Mars/Olympus is no time zone"),
    ],
)
def test_an_impossible_setting_is_named_before_any_file_is_read(settings, message):
    with pytest.raises(OrderFileError, match=message):
        Settings(**settings)
