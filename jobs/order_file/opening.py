"""Bytes of an order file: refuse what is not text, and find out the encoding. Does not look at
columns or rows.
"""

import codecs
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from jobs.order_file.errors import OrderFileError

Source = Path | bytes

CHUNK = 1 << 20
HEAD = 1 << 16

# First bytes of what people drop in place of a CSV file.
MAGIC = {
    b"PK\x03\x04": "a zip archive or an Excel workbook (.xlsx)",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook (.xls)",
    b"\x1f\x8b": "a gzip archive",
    b"%PDF": "a PDF document",
    b"PAR1": "a Parquet file",
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
}


def open_bytes(source: Source) -> BinaryIO:
    """The file for reading, from its first byte."""
    return BytesIO(source) if isinstance(source, bytes) else source.open("rb")


def refuse_what_is_not_text(source: Source) -> None:
    """Raises OrderFileError for an empty file and for a binary one."""
    with open_bytes(source) as file:
        head = file.read(HEAD)
    if not head.removeprefix(codecs.BOM_UTF8).strip():
        raise OrderFileError(
            "the order file is empty: give a CSV file with a header and at least one order line"
        )
    for magic, kind in MAGIC.items():
        if head.startswith(magic):
            raise OrderFileError(
                f"the order file is {kind}, not CSV text: save it as CSV (UTF-8) and give that file"
            )
    if b"\0" in head:
        raise OrderFileError(
            f"the order file holds a NUL byte at offset {head.index(0)}, so it is binary or "
            "UTF-16: "
            "save it as CSV (UTF-8) and give that file"
        )


def encoding_of(source: Source) -> tuple[str, str | None]:
    """The encoding's Python name, and a notice if it is not UTF-8.

    UTF-8 is tried on every byte, because a price list often has its first accent after 100,000
    lines. What is not UTF-8 is taken as Windows-1252, in which spreadsheets of western Europe
    save CSV; if that has no meaning for a byte, as Latin-1, which has one for every byte.
    """
    trouble = _undecodable(source, "utf-8")
    if trouble is None:
        return "utf-8-sig", None
    encoding, name = (
        ("cp1252", "Windows-1252")
        if _undecodable(source, "cp1252") is None
        else ("latin-1", "Latin-1")
    )
    return encoding, f"line {trouble} is not UTF-8, so the file was read as {name}"


def _undecodable(source: Source, encoding: str) -> int | None:
    """The first physical line that holds a byte without meaning in the encoding."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    with open_bytes(source) as file:
        while chunk := file.read(CHUNK):
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError as error:
                return line + error.object[: error.start].count(b"\n")
            line += chunk.count(b"\n")
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return line
    return None
