"""The program as the engine runs it inside this process, without some costs of the SDK.

They were found by a profile (`make bench` shows what is left); what each resource pays is in
`sdk_costs.py`, what a run pays here. Nothing changes what is registered; whatever goes wrong is
left to the SDK to tell.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

import pulumi
from pulumi.runtime import settings as runtime
from pulumi.runtime.proto import engine_pb2

from automation import sdk_costs

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping


def inline(
    build: Callable[[], Mapping[str, pulumi.Output[str]]],
) -> Callable[[], Awaitable[None]]:
    """What the Automation API takes: builds, exports, and waits for what that set in motion."""

    async def program() -> None:
        _drop_debug_messages()
        with sdk_costs.spared(program.__code__):
            for name, value in build().items():
                pulumi.export(name, value)
            await _settled()

    return program


def _drop_debug_messages() -> None:
    """The SDK sends each debug message to the engine and waits for the answer; the engine drops it
    unless it was started with --debug, which the runner never does.
    """
    engine = cast("Any", runtime.get_engine())
    if engine is None:
        return
    send = engine.Log

    def without_debug(request: engine_pb2.LogRequest) -> object:
        return None if request.severity == engine_pb2.DEBUG else send(request)

    engine.Log = without_debug


async def _settled() -> None:
    """Waits for all outputs at once. The SDK, which does it again afterwards, waits for the first
    of them, then for the first of the rest, and so on: with some thousands that takes seconds.
    """
    outputs: set[asyncio.Task[object]] = cast("Any", runtime.SETTINGS).outputs
    while pending := {task for task in outputs if not task.done()}:
        done, _ = await asyncio.wait(pending, return_when=asyncio.FIRST_EXCEPTION)
        if any(task.cancelled() or task.exception() for task in done):
            return
