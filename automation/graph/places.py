"""Where the boxes of a picture stand, in pixels: the lanes are columns, the zones of the lake are
rows, and everything else stands in the row of what it feeds or reads.

A layout of our own, because the lanes and the nesting are the message: the general libraries (fast-
sugiyama, grandalf) rank boxes by themselves, know no boxes in boxes, and draw no lines around them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from automation.graph.flows import Kind
from automation.graph.lanes import Lane

if TYPE_CHECKING:
    from automation.graph.picture import Box, Picture, Visitor

# All multiples of the grid on which lines are led, halves of boxes too (`automation.graph.lines`).
GRID = 8
WIDTH, HEIGHT = 160, 80
GAP_X, GAP_Y = 80, 48
MARGIN, PADDING, HEADER = 24, 16, 32
CHIP_WIDTH, CHIP_HEIGHT, CHIP_GAP = 112, 32, 32
_COLUMNS = (Lane.COLLECT, Lane.STREAM, Lane.PROCESS, Lane.LAKE, Lane.SERVE)


@dataclass(frozen=True, kw_only=True)
class Rect:
    """Left, top, width and height, in pixels."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        return self.x + self.width

    @property
    def bottom(self) -> int:
        return self.y + self.height

    @property
    def centre(self) -> tuple[int, int]:
        return self.x + self.width // 2, self.y + self.height // 2

    def holds(self, x: int, y: int) -> bool:
        """Whether a point is in it or on its edge."""
        return self.x <= x <= self.right and self.y <= y <= self.bottom


@dataclass(frozen=True, kw_only=True)
class Places:
    """`rects` by id of box, part or visitor; `strip` is around the boxes that serve all others."""

    rects: Mapping[str, Rect]
    strip: Rect | None
    width: int
    height: int


def places(picture: Picture) -> Places:
    """The same picture gives the same places."""
    cells = _cells(picture)
    columns = sorted({column for column, _ in cells.values()})
    top = min((row for _, row in cells.values()), default=0)
    rects: dict[str, Rect] = {}
    for id_, (column, row) in cells.items():
        x = MARGIN + PADDING + columns.index(column) * (WIDTH + GAP_X)
        y = 2 * MARGIN + HEADER + (row - top) * (HEIGHT + GAP_Y)
        rects[id_] = Rect(x=x, y=y, width=WIDTH, height=HEIGHT)
    for visitor in picture.visitors:
        rects[visitor.id] = _chip(visitor, rects[visitor.id])
    for box in picture.boxes:
        if box.parts:
            rects[box.id] = _around([rects[part.id] for part in box.parts])
    rects = _moved_up(rects)
    width = max((rect.right for rect in rects.values()), default=0) + PADDING + MARGIN
    below = max((rect.bottom for rect in rects.values()), default=MARGIN) + MARGIN
    return _with_strip(rects, picture.of(Lane.ACROSS), width, below)


def _cells(picture: Picture) -> dict[str, tuple[int, int]]:
    """Column and row of each box without parts, each part and each visitor."""
    rows: dict[str, int] = {}
    columns: dict[str, int] = {}
    # The lake first: the others stand where it takes from them or gives to them.
    for lane in (Lane.LAKE, Lane.STREAM, Lane.PROCESS, Lane.COLLECT, Lane.SERVE):
        wanted = {
            id_: _wanted(id_, picture, rows) for box in picture.of(lane) for id_ in _units(box)
        }
        if lane is Lane.LAKE:
            wanted = dict(zip(wanted, range(len(wanted)), strict=True))
        rows |= _spread(wanted)
        columns |= dict.fromkeys(wanted, _COLUMNS.index(lane))
    cells = {id_: (columns[id_], row) for id_, row in rows.items()}
    lowest = max(
        (row for column, row in cells.values() if column <= _COLUMNS.index(Lane.LAKE)), default=-1
    )
    for number, box in enumerate(_workers_first(picture)):
        # Under the lake, then to the left of that.
        down, left = divmod(number, _COLUMNS.index(Lane.LAKE) + 1)
        cells[box.id] = (_COLUMNS.index(Lane.LAKE) - left, lowest + 1 + down)
    for visitor in picture.visitors:
        if visitor.beside in cells:
            cells[visitor.id] = _free(cells[visitor.beside], -1 if visitor.gives else 1, cells)
    return cells


