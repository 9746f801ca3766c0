"""What differs between the stacks, read from their graphs: a table with a column for each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from automation.graph.picture import COMPONENT, outermost
from automation.graph.words import BUCKET, STREAM
from automation.markdown import table

if TYPE_CHECKING:
    from automation.recording import Graph

_NONE = "none"


def environments(graphs: Mapping[str, Graph], files: Mapping[str, str]) -> str:
    """`files` holds the text of each stack file: its first comment says what the stack is for."""
    rows = [
        ["for", *(_first_comment(files[stack]) for stack in graphs)],
        *([name, *(fact(graph) for graph in graphs.values())] for name, fact in _FACTS.items()),
        ["without", *_missing(list(graphs.values()))],
    ]
    return table(["", *(f"`{stack}`" for stack in graphs)], rows)


def _first_comment(text: str) -> str:
    first = text.splitlines()[0]
    return first.removeprefix("# ") if first.startswith("# ") else _NONE


def _missing(graphs: list[Graph]) -> Iterable[str]:
    """Components that other stacks have."""
    present = [_components(graph) for graph in graphs]
    for own in present:
        others = set[str]().union(*present) - own
        yield ", ".join(f"`{name}`" for name in sorted(others)) or "nothing"


def _components(graph: Graph) -> set[str]:
    """The classes of the outermost components."""
    owners = {outermost(graph, urn) for urn in graph.nodes} - {""}
    return {graph.nodes[urn].type.removeprefix(COMPONENT) for urn in owners}


def _stream(graph: Graph) -> str:
    for stream in graph.of(STREAM):
        inputs = stream.inputs
        shards = inputs.get("shardCount")
        size = "on demand" if shards is None else f"{shards:.0f} shard{'s' * (shards > 1)}"
        return f"{size}, keeps {_hours(inputs['retentionPeriod'])}"
    return _NONE


def _hours(hours: float) -> str:
    days, rest = divmod(round(hours), 24)
    return f"{hours:.0f} hours" if rest or days == 1 else f"{days} days"


def _waits(graph: Graph) -> str:
    for mapping in graph.of("aws:lambda/eventSourceMapping:EventSourceMapping"):
        return f"{mapping.inputs['maximumBatchingWindowInSeconds']:.0f} s"
    return _NONE


def _kept(graph: Graph) -> str:
    """Of the buckets, by logical name."""
    lost = sorted(bucket.name for bucket in graph.of(BUCKET) if not bucket.retain_on_delete)
    if len(lost) == len(list(graph.of(BUCKET))):
        return "no"
    return f"yes, but for {', '.join(f'`{name}`' for name in lost)}" if lost else "yes"


def _budget(graph: Graph) -> str:
    for budget in graph.of("aws:budgets/budget:Budget"):
        inputs: Mapping[str, Any] = budget.inputs
        return f"{inputs['limitAmount']} {inputs['limitUnit']} a month"
    return _NONE


_FACTS: Mapping[str, Callable[[Graph], str]] = {
    "event stream": _stream,
    "a batch waits at most": _waits,
    "data survives a destroy": _kept,
    "budget": _budget,
}
