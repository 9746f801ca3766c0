"""The grid on which lines are led: what stands there, what was drawn, and what each step costs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from automation.graph.places import GRID, HEADER, Places, Rect

if TYPE_CHECKING:
    from automation.graph.arrows import Arrow

Point = tuple[int, int]
# Right, down, left, up; the axis of a way is its remainder by two.
WAYS: tuple[Point, ...] = ((1, 0), (0, 1), (-1, 0), (0, -1))
RIGHT, LEFT = 0, 2

# In steps of the grid: what a line would rather walk than do.
BEND = 6
_CROSSING, _SHARED, _CLOSE, _NEAR_BOX = 8, 60, 3, 3
_UPRIGHT_PORT, _BACKWARD_PORT, _OFF_CENTRE = 4, 12, 2
# Points so far to the side of a line leave no room for its words.
_BESIDE = (-2, -1, 1, 2)
_CORNER = 2 * GRID


def opposite(way: int) -> int:
    return (way + 2) % len(WAYS)


@dataclass(kw_only=True)
class Board:
    """`blocked` and `near` hold for the arrow that is being led; `dear` is what the lines drawn so
    far make it cost to go along an axis at a point.
    """

    width: int
    height: int
    blocked: frozenset[Point] = frozenset()
    near: frozenset[Point] = frozenset()
    dear: Counter[tuple[Point, int]] = field(default_factory=Counter[tuple[Point, int]])

    def open_for(self, arrow: Arrow, places: Places, wholes: Mapping[str, str]) -> None:
        """Nothing may be touched but the ends, and the boxes around them."""
        around = {wholes[end] for end in arrow.ends if end in wholes}
        closed = [rect for id_, rect in places.rects.items() if id_ not in around]
        if places.strip:
            closed.append(places.strip)
        titles = [_title(places.rects[id_]) for id_ in around]
        self.blocked = frozenset(p for rect in [*closed, *titles] for p in _points(rect, 0))
        edges = [p for id_ in around for p in _edge(places.rects[id_])]
        self.near = frozenset([*(p for rect in closed for p in _points(rect, GRID)), *edges])

    def free(self, point: Point) -> bool:
        inside = 0 < point[0] < self.width and 0 < point[1] < self.height
        return inside and point not in self.blocked

    def price(self, point: Point, way: int) -> int:
        """Of stepping on a point, beside the step itself."""
        return self.dear.get((point, way % 2), 0) + (_NEAR_BOX if point in self.near else 0)

    def draw(self, path: list[Point]) -> None:
        drawn = {
            (point, 0 if start[0] != end[0] else 1)
            for start, end in pairwise(path)
            for point in (start, end)
        }
        for (x, y), axis in drawn:
            self.dear[(x, y), axis] += _SHARED
            self.dear[(x, y), 1 - axis] += _CROSSING
            for off in _BESIDE:
                beside = (x + off * axis, y + off * (1 - axis))
                self.dear[beside, axis] += _CLOSE


def ports(rect: Rect, best: int) -> Iterator[tuple[Point, int, int]]:
    """Points on the edges of a box, the way out of each, and its price; `best` is the side on which
    a line should start or end.
    """
    x, y = rect.centre
    for way, (dx, dy) in enumerate(WAYS):
        side = {best: 0, opposite(best): _BACKWARD_PORT}.get(way, _UPRIGHT_PORT)
        reach = (rect.width if dy else rect.height) // 2 - _CORNER
        for off in range(-reach, reach + 1, GRID):
            at_x = x + dx * rect.width // 2 + (off if dy else 0)
            at_y = y + dy * rect.height // 2 + (off if dx else 0)
            yield (at_x // GRID, at_y // GRID), way, side + _OFF_CENTRE * abs(off) // GRID


def _title(rect: Rect) -> Rect:
    """The part of a box with others in it where its title stands."""
    return Rect(x=rect.x, y=rect.y, width=rect.width // 2 - GRID, height=HEADER - GRID)


def _points(rect: Rect, more: int) -> Iterator[Point]:
    for x in range((rect.x - more) // GRID, (rect.right + more) // GRID + 1):
        for y in range((rect.y - more) // GRID, (rect.bottom + more) // GRID + 1):
            yield x, y


def _edge(rect: Rect) -> Iterator[Point]:
    for x, y in _points(rect, 0):
        if x * GRID in (rect.x, rect.right) or y * GRID in (rect.y, rect.bottom):
            yield x, y
