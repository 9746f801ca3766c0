"""Engine events as short words on where an operation is."""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pulumi.automation.events import EngineEvent
    from rich.console import Console

QUIET_SECONDS = 10
DONE = {"create": "created", "update": "updated", "delete": "deleted", "same": "unchanged"}


def telling(show: Callable[[str], None]) -> "Callable[[EngineEvent], None]":
    """A listener that says how many of the resources known so far are done, and the latest one."""
    known: set[str] = set()
    done: set[str] = set()

    def listen(event: "EngineEvent") -> None:
        if event.resource_pre_event:
            known.add(event.resource_pre_event.metadata.urn)
        elif event.res_outputs_event:
            metadata = event.res_outputs_event.metadata
            done.add(metadata.urn)
            op = metadata.op.value
            name = metadata.urn.rsplit("::", 1)[-1]
            show(f"{len(done)} of {len(known)}, {DONE.get(op, op)} {name}")

    return listen


def changed(tell: Callable[[str], None]) -> "Callable[[EngineEvent], None]":
    """A listener that tells each resource that is not the same, with the properties that differ."""

    def listen(event: "EngineEvent") -> None:
        if not event.resource_pre_event:
            return
        metadata = event.resource_pre_event.metadata
        if metadata.op.value in ("same", "read"):
            return
        name = metadata.urn.rsplit("::", 1)[-1]
        properties = ", ".join(sorted(metadata.detailed_diff or {}))
        tell(
            f"{metadata.op.value:8} {metadata.type}  {name}"
            + (f"  [{properties}]" if properties else "")
        )

    return listen


@contextmanager
def watching(console: "Console", title: str) -> "Generator[Callable[[EngineEvent], None]]":
    """A listener for the length of an operation: a live line on a terminal; elsewhere, as in the
    log of CI, a line now and then.
    """
    if console.is_terminal:
        with console.status(title) as status:
            yield telling(lambda text: status.update(f"{title}: {text}"))
        return
    last = time.monotonic()

    def say(text: str) -> None:
        nonlocal last
        if time.monotonic() - last < QUIET_SECONDS:
            return
        last = time.monotonic()
        console.print(f"{title}: {text}", markup=False, soft_wrap=True)

    yield telling(say)
