"""What a rule looks at: one resource, with inputs that tell when they are not known yet.

It leaves out where the resource comes from: the engine's own request, a recorded graph, or the
events of a preview.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from pulumi_policy.proxy import (
    UnknownValueError,
    unknown_checking_proxy,  # pyright: ignore[reportUnknownVariableType] (a package without types)
)

__all__ = ["Inputs", "Subject", "UnknownValueError", "known", "statements"]

Inputs = Mapping[str, Any]
PROVIDER = "pulumi:providers:aws"


@dataclass(frozen=True, kw_only=True)
class Subject:
    """One resource. Reading an input that is not known yet raises `UnknownValueError`."""

    urn: str
    type: str
    inputs: Inputs
    parent: str = ""
    protect: bool = False
    refers: Mapping[str, frozenset[str]] | None = None
    """URNs that an input leads to; None where the source does not tell (the engine's events)."""

    @property
    def name(self) -> str:
        return self.urn.rsplit("::", 1)[-1]

    @property
    def stack(self) -> str:
        return self.urn.split(":")[2]

    @property
    def origin(self) -> str:
        """Stack and project, as its URN begins: `urn:pulumi:prod::shop`."""
        return origin(self.urn)

    def given(self, path: str) -> bool:
        """Whether the input stands there, also with a value that is not known yet."""
        *way, last = path.split(".")
        inner = _walk(self.inputs, way)
        return isinstance(inner, Mapping) and last in set(cast("Inputs", inner))

    def get(self, path: str) -> Any:  # noqa: ANN401 (an input may be anything)
        """The input at `a.b.c`, None if it is absent; a list on the way stands for its first."""
        return _walk(self.inputs, path.split("."))


def origin(urn: str) -> str:
    """Stack and project of a URN, as it begins. Two programs may have stacks of the same name."""
    return "::".join(urn.split("::")[:2])


def _walk(value: object, way: Sequence[str]) -> object:
    for step in way:
        if isinstance(value, Sequence) and not isinstance(value, str):
            value = cast("object", value[0] if len(cast("Sequence[object]", value)) else None)
        if not isinstance(value, Mapping) or step not in set(cast("Inputs", value)):
            return None
        value = cast("Inputs", value)[step]
    return value


def known(values: Mapping[str, object]) -> Inputs:
    """The values behind the guard of Pulumi's policy SDK, which raises when an unknown is read."""
    return cast("Inputs", unknown_checking_proxy(dict(values)))


def related(subjects: Iterable[Subject], owner: Subject, type_: str, by: str) -> list[Subject]:
    """Those of a type that belong to `owner`: their input `by` leads to it.

    Where the source does not tell what an input leads to, those beside it in the same component.
    """
    return [
        one
        for one in subjects
        if one.type == type_
        and (
            one.parent == owner.parent
            if one.refers is None
            else owner.urn in one.refers.get(by, frozenset())
        )
    ]


def statements(document: object) -> Iterator[dict[str, Any]]:
    """The statements of an IAM document, as text or as a value; none of one that is no document."""
    if isinstance(document, str):
        document = json.loads(document)
    if isinstance(document, Mapping):
        found = cast("Inputs", document).get("Statement", [])
        yield from (
            dict(cast("Inputs", one))
            for one in cast("list[object]", [found] if isinstance(found, Mapping) else list(found))
            if isinstance(one, Mapping)
        )


def texts(value: object) -> list[str]:
    """What IAM lets you write as one text or as a list of them."""
    if value is None:
        return []
    if isinstance(value, str):
        return [value]
    return [str(one) for one in cast("Sequence[object]", value)]


def covers_bucket(statement: Mapping[str, Any]) -> bool:
    """Whether it speaks of the bucket and of the objects in it, which have an ARN of their own."""
    resources = texts(statement.get("Resource"))
    objects = [one.endswith("/*") for one in resources]
    return "*" in resources or (any(objects) and not all(objects))


def principals(statement: Mapping[str, Any]) -> list[str]:
    """Everyone whom the statement names, of all kinds; `*` for everyone."""
    named = statement.get("Principal")
    if isinstance(named, Mapping):
        return [one for kind in cast("Inputs", named).values() for one in texts(kind)]
    return texts(named)
