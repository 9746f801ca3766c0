"""How an order file is laid out: its encoding, its delimiter and which column is which. Does not
read order lines.
"""

import csv
from dataclasses import dataclass
from io import TextIOWrapper

from jobs.order_file.errors import OrderFileError
from jobs.order_file.opening import Source, encoding_of, open_bytes, refuse_what_is_not_text

FIELDS = (
    "InvoiceNo",
    "StockCode",
    "Description",
    "Quantity",
    "InvoiceDate",
    "UnitPrice",
    "CustomerID",
    "Country",
)
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}
LONGEST_HEADER = 10_000
SHOWN = 20


@dataclass(frozen=True, kw_only=True)
class Layout:
    """What the header tells. `columns` are positions in the file of FIELDS, in the order of
    FIELDS; `header_line` counts from 1.
    """

    encoding: str
    delimiter: str
    columns: tuple[int, ...]
    width: int
    header_line: int
    notices: tuple[str, ...] = ()


def read_layout(source: Source) -> Layout:
    """Raises OrderFileError for a file that is not text or whose first line with content is not
    the header.
    """
    refuse_what_is_not_text(source)
    encoding, notice = encoding_of(source)
    number, line = _first_line(source, encoding)
    found = {delimiter: next(csv.reader([line], delimiter=delimiter)) for delimiter in DELIMITERS}
    delimiter = max(found, key=lambda sign: len(_known(found[sign])))
    names = found[delimiter]
    _check(names, delimiter)
    simple = [_simple(name) for name in names]
    return Layout(
        encoding=encoding,
        delimiter=delimiter,
        columns=tuple(simple.index(_simple(field)) for field in FIELDS),
        width=len(names),
        header_line=number,
        notices=(notice,) if notice else (),
    )


def _first_line(source: Source, encoding: str) -> tuple[int, str]:
    with TextIOWrapper(open_bytes(source), encoding=encoding, newline="") as text:
        number = 0
        while line := text.readline(LONGEST_HEADER + 1):
            number += 1
            if len(line) > LONGEST_HEADER:
                raise OrderFileError(
                    f"line {number} is longer than {LONGEST_HEADER:,} characters, so it is no "
                    "header; "
                    f"expected {','.join(FIELDS)}"
                )
            if line.strip():
                return number, line.rstrip("\r\n")
    raise OrderFileError(
        "the order file holds blank lines only: give a CSV file with a header and at least one "
        "order line"
    )


def _simple(name: str) -> str:
    return "".join(name.split()).replace("_", "").casefold()


def _known(names: list[str]) -> set[str]:
    return {_simple(field) for field in FIELDS} & {_simple(name) for name in names}


def _check(names: list[str], delimiter: str) -> None:
    known = _known(names)
    missing = [field for field in FIELDS if _simple(field) not in known]
    if missing:
        shown = ", ".join(repr(name) for name in names[:SHOWN])
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        raise OrderFileError(
            f"the order file lacks the header{'s' * (len(missing) > 1)} {', '.join(missing)}; "
            f"found {shown}{more} (delimiter: {DELIMITERS[delimiter]}); expected a first line with "
            f"{','.join(FIELDS)}, in any order, parted by comma, semicolon or tab"
        )
    simple = [_simple(name) for name in names]
    for field in FIELDS:
        if simple.count(_simple(field)) > 1:
            raise OrderFileError(
                f"the order file has the header {field} {simple.count(_simple(field))} times: "
                "rename or remove all but one of these columns"
            )
