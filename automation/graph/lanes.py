"""Where a component stands in the picture, from what it does with the data.

There is no table of components: one that is added finds its place by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from automation.graph.arrows import Arrow
from automation.graph.flows import Kind
from automation.graph.words import BUCKET, STREAM


class Lane(StrEnum):
    """A place on the way of the data."""

    COLLECT = "collect"
    STREAM = "stream"
    PROCESS = "process"
    LAKE = "lake"
    SERVE = "serve"
    BATCH = "batch"
    """Reads the lake and writes it; or starts work, or is started and does nothing else."""
    ACROSS = "across"
    """No data goes through it: it serves all others."""


def holder(types: Iterable[str]) -> Lane | None:
    """The lane of a component by the types of what it holds for others."""
    held = list(types)
    if STREAM in held:
        return Lane.STREAM
    return Lane.LAKE if held.count(BUCKET) > 1 else None


def lane(
    box: str, arrows: Iterable[Arrow], wholes: Mapping[str, str], holders: Mapping[str, Lane]
) -> Lane:
    """`holders` are the lanes of the boxes that hold data for others."""
    if box in holders:
        return holders[box]
    reads, writes = set[Lane | None](), set[Lane | None]()
    described = starts = started = False
    for arrow in arrows:
        source, target = (wholes.get(end, end) for end in arrow.ends)
        if box not in (source, target):
            continue
        described |= arrow.kind in (Kind.DATA, Kind.DESCRIBES)
        starts |= arrow.kind is Kind.STARTS and source == box
        started |= arrow.kind is Kind.STARTS and target == box
        if arrow.kind is not Kind.DATA:
            continue
        if target == box or arrow.both:
            reads.add(holders.get(source if target == box else target))
        if source == box or arrow.both:
            writes.add(holders.get(target if source == box else source))
    if starts or Lane.LAKE in reads & writes:
        return Lane.BATCH
    if Lane.STREAM in reads or Lane.LAKE in writes:
        return Lane.PROCESS
    if Lane.STREAM in writes:
        return Lane.COLLECT
    return Lane.SERVE if described else Lane.BATCH if started else Lane.ACROSS
