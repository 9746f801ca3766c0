"""Recorded graphs before the rules: as they are, and changed in one place."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from automation.policy import provider
from policies import exceptions, levels
from policies.evaluation import Verdict, Violation, evaluate
from policies.exceptions import Exemption, Exemptions
from policies.rules import RULES
from policies.subject import PROVIDER, Subject, known
from tests.graph import Graph, Node, record, stack_file

NAMES = [rule.name for rule in RULES]
LEVELS = levels.load(NAMES)
ENTRIES = exceptions.load(NAMES)
TODAY = date(2026, 12, 1)
GONE = object()
DEFAULT_PROVIDER = "default"
Change = object | Callable[[Any], object]


@dataclass(frozen=True, kw_only=True)
class Bench:
    """A stack and the graph that its program asked for."""

    stack: str
    graph: Graph
    config: Mapping[str, Any]

    def changed(self, name: str, type_: str, path: str, change: Change) -> "Bench":
        """A copy in which one input of one resource is another; `GONE` takes it away.

        A function gets what stood there. The path `protect` is the option of that name.
        """
        if type_ == PROVIDER:
            return replace(self, config=put(self.config, path, change))
        node = self.graph.named(name, type_)
        new = (
            replace(node, protect=bool(change))
            if path == "protect"
            else replace(node, inputs=put(node.inputs, path, change))
        )
        return replace(self, graph=Graph(nodes={**self.graph.nodes, node.urn: new}))

    def without(self, name: str, type_: str) -> "Bench":
        gone = self.graph.named(name, type_).urn
        kept = {urn: node for urn, node in self.graph.nodes.items() if urn != gone}
        return replace(self, graph=Graph(nodes=kept))

    def verdict(self, entries: list[Exemption] | None = None, today: date = TODAY) -> Verdict:
        return evaluate(
            RULES,
            [provider(self.stack, self.config), *map(subject, self.graph.nodes.values())],
            stack=self.stack,
            levels=LEVELS,
            exemptions=Exemptions(entries=ENTRIES if entries is None else entries, today=today),
        )

    def newly_broken(self, since: "Bench") -> set[tuple[str, str]]:
        """Rule and resource name of every violation that `since` does not have."""
        return names(set(self.verdict().violations) - set(since.verdict().violations))


def names(violations: Iterable[Violation]) -> set[tuple[str, str]]:
    """Rule and resource name of each."""
    return {(one.policy, one.urn.rsplit("::", 1)[-1]) for one in violations}


def subject(node: Node) -> Subject:
    return Subject(
        urn=node.urn,
        type=node.type,
        inputs=known(dict(node.inputs)),
        parent=node.parent,
        protect=node.protect,
    )


def put(inputs: Mapping[str, Any], path: str, change: Change) -> dict[str, Any]:
    """A copy with another value at `a.b.0.c`."""
    return _put(inputs, path.split("."), change)


def _put(value: Any, way: list[str], change: Change) -> Any:
    if not way:
        return change(value) if callable(change) else change
    step, *rest = way
    if isinstance(value, list):
        return [_put(one, rest, change) if str(at) == step else one for at, one in enumerate(value)]
    if change is GONE and not rest:
        return {key: one for key, one in value.items() if key != step}
    return {**value, step: _put(value.get(step, {} if rest else None), rest, change)}


def with_statement(statement: Mapping[str, Any]) -> Callable[[str], str]:
    """Adds a statement to the text of a policy."""

    def add(text: str) -> str:
        document = json.loads(text)
        return json.dumps({**document, "Statement": [*document["Statement"], dict(statement)]})

    return add


def without_statement(sid: str) -> Callable[[str], str]:
    def drop(text: str) -> str:
        document = json.loads(text)
        kept = [one for one in document["Statement"] if one["Sid"] != sid]
        assert len(kept) < len(document["Statement"]), f"there is no statement {sid}"
        return json.dumps({**document, "Statement": kept})

    return drop


def bench(program) -> Bench:
    """A small program as if it stood in prod."""
    graph = record(program, stack="prod")
    tags = stack_file("prod")["aws:defaultTags"]["tags"]
    everything = {"owner": "data-team", "cost-center": "data", "data-class": "confidential"}
    config = {**stack_file("prod"), "aws:defaultTags": {"tags": {**everything, **tags}}}
    return Bench(stack="prod", graph=graph, config=config)


def broken(checked: Bench) -> set[tuple[str, str]]:
    """Rule and resource name of every violation; the exceptions of the real program do not count
    for a small one.
    """
    return names(checked.verdict(entries=[]).violations)
