"""The picture as a Mermaid flowchart, for pages that draw it themselves (GitHub does).

Colours are left to the page's theme, which may be dark.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from automation.graph.flows import Kind
from automation.graph.lanes import Lane

if TYPE_CHECKING:
    from automation.graph.arrows import Arrow
    from automation.graph.picture import Box, Picture

# Words that Mermaid takes for its own where an id is expected.
_RESERVED = ("class", "click", "default", "direction", "end", "graph", "linkStyle", "style")


def mermaid(picture: Picture) -> str:
    """The text of the chart; the same picture gives the same text."""
    return "\n".join(["flowchart LR", *_lines(picture)]) + "\n"


def _lines(picture: Picture) -> Iterator[str]:
    ids = {end: _id(end) for end in picture.titles}
    for visitor in picture.visitors:
        yield f"  {ids[visitor.id]}([{_text(visitor.title)}])"
    across = picture.of(Lane.ACROSS)
    for box in sorted(picture.boxes, key=lambda box: [*Lane].index(box.lane)):
        if box not in across:
            yield from _box(box, ids)
    if across:
        yield '  subgraph across["For all of the above"]'
        for box in across:
            yield f"    {ids[box.id]}[{_text(box.title, *_below(box))}]"
        yield "  end"
    wholes = {box.id for box in picture.boxes if box.parts}
    for arrow in picture.arrows:
        yield f"  {_arrow(_to_whole(arrow, wholes), ids)}"


def _box(box: Box, ids: dict[str, str]) -> Iterator[str]:
    if not box.parts:
        yield f"  {ids[box.id]}[{_text(box.title, *_below(box))}]"
        return
    yield f"  subgraph {ids[box.id]}[{_text(box.title)}]"
    for part in box.parts:
        note = [part.note] if part.note else []
        yield f"    {ids[part.id]}[{_text(part.title, *note)}]"
    yield "  end"


def _to_whole(arrow: Arrow, wholes: set[str]) -> Arrow:
    """Mermaid 11 loses an arrow with two heads that starts at a subgraph, and not one that ends
    there.
    """
    if arrow.both and arrow.source in wholes:
        return replace(arrow, source=arrow.target, target=arrow.source)
    return arrow


def _arrow(arrow: Arrow, ids: dict[str, str]) -> str:
    tail = "<" if arrow.both else ""
    line = "-->" if arrow.kind is Kind.DATA else "-.->"
    label = f"|{_text(arrow.label)}|" if arrow.label else ""
    return f"{ids[arrow.source]} {tail}{line}{label} {ids[arrow.target]}"


def _id(end: str) -> str:
    name = re.sub(r"\W", "_", end)
    return f"{name}_" if name in _RESERVED else name


def _below(box: Box) -> list[str]:
    return [line for line in (box.note, box.services) if line]


def _text(*lines: str) -> str:
    """Quoted, so that no character of a name is read as syntax."""
    escaped = (line.replace("#", "#35;").replace('"', "#quot;") for line in lines)
    return f'"{"<br>".join(escaped)}"'
