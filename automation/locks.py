"""Pulumi's own locks of a stack: who holds it, and releasing what a killed run left behind.

The engine writes a lock object for each operation that changes state and deletes it at the end;
one that is killed leaves it for ever. `pulumi cancel` deletes every lock without a question, also
that of a run that is alive, and then two write one state. Here a lock is deleted only when its run
is known to be over: it was ours, or its deploy lease (`automation.lease`) has ended. Whoever waits
for a turn wants the lease; this is for what went wrong.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from automation.backend import LOCKS
from automation.errors import LockedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from automation.backend import Store
    from automation.lease_table import Holder, Record


@dataclass(frozen=True, kw_only=True)
class Lock:
    """One lock object. `taken_at` is by the clock of `host`; `age` by the store's and ours."""

    key: str
    user: str
    host: str
    pid: int
    taken_at: datetime
    age: timedelta

    @property
    def holder(self) -> str:
        return f"{self.user}@{self.host}, pid {self.pid}, for {int(self.age.total_seconds())} s"


@dataclass(frozen=True, kw_only=True)
class Released:
    """A lock that was deleted, and why it was no one's any more."""

    lock: Lock
    why: str


def listed(store: Store, project: str, stack: str) -> list[Lock]:
    """The locks of a stack, oldest first; one whose text is broken has an unknown holder."""
    now = datetime.now(UTC)
    found: list[Lock] = []
    for entry in store.entries(f"{LOCKS}/{project}/{stack}/"):
        text = store.read(entry.key)
        if text is None:  # released between the list and now
            continue
        try:
            written = json.loads(text)
            lock = Lock(
                key=entry.key,
                user=written["username"],
                host=written["hostname"],
                pid=int(written["pid"]),
                taken_at=datetime.fromisoformat(written["timestamp"]),
                age=now - entry.changed,
            )
        except (ValueError, KeyError, TypeError):
            lock = Lock(
                key=entry.key,
                user="unknown",
                host="unknown",
                pid=0,
                taken_at=entry.changed,
                age=now - entry.changed,
            )
        found.append(lock)
    return sorted(found, key=lambda lock: lock.taken_at)


def release(
    store: Store, project: str, stack: str, me: Holder, *, record: Record | None = None
) -> list[Released]:
    """Delete the locks whose runs are over, and say why each was.

    `record` is the lease of the stack as it is written now. Raises `LockedError`, after the others
    are deleted, when a lock stays: it names who holds it and what that one can do.
    """
    released: list[Released] = []
    stays: list[str] = []
    for lock in listed(store, project, stack):
        why = over(lock, me, record)
        if why is None:
            stays.append(lock.holder)
            continue
        store.delete(lock.key)
        released.append(Released(lock=lock, why=why))
    if stays:
        raise LockedError(
            f"stack {stack} is locked by {'; '.join(stays)}: that run is not known to be over. "
            "Wait for it, or end it; then release the lock on that machine, or from the same CI "
            "run, or here once its deploy lease has ended"
        )
    return released


def over(lock: Lock, me: Holder, record: Record | None) -> str | None:
    """Why the run that took the lock is over; None when that is not known."""
    if lock.host == me.host:
        # The pid decides, whatever a lease says: this machine can be asked.
        return None if _runs(lock.pid) else f"pid {lock.pid} of this machine has ended"
    if record is None:
        return None
    if me.is_ci and record.holder.owner == me.owner and _under(lock, record):
        return "it is of this same CI run"
    for ended in _silent(record, me):
        if _under(lock, ended):
            return f"the deploy lease of {ended.holder.owner} has ended"
    return None


def _silent(record: Record, me: Holder) -> Sequence[Record]:
    """Leases that ended without a release. Whoever took over has seen it; who asks while another
    holds the lease must not act.
    """
    return record.ended if record.holder == me else ()


def _under(lock: Lock, lease: Record) -> bool:
    """Whether the lock was taken while the lease was held. Both times are of one host."""
    until = lease.renewed_at + timedelta(seconds=lease.seconds)
    return lock.host == lease.holder.host and lease.acquired_at <= lock.taken_at <= until


def _runs(pid: int) -> bool:
    """Whether an engine runs under this pid, which may have been given to another program since."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # another user's: it is there
        return True
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return True
    name, _, rest = status.partition("(")[2].rpartition(")")
    return name.startswith("pulumi") and not rest.lstrip().startswith("Z")
