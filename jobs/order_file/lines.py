"""Types the rows of an order file: a row becomes an order line, a duplicate of one, or is rejected
with its reason.

Rules of typing
- Fields are stripped of blanks and line ends. Bounds and lengths are those of the contract.
- Quantity is a whole number, `6`, `-6`, `+6`, and `6.0` as spreadsheets write it. Its sign stays as
  it is: returns and cancellations (invoice `C…`) have a negative one in the file.
- UnitPrice has at most six decimals that count; it may be zero or negative (write-offs). Neither
  currency signs, exponents nor thousands separators are read.
- Without invoice, stock code, quantity, date or price a line is rejected. Description, customer and
  country may be missing.
- CustomerID `17850.0` is 17850; `nan`, `null`, `none` and `n/a` are a missing customer, because as
  an id they would be the best customer of all.
- Two lines with the same eight typed fields are one line, and a duplicate.

Not here: what a file decides as a whole (`plan`), and where lines are written (`load`).
"""

import re
from collections.abc import Callable, Iterator
from hashlib import blake2b

import msgspec
from msgspec import Struct

from contract.events import MICROS
from contract.order_lines import FileOrderLine
from jobs.order_file.instants import FIRST_YEAR, LAST_YEAR, instant_reader
from jobs.order_file.opening import Source
from jobs.order_file.plan import Plan
from jobs.order_file.reader import Row, rows

BLANKS = " \t\r\n"
LONGEST_NUMBER = 30
DECIMALS = 6
NO_CUSTOMER = {"", "nan", "null", "none", "n/a"}

# 80 bits: among a million lines, two that differ share an id with a chance of 4 in 10**13.
ID_BYTES = 10

COLUMN_OF = {
    "order_id": "InvoiceNo",
    "product_id": "StockCode",
    "product_name": "Description",
    "quantity": "Quantity",
    "unit_price_micros": "UnitPrice (in millionths)",
    "customer_id": "CustomerID",
    "country": "Country",
    "source_file": "the name of the file",
}


class Rejected(Struct, frozen=True, kw_only=True, gc=False):
    """A line that can't be typed. `line` is as it stands in the file, `line_number` the physical
    line (the header is line 1).
    """

    reason: str
    source_file: str
    line_number: int
    line: str


class Duplicate(Struct, frozen=True, kw_only=True, gc=False):
    """A line whose typed fields equal those of an earlier line of the file."""

    line_id: str
    line_number: int


class _FieldError(ValueError):
    """Why a field can't be typed; the message is the reason that goes to quarantine."""


def read_lines(
    source: Source, plan: Plan, source_file: str
) -> Iterator[FileOrderLine | Duplicate | Rejected]:
    """One result for each row of the file, in the order of the file. Holds ten bytes and a bit
    for each line it has seen.
    """
    type_row = row_typer(plan, source_file)
    seen: set[bytes] = set()
    for row in rows(source, plan.layout):
        line = type_row(row)
        if isinstance(line, FileOrderLine):
            short = bytes.fromhex(line.line_id)
            if short in seen:
                line = Duplicate(line_id=line.line_id, line_number=row.line_number)
            seen.add(short)
        yield line


def row_typer(plan: Plan, source_file: str) -> Callable[[Row], FileOrderLine | Rejected]:
    """The function that types the rows of one file."""
    read_date = instant_reader(plan.date_format, plan.settings.time_zone)
    mark = re.escape(plan.decimal_mark)
    whole_number = re.compile(rf"([+-]?[0-9]+)(?:{mark}0+)?")
    decimal = re.compile(rf"([+-]?)([0-9]*)(?:{mark}([0-9]+))?")
    channel, currency = plan.settings.channel, plan.settings.currency

    def quantity(value: str) -> int:
        match = whole_number.fullmatch(value) if len(value) <= LONGEST_NUMBER else None
        if not match:
            raise _FieldError(_unreadable("Quantity", value, "a whole number"))
        return int(match[1])

    def micros(value: str) -> int:
        match = decimal.fullmatch(value) if len(value) <= LONGEST_NUMBER else None
        if not match or not (match[2] or match[3]):
            wanted = f"a number with decimal {'point' if plan.decimal_mark == '.' else 'comma'}"
            raise _FieldError(_unreadable("UnitPrice", value, wanted))
        sign, whole, fraction = match[1], match[2] or "0", (match[3] or "").rstrip("0")
        if len(fraction) > DECIMALS:
            raise _FieldError(f"UnitPrice {value!r} has more than {DECIMALS} decimals")
        size = int(whole) * MICROS + int(fraction.ljust(DECIMALS, "0"))
        return -size if sign == "-" else size

    def ordered_at(value: str) -> object:
        try:
            return read_date(value)
        except ValueError:
            wanted = f"a date between {FIRST_YEAR} and {LAST_YEAR} as {plan.date_format}"
            raise _FieldError(_unreadable("InvoiceDate", value, wanted)) from None

    def typed(row: Row) -> FileOrderLine:
        order, product, name, count, date, price, customer, country = (
            field.strip(BLANKS) for field in row.fields
        )
        for column, value in (("InvoiceNo", order), ("StockCode", product)):
            if not value:
                raise _FieldError(f"{column} is missing")
        fields: dict[str, object] = {
            "order_id": order,
            "product_id": product,
            "product_name": name or None,
            "quantity": quantity(count),
            "unit_price_micros": micros(price),
            "customer_id": _customer(customer),
            "country": country or None,
            "ordered_at": ordered_at(date),
        }
        # JSON, because a list of strings joined by any sign could also be another list.
        content = msgspec.json.encode(list(fields.values()))
        return msgspec.convert(
            {
                **fields,
                "line_id": blake2b(content, digest_size=ID_BYTES).hexdigest(),
                "currency": currency,
                "channel": channel,
                "source_file": source_file,
                "line_number": row.line_number,
            },
            FileOrderLine,
        )

    def type_row(row: Row) -> FileOrderLine | Rejected:
        try:
            if not row.problem:
                return typed(row)
            reason = row.problem
        except _FieldError as error:
            reason = str(error)
        except msgspec.ValidationError as error:
            reason = _beyond_contract(str(error))
        return Rejected(
            reason=reason, source_file=source_file, line_number=row.line_number, line=row.text
        )

    return type_row


def _customer(value: str) -> str | None:
    if value.casefold() in NO_CUSTOMER:
        return None
    return re.sub(r"^([0-9]+)[.,]0+$", r"\1", value)


def _unreadable(column: str, value: str, wanted: str) -> str:
    return (
        f"{column} {value[:LONGEST_NUMBER]!r} is not {wanted}" if value else f"{column} is missing"
    )


def _beyond_contract(message: str) -> str:
    """msgspec says "Expected `int` <= 1000000 - at `$.quantity`"."""
    what, _, place = message.rpartition(" - at `$.")
    return f"{COLUMN_OF.get(place.rstrip('`'), place)}: {what.lower().replace('`', '')}"