def _workers_first(picture: Picture) -> list[Box]:
    """Those that read and write the lake before those that only start them."""
    starting = {arrow.source for arrow in picture.arrows if arrow.kind is Kind.STARTS}
    return sorted(picture.of(Lane.BATCH), key=lambda box: (box.id in starting, box.id))


def _units(box: Box) -> list[str]:
    return [part.id for part in box.parts] or [box.id]


def _wanted(id_: str, picture: Picture, rows: Mapping[str, int]) -> float | None:
    """The mean row of what it is joined with, as far as that has a place."""
    parts = {box.id: _units(box) for box in picture.boxes}
    joined: list[float] = []
    for arrow in picture.arrows:
        if id_ in arrow.ends and arrow.kind is not Kind.USES:
            other = arrow.target if arrow.source == id_ else arrow.source
            known = [rows[unit] for unit in parts.get(other, [other]) if unit in rows]
            joined += [sum(known) / len(known)] if known else []
    return sum(joined) / len(joined) if joined else None


def _spread(wanted: Mapping[str, float | None]) -> dict[str, int]:
    """Each in a row of its own, as near as there is room to the one it wants."""
    rows: dict[str, int] = {}
    for id_, row in sorted(wanted.items(), key=lambda item: (item[1] is None, item[1] or 0)):
        free = [
            number for number in range(len(wanted) + _last(wanted)) if number not in rows.values()
        ]
        rows[id_] = min(free, key=lambda number: (abs(number - (row or 0)), -number))
    return rows


def _last(wanted: Mapping[str, float | None]) -> int:
    return int(max((row or 0 for row in wanted.values()), default=0)) + 1


def _free(
    beside: tuple[int, int], step: int, cells: Mapping[str, tuple[int, int]]
) -> tuple[int, int]:
    column, row = beside
    while (column, row) in cells.values():
        row += step
    return column, row


def _chip(visitor: Visitor, cell: Rect) -> Rect:
    """Small, and on the side of its cell that is near to whom it visits."""
    x = cell.x + (cell.width - CHIP_WIDTH) // 2
    away = CHIP_GAP - GAP_Y
    y = cell.bottom - CHIP_HEIGHT - away - HEADER // 2 if visitor.gives else cell.y + away
    return Rect(x=x, y=y, width=CHIP_WIDTH, height=CHIP_HEIGHT)


def _around(parts: Iterable[Rect]) -> Rect:
    inside = list(parts)
    x, y = min(p.x for p in inside) - PADDING, min(p.y for p in inside) - HEADER
    right, bottom = max(p.right for p in inside) + PADDING, max(p.bottom for p in inside) + PADDING
    return Rect(x=x, y=y, width=right - x, height=bottom - y)


def _moved_up(rects: Mapping[str, Rect]) -> dict[str, Rect]:
    """So that nothing is empty above but the heading."""
    top = min((rect.y for rect in rects.values()), default=0)
    by = top - MARGIN - HEADER
    return {
        id_: Rect(x=rect.x, y=rect.y - by, width=rect.width, height=rect.height)
        for id_, rect in rects.items()
    }


def _with_strip(rects: dict[str, Rect], across: list[Box], width: int, below: int) -> Places:
    if not across:
        return Places(rects=rects, strip=None, width=width, height=below)
    width = max(width, 2 * (MARGIN + PADDING) + WIDTH)
    inner = width - 2 * (MARGIN + PADDING)
    fit = min(len(across), max(1, (inner + PADDING) // (WIDTH + PADDING)))
    wide = (inner + PADDING) // fit - PADDING
    for number, box in enumerate(across):
        line, place = divmod(number, fit)
        x = MARGIN + PADDING + place * (wide + PADDING)
        y = below + HEADER + line * (HEIGHT + PADDING)
        rects[box.id] = Rect(x=x, y=y, width=wide, height=HEIGHT)
    bottom = max(rects[box.id].bottom for box in across) + PADDING
    strip = Rect(x=MARGIN, y=below, width=width - 2 * MARGIN, height=bottom - below)
    return Places(rects=rects, strip=strip, width=width, height=bottom + MARGIN)
