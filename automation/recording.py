"""Runs a program under Pulumi mocks and hands back the resource graph it asked for: no engine, no
account, no network.

It records what the engine would be told (inputs, parents, edges, protection); it says nothing
about what AWS would answer. An ARN is made up of the logical name, and a physical name is the
logical one unless the program sets it.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Iterator, Mapping
from contextvars import Context
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import pulumi
from pulumi.runtime import mocks, rpc

if TYPE_CHECKING:
    from google.protobuf.empty_pb2 import Empty
    from pulumi.runtime.proto import resource_pb2

STACK = "pulumi:pulumi:Stack"

# What the provider would compute, beside id and arn, and a component reads back.
COMPUTED: Mapping[str, tuple[str, ...]] = {
    "aws:s3/bucket:Bucket": ("bucket",),
    "aws:sqs/queue:Queue": ("url", "name"),
    "aws:kms/key:Key": ("keyId",),
    "aws:iam/role:Role": ("name",),
}

Props = Mapping[str, Any]
Calls = Mapping[str, dict[str, Any]] | Callable[[str, dict[str, Any]], dict[str, Any]]
Computed = Mapping[str, Props] | Callable[[str, str], Props]


@dataclass(frozen=True)
class Node:
    """A resource as the program registered it; a secret input is a mark with the value in it."""

    urn: str
    type: str
    name: str
    inputs: Props
    parent: str
    depends_on: frozenset[str]
    protect: bool
    retain_on_delete: bool
    outputs: dict[str, Any] = field(default_factory=dict[str, Any])

    @property
    def arn(self) -> str:
        """What the mocks say its ARN is: the one that policies of the graph name."""
        return f"arn:aws:mock:::{self.name}"


@dataclass
class Graph:
    """Every resource but the stack itself, by URN."""

    nodes: dict[str, Node] = field(default_factory=dict[str, Node])
    warnings: list[str] = field(default_factory=list[str])
    """What the engine's log said, e.g. that a resource is deprecated."""
    duplicates: list[str] = field(default_factory=list[str])

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
        """Whether the node waits, also through others, for a resource of the type."""
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


def as_config(values: Mapping[str, object]) -> dict[str, str]:
    """The `config:` of a stack file as the engine hands it over: strings, objects as JSON."""
    return {
        key: value if isinstance(value, str) else json.dumps(value) for key, value in values.items()
    }


def record(
    program: Callable[[], object],
    *,
    stack: str = "dev",
    project: str = "shop",
    config: Mapping[str, str] | None = None,
    calls: Calls | None = None,
    computed: Computed | None = None,
) -> Graph:
    """The graph of everything that `program` registers; raises what the program raises.

    `config` is as `as_config` makes it. `calls` answers look-ups (`aws.get_…`), by token or as a
    function of token and arguments; one that it does not answer raises LookupError. `computed` adds
    outputs, by type or as a function of type and name. Raises ValueError when two resources have
    one URN: the engine would refuse them.
    """
    graph = Graph()
    provider = _Provider(calls or {}, computed or {})
    log = logging.Logger("engine", logging.WARNING)
    log.addHandler(_Collect(graph.warnings))

    def run() -> None:
        pulumi.runtime.set_mocks(
            provider,
            project=project,
            stack=stack,
            preview=False,
            logger=log,
            monitor=_Monitor(provider, graph),
        )
        pulumi.runtime.set_all_config(dict(config or {}))
        drained = cast("Callable[[Callable[[], object]], Callable[[], None]]", pulumi.runtime.test)
        drained(lambda: program() and None)()

    # A context of its own: the SDK keeps the resource of the stack in it, and would take that for
    # the parent of everything in the next stack, too.
    Context().run(_on_own_loop, run)
    if graph.duplicates:
        raise ValueError(f"two resources have the same URN: {', '.join(graph.duplicates)}")
    return graph


def _on_own_loop(run: Callable[[], None]) -> None:
    """Closed at the end: Pulumi leaves tasks behind, and Python warns of them."""
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(lambda _loop, _context: None)  # what failed is raised from here
    asyncio.set_event_loop(loop)
    try:
        run()
    finally:
        leftovers = asyncio.all_tasks(loop)
        for task in leftovers:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*leftovers, return_exceptions=True))
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()
        asyncio.set_event_loop(None)


class _Provider(mocks.Mocks):
    def __init__(self, calls: Calls, computed: Computed) -> None:
        self._calls = calls
        self._computed = computed

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        given = self._computed
        added = given(args.typ, args.name) if callable(given) else given.get(args.typ, {})
        own = dict.fromkeys(COMPUTED.get(args.typ, ()), args.name)
        arn = f"arn:aws:mock:::{args.name}"
        inputs = cast("dict[str, Any]", args.inputs)
        return f"{args.name}-id", {**added, "arn": arn, **own, **inputs}

    def call(self, args: mocks.MockCallArgs) -> Any:  # noqa: ANN401 (the SDK wants less than it says)
        if callable(self._calls):
            return self._calls(args.token, cast("dict[str, Any]", args.args))
        if args.token not in self._calls:
            raise LookupError(f"the program asks {args.token}, and `calls` does not answer it")
        return self._calls[args.token]


class _Monitor(mocks.MockMonitor):
    """Sees the raw requests, hence what mocks do not get: parent, edges, protection."""

    def __init__(self, provider: mocks.Mocks, graph: Graph) -> None:
        super().__init__(provider)
        self.graph = graph

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        """As the engine makes it, with the types of all components around; the SDK's mocks name
        the nearest one only.
        """
        around = parent.split("::")[2] if parent else ""
        qualified = f"{around}${type_}" if around not in ("", STACK) else type_
        return f"urn:pulumi:{pulumi.get_stack()}::{pulumi.get_project()}::{qualified}::{name}"

    def RegisterResource(  # noqa: N802 (gRPC name)
        self, request: resource_pb2.RegisterResourceRequest
    ) -> resource_pb2.RegisterResourceResponse:
        response = super().RegisterResource(request)  # pyright: ignore[reportUnknownMemberType] (a stub without types)
        if request.type != STACK:
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

    def RegisterResourceOutputs(  # noqa: N802 (gRPC name)
        self, request: resource_pb2.RegisterResourceOutputsRequest
    ) -> Empty:
        if node := self.graph.nodes.get(request.urn):
            node.outputs.update(rpc.deserialize_properties(request.outputs))
        return super().RegisterResourceOutputs(request)  # pyright: ignore[reportUnknownMemberType] (a stub without types)


class _Collect(logging.Handler):
    def __init__(self, messages: list[str]) -> None:
        super().__init__()
        self.messages = messages

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())
