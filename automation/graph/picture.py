"""The graph as a picture for people: a box for each component, arrows the way the data goes.

It says what is there and what is joined; where it stands on the page is another's business
(`automation.graph.places`, or whoever draws Mermaid).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from automation.graph import words
from automation.graph.arrows import Arrow, between
from automation.graph.flows import Flow, Kind, flows
from automation.graph.lanes import Lane, holder, lane
from automation.graph.words import BUCKET, FIREHOSE, STREAM

if TYPE_CHECKING:
    from automation.recording import Graph, Node

COMPONENT = "shop:components:"
# Letters that fit into a box below its title.
LONGEST = 24
# In the order in which they stand inside their box.
_CARRIERS = (FIREHOSE, STREAM, BUCKET)


@dataclass(frozen=True, kw_only=True)
class Part:
    """A resource that carries data and is shown inside its component's box."""

    id: str
    title: str
    note: str


@dataclass(frozen=True, kw_only=True)
class Box:
    """A component; `id` is its logical name, `component` its class."""

    id: str
    component: str
    title: str
    note: str
    services: str
    lane: Lane
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """Somebody outside the stack, beside the box (or part) that deals with them."""

    id: str
    title: str
    beside: str
    gives: bool
    """Whether data comes from them."""


@dataclass(frozen=True, kw_only=True)
class Picture:
    stack: str
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    visitors: tuple[Visitor, ...]

    def of(self, lane: Lane) -> list[Box]:
        return [box for box in self.boxes if box.lane is lane]

    @property
    def wholes(self) -> dict[str, str]:
        """The box around each part."""
        return {part.id: box.id for box in self.boxes for part in box.parts}

    @property
    def titles(self) -> dict[str, str]:
        """What each end of an arrow is called."""
        titles = {visitor.id: visitor.title for visitor in self.visitors}
        for box in self.boxes:
            titles |= {box.id: box.title, **{part.id: part.title for part in box.parts}}
        return titles


def picture(graph: Graph, stack: str) -> Picture:
    """The picture of a stack; components inside components belong to the outermost one."""
    owners = {urn: owner for urn in graph.nodes if (owner := outermost(graph, urn))}
    names = {owner: graph.nodes[owner].name for owner in owners.values()}
    found = [flow for flow in flows(graph) if {flow.source, flow.target} <= owners.keys()]
    carriers = _carriers(graph, owners, found)
    parts = {
        owner: {node.urn: _part(names[owner], node) for node in nodes}
        for owner, nodes in carriers.items()
        if nodes[1:]  # a single one is its component
    }
    ends = {urn: names[owner] for urn, owner in owners.items()}
    wholes: dict[str, str] = {}
    for owner, of_owner in parts.items():
        ends |= {urn: part.id for urn, part in of_owner.items()}
        wholes |= {part.id: names[owner] for part in of_owner.values()}
    arrows = between(found, ends, wholes)
    holders = {
        names[owner]: held
        for owner, nodes in carriers.items()
        if (held := holder(node.type for node in nodes))
    }
    boxes = tuple(
        _box(
            graph.nodes[owner],
            types={graph.nodes[urn].type for urn, its in owners.items() if its == owner},
            place=lane(name, arrows, wholes, holders),
            parts=tuple(parts.get(owner, {}).values()),
        )
        for owner, name in sorted(names.items())
    )
    visitors = tuple(_visitors(boxes))
    shown = (*_visits(visitors), *_between_places(arrows, boxes, wholes))
    return Picture(stack=stack, boxes=boxes, arrows=shown, visitors=visitors)


def outermost(graph: Graph, urn: str) -> str:
    """The component right below the stack that a resource belongs to; empty for none."""
    found = ""
    while node := graph.nodes.get(urn):
        if node.type.startswith(COMPONENT):
            found = urn
        urn = node.parent
    return found


def _carriers(
    graph: Graph, owners: Mapping[str, str], found: Iterable[Flow]
) -> dict[str, list[Node]]:
    """What holds or moves data between components, by component."""
    carriers: dict[str, dict[str, Node]] = defaultdict(dict)
    for flow in found:
        if flow.kind is Kind.DATA and owners[flow.source] != owners[flow.target]:
            for urn in (flow.source, flow.target):
                if graph.nodes[urn].type in _CARRIERS:
                    carriers[owners[urn]][urn] = graph.nodes[urn]
    return {owner: sorted(nodes.values(), key=_place) for owner, nodes in carriers.items()}


def _place(node: Node) -> tuple[int, int, str]:
    """Zones stand in the order in which data goes through them."""
    zone = node.name.rsplit("-", 1)[-1]
    return _CARRIERS.index(node.type), [*words.WORDS, zone].index(zone), node.name


def _part(box: str, node: Node) -> Part:
    title = node.name.removeprefix(f"{box}-")
    if node.type != BUCKET:
        title = words.PARTS[node.type]
    return Part(id=f"{box}/{node.name}", title=title, note=words.WORDS.get(title, ""))


def _box(node: Node, *, types: set[str], place: Lane, parts: tuple[Part, ...]) -> Box:
    component = node.type.removeprefix(COMPONENT)
    inside = {type_ for type_ in types if not type_.startswith(COMPONENT)}
    return Box(
        id=node.name,
        component=component,
        title=words.spaced(component),
        note=words.WORDS.get(component, ""),
        services=words.services(inside, LONGEST),
        lane=place,
        parts=parts,
    )


def _visitors(boxes: Iterable[Box]) -> Iterator[Visitor]:
    for outsider in words.OUTSIDERS:
        for box in boxes:
            if box.component == outsider.component:
                part = next((one.id for one in box.parts if one.title == outsider.part), box.id)
                yield Visitor(
                    id=f"visitor/{outsider.title}",
                    title=outsider.title,
                    beside=part,
                    gives=outsider.gives,
                )


def _visits(visitors: Iterable[Visitor]) -> Iterator[Arrow]:
    for visitor in visitors:
        ends = (visitor.id, visitor.beside)
        source, target = ends if visitor.gives else reversed(ends)
        yield Arrow(source=source, target=target)


def _between_places(
    arrows: Iterable[Arrow], boxes: Iterable[Box], wholes: Mapping[str, str]
) -> Iterator[Arrow]:
    """Without those of what serves all others: they would lead everywhere."""
    across = {box.id for box in boxes if box.lane is Lane.ACROSS}
    for arrow in arrows:
        if not across & {wholes.get(end, end) for end in arrow.ends}:
            yield arrow
