"""Which way data moves between resources, read from the graph: from the types on both ends of a
dependency, and from what the policies of roles allow.

A dependency alone has no direction: a function that is told the name of a bucket may read or write
it. Its role's policy says which. Grants themselves are not drawn.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, cast

from automation.graph.words import ACCESS, BUCKET, FIREHOSE, STREAM, Access

if TYPE_CHECKING:
    from automation.recording import Graph, Node


class Kind(StrEnum):
    DATA = "data"
    STARTS = "starts"
    """Runs the other, or work under its role."""
    DESCRIBES = "describes"
    """What the data is called and where it lies, not the data."""
    USES = "uses"
    """A dependency whose meaning is not known here: it needs the other to be there."""


@dataclass(frozen=True, kw_only=True)
class Flow:
    """From one resource to another, by URN, the way the data goes."""

    source: str
    target: str
    kind: Kind
    label: str = ""


@dataclass(frozen=True, kw_only=True)
class _Meaning:
    kind: Kind
    label: str = ""
    forth: bool = False
    """To the resource that is depended on; else from it."""


_FUNCTION = "aws:lambda/function:Function"
_MAPPING = "aws:lambda/eventSourceMapping:EventSourceMapping"
_DATABASE = "aws:glue/catalogDatabase:CatalogDatabase"
_TABLE = "aws:glue/catalogTable:CatalogTable"
_QUERY = "aws:athena/namedQuery:NamedQuery"
_WORKGROUP = "aws:athena/workgroup:Workgroup"
_POLICIES = ("aws:iam/rolePolicy:RolePolicy", "aws:iam/policy:Policy")

# (what depends, what it depends on): what that says; None: it says nothing worth drawing.
_MEANINGS: Mapping[tuple[str, str], _Meaning | None] = {
    (_MAPPING, STREAM): _Meaning(kind=Kind.DATA, label="batches"),
    (FIREHOSE, STREAM): _Meaning(kind=Kind.DATA),
    (FIREHOSE, BUCKET): _Meaning(kind=Kind.DATA, forth=True),
    ("aws:glue/crawler:Crawler", BUCKET): _Meaning(kind=Kind.DATA),
    (_DATABASE, BUCKET): _Meaning(kind=Kind.DESCRIBES),
    (_TABLE, BUCKET): _Meaning(kind=Kind.DESCRIBES),
    (_QUERY, _DATABASE): _Meaning(kind=Kind.DESCRIBES, label="tables"),
    # Where a query is kept, not what it reads.
    (_QUERY, _WORKGROUP): None,
    # The policy of its role says which way.
    (_FUNCTION, BUCKET): None,
    (_FUNCTION, STREAM): None,
}


def flows(graph: Graph) -> list[Flow]:
    """Every flow that the graph tells of, each once, in the order of URNs."""
    found: dict[Flow, None] = {}
    for _, node in sorted(graph.nodes.items()):
        if node.type in _POLICIES:
            found |= dict.fromkeys(_granted(node, graph))
            continue
        for urn in sorted(node.depends_on & graph.nodes.keys()):
            if flow := _typed(node, graph.nodes[urn]):
                found[flow] = None
    return list(found)


def _typed(node: Node, needed: Node) -> Flow | None:
    meaning = _MEANINGS.get((node.type, needed.type), _Meaning(kind=Kind.USES))
    if meaning is None:
        return None
    source, target = (node, needed) if meaning.forth else (needed, node)
    return Flow(source=source.urn, target=target.urn, kind=meaning.kind, label=meaning.label)


def _granted(policy: Node, graph: Graph) -> Iterator[Flow]:
    """What the role of a policy may read and write, of the resources that the policy depends on."""
    user = _user(policy, graph)
    needed = [graph.nodes[urn] for urn in sorted(policy.depends_on & graph.nodes.keys())]
    for statement in _statements(policy):
        actions = cast("list[str]", statement["Action"])
        accesses: list[Access] = [ACCESS[action] for action in actions if action in ACCESS]
        if statement["Effect"] != "Allow" or not accesses:
            continue
        for resource in statement["Resource"]:
            for node in needed:
                if resource == node.arn or resource.startswith(f"{node.arn}/"):
                    folder = resource.removeprefix(node.arn).strip("/*").partition("/")[0]
                    for access in accesses:
                        yield _access(user, node, access, folder)


def _access(user: Node, node: Node, access: Access, folder: str) -> Flow:
    label = f"{folder}/" if folder else ""
    if access == "read":
        return Flow(source=node.urn, target=user.urn, kind=Kind.DATA, label=label)
    if access == "start":
        return Flow(source=user.urn, target=node.urn, kind=Kind.STARTS, label="starts")
    if node.type == STREAM:
        label = "events"
    return Flow(source=user.urn, target=node.urn, kind=Kind.DATA, label=label)


def _user(policy: Node, graph: Graph) -> Node:
    """The resource of the same component that has the policy's role; the policy itself for a role
    that is assumed from elsewhere.
    """
    for _, node in sorted(graph.nodes.items()):
        if policy.urn in node.depends_on and node.parent == policy.parent:
            return node
    return policy


def _statements(policy: Node) -> list[dict[str, Any]]:
    """The statements, actions and resources as lists; none of a policy that is a secret."""
    text = policy.inputs.get("policy")
    if not isinstance(text, str):
        return []
    statements: list[dict[str, Any]] = []
    for given in cast("list[dict[str, Any]]", _listed(json.loads(text).get("Statement"))):
        listed = {key: _listed(given.get(key)) for key in ("Action", "Resource")}
        statements.append({"Effect": "Allow", **given, **listed})
    return statements


def _listed(value: object) -> list[object]:
    if value is None:
        return []
    return cast("list[object]", value) if isinstance(value, list) else [value]
