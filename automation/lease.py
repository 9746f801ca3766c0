"""The deploy lease: one runner at a time deploys a stack, the others wait and know for whom.

It is ours, kept in the DynamoDB table of `components.remote_state`; the engine knows nothing of it.
Pulumi's own lock (`automation.locks`) still guards the state against a `pulumi up` by hand, but it
never ends by itself, nobody can wait for it, and it does not say which run holds it. Hence this.

No clock is compared with another: a holder writes a new version with every heartbeat, and whoever
waits takes over once he has *seen* one version unchanged for the whole length of the lease, by his
own monotonic clock. The holder gives up one heartbeat earlier, by his.
"""

from __future__ import annotations

import threading
import time
import uuid
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from automation.errors import LockedError, UserError
from automation.lease_table import Holder, Leases, Record

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

SECONDS = 120.0
WAIT_SECONDS = 900.0
# Heartbeats in the length of a lease: two may be lost.
BEATS = 4
# Records of ended leases that travel along: each is at most one lock left behind.
KEPT = 10


@dataclass(kw_only=True)
class Lease:
    """A lease that is held. `lost` is set when it could not be kept."""

    leases: Leases
    record: Record
    lost: threading.Event = field(default_factory=threading.Event)

    def renew(self) -> bool:
        """Whether it is still ours."""
        renewed = replace(self.record, version=_new(), renewed_at=datetime.now(UTC))
        if not self.leases.write(renewed, after=self.record.version):
            # The answer to a write may get lost, and its repetition is refused: is it ours?
            written = self.leases.read(self.record.stack)
            if written is None or not _same(written, self.record):
                return False
            renewed = written
        self.record = renewed
        return True


@contextmanager
def held(
    leases: Leases,
    stack: str,
    me: Holder,
    *,
    wait_seconds: float = WAIT_SECONDS,
    seconds: float = SECONDS,
    on_wait: Callable[[Record, float], None] = lambda _record, _left: None,
    on_lost: Callable[[], None] = lambda: None,
) -> Generator[Lease]:
    """Hold the lease of a stack within the block, with a heartbeat.

    `on_wait` hears for whom, and how many seconds are left. `on_lost` is called, from the thread of
    the heartbeat, as soon as the lease cannot be kept: stop what you do. Raises `LockedError` when
    the wait ends first, `UserError` after a block during which the lease was lost.
    """
    lease = Lease(
        leases=leases, record=_acquired(leases, stack, me, seconds, wait_seconds, on_wait)
    )
    over = threading.Event()
    heart = threading.Thread(target=_beat, args=(lease, over, on_lost), daemon=True)
    heart.start()
    try:
        yield lease
    finally:
        over.set()
        heart.join()
        if not lease.lost.is_set():
            leases.remove(lease.record)
    if lease.lost.is_set():
        raise UserError(
            f"the deploy lease of {stack} was lost while it was held (no heartbeat reached the "
            f"table {leases.table} for {seconds:.0f} s, or another took it): look at the stack "
            "with `preview` before the next `up`"
        )


def _acquired(
    leases: Leases,
    stack: str,
    me: Holder,
    seconds: float,
    wait_seconds: float,
    on_wait: Callable[[Record, float], None],
) -> Record:
    deadline = time.monotonic() + wait_seconds
    seen, since = "", 0.0
    while True:
        before = time.monotonic()
        current = leases.read(stack)
        if current is None:
            if (mine := _written(leases, stack, me, seconds, None)) is not None:
                return mine
            continue
        if current.version != seen:
            seen, since = current.version, time.monotonic()
        elif before - since >= current.seconds:
            if (mine := _written(leases, stack, me, seconds, current)) is not None:
                return mine
            continue
        left = deadline - time.monotonic()
        if left <= 0:
            raise LockedError(
                f"{stack} is held by {current.holder.owner} (host {current.holder.host}, pid "
                f"{current.holder.pid}) since {current.acquired_at:%Y-%m-%d %H:%M:%S} UTC, and "
                f"still after {wait_seconds:.0f} s: wait for that run, or end it; its lease ends "
                f"{current.seconds:.0f} s after its last heartbeat"
            )
        on_wait(current, left)
        time.sleep(min(left, seconds / (2 * BEATS), 5.0))


def _written(
    leases: Leases, stack: str, me: Holder, seconds: float, silent: Record | None
) -> Record | None:
    now = datetime.now(UTC)
    ended = () if silent is None else (replace(silent, ended=()), *silent.ended)[:KEPT]
    record = Record(
        stack=stack,
        holder=me,
        version=_new(),
        seconds=seconds,
        acquired_at=now,
        renewed_at=now,
        ended=ended,
    )
    after = None if silent is None else silent.version
    if leases.write(record, after=after):
        return record
    written = leases.read(stack)
    return record if written is not None and _same(written, record) else None


def _same(written: Record, mine: Record) -> bool:
    return (written.holder, written.acquired_at) == (mine.holder, mine.acquired_at)


def _beat(lease: Lease, over: threading.Event, on_lost: Callable[[], None]) -> None:
    pause = lease.record.seconds / BEATS
    renewed = time.monotonic()
    while not over.wait(pause):
        asked = time.monotonic()
        try:
            kept = lease.renew()
            renewed = asked
        except Exception:  # whatever the network says, the next beat tries again
            kept = time.monotonic() - renewed < lease.record.seconds - pause
        if not kept:
            lease.lost.set()
            on_lost()
            return


def _new() -> str:
    return uuid.uuid4().hex
