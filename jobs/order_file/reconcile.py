"""Counts an order file again, another way, and compares: what was loaded, and what gold says of it.

The other way is DuckDB over the raw text (`recount.sql`): rows by a regular expression, numbers
by SQL decimals. Only the layout, the date format and the decimal mark come from the plan,
because they are decisions about the file, not readings of it. A mistake in typing, in summing or
in de-duplication therefore shows as a difference. Mends nothing.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import duckdb

from jobs.order_file.header import FIELDS, Layout
from jobs.order_file.plan import Plan
from jobs.order_file.results import Loaded, Totals

# Half a cent: gold may keep fewer decimals than the file, but not lose a cent.
TOLERANCE = Decimal("0.005")
SQL = Path(__file__).with_name("recount.sql")


@dataclass(frozen=True, kw_only=True)
class Recount:
    """The file's own numbers; `totals` are over distinct readable lines."""

    lines: int
    duplicates: int
    quarantined: int
    totals: Totals


def recount(path: Path, plan: Plan) -> Recount:
    """Counts the file under the plan's layout, date format and decimal mark. Needs about
    fifteen times the size of the file in memory.
    """
    names = sorted(FIELDS, key=lambda name: plan.layout.columns[FIELDS.index(name)])
    with duckdb.connect() as connection:
        found = connection.execute(
            SQL.read_text(),
            {
                "content": path.read_bytes().decode(plan.layout.encoding),
                "row": _row_expression(plan.layout),
                "fields": _fields_expression(plan.layout),
                "names": names,
                "header_line": plan.layout.header_line,
                "mark": plan.decimal_mark,
                "date_format": plan.date_format,
                "date_shape": _date_expression(plan.date_format),
            },
        ).fetchone()
    if found is None:
        raise AssertionError("a query of sums returns a row")
    lines, loaded, duplicates, quarantined, units, revenue = found
    return Recount(
        lines=lines,
        duplicates=duplicates,
        quarantined=quarantined,
        totals=Totals(lines=loaded, units=units, revenue={plan.settings.currency: revenue}),
    )


def reconcile(path: Path, loaded: Loaded, gold: Totals | None = None) -> list[str]:
    """One sentence for each number that differs, which says where, what the file gives and by how
    much; empty if all agree.

    `gold` are the sums of the lines of this file in gold; None compares what was loaded only.
    """
    count = recount(path, loaded.plan)
    parts = loaded.totals.lines + loaded.duplicates + loaded.quarantined
    found = [
        _whole("loading", "lines loaded + duplicates + quarantined", loaded.lines, parts),
        _whole("loading", "lines read", count.lines, loaded.lines),
        _whole("loading", "duplicates", count.duplicates, loaded.duplicates),
        _whole("loading", "lines quarantined", count.quarantined, loaded.quarantined),
        *_totals("silver", count.totals, loaded.totals),
        *(_totals("gold", count.totals, gold) if gold else ()),
    ]
    return [mismatch for mismatch in found if mismatch]


def _totals(where: str, expected: Totals, got: Totals) -> list[str]:
    currencies = sorted({*expected.revenue, *got.revenue})
    return [
        _whole(where, "order lines", expected.lines, got.lines),
        _whole(where, "units", expected.units, got.units),
        *(
            _money(where, code, expected.revenue.get(code), got.revenue.get(code))
            for code in currencies
        ),
    ]


def _whole(where: str, number: str, expected: int, got: int) -> str:
    if expected == got:
        return ""
    return f"{where}: {number}: expected {expected:,}, got {got:,}, off by {got - expected:+,}"


def _money(where: str, currency: str, expected: Decimal | None, got: Decimal | None) -> str:
    wanted, given = expected or Decimal(0), got or Decimal(0)
    if abs(wanted - given) < TOLERANCE:
        return ""
    return (
        f"{where}: revenue in {currency}: expected {wanted:,}, got {given:,}, "
        f"off by {given - wanted:+,}"
    )


def _row_expression(layout: Layout) -> str:
    fields = layout.delimiter.join([_field(layout)] * layout.width)
    return rf"(?:{fields}|[^\r\n]*)(?:\r\n|\r|\n|\z)"


def _fields_expression(layout: Layout) -> str:
    field = _field(layout)
    return layout.delimiter.join(
        f"({field})" if position in layout.columns else field for position in range(layout.width)
    )


def _field(layout: Layout) -> str:
    """A quoted field with at most twenty line ends, or one without quotes at its start."""
    inside, line_end = r'(?:[^"\r\n]|"")*', r"(?:\r\n|\r|\n)"
    after = rf'[^"{layout.delimiter}\r\n][^{layout.delimiter}\r\n]*'
    return rf'(?:"{inside}(?:{line_end}{inside}){{0,20}}"(?:{after})?|(?:{after})?)'


def _date_expression(date_format: str) -> str:
    """The signs and digits of a format, because DuckDB reads years of one digit and zones of 90
    hours too.
    """
    shapes = {
        "%Y": "[0-9]{4}",
        "%y": "[0-9]{2}",
        "%b": "[A-Za-z]+",
        "%B": "[A-Za-z]+",
        "%p": "[A-Za-z]{2}",
        "%f": "[0-9]{1,6}",
        "%z": "(?:Z|[+-](?:[01][0-9]|2[0-3]):?[0-5][0-9])",
        "%%": "%",
    }
    # Without a sign between them, numbers have all their digits.
    digits = "[0-9]{2}" if re.search("%[dmyYHIMS]%[dmyYHIMS]", date_format) else "[0-9]{1,2}"
    parts = re.findall(r"%.|[^%]", date_format)
    return "".join(shapes.get(part, digits) if len(part) > 1 else re.escape(part) for part in parts)
