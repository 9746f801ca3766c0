"""Whose lock it is, and that only a run that is over loses it."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from automation import locks
from automation.backend import Folder
from automation.errors import LockedError
from automation.lease_table import Holder, Record, here

NOW = datetime.now(UTC)
ME = here({})
RUNNER = Holder(owner="https://github.com/o/r/actions/runs/7/attempts/1", host="runner", pid=3)


@pytest.fixture
def store(tmp_path):
    return Folder(path=tmp_path)


def _lock(store: Folder, name: str = "a", *, pid: int = 77, host: str = "runner", **written):
    folder = store.path / ".pulumi/locks/organization/shop/dev"
    folder.mkdir(parents=True, exist_ok=True)
    text = {"pid": pid, "username": "ci", "hostname": host, "timestamp": NOW.isoformat(), **written}
    (folder / f"{name}.json").write_text(json.dumps(text))


def _lease(holder: Holder = RUNNER, **changes) -> Record:
    record = Record(
        stack="shop/dev",
        holder=holder,
        version="v",
        seconds=120,
        acquired_at=NOW - timedelta(minutes=1),
        renewed_at=NOW + timedelta(minutes=1),
    )
    return replace(record, **changes)


def _ended_pid() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_lock_tells_its_holder_and_its_age(store):
    _lock(store, timestamp="2026-11-25T09:01:45.859193979Z")  # nanoseconds, as the engine writes
    (lock,) = locks.listed(store, "shop", "dev")
    assert (lock.user, lock.host, lock.pid) == ("ci", "runner", 77)
    assert lock.taken_at == datetime(2026, 11, 25, 9, 1, 45, 859193, UTC)
    assert lock.holder.startswith("ci@runner, pid 77, for ")


def test_a_run_of_this_machine_that_has_ended_is_released(store):
    pid = _ended_pid()
    _lock(store, pid=pid, host=ME.host)
    (released,) = locks.release(store, "shop", "dev", ME)
    assert released.why == f"pid {pid} of this machine has ended"
    assert locks.listed(store, "shop", "dev") == []


def test_a_pid_that_another_program_has_by_now_is_no_engine(store):
    _lock(store, pid=os.getpid(), host=ME.host)
    assert len(locks.release(store, "shop", "dev", ME)) == 1


def test_an_engine_of_this_machine_that_runs_keeps_its_lock_whatever_the_lease(store, tmp_path):
    engine = tmp_path / "pulumi"
    engine.symlink_to("/bin/sleep")
    running = subprocess.Popen([engine, "60"])
    try:
        _lock(store, pid=running.pid, host=ME.host)
        ended = _lease(replace(RUNNER, host=ME.host))
        mine = _lease(ME, ended=(ended,))
        with pytest.raises(LockedError, match=f"pid {running.pid}"):
            locks.release(store, "shop", "dev", ME, record=mine)
    finally:
        running.kill()
        running.wait()
    assert len(locks.listed(store, "shop", "dev")) == 1


def test_a_lock_of_another_machine_without_a_lease_stays(store):
    _lock(store)
    with pytest.raises(LockedError, match="not known to be over"):
        locks.release(store, "shop", "dev", ME)


def test_a_lease_that_still_runs_protects_its_lock(store):
    _lock(store)
    with pytest.raises(LockedError):
        locks.release(store, "shop", "dev", ME, record=_lease())


def test_a_later_job_of_the_same_ci_run_releases_what_an_earlier_left(store):
    _lock(store)
    later = replace(RUNNER, host="another-runner", pid=9)
    (released,) = locks.release(store, "shop", "dev", later, record=_lease())
    assert released.why == "it is of this same CI run"


def test_another_attempt_of_the_run_is_another_owner(store):
    _lock(store)
    again = replace(RUNNER, owner=RUNNER.owner.replace("attempts/1", "attempts/2"), host="x")
    with pytest.raises(LockedError):
        locks.release(store, "shop", "dev", again, record=_lease())


def test_whoever_took_over_from_a_silent_lease_releases_its_lock(store):
    _lock(store)
    mine = _lease(ME, ended=(_lease(),))
    (released,) = locks.release(store, "shop", "dev", ME, record=mine)
    assert released.why == f"the deploy lease of {RUNNER.owner} has ended"


def test_whoever_only_looks_on_while_another_took_over_does_not(store):
    _lock(store)
    theirs = _lease(replace(RUNNER, host="third"), ended=(_lease(),))
    with pytest.raises(LockedError):
        locks.release(store, "shop", "dev", ME, record=theirs)


@pytest.mark.parametrize("minutes", [-30, 30])
def test_a_lock_from_outside_the_time_of_the_ended_lease_is_someone_elses(store, minutes):
    """A `pulumi up` by hand on the same machine, before or after."""
    _lock(store, timestamp=(NOW + timedelta(minutes=minutes)).isoformat())
    mine = _lease(ME, ended=(_lease(),))
    with pytest.raises(LockedError):
        locks.release(store, "shop", "dev", ME, record=mine)


def test_what_is_over_goes_even_where_another_lock_stays(store):
    _lock(store, "a", pid=_ended_pid(), host=ME.host)
    _lock(store, "b")
    with pytest.raises(LockedError, match="ci@runner, pid 77"):
        locks.release(store, "shop", "dev", ME)
    assert [lock.host for lock in locks.listed(store, "shop", "dev")] == ["runner"]


def test_a_lock_that_nobody_can_read_is_nobodys_to_release(store):
    _lock(store)
    (store.path / ".pulumi/locks/organization/shop/dev/a.json").write_text("{")
    (lock,) = locks.listed(store, "shop", "dev")
    assert lock.host == "unknown"
    with pytest.raises(LockedError, match="unknown@unknown"):
        locks.release(store, "shop", "dev", ME, record=_lease(ME, ended=(_lease(),)))
