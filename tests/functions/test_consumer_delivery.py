"""Nothing lost and nothing double, whatever the event source and the store do.

Gold stands here for what staging makes of silver: one row per event_id.
"""

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.consumer import handler as handler_module
from functions.consumer.decode import decode
from functions.consumer.handler import handler
from functions.consumer.records import Event, Record
from tests.functions.consumer_fakes import (
    BRONZE,
    FIRST,
    SILVER,
    FakeStore,
    page_view,
    record,
)
from tests.functions.event_source import Aws, Emulator, StillFailingError, deliver

GOLD = "SELECT event_id, count(*) FROM (SELECT DISTINCT ON (event_id) * FROM silver) GROUP BY ALL"
DISTINCT_ROWS = "SELECT event_id FROM (SELECT DISTINCT * FROM silver)"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODE", "parquet")
    monkeypatch.setenv("SILVER_BUCKET", SILVER)
    monkeypatch.setenv("BRONZE_BUCKET", BRONZE)
    monkeypatch.setenv("METRIC_NAMESPACE", "test")


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> FakeStore:
    store = FakeStore()
    monkeypatch.setattr(handler_module, "s3_store", lambda: store)
    return store


def stream(*sizes: int, poison_every: int = 4) -> tuple[list[Record], list[str], list[bytes]]:
    """Records of so many events each, the ids of the good ones, and the poison."""
    records, good, poison, number = [], [], [], 0
    for index, size in enumerate(sizes):
        lines = []
        for _ in range(size):
            number += 1
            if number % poison_every:
                good.append(f"e-{number}")
                lines.append(page_view(number))
            else:
                poison.append(page_view(number, channel="fax"))
                lines.append(poison[-1])
        records.append(record(b"\n".join(lines), index))
    return records, good, poison


def assert_all_is_there_once(store: FakeStore, good: list[str], poison: list[bytes]) -> None:
    assert Counter(dict(store.query(GOLD))) == Counter(good)
    # Copies of an event are equal in every column, so it does not matter which one is kept.
    assert sorted(row[0] for row in store.query(DISTINCT_ROWS)) == sorted(good)
    assert set(store.quarantined()) == set(poison)


SOURCES = {
    "AWS": Aws(batch_size=5),
    "AWS without bisection": Aws(batch_size=5, bisect=False),
    "AWS without partial response": Aws(batch_size=5, partial_response=False),
    "emulator": Emulator(batch_size=5),
}


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
@pytest.mark.parametrize("too_late", [False, True], ids=["before", "after"])
def test_a_store_that_fails_for_a_while_loses_and_doubles_nothing(
    store: FakeStore, source: Aws | Emulator, too_late: bool
):
    """`after`: the object was stored, but the answer did not arrive, or the function crashed."""
    store.fails, store.too_late = lambda put: put % 3 != 0 and put < 30, too_late
    records, good, poison = stream(1, 3, 2, 1, 6, 1, 1, 4, 2, 5, 1)
    delivery = deliver(source, records, handler)
    assert store.puts > 30
    assert delivery.dead_letters == []
    assert_all_is_there_once(store, good, poison)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    sizes=st.lists(st.integers(0, 6), min_size=1, max_size=12),
    batch_size=st.integers(1, 6),
    bisect=st.booleans(),
    broken=st.sets(st.integers(1, 40)),
    too_late=st.booleans(),
    lost_leases=st.dictionaries(st.integers(1, 6), st.integers(1, 8)),
)
def test_retries_bisection_crashes_and_duplicates_lose_and_double_nothing(
    store: FakeStore,
    sizes: list[int],
    batch_size: int,
    bisect: bool,
    broken: set[int],
    too_late: bool,
    lost_leases: dict[int, int],
):
    store.objects, store.puts = {}, 0
    store.fails, store.too_late = broken.__contains__, too_late
    records, good, poison = stream(*sizes)
    source = Aws(batch_size=batch_size, retries=100, bisect=bisect, lost_leases=lost_leases)
    assert deliver(source, records, handler).dead_letters == []
    assert_all_is_there_once(store, good, poison)


def test_events_that_come_twice_on_the_stream_count_once_in_gold(store: FakeStore):
    records, good, poison = stream(3, 2, 4)
    again = [record(b"\n".join([page_view(1), page_view(2)]), 50)]
    deliver(Aws(batch_size=2), records + again, handler)
    assert dict(store.query(GOLD)) == dict.fromkeys(good, 1)
    assert set(store.quarantined()) == set(poison)


def fail_on(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of our own code that one record brings out."""

    def faulty(records: list[Record]) -> object:
        if any(r["kinesis"]["sequenceNumber"] == str(FIRST + number) for r in records):
            raise ZeroDivisionError
        return decode(records)

    monkeypatch.setattr("functions.consumer.typed.decode", faulty)


def test_the_destination_is_told_of_the_one_record_that_cannot_be_placed(
    store: FakeStore, monkeypatch: pytest.MonkeyPatch
):
    fail_on(4, monkeypatch)
    records, good, _ = stream(1, 1, 1, 1, 1, 1, 1, 1, 1, poison_every=100)
    delivery = deliver(Aws(batch_size=9, retries=2), records, handler)
    (note,) = (letter["KinesisBatchInfo"] for letter in delivery.dead_letters)
    assert note["startSequenceNumber"] == note["endSequenceNumber"] == str(FIRST + 4)
    assert_all_is_there_once(store, [id_ for id_ in good if id_ != "e-5"], [])


def test_the_emulator_stops_at_a_record_that_cannot_be_placed_and_skips_nothing(
    store: FakeStore, monkeypatch: pytest.MonkeyPatch
):
    fail_on(4, monkeypatch)
    records, good, _ = stream(1, 1, 1, 1, 1, 1, poison_every=100)
    with pytest.raises(StillFailingError):
        deliver(Emulator(batch_size=2), records, handler)
    assert_all_is_there_once(store, good[:4], [])
    monkeypatch.undo()


def test_poison_is_isolated_without_a_single_retry(store: FakeStore):
    records, good, poison = stream(5, 5, 5, 5, poison_every=2)
    delivery = deliver(Aws(batch_size=2), records, handler)
    assert (delivery.invocations, delivery.dead_letters) == (2, [])
    assert_all_is_there_once(store, good, poison)


def test_a_full_batch_of_joined_events_arrives(store: FakeStore):
    records, good, poison = stream(*[120] * 40, poison_every=100)
    deliver(Aws(batch_size=40), records, handler)
    assert_all_is_there_once(store, good, poison)


def test_a_function_that_names_failures_would_lose_them_on_the_emulator():
    """Why the handler raises instead."""
    seen: list[int] = []

    def names_the_first(event: Event, _context: object) -> dict:
        first = event["Records"][0]["kinesis"]["sequenceNumber"]
        seen.append(len(event["Records"]))
        return {"batchItemFailures": [{"itemIdentifier": first}]}

    deliver(Emulator(batch_size=3), stream(1, 1, 1)[0], names_the_first)
    assert seen == [3]
