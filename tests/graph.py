"""Run a program under Pulumi mocks and hand back the resource graph it asked for.

It records what the engine would be told (inputs, parents, edges, protection); it says nothing
about what AWS would answer.
"""

import asyncio
import json
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi
import yaml
from pulumi.runtime import mocks, rpc

ROOT = Path(__file__).parent.parent

# What the provider would compute, beside id and arn, and a component reads back.
COMPUTED: dict[str, tuple[str, ...]] = {
    "aws:s3/bucket:Bucket": ("bucket",),
    "aws:sqs/queue:Queue": ("url", "name"),
    "aws:kms/key:Key": ("keyId",),
    "aws:iam/role:Role": ("name",),
}


@dataclass(frozen=True)
class Node:
    urn: str
    type: str
    name: str
    inputs: Mapping[str, Any]
    parent: str
    depends_on: frozenset[str]
    protect: bool
    retain_on_delete: bool
    outputs: dict[str, Any] = field(default_factory=dict)


@dataclass
class Graph:
    nodes: dict[str, Node] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    duplicates: list[str] = field(default_factory=list)

    def of(self, type_: str) -> Iterator[Node]:
        return (node for node in self.nodes.values() if node.type == type_)

    def only(self, type_: str) -> Node:
        (node,) = self.of(type_)
        return node

    def named(self, name: str, type_: str) -> Node:
        (node,) = (node for node in self.of(type_) if node.name == name)
        return node

    def children(self, node: Node) -> list[Node]:
        return [child for child in self.nodes.values() if child.parent == node.urn]

    def reaches(self, node: Node, type_: str) -> bool:
        seen, todo = set[str](), list(node.depends_on)
        while todo:
            urn = todo.pop()
            if urn in seen:
                continue
            seen.add(urn)
            if self.nodes[urn].type == type_:
                return True
            todo += self.nodes[urn].depends_on
        return False


class _Provider(mocks.Mocks):
    def __init__(self, calls: Mapping[str, dict[str, Any]]) -> None:
        self.calls = calls

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        computed = dict.fromkeys(COMPUTED.get(args.typ, ()), args.name)
        return f"{args.name}-id", {"arn": f"arn:aws:mock:::{args.name}"} | computed | args.inputs

    def call(self, args: mocks.MockCallArgs) -> Any:
        return self.calls[args.token]


class _Monitor(mocks.MockMonitor):
    def __init__(self, provider: mocks.Mocks, graph: Graph) -> None:
        super().__init__(provider)
        self.graph = graph

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 (gRPC name)
        response = super().RegisterResource(request)
        if request.type != "pulumi:pulumi:Stack":
            if response.urn in self.graph.nodes:
                self.graph.duplicates.append(response.urn)
            self.graph.nodes[response.urn] = Node(
                urn=response.urn,
                type=request.type,
                name=request.name,
                inputs=rpc.deserialize_properties(request.object),
                parent=request.parent,
                depends_on=frozenset(request.dependencies),
                protect=request.protect,
                retain_on_delete=request.retainOnDelete,
            )
        return response

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802 (gRPC name)
        if node := self.graph.nodes.get(request.urn):
            node.outputs.update(rpc.deserialize_properties(request.outputs))
        return super().RegisterResourceOutputs(request)


class _Collect(logging.Handler):
    def __init__(self, messages: list[str]) -> None:
        super().__init__()
        self.messages = messages

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


def record(
    program: Callable[[], object],
    *,
    stack: str = "dev",
    config: Mapping[str, str] | None = None,
    calls: Mapping[str, dict[str, Any]] | None = None,
) -> Graph:
    """The graph of everything that `program` registers; raises what the program raises."""
    graph = Graph()
    provider = _Provider(calls or {})
    log = logging.Logger("engine", logging.WARNING)
    log.addHandler(_Collect(graph.warnings))
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        pulumi.runtime.set_mocks(
            provider,
            project="shop",
            stack=stack,
            preview=False,
            logger=log,
            monitor=_Monitor(provider, graph),
        )
        pulumi.runtime.set_all_config(dict(config or {}))
        pulumi.runtime.test(lambda: program() and None)()
    finally:
        leftovers = asyncio.all_tasks(loop)
        for task in leftovers:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*leftovers, return_exceptions=True))
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()
        asyncio.set_event_loop(None)
    assert not graph.duplicates, f"duplicate URNs: {graph.duplicates}"
    return graph


def stack_file(stack: str) -> dict[str, Any]:
    """The `config:` of the committed stack file, as plain values."""
    return yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())["config"]


def stack_config(stack: str) -> dict[str, str]:
    """The same as the engine hands it to the program: every value a string, objects as JSON."""
    return {
        key: value if isinstance(value, str) else json.dumps(value)
        for key, value in stack_file(stack).items()
    }


STACKS = sorted(path.name.split(".")[1] for path in ROOT.glob("Pulumi.*.yaml"))
