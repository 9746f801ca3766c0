"""What the runs of a job say of it: pure.

Shape: Databricks REST API reference, "Jobs: List job runs" (2.1).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypedDict

# A run that ended and is none of these did not do its work. A run that was skipped (the one before
# was still at work) or cancelled by somebody is no failure.
_HARMLESS = frozenset({"SUCCESS", "SUCCESS_WITH_FAILURES", "CANCELED", "EXCLUDED"})
_GOOD = frozenset({"SUCCESS", "SUCCESS_WITH_FAILURES"})
_ENDED = frozenset({"TERMINATED", "INTERNAL_ERROR"})
_AT_WORK = frozenset({"RUNNING"})
MINUTE_MS = 60_000


class State(TypedDict, total=False):
    life_cycle_state: str
    result_state: str


class Run(TypedDict):
    start_time: int  # milliseconds since 1970
    end_time: int  # the same; 0 while it runs
    state: State


@dataclass(frozen=True, kw_only=True)
class Health:
    failed_runs: int
    """Ended in the period."""
    minutes_since_good: int
    """Since a run succeeded, 0 while one is at work; the whole span looked at, if neither."""


def health(runs: Iterable[Run], *, since: int, until: int, looked_back: int) -> Health:
    """Of the period from `since` to `until`, milliseconds since 1970. Runs come newest first, one
    after the other (the jobs have one at a time), and are read until one ended before
    `looked_back`. Each counts in one period only, the one in which it ended.
    """
    failed = 0
    good = looked_back
    for run in runs:
        state = run["state"]
        life, end = state.get("life_cycle_state", ""), run["end_time"]
        if life in _AT_WORK:
            good = until
        elif life in _ENDED:
            if end < looked_back:
                break
            result = state.get("result_state", "FAILED")
            if result in _GOOD:
                good = max(good, min(end, until))
            elif result not in _HARMLESS and since <= end < until:
                failed += 1
    return Health(failed_runs=failed, minutes_since_good=(until - good) // MINUTE_MS)
