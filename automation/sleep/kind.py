"""What a kind of object must be able to do to be put to sleep.

An entry looks (`observe`), stops (`rest`) and starts (`restore`) one object, by plain calls of
AWS's API. What `observe` gives is kept as the way back, so it holds no more than that needs. It
leaves out the order, the record and the waiting (`automation.sleep.operation`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

Values = Mapping[str, Any]
Client = Any  # boto3 has no types


class Phase(IntEnum):
    """Order of going to sleep: first what starts work, last what it needs. Wake is the reverse."""

    SCHEDULES = 1
    FLOWS = 2
    NODES = 3
    STORES = 4


@dataclass(frozen=True, kw_only=True)
class Kind:
    """`find` takes the outputs of a resource and gives its id at the service, None when there is
    nothing to stop. `observe` gives None for an object that is gone.
    """

    service: str
    phase: Phase
    find: Callable[[Values], str | None]
    observe: Callable[[Client, str], dict[str, Any] | None]
    rests: Callable[[Values], bool]
    rest: Callable[[Client, str], object]
    restore: Callable[[Client, str, Values], object]
    traces: tuple[str, ...]
    """Properties of the resource in which drift detection sees the sleep."""
    returns: Callable[[Values], bool] | None = None
    """Whether what was kept is worth going back to; none: unless it rested before."""
    woken: Callable[[Values, Values], bool] | None = None
    """Whether what is there now is what was kept; none: unless it rests."""

    def comes_back(self, before: Values) -> bool:
        return self.returns(before) if self.returns else not self.rests(before)

    def is_back(self, now: Values, before: Values) -> bool:
        return self.woken(now, before) if self.woken else not self.rests(now)


def output(
    name: str, *, when: Callable[[Values], bool] = lambda outputs: True
) -> Callable[[Values], str | None]:
    def found(outputs: Values) -> str | None:
        return str(outputs[name]) if outputs.get(name) and when(outputs) else None

    return found


def state_in(*states: str) -> Callable[[Values], bool]:
    return lambda observed: observed["State"] in states
