"""The answers as tables in a terminal. Long answers are cut, and say so."""

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from report.cells import Heading, written
from report.results import QueryResult

MOST_ROWS = 10
# What a name keeps at least, and what the box takes for each column and at its edges.
_NAME = 8
_BETWEEN = 3
_EDGE = 2


def print_tables(
    console: Console, results: Sequence[QueryResult], *, max_rows: int = MOST_ROWS
) -> None:
    """One table per question. On a narrow console names are cut before numbers are, and then whole
    columns, which are named.
    """
    for result in results:
        console.print(_table(result, max_rows, console.width) if result.rows else _nothing(result))
        console.print()


def _nothing(result: QueryResult) -> Text:
    return Text.assemble((_safe(result.title), "bold"), "\n", ("no rows", "dim"))


def _table(result: QueryResult, max_rows: int, width: int) -> Table:
    answer = written(result)
    rows = [tuple(map(_safe, row)) for row in answer.rows[:max_rows]]
    least = [
        _least_width(heading, [row[at] for row in rows])
        for at, heading in enumerate(answer.headings)
    ]
    fitting = _fitting(least, width)
    natural = [
        max(len(heading.title), *(len(row[at]) for row in rows))
        for at, heading in enumerate(answer.headings)
    ]
    widths = _narrowed(natural[:fitting], least, width)
    notes = [f"{result.engine}, {result.seconds:.1f} s"]
    if len(rows) < len(answer.rows):
        notes.insert(0, f"{len(rows)} of {len(answer.rows):,} rows")
    if fitting < len(least):
        notes.append(
            f"no room for: {', '.join(heading.title for heading in answer.headings[fitting:])}"
        )
    table = Table(
        title=Text(_safe(result.title), style="bold"),
        title_justify="left",
        caption=Text("; ".join(notes), style="dim"),
        caption_justify="left",
        box=box.SIMPLE_HEAD,
        header_style="dim",
    )
    for heading, wide in zip(answer.headings[:fitting], widths, strict=True):
        table.add_column(
            Text(heading.title),
            justify="right" if heading.numeric else "left",
            no_wrap=True,
            overflow="ellipsis",
            width=wide,
        )
    for row in rows:
        table.add_row(*(Text(cell) for cell in row[:fitting]))
    return table


def _least_width(heading: Heading, cells: Sequence[str]) -> int:
    """A number that is cut is a wrong number, so numeric columns keep their widest cell; names can
    give way.
    """
    widest = max(map(len, cells))
    return widest if heading.numeric else min(widest, _NAME)


def _fitting(least: Sequence[int], width: int) -> int:
    """How many columns, from the left, fit; at least one."""
    used = _EDGE
    for at, column in enumerate(least):
        used += column + _BETWEEN
        if used > width and at > 0:
            return at
    return len(least)


def _narrowed(natural: Sequence[int], least: Sequence[int], width: int) -> list[int]:
    """Takes from the widest column that can give, until all fit. Rich alone would cut numbers and
    names alike.
    """
    widths = list(natural)
    while sum(widths) + _BETWEEN * len(widths) + _EDGE > width:
        giving = [at for at in range(len(widths)) if widths[at] > least[at]]
        if not giving:
            break
        widths[max(giving, key=lambda at: widths[at])] -= 1
    return widths


def _safe(text: str) -> str:
    """Without control characters: data must not move the cursor or recolour the terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
