"""Cuts an order file into rows, one at a time, each with its physical line number and its original
text.

Rows follow CSV as spreadsheets write it (quotes doubled inside quotes, line ends allowed inside
quotes). What a row means is not decided here (`lines`). A row that can't be cut is handed out
with its problem: it must not cost its neighbours, so a quote that is opened and never closed
costs the one physical line on which it stands.
"""

import csv
import re
from collections import deque
from collections.abc import Iterator
from io import TextIOWrapper
from typing import NamedTuple

from jobs.order_file.header import Layout
from jobs.order_file.opening import Source, open_bytes

# More than this in one field is a forgotten quote, not a description.
LINE_ENDS_IN_A_FIELD = 20
LONGEST_ROW = 100_000

LINE_END = re.compile(r"\r\n|\r|\n")


class Row(NamedTuple):
    """`fields` are in the order of `header.FIELDS`, and empty if the row has a `problem`.
    `line_number` is the physical line on which the row starts; `text` is the row as it stands in
    the file, without its last line end.
    """

    line_number: int
    text: str
    fields: tuple[str, ...]
    problem: str = ""


class _UnclosedError(Exception):
    """The file, or the patience, ended inside a quoted field."""


def rows(source: Source, layout: Layout) -> Iterator[Row]:
    """Every row below the header. Lines that are empty or hold only spaces are not rows."""
    with TextIOWrapper(open_bytes(source), encoding=layout.encoding, newline="") as stream:
        for _ in range(layout.header_line):
            stream.readline()
        yield from _rows(stream, layout)


def _rows(stream: TextIOWrapper, layout: Layout) -> Iterator[Row]:
    columns = layout.columns
    waiting: deque[str] = deque()
    number = layout.header_line + 1
    while line := waiting.popleft() if waiting else stream.readline():
        taken = [line]
        text = line.rstrip("\r\n")
        problem = ""
        fields: list[str] = []
        if not text.strip(" "):
            number += 1
            continue
        if '"' in line:
            fields, problem = _quoted_row(taken, waiting, stream, layout)
            text = "".join(taken).rstrip("\r\n")
        else:
            fields = text.split(layout.delimiter)
        if not problem and len(fields) != layout.width:
            problem = f"has {len(fields)} fields where the header has {layout.width}"
        elif len(text) > LONGEST_ROW:
            problem = f"has {len(text):,} characters, the limit is {LONGEST_ROW:,}"
        elif "\0" in text:
            problem = "holds a NUL character"
        yield Row(number, text, () if problem else tuple([fields[at] for at in columns]), problem)
        number += len(taken)


def _quoted_row(
    taken: list[str], waiting: deque[str], stream: TextIOWrapper, layout: Layout
) -> tuple[list[str], str]:
    """The fields of a row that holds quotes. `taken` grows by the physical lines that belong to
    it; lines that turn out not to go back to `waiting`.
    """

    def physical_lines() -> Iterator[str]:
        yield taken[0]
        while len(taken) <= layout.width * LINE_ENDS_IN_A_FIELD:
            following = waiting.popleft() if waiting else stream.readline()
            if not following:
                break
            taken.append(following)
            yield following
        raise _UnclosedError

    fields: list[str] = []
    problem = ""
    try:
        fields = next(csv.reader(physical_lines(), delimiter=layout.delimiter))
    except (_UnclosedError, csv.Error):
        problem = "opens a quote that is not closed"
    if len(taken) == 1 or (not problem and _credible(fields, layout.width)):
        return fields, problem
    waiting.extendleft(reversed(taken[1:]))
    del taken[1:]
    return [], "opens a quote that is not closed"


def _credible(fields: list[str], width: int) -> bool:
    return len(fields) == width and all(
        len(LINE_END.findall(field)) <= LINE_ENDS_IN_A_FIELD for field in fields
    )
