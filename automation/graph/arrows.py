"""Arrows between boxes from flows between resources: each once, both ways as one, the general
instead of all its parts, and no arrow that says what others say already.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from automation.graph.flows import Flow, Kind

_STRENGTH = tuple(Kind)
_MOST_LABELS = 1


@dataclass(frozen=True, kw_only=True, order=True)
class Arrow:
    """Between boxes, parts or visitors, by id; `both`: the data goes either way."""

    source: str
    target: str
    kind: Kind = Kind.DATA
    label: str = ""
    both: bool = False

    @property
    def ends(self) -> tuple[str, str]:
        return self.source, self.target


def between(
    flows: Iterable[Flow], ends: Mapping[str, str], wholes: Mapping[str, str]
) -> tuple[Arrow, ...]:
    """`ends` gives the box or part of each resource, `wholes` the box around each part."""
    labels: dict[tuple[str, str, Kind], set[str]] = defaultdict(set)
    for flow in flows:
        source, target = ends[flow.source], ends[flow.target]
        if flow.kind is not Kind.DATA:  # about the component, whichever part it names
            source, target = wholes.get(source, source), wholes.get(target, target)
        if source != target and wholes.get(source) != target and wholes.get(target) != source:
            labels[source, target, flow.kind].add(flow.label)
    arrows = [
        Arrow(source=source, target=target, kind=kind, label=_label(said))
        for (source, target, kind), said in sorted(labels.items())
    ]
    strongest = _only_strongest(arrows, wholes)
    return tuple(sorted(_reduced(_both_ways(_general(strongest, wholes)))))


def _label(said: set[str]) -> str:
    """What was said, if it was one thing."""
    told = sorted(said - {""})
    return told[0] if len(told) == _MOST_LABELS else ""


def _only_strongest(arrows: Iterable[Arrow], wholes: Mapping[str, str]) -> list[Arrow]:
    """Between two boxes the arrows that say most: where data goes, no word of a dependency."""
    by_boxes: dict[frozenset[str], list[Arrow]] = defaultdict(list)
    for arrow in arrows:
        by_boxes[frozenset(wholes.get(end, end) for end in arrow.ends)].append(arrow)
    kept: list[Arrow] = []
    for group in by_boxes.values():
        strongest = min((arrow.kind for arrow in group), key=_STRENGTH.index)
        kept += [arrow for arrow in group if arrow.kind is strongest]
    return kept


def _general(arrows: list[Arrow], wholes: Mapping[str, str]) -> list[Arrow]:
    """Arrows to (or from) every part of a box become one to the box."""
    parts: dict[str, set[str]] = defaultdict(set)
    for part, whole in wholes.items():
        parts[whole].add(part)
    general: dict[Arrow, None] = {}
    for arrow in arrows:
        taken = arrow
        for end in ("source", "target"):
            whole = wholes.get(getattr(arrow, end), "")
            if not whole:
                continue
            wanted = {replace(arrow, label="", **{end: part}) for part in parts[whole]}
            if wanted <= {replace(other, label="") for other in arrows}:
                taken = replace(taken, label="", **{end: whole})
        general[taken] = None
    return list(general)


def _both_ways(arrows: list[Arrow]) -> list[Arrow]:
    """There and back is one arrow with two heads."""
    labels = {(*arrow.ends, arrow.kind): arrow.label for arrow in arrows}
    merged: list[Arrow] = []
    for arrow in arrows:
        back = labels.get((arrow.target, arrow.source, arrow.kind))
        if back is None:
            merged.append(arrow)
        elif arrow.source < arrow.target:
            merged.append(replace(arrow, both=True, label=_label({arrow.label, back})))
    return merged


def _reduced(arrows: list[Arrow]) -> list[Arrow]:
    """Without dependencies that follow from others. Data is never left out: each flow is one."""
    kept = list(arrows)
    for arrow in arrows:
        rest = [other for other in kept if other != arrow]
        if arrow.kind is not Kind.DATA and _leads(rest, *arrow.ends):
            kept = rest
    return kept


def _leads(arrows: list[Arrow], source: str, target: str) -> bool:
    seen, todo = set[str](), [source]
    while todo:
        current = todo.pop()
        for arrow in arrows:
            if arrow.source == current and arrow.target not in seen:
                seen.add(arrow.target)
                todo.append(arrow.target)
    return target in seen
