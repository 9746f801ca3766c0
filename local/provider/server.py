"""Runs the provider: inside the program's own process, or as a plugin of the command line.

In process, the runner passes the port to the engine as `PULUMI_DEBUG_PROVIDERS=aws:PORT`; then no
plugin has to be found on the PATH, and breakpoints and coverage work.
"""

import asyncio
import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from local.provider.plan import PACKAGES, PlanServicer
from local.provider.pretend import PretendServicer, Sandbox
from local.provider.servicer import Servicer

# The engine's own limit for a message (sdk/go/common/util/rpcutil): string assets travel inside.
_MESSAGE_BYTES = 400 * 1024 * 1024
# Requests mostly wait: for the emulator, or for an object to become ready.
_THREADS = 32
_PARENT_POLL_SECONDS = 1.0
_START_SECONDS = 30


@dataclass(frozen=True)
class Provider:
    """A running provider: where the engine finds it, and the types it only simulated so far."""

    port: int
    simulated: set[str]


@contextlib.contextmanager
def serve() -> Generator[Provider]:
    """Serves on a free loopback port, from a daemon thread, until the block ends."""
    servicer = Servicer()
    with _serving({"aws": servicer}) as ports:
        try:
            yield Provider(ports["aws"], servicer.simulated)
        finally:
            servicer.cancel_all()


@contextlib.contextmanager
def serve_plan(pretended: frozenset[str] = frozenset()) -> Generator[dict[str, int]]:
    """Serves plan mode (`plan.py`) the same way; the port of each package it answers for.

    `pretended` are the URNs of the state, where that was made by `serve_pretend`.
    """
    with _serving({package: PlanServicer(package, pretended) for package in PACKAGES}) as ports:
        yield ports


@contextlib.contextmanager
def serve_pretend(sandbox: Sandbox) -> Generator[dict[str, int]]:
    """Serves `pretend.py` the same way, for an `up` into the throw-away state of `sandbox`."""
    with _serving({package: PretendServicer(package, sandbox) for package in PACKAGES}) as ports:
        yield ports


@contextlib.contextmanager
def _serving(
    servicers: Mapping[str, provider_pb2_grpc.ResourceProviderServicer],
) -> Generator[dict[str, int]]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="local-provider", daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(_use_threads(), loop).result(_START_SECONDS)
    started = {
        name: asyncio.run_coroutine_threadsafe(_start(servicer), loop).result(_START_SECONDS)
        for name, servicer in servicers.items()
    }
    try:
        yield {name: port for name, (_, port) in started.items()}
    finally:
        for server, _ in started.values():
            asyncio.run_coroutine_threadsafe(_stop(server), loop).result(_START_SECONDS)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(_START_SECONDS)
        loop.close()


def run_plugin(engine_address: str) -> None:
    """Serves as a plugin process: prints its port, and ends when the engine does.

    The engine interrupts its plugins at every normal end too, so an interrupt is no error.
    """
    # A shell that put us into the background has us ignore interrupts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve_for_ever(engine_address))


async def _serve_for_ever(engine_address: str) -> None:
    await _use_threads()
    server, port = await _start(Servicer(engine_address))
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    try:
        await server.wait_for_termination()
    finally:
        await _stop(server)


async def _use_threads() -> None:
    executor = ThreadPoolExecutor(_THREADS, thread_name_prefix="local-provider")
    asyncio.get_running_loop().set_default_executor(executor)


async def _start(
    servicer: provider_pb2_grpc.ResourceProviderServicer,
) -> tuple[grpc.aio.Server, int]:
    server = grpc.aio.server(
        options=[
            ("grpc.max_receive_message_length", _MESSAGE_BYTES),
            ("grpc.max_send_message_length", _MESSAGE_BYTES),
        ]
    )
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    return server, port


async def _stop(server: grpc.aio.Server) -> None:
    await server.stop(grace=1)
    await asyncio.get_running_loop().shutdown_default_executor()


def _end_with_parent() -> None:
    """An engine that is killed can't stop its plugins: they would stay for ever."""
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(_PARENT_POLL_SECONDS)
    os._exit(0)
