"""Taking turns on a stack: the deploy lease around an operation, and what a silent predecessor left
behind released.

For stacks whose state is in the bucket of the bootstrap. The embedded stack has one user.
"""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from automation import lease, locks
from automation.backend import Bucket, Folder
from automation.errors import ROOT, ConfigurationError, LockedError
from automation.ground import ground
from automation.lease_table import Holder, Leases, Record, here
from automation.session import HOME, PROJECT
from components.remote_state import lease_table

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the state of a stack of the platform is, and its lease if it has one."""

    stack: str
    store: Folder | Bucket
    leases: Leases | None
    project: str = PROJECT

    @property
    def lease_name(self) -> str:
        return f"{self.project}/{self.stack}"

    def locks(self) -> list[locks.Lock]:
        return locks.listed(self.store, self.project, self.stack)

    def lease(self) -> Record | None:
        return self.leases.read(self.lease_name) if self.leases else None

    def unlock(self, me: Holder, record: Record | None) -> list[locks.Released]:
        return locks.release(self.store, self.project, self.stack, me, record=record)


def place(stack: str, *, root: Path = ROOT, home: Path = HOME) -> Place:
    """Raises `UserError` for a stack file that is wrong, `ConfigurationError` when the environment
    names another backend than the stack's bucket.
    """
    at = ground(stack, root=root)
    if at.login.emulator_url is not None:
        return Place(stack=stack, store=Folder(path=home / "state"), leases=None)
    named = os.environ.get("PULUMI_BACKEND_URL")
    if named and urlsplit(named)[:2] != urlsplit(at.bucket.url)[:2]:
        raise ConfigurationError(
            f"PULUMI_BACKEND_URL is {named}, and the state of {stack} is in {at.bucket.url}: set "
            "it to that, or take it out of the environment"
        )
    table = lease_table(at.foundation.site)
    leases = Leases(table=table, client=at.login.client("dynamodb"))
    return Place(stack=stack, store=at.bucket, leases=leases)


@contextmanager
def turn(
    at: Place, say: Callable[[str], None], *, wait_seconds: float = lease.WAIT_SECONDS
) -> Generator[None]:
    """Within the block no other runner deploys the stack. `say` hears whom it waits for.

    Raises `LockedError` when the turn does not come in time. A lease that is lost within the block
    ends this process as SIGTERM does, which `automation.session` hands to the engine.
    """
    if at.leases is None:
        yield
        return
    told = set[str]()

    def waiting(record: Record, left: float) -> None:
        if record.holder.owner not in told:
            told.add(record.holder.owner)
            say(f"waiting for {record.holder.owner}, which holds {at.stack} (at most {left:.0f} s)")

    def lost() -> None:
        os.kill(os.getpid(), signal.SIGTERM)

    me = here()
    with lease.held(
        at.leases,
        at.lease_name,
        me,
        wait_seconds=wait_seconds,
        on_wait=waiting,
        on_lost=lost,
    ) as mine:
        for one in at.unlock(me, mine.record):
            say(f"released the lock of {one.lock.holder}: {one.why}")
        yield


def release(
    at: Place, say: Callable[[str], None], *, me: Holder | None = None
) -> list[locks.Released]:
    """Release the locks whose runs are over; raises `LockedError` when one stays.

    A lock of another machine is looked at once more after its lease was watched to its end.
    """
    me = me or here()
    record = at.lease()
    try:
        released = at.unlock(me, record)
    except LockedError:
        if at.leases is None or record is None:
            raise
        say(f"watching the lease of {record.holder.owner} for {record.seconds:.0f} s")
        patience = record.seconds * 1.5 + 5
        with lease.held(at.leases, at.lease_name, me, wait_seconds=patience) as mine:
            return at.unlock(me, mine.record)
    if at.leases and record and me.is_ci and record.holder.owner == me.owner:
        at.leases.remove(record)  # of an earlier job of this run: nobody need wait for it
    return released
