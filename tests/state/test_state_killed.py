"""Two writers, killed writers, and states that are gone: each is a step of docs/runbook.md."""

import argparse
import dataclasses
import io
import json

import pytest
from rich.console import Console

from automation import locks, recovery, session, state_commands, turn
from automation.backend import state_key, stored_state
from automation.errors import LockedError
from automation.lease_table import here
from tests.state.stuck import mute, silent
from tests.state.tiny import STACK, Tiny

pytestmark = pytest.mark.engine

ME = here()
COLLEAGUE = dataclasses.replace(ME, owner="ana@laptop", host="laptop")


def _nothing(_event: object) -> None:
    pass


def _locks(tiny: Tiny) -> list[locks.Lock]:
    return locks.listed(tiny.bucket, tiny.project, STACK)


def _up_is_clean(tiny: Tiny) -> None:
    """Brought up to date, everything there once, nothing under way, nobody's lock."""
    with tiny.opened() as opened:
        opened.up(_nothing)
        assert set(opened.preview(_nothing).changes) == {"same"}
    assert tiny.names() == {"queue", "bucket"}
    assert not tiny.state().get("pending_operations")
    assert _locks(tiny) == []


def test_a_second_writer_is_refused_and_told_who_the_first_is(tiny: Tiny):
    with silent() as nowhere:
        first = tiny.start_and_wait_for_the_bucket(s3=nowhere)
        second = tiny.start()
        said, _ = second.communicate(timeout=60)
        assert second.returncode == LockedError.exit, said
        assert "locked by another update" in said

        (lock,) = _locks(tiny)
        assert lock.host == ME.host
        with pytest.raises(LockedError, match=f"{lock.user}@{lock.host}, pid {lock.pid}"):
            locks.release(tiny.bucket, tiny.project, STACK, ME)
        assert [one.key for one in _locks(tiny)] == [lock.key]
        tiny.kill(first)


def test_the_lock_of_a_killed_run_is_released_by_its_machine_alone(tiny: Tiny):
    with silent() as nowhere:
        tiny.kill(tiny.start_and_wait_for_the_bucket(s3=nowhere))
    with pytest.raises(LockedError, match="not known to be over"):
        locks.release(tiny.bucket, tiny.project, STACK, COLLEAGUE)
    assert len(_locks(tiny)) == 1

    (released,) = locks.release(tiny.bucket, tiny.project, STACK, ME)
    assert released.why == f"pid {released.lock.pid} of this machine has ended"

    # What it was creating is not there: the next run makes it.
    assert [one["type"] for one in recovery.pending(tiny.state())] == ["creating"]
    with tiny.opened() as opened:
        assert recovery.mend(opened.stack).adopted == ("bucket",)
    assert recovery.pending(tiny.state()) == []
    assert tiny.names() == {"queue"}
    _up_is_clean(tiny)


def test_a_colleague_releases_it_once_the_deploy_lease_has_ended(tiny: Tiny):
    stack = f"{tiny.project}/{STACK}"
    with silent() as nowhere:
        tiny.kill(tiny.start_and_wait_for_the_bucket(s3=nowhere, lease_seconds=4))
    record = tiny.leases.read(stack)
    assert record is not None
    with pytest.raises(LockedError):
        locks.release(tiny.bucket, tiny.project, STACK, COLLEAGUE, record=record)

    said: list[str] = []
    (released,) = turn.release(tiny.place, said.append, me=COLLEAGUE)
    assert released.why == f"the deploy lease of {ME.owner} has ended"
    assert said == [f"watching the lease of {ME.owner} for 4 s"]
    assert tiny.leases.read(stack) is None
    assert _locks(tiny) == []


def test_a_turn_waits_for_the_one_before_and_tidies_up_after_a_killed_one(tiny: Tiny):
    with silent() as nowhere:
        tiny.kill(tiny.start_and_wait_for_the_bucket(s3=nowhere, lease_seconds=3))
    said: list[str] = []
    with turn.turn(tiny.place, said.append, wait_seconds=30), tiny.opened() as opened:
        recovery.mend(opened.stack)
        opened.up(_nothing)
    assert [line.split()[0] for line in said] == ["waiting", "released"]
    assert tiny.place.lease() is None
    assert _locks(tiny) == []


def test_a_bucket_that_was_made_but_never_written_down_is_adopted(tiny: Tiny, running, access):
    with mute(running.url) as (s3, done):
        run = tiny.start_and_wait_for_the_bucket(s3=s3)
        assert done.wait(30)
        tiny.kill(run)
    (operation,) = recovery.pending(tiny.state())
    name = operation["resource"]["inputs"]["bucket"]
    access.client("s3").put_object(Bucket=name, Key="kept", Body=b"1")

    locks.release(tiny.bucket, tiny.project, STACK, ME)
    with tiny.opened() as opened:
        assert recovery.mend(opened.stack).adopted == ("bucket",)
    assert tiny.names() == {"queue", "bucket"}
    _up_is_clean(tiny)
    assert access.client("s3").list_objects_v2(Bucket=name)["KeyCount"] == 1


def test_an_older_state_is_brought_back_whatever_became_of_it(tiny: Tiny, access, monkeypatch):
    monkeypatch.setattr(turn, "place", lambda _stack: tiny.place)
    monkeypatch.setattr(session, "open_stack", lambda *_, **__: tiny.opened())
    monkeypatch.setattr(state_commands, "_emulator_of", lambda _stack: None)
    with tiny.opened() as opened:
        opened.up(_nothing)
    good, *_ = recovery.versions(tiny.bucket, tiny.project, STACK)
    assert good.current

    s3 = access.client("s3")
    place = {"Bucket": tiny.bucket.name, "Key": state_key(tiny.project, STACK)}

    with tiny.opened(word="two") as opened:
        opened.up(_nothing)
        assert opened.outputs()["word"] == "two"
    _bring_back(tiny, good.id)

    s3.delete_object(**place)
    assert stored_state(tiny.bucket, tiny.project, STACK) is None
    _bring_back(tiny, good.id)

    s3.put_object(**place, Body=b'{"version": 3, "checkpoint')
    assert "no JSON" in _bring_back(tiny, good.id)

    _up_is_clean(tiny)
    kept = {version.id for version in recovery.versions(tiny.bucket, tiny.project, STACK)}
    assert good.id in kept


def _bring_back(tiny: Tiny, version: str) -> str:
    """As `python -m automation restore` does; what it said."""
    said = io.StringIO()
    options = argparse.Namespace(stack=[STACK], version=version)
    state_commands.restore(options, Console(file=said, width=200))
    assert "a state of 4 resources is the current one" in said.getvalue()
    assert tiny.names() == {"queue", "bucket"}
    (stack,) = (r for r in tiny.state()["resources"] if r["type"] == "pulumi:pulumi:Stack")
    assert stack["outputs"]["word"] == "one"
    return said.getvalue()


def test_the_lock_of_another_runs_stack_is_not_touched(tiny: Tiny, access):
    other = f".pulumi/locks/organization/{tiny.project}/other/a.json"
    written = {"pid": 1, "username": "ana", "hostname": "laptop"}
    body = json.dumps({**written, "timestamp": "2026-01-01T00:00:00Z"})
    access.client("s3").put_object(Bucket=tiny.bucket.name, Key=other, Body=body)
    assert locks.release(tiny.bucket, tiny.project, STACK, ME) == []
    assert len(locks.listed(tiny.bucket, tiny.project, "other")) == 1
