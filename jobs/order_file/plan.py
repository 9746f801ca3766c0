"""What must be known of an order file before its first line can be typed: one pass over it, and the
user's settings.

Types no line and quarantines none.
"""

from dataclasses import dataclass

import msgspec

from contract.events import Channel, Currency
from jobs.order_file.dates import DateEvidence
from jobs.order_file.decimals import DecimalMark, MarkEvidence
from jobs.order_file.errors import OrderFileError
from jobs.order_file.header import FIELDS, Layout, read_layout
from jobs.order_file.instants import zone
from jobs.order_file.named_format import NamedFormat
from jobs.order_file.opening import Source
from jobs.order_file.reader import rows

DATE = FIELDS.index("InvoiceDate")
PRICE = FIELDS.index("UnitPrice")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the user may say about a file. Without `date_format` (strptime syntax) and
    `decimal_mark` they are told from it.

    Dates without a zone are local time in `time_zone` (an IANA name). The layout has neither
    channel nor currency, so all lines of a file have the same.
    """

    date_format: str | None = None
    decimal_mark: DecimalMark | None = None
    time_zone: str = "UTC"
    channel: Channel = "web"
    currency: Currency = "GBP"

    def __post_init__(self) -> None:
        for name, type_, value in (
            ("CHANNEL", Channel, self.channel),
            ("CURRENCY", Currency, self.currency),
            ("DECIMAL_MARK", DecimalMark | None, self.decimal_mark),
        ):
            try:
                msgspec.convert(value, type_)
            except msgspec.ValidationError as error:
                raise OrderFileError(f"{name}={value} is not possible: {error}") from error
        zone(self.time_zone)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How to read one file. `lines` counts its rows below the header, whatever is in them."""

    layout: Layout
    date_format: str
    decimal_mark: DecimalMark
    settings: Settings
    lines: int
    notices: tuple[str, ...]


def plan_for(source: Source, settings: Settings) -> Plan:
    """Raises OrderFileError, with one sentence for the user, for a file that can't be read under
    any plan.
    """
    layout = read_layout(source)
    dates = NamedFormat(settings.date_format) if settings.date_format else DateEvidence()
    marks = MarkEvidence(layout.delimiter)
    lines = readable = 0
    for row in rows(source, layout):
        lines += 1
        if row.problem:
            continue
        readable += 1
        if date := row.fields[DATE].strip():
            dates.add(row.line_number, date)
        marks.add(row.line_number, row.fields[PRICE].strip())
    if not lines:
        raise OrderFileError(
            "the order file has a header but no order lines: give a file with at least one"
        )
    if not readable:
        raise OrderFileError(
            f"none of the {lines:,} lines of the order file has the {layout.width} fields of its "
            "header: "
            "see whether header and lines use the same delimiter"
        )
    date_format = dates.decide()
    notices = (*layout.notices, date_format.notice) if date_format.notice else layout.notices
    return Plan(
        layout=layout,
        date_format=date_format.format,
        decimal_mark=settings.decimal_mark or marks.decide(),
        settings=settings,
        lines=lines,
        notices=notices,
    )
