"""The deploy lease: one holder, waiting with a name, and taking over from the silent alone."""

import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from automation.errors import LockedError, UserError
from automation.lease import KEPT, held
from automation.lease_table import Holder, Leases, Record, here

MINE = Holder(owner="me@desk", host="desk", pid=1)
YOURS = Holder(owner="https://github.com/o/r/actions/runs/7/attempts/1", host="runner", pid=2)


class RefusedError(Exception):
    pass


class Table:
    """DynamoDB as far as leases need it: conditions on one item at a time."""

    class exceptions:  # noqa: N801 (boto3's name)
        ConditionalCheckFailedException = RefusedError

    def __init__(self):
        self.items: dict[str, dict] = {}
        self.guard = threading.Lock()
        self.down = False
        self.writes = 0

    def get_item(self, *, Key, ConsistentRead, TableName):  # noqa: N803
        assert ConsistentRead
        assert TableName == "lease"
        item = self.items.get(Key["stack"]["S"])
        return {"Item": item} if item else {}

    def put_item(self, *, Item, TableName, **condition):  # noqa: N803
        with self.guard:
            self._meets(Item["stack"]["S"], condition)
            self.items[Item["stack"]["S"]] = Item
            self.writes += 1

    def delete_item(self, *, Key, TableName, **condition):  # noqa: N803
        with self.guard:
            self._meets(Key["stack"]["S"], condition)
            del self.items[Key["stack"]["S"]]

    def _meets(self, stack, condition):
        if self.down:
            raise ConnectionError("no route to host")
        held_now = self.items.get(stack)
        if condition["ConditionExpression"] == "attribute_not_exists(stack)":
            if held_now:
                raise RefusedError
            return
        wanted = condition["ExpressionAttributeValues"][":version"]
        if held_now is None or held_now["version"] != wanted:
            raise RefusedError


@pytest.fixture
def table():
    return Table()


@pytest.fixture
def leases(table):
    return Leases(table="lease", client=table)


def _silent(leases: Leases, *, seconds: float, **changes) -> Record:
    """A lease whose holder will not be heard of again."""
    now = datetime.now(UTC)
    record = Record(
        stack="shop/dev",
        holder=YOURS,
        version="v1",
        seconds=seconds,
        acquired_at=now,
        renewed_at=now,
    )
    record = replace(record, **changes)
    assert leases.write(record, after=None)
    return record


def test_a_lease_is_there_while_it_is_held_and_gone_after(leases):
    with held(leases, "shop/dev", MINE):
        record = leases.read("shop/dev")
        assert record is not None
        assert record.holder == MINE
    assert leases.read("shop/dev") is None


def test_stacks_do_not_wait_for_each_other(leases):
    with held(leases, "shop/dev", MINE), held(leases, "shop/prod", YOURS, wait_seconds=0):
        assert leases.read("shop/prod").holder == YOURS


def test_whoever_waits_too_long_learns_who_holds_it_and_since_when(leases):
    with (
        held(leases, "shop/dev", YOURS),
        pytest.raises(LockedError) as refused,
        held(leases, "shop/dev", MINE, wait_seconds=0.05, seconds=0.2),
    ):
        raise AssertionError
    for part in ("actions/runs/7/attempts/1", "host runner", "pid 2", "its lease ends 120 s"):
        assert part in str(refused.value)
    assert leases.read("shop/dev") is None


def test_a_waiter_gets_its_turn_as_soon_as_the_lease_is_released(leases):
    waiting, told = threading.Event(), []

    def hold():
        with held(leases, "shop/dev", YOURS):
            assert waiting.wait(5)

    other = threading.Thread(target=hold)
    other.start()
    while leases.read("shop/dev") is None:
        time.sleep(0.005)

    def note(record, left):
        told.append((record.holder, left))
        waiting.set()

    with held(leases, "shop/dev", MINE, wait_seconds=5, seconds=0.4, on_wait=note):
        assert leases.read("shop/dev").ended == ()
    other.join()
    holder, left = told[0]
    assert holder == YOURS
    assert 4 < left <= 5


def test_a_heartbeat_keeps_a_lease_beyond_its_length(leases, table):
    with held(leases, "shop/dev", YOURS, seconds=0.2):
        with (
            pytest.raises(LockedError),
            held(leases, "shop/dev", MINE, wait_seconds=0.6, seconds=0.2),
        ):
            raise AssertionError
        assert table.writes > 4
    assert leases.read("shop/dev") is None


