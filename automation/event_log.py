"""Keeps the engine's events as the engine wrote them, one JSON object a line.

The SDK's own event classes drop what a reviewer needs (policy severity, the result, what was
remediated), so the raw stream is kept and read by `automation.results`. It stands between engine
and SDK through the one public seam there is: the command that the SDK starts.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import grpc
from google.protobuf import empty_pb2
from pulumi.automation import PulumiCommand
from pulumi.runtime.proto import events_pb2, events_pb2_grpc

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping
    from pathlib import Path
    from typing import TextIO

    from pulumi.automation import CommandResult

FLAG = "--event-log"
# A stack's whole state may travel in one event (sdk/python: _GRPC_CHANNEL_OPTIONS).
LIMITS = [
    ("grpc.max_receive_message_length", 400 * 1024 * 1024),
    ("grpc.max_send_message_length", 400 * 1024 * 1024),
]


class RecordingCommand(PulumiCommand):
    """The engine's command, with the events of each operation also written to a file.

    The file holds the latest operation only: a new one starts it anew.
    """

    def __init__(self, events: Path) -> None:
        super().__init__()
        self._events = events

    def run(
        self,
        args: list[str],
        cwd: str,
        additional_env: Mapping[str, str],
        on_output: Callable[[str], Any] | None = None,
        on_error: Callable[[str], Any] | None = None,
    ) -> CommandResult:
        if FLAG not in args:
            return super().run(args, cwd, additional_env, on_output, on_error)
        at = args.index(FLAG) + 1
        with _recorded(self._events, args[at]) as address:
            args = [*args[:at], address, *args[at + 1 :]]
            return super().run(args, cwd, additional_env, on_output, on_error)


@contextmanager
def _recorded(events: Path, sdk: str) -> Generator[str]:
    """The address to give to the engine; what arrives there goes to the file and to the SDK."""
    events.parent.mkdir(parents=True, exist_ok=True)
    with (
        events.open("w", encoding="utf-8") as file,
        grpc.insecure_channel(sdk.removeprefix("tcp://"), options=LIMITS) as channel,
    ):
        server = grpc.server(ThreadPoolExecutor(max_workers=2), options=LIMITS)
        servicer = _Tee(file, events_pb2_grpc.EventsStub(channel))
        events_pb2_grpc.add_EventsServicer_to_server(servicer, server)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        try:
            yield f"tcp://127.0.0.1:{port}"
        finally:
            server.stop(grace=5).wait()


class _Tee(events_pb2_grpc.EventsServicer):
    def __init__(self, file: TextIO, sdk: events_pb2_grpc.EventsStub) -> None:
        self._file = file
        self._sdk = sdk

    def StreamEvents(  # noqa: N802 (gRPC name)
        self, request_iterator: Iterator[events_pb2.EventRequest], context: grpc.ServicerContext
    ) -> empty_pb2.Empty:
        del context

        def kept() -> Iterator[events_pb2.EventRequest]:
            for request in request_iterator:
                self._file.write(f"{request.event.rstrip()}\n")
                self._file.flush()  # a killed run leaves what it got to
                yield request

        return self._sdk.StreamEvents(kept())  # pyright: ignore[reportUnknownMemberType] (a stub without types)
