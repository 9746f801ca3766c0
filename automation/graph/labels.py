"""Where the words on arrows stand: on a straight part with room for them, away from other lines and
boxes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING

from automation.graph.places import Places, Rect

if TYPE_CHECKING:
    from automation.graph.arrows import Arrow
    from automation.graph.board import Point

# Of the label's font, in pixels, generously.
_PER_LETTER, _HEIGHT, _BASELINE = 7, 16, 12
# Above a line that goes across, or else below it; on one that goes up.
_AWAY = 4
_SHARES = (0.5, 0.35, 0.65, 0.25, 0.75)
_HEAD = 12
# What a place would rather not have; the best one has the lowest sum.
_ON_BOX, _ON_LINE, _TOO_SHORT, _UPRIGHT, _BELOW, _OFF_MIDDLE = 8.0, 3.0, 2.0, 1.0, 0.5, 0.1


def labels(led: Mapping[Arrow, list[Point]], where: Places) -> dict[Arrow, Point]:
    """The middle of each label, at its baseline."""
    placed: dict[Arrow, Point] = {}
    taken = list(where.rects.values())
    page = Rect(x=0, y=0, width=where.width, height=where.height)
    for arrow, points in led.items():
        if not arrow.label:
            continue
        others = [line for other, line in led.items() if other != arrow]

        def price(spot: tuple[float, Rect], others: list[list[Point]] = others) -> float:
            own, rect = spot
            boxes = sum(_meet(rect, box) and not _inside(rect, box) for box in taken)
            boxes += not _inside(rect, page)
            return own + _ON_BOX * boxes + _ON_LINE * sum(_crosses(rect, line) for line in others)

        _, rect = min(_spots(arrow.label, points), key=price)
        taken.append(rect)
        placed[arrow] = (rect.centre[0], rect.y + _BASELINE)
    return placed


def _spots(label: str, points: list[Point]) -> Iterator[tuple[float, Rect]]:
    """Every place worth a look, with the price that it has by itself."""
    width = len(label) * _PER_LETTER
    for start, end in pairwise(points):
        upright = start[0] == end[0]
        length = abs(end[0] - start[0]) + abs(end[1] - start[1])
        short = length < (_HEIGHT if upright else width) + _HEAD
        for rank, share in enumerate(_SHARES):
            x = round(start[0] + (end[0] - start[0]) * share) - width // 2
            y = round(start[1] + (end[1] - start[1]) * share)
            tops = (y - _HEIGHT // 2,) if upright else (y - _HEIGHT - _AWAY, y + _AWAY)
            for side, top in enumerate(tops):
                own = _TOO_SHORT * short + _UPRIGHT * upright + _BELOW * side + _OFF_MIDDLE * rank
                # Of two parts with room the longer one.
                yield own - length / 10_000, Rect(x=x, y=top, width=width, height=_HEIGHT)


def _meet(one: Rect, other: Rect) -> bool:
    return (
        one.x <= other.right
        and other.x <= one.right
        and one.y <= other.bottom
        and other.y <= one.bottom
    )


def _inside(one: Rect, other: Rect) -> bool:
    """Within a box that holds others there is room for words."""
    return other.holds(one.x, one.y) and other.holds(one.right, one.bottom)


def _crosses(rect: Rect, line: list[Point]) -> bool:
    return any(_meet(rect, _part(start, end)) for start, end in pairwise(line))


def _part(start: Point, end: Point) -> Rect:
    left, top = min(start[0], end[0]), min(start[1], end[1])
    return Rect(x=left, y=top, width=abs(start[0] - end[0]), height=abs(start[1] - end[1]))
