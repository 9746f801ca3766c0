"""Costs of the SDK that each resource of a program pays, taken out while a program runs inline.

Three private functions of the pinned SDK are replaced by ones that say the same with less work
(tests compare them with the SDK's own), and the collector of cycles rests. What they do to a
preview is in `make bench`. A function that another SDK does not have stays unreplaced. Left out is
what would change what is registered.
"""

from __future__ import annotations

import asyncio
import gc
import sys
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pulumi
from pulumi import output
from pulumi.runtime import resource, rpc
from pulumi.runtime.proto import source_pb2

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Mapping
    from types import CodeType

# The constructors of Resource, of CustomResource or ComponentResource, and of the class itself.
_CONSTRUCTORS = 3
# What was replaced, by name.
_OWN: dict[str, Callable[..., Any]] = {}


@contextmanager
def spared(entry: CodeType) -> Generator[None]:
    """Within the block; `entry` is the code of the function that calls the program.

    The replacements stay in place afterwards: another stack may run in another thread.
    """
    _replace(resource, "_get_stack_trace", partial(stack_trace, entry))
    if "create_urn" in vars(resource):
        _replace(resource, "create_urn", partial(urn, own(resource, "create_urn")))
    _replace(rpc, "transfer_properties", transfer_properties)
    collecting = gc.isenabled()
    # Each full collection walks all classes of the SDK, some hundred thousand objects, and finds
    # little: a program ends before its cycles matter.
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def stack_trace(entry: CodeType) -> source_pb2.StackTrace:
    """Where the resource was made and by whom, up to `entry`: beyond is the runner, which is the
    same for all. The SDK's own reads the text of each line from disk, and uses none of it.
    """
    frame = sys._getframe(1)  # pyright: ignore[reportPrivateUsage] (there is no public one)
    constructors = 0
    while frame is not None and constructors < _CONSTRUCTORS:
        constructors += frame.f_code.co_name == "__init__"
        frame = frame.f_back
    frames: list[source_pb2.StackFrame] = []
    while frame is not None and frame.f_code is not entry:
        uri = _uri(frame.f_code.co_filename)
        where = source_pb2.SourcePosition(uri=uri, line=frame.f_lineno) if uri else None
        frames.append(source_pb2.StackFrame(pc=where))
        frame = frame.f_back
    return source_pb2.StackTrace(frames=frames)


@cache
def _uri(filename: str) -> str | None:
    try:
        return Path(filename).as_uri()
    except ValueError:  # not a file: `<string>`, `<frozen runpy>`
        return None


def urn(
    original: Callable[..., pulumi.Output[str]],
    name: pulumi.Input[str],
    type_: pulumi.Input[str],
    parent: pulumi.Resource | pulumi.Input[str] | None = None,
    project: str | None = None,
    stack: str | None = None,
) -> pulumi.Output[str]:
    """The SDK makes one for each registration, of eight outputs, and with an engine does not use
    it; of plain text it takes one.
    """
    if isinstance(name, str) and isinstance(type_, str) and isinstance(parent, str):
        return pulumi.Output.from_input(f"{parent[: parent.rfind('::')]}${type_}::{name}")
    return original(name, type_, parent, project, stack)


def transfer_properties(
    res: pulumi.Resource, props: Iterable[str], custom: bool
) -> Mapping[str, Callable[..., None]]:
    """An output for each property, of one future each; the SDK's are of five and a task more."""
    resolvers: dict[str, Callable[..., None]] = {}
    for name in props:
        if name == "urn" or (name == "id" and custom):
            continue  # the SDK makes these itself
        future: asyncio.Future[Any] = asyncio.Future()
        resolvers[name] = partial(_resolve, res, future)
        vars(res)[name] = cast("Any", pulumi.Output)._from_data(future)
    return resolvers


def _resolve(
    res: pulumi.Resource,
    future: asyncio.Future[Any],
    value: object,
    is_known: bool,
    is_secret: bool,
    dependencies: set[pulumi.Resource] | None,
    failed: Exception | None,
) -> None:
    if failed is not None:
        future.set_exception(failed)
        return
    data = cast("Any", output)._OutputData
    known = {"value": value, "is_known": is_known, "is_secret": is_secret}
    future.set_result(data(resources={*(dependencies or ()), res}, **known))


def _replace(module: object, name: str, function: Callable[..., object]) -> None:
    if name in vars(module):
        _OWN.setdefault(name, vars(module)[name])
        setattr(module, name, function)


def own(module: object, name: str) -> Callable[..., Any]:
    """The SDK's function, also once it is replaced."""
    return _OWN[name] if name in _OWN else vars(module)[name]