def test_a_silent_lease_is_taken_over_after_its_length_and_remembered(leases):
    silent = _silent(leases, seconds=0.3)
    began = time.monotonic()
    with held(leases, "shop/dev", MINE, wait_seconds=5, seconds=0.2) as lease:
        assert time.monotonic() - began >= 0.3
        assert lease.record.ended == (silent,)


@pytest.mark.parametrize("years", [-3, 3])
def test_a_clock_that_is_wrong_neither_shortens_nor_lengthens_a_lease(leases, years):
    elsewhen = datetime.now(UTC) + timedelta(days=365 * years)
    _silent(leases, seconds=0.3, acquired_at=elsewhen, renewed_at=elsewhen)
    began = time.monotonic()
    with held(leases, "shop/dev", MINE, wait_seconds=5, seconds=0.2):
        assert 0.3 <= time.monotonic() - began < 2


def test_silent_leases_travel_along_but_not_for_ever(leases):
    _silent(leases, seconds=0.05)
    before = leases.read("shop/dev")
    grown = replace(before, version="v2", ended=(before,) * KEPT)
    assert leases.write(grown, after="v1")
    with held(leases, "shop/dev", MINE, wait_seconds=5, seconds=0.2) as lease:
        assert len(lease.record.ended) == KEPT
        assert all(one.ended == () for one in lease.record.ended)


def test_of_many_that_wait_one_gets_it(leases):
    _silent(leases, seconds=0.1)
    at_once, most, turns = [], [], []

    def queue(number):
        with held(leases, "shop/dev", replace(MINE, pid=number), wait_seconds=20, seconds=0.4):
            at_once.append(number)
            most.append(len(at_once))
            time.sleep(0.02)
            at_once.remove(number)
            turns.append(number)

    waiting = [threading.Thread(target=queue, args=(number,)) for number in range(6)]
    for one in waiting:
        one.start()
    for one in waiting:
        one.join()
    assert set(most) == {1}
    assert sorted(turns) == list(range(6))


def test_a_holder_that_is_cut_off_stops_before_anyone_may_take_over(leases, table):
    lost, after = threading.Event(), []

    def cut_off():
        with held(leases, "shop/dev", MINE, seconds=0.4, on_lost=lost.set):
            began = time.monotonic()
            table.down = True
            assert lost.wait(2)
            after.append(time.monotonic() - began)

    with pytest.raises(UserError, match="was lost while it was held"):
        cut_off()
    assert after[0] < 0.4
    table.down = False
    assert leases.read("shop/dev").holder == MINE  # it could not be released, so it must run out


def test_a_lease_that_another_took_is_not_released_from_under_it(leases, table):
    lost = threading.Event()

    def robbed():
        with held(leases, "shop/dev", MINE, seconds=0.2, on_lost=lost.set):
            stolen = replace(leases.read("shop/dev"), holder=YOURS, version="theirs")
            while not leases.write(stolen, after=leases.read("shop/dev").version):
                time.sleep(0.001)
            assert lost.wait(2)

    with pytest.raises(UserError, match="another took it"):
        robbed()
    assert leases.read("shop/dev").holder == YOURS


def test_an_answer_that_got_lost_does_not_lose_the_lease(leases, table, monkeypatch):
    """The write was done; botocore repeats it, and the repetition is refused."""
    put = table.put_item

    def twice(**request):
        put(**request)
        put(**request)

    monkeypatch.setattr(table, "put_item", twice)
    with held(leases, "shop/dev", MINE, seconds=0.1) as lease:
        time.sleep(0.2)
        assert not lease.lost.is_set()
    assert leases.read("shop/dev") is None


def test_the_owner_in_ci_is_the_run_and_its_attempt():
    run = here(
        {
            "GITHUB_RUN_ID": "42",
            "GITHUB_RUN_ATTEMPT": "2",
            "GITHUB_REPOSITORY": "shoptrend/platform",
            "GITHUB_SERVER_URL": "https://github.com",
        }
    )
    assert run.owner == "https://github.com/shoptrend/platform/actions/runs/42/attempts/2"
    assert run.is_ci
    person = here({})
    assert person.owner.endswith(f"@{person.host}")
    assert not person.is_ci
