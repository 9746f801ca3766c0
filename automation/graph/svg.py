"""The picture as SVG: readable on light and dark pages, its text selectable, told in words to those
who cannot see it.

No program and no font of this machine takes part: widths are of what browsers have, and boxes are
wide enough for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING

from automation.graph.flows import Kind
from automation.graph.labels import labels
from automation.graph.lanes import Lane
from automation.graph.lines import lines
from automation.graph.places import MARGIN, PADDING, Places, Rect, places
from automation.graph.style import STYLE

if TYPE_CHECKING:
    from automation.graph.arrows import Arrow
    from automation.graph.board import Point
    from automation.graph.picture import Box, Picture

_ROUND = 8
_BASELINES = {1: (45,), 2: (36, 56), 3: (28, 48, 66)}
_VERBS = {
    Kind.DATA: "data to",
    Kind.STARTS: "starts",
    Kind.DESCRIBES: "metadata to",
    Kind.USES: "is needed by",
}
# What a kind of line says, and the room it takes in the legend, in pixels.
_MEANINGS = {
    Kind.DATA: ("data", 88),
    Kind.STARTS: ("starts", 96),
    Kind.DESCRIBES: ("metadata", 104),
    Kind.USES: ("needed by", 104),
}


def svg(picture: Picture, heading: str = "") -> str:
    """The whole file; the same picture gives the same bytes."""
    heading = heading or f"Stack {picture.stack}"
    where = places(picture)
    led = lines(picture, where)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {where.width} {where.height}" '
        f'width="{where.width}" height="{where.height}" role="img" aria-labelledby="title desc">'
    )
    return "\n".join([head, *_body(picture, where, led, heading), "</svg>"]) + "\n"


def _body(
    picture: Picture, where: Places, led: dict[Arrow, list[Point]], heading: str
) -> Iterator[str]:
    yield f'<title id="title">{escape(heading)}: components and the way of the data</title>'
    yield f'<desc id="desc">{escape(" ".join(_told(picture)))}</desc>'
    yield f"<style>{STYLE}</style>"
    yield "<defs>"
    for kind in Kind:
        yield (
            f'<marker id="{kind}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" '
            f'markerHeight="7" orient="auto-start-reverse"><path class="head {kind}" '
            'd="M0 0.5 10 5 0 9.5z"/></marker>'
        )
    yield "</defs>"
    yield f'<rect class="page" width="{where.width}" height="{where.height}" rx="12"/>'
    yield f'<text class="heading" x="{MARGIN}" y="{MARGIN + 16}">{escape(heading)}</text>'
    yield from _legend(picture, where)
    if where.strip:
        yield _rect(where.strip, "strip")
        yield _label_in(where.strip, "for all of the above")
    for box in picture.boxes:
        if box.parts:
            yield _rect(where.rects[box.id], f"whole {box.lane}")
            yield _label_in(where.rects[box.id], box.title)
    for arrow, points in led.items():
        yield _line(arrow, points)
    for box in picture.boxes:
        yield from _box(box, where)
    for visitor in picture.visitors:
        rect = where.rects[visitor.id]
        yield _rect(rect, "visitor", rect.height // 2)
        yield _text("visitor", rect.centre[0], rect.centre[1] + 5, visitor.title)
    for arrow, (x, y) in labels(led, where).items():
        yield _text("label", x, y, arrow.label)


def _box(box: Box, where: Places) -> Iterator[str]:
    if not box.parts:
        lines_ = [("title", box.title), ("note", box.note), ("services", box.services)]
        yield from _card(where.rects[box.id], str(box.lane), lines_)
    for part in box.parts:
        kinds = f"{box.lane} {_class(part.title)}"
        yield from _card(where.rects[part.id], kinds, [("title", part.title), ("note", part.note)])


def _card(rect: Rect, kinds: str, lines_: list[tuple[str, str]]) -> Iterator[str]:
    shown = [(kind, text) for kind, text in lines_ if text]
    yield "<g>"
    yield _rect(rect, f"box {kinds}", 8)
    for (kind, text), baseline in zip(shown, _BASELINES[len(shown)], strict=True):
        yield _text(kind, rect.centre[0], rect.y + baseline, text)
    yield "</g>"


def _rect(rect: Rect, kinds: str, rounded: int = 12) -> str:
    size = f'x="{rect.x}" y="{rect.y}" width="{rect.width}" height="{rect.height}"'
    return f'<rect class="{kinds}" {size} rx="{rounded}"/>'


def _text(kind: str, x: int, y: int, text: str) -> str:
    return f'<text class="{kind}" x="{x}" y="{y}">{escape(text)}</text>'


def _label_in(rect: Rect, text: str) -> str:
    return _text("whole", rect.x + PADDING, rect.y + 21, text)


def _line(arrow: Arrow, points: list[Point]) -> str:
    start = f' marker-start="url(#{arrow.kind})"' if arrow.both else ""
    head = f'marker-end="url(#{arrow.kind})"'
    return f'<path class="line {arrow.kind}" d="{_rounded(points)}"{start} {head}/>'


def _rounded(points: list[Point]) -> str:
    steps = [f"M{points[0][0]} {points[0][1]}"]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        start, end = _towards(corner, before), _towards(corner, after)
        steps.append(f"L{start[0]} {start[1]}Q{corner[0]} {corner[1]} {end[0]} {end[1]}")
    return "".join([*steps, f"L{points[-1][0]} {points[-1][1]}"])


def _towards(corner: Point, other: Point) -> Point:
    """The point on the way to another from which a corner is rounded."""
    dx, dy = other[0] - corner[0], other[1] - corner[1]
    length = abs(dx) + abs(dy)
    reach = min(_ROUND, length // 2)
    return corner[0] + dx * reach // length, corner[1] + dy * reach // length


def _legend(picture: Picture, where: Places) -> Iterator[str]:
    """At the top right, what each kind of line says."""
    x, y = where.width - MARGIN, MARGIN + 10
    shown = {arrow.kind for arrow in picture.arrows}
    for kind, (meaning, wide) in reversed(_MEANINGS.items()):
        if kind in shown:
            x -= wide
            yield f'<path class="line {kind}" d="M{x} {y}h32" marker-end="url(#{kind})"/>'
            yield _text("legend", x + 40, y + 4, meaning)


def _told(picture: Picture) -> Iterator[str]:
    titles = picture.titles
    for arrow in picture.arrows:
        source, target = (titles[end] for end in arrow.ends)
        label = f" ({arrow.label})" if arrow.label else ""
        back = " and back" if arrow.both else ""
        yield f"{source}: {_VERBS[arrow.kind]} {target}{back}{label}."
    if across := picture.of(Lane.ACROSS):
        yield f"For all of them: {', '.join(box.title for box in across)}."


def _class(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
