"""Engine events as short words on where an operation is. It prints nothing itself."""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pulumi.automation.events import EngineEvent

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
