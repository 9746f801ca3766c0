"""A day from bronze once more gives the rows that it gave at first, however often."""

import gzip
from datetime import date

import pytest

from automation.errors import UserError
from jobs.reprocess.day import Raw, listed, reprocess, restore
from tests.functions.consumer_fakes import page_view
from tests.jobs.stack_in_memory import ARRIVED, Stack, consume

DAY = date(2026, 11, 22)
QUIET = lambda _: None  # noqa: E731


@pytest.fixture
def stack() -> Stack:
    """Five records, some with several events, one event broken; consumed in two batches."""
    stack = Stack()
    stack.put(
        page_view(1) + b"\n" + page_view(2) + b"\n",
        page_view(3, customer_id="C-ü") + b"\n",
        page_view(4) + b"\n{\n",
        page_view(5, occurred_at="2026-11-21T23:59:59.999999Z") + b"\n",
        page_view(6) + b"\n",
    )
    consume(stack.s3, stack.kinesis.as_lambda_sends(0, 2))
    consume(stack.s3, stack.kinesis.as_lambda_sends(3, 4))
    return stack


def run(stack: Stack, *, yes: bool = True, quarantine: bool = False):
    objects = listed(stack.places, "raw/events", DAY)
    return reprocess(stack.places, objects, yes=yes, quarantine=quarantine, tell=QUIET)


def test_a_reprocessed_day_equals_the_first_result(stack: Stack, tmp_path):
    first = stack.rows(tmp_path / "first")
    done = run(stack)
    assert (done.objects, done.events, done.refused) == (3, 7, 1)
    assert stack.rows(tmp_path / "again") == first
    assert len(first) == 6


def test_a_day_that_was_lost_is_as_it_was(stack: Stack, tmp_path):
    first = stack.rows(tmp_path / "first")
    for key in stack.s3.keys("silver"):
        stack.s3.delete_object(Bucket="silver", Key=key)
    run(stack)
    assert stack.rows(tmp_path / "again") == first
    assert stack.copies(tmp_path / "again") == 6


def test_a_second_run_writes_the_same_bytes(stack: Stack):
    run(stack)
    before = dict(stack.s3.objects)
    run(stack)
    assert stack.s3.objects == before


def test_rows_that_were_wrong_are_replaced_for_staging(stack: Stack, tmp_path):
    """As after a fault of the consumer: what it wrote then is not chosen any more."""
    for key in stack.s3.keys("silver"):
        stack.s3.delete_object(Bucket="silver", Key=key)
    wrong = Stack()
    wrong.put(page_view(3, customer_id="WRONG") + b"\n")
    consume(stack.s3, wrong.kinesis.as_lambda_sends(0, 0))
    run(stack)
    rows = stack.rows(tmp_path)
    (row,) = (row for row in rows if "e-3" in row)
    assert "C-ü" in row
    assert "WRONG" not in row


def test_without_yes_it_counts_the_same_and_writes_nothing(stack: Stack):
    before = dict(stack.s3.objects)
    told = run(stack, yes=False)
    assert stack.s3.objects == before
    assert told == run(stack)


def test_refused_events_go_to_quarantine_only_when_asked(stack: Stack):
    quarantined = stack.s3.keys("bronze", "quarantine/")
    assert run(stack).quarantined == 0
    assert stack.s3.keys("bronze", "quarantine/") == quarantined
    assert run(stack, quarantine=True).quarantined == 1
    (new,) = set(stack.s3.keys("bronze", "quarantine/")) - set(quarantined)
    assert new.startswith("quarantine/events/year=2026/month=11/day=22/bronze-raw.events.")


def test_only_the_day_is_read(stack: Stack):
    stack.s3.put_object(Bucket="bronze", Key="raw/events/2026/11/23/x.gz", Body=b"")
    stack.s3.put_object(Bucket="bronze", Key="raw/events/2026/11/2/x.gz", Body=b"")
    assert len(listed(stack.places, "raw/events", DAY)) == 3
    assert listed(stack.places, "raw/other", DAY) == []


def test_what_is_in_glacier_is_asked_back_first_and_once(stack: Stack):
    keys = stack.s3.keys("bronze", "raw/")
    stack.s3.archived = set(keys[:2])
    before = dict(stack.s3.objects)
    with pytest.raises(UserError, match=r"2 of 3 objects are in Glacier.*--restore"):
        run(stack)
    assert stack.s3.objects == before
    found = listed(stack.places, "raw/events", DAY)
    assert restore(stack.places, found) == 2
    assert restore(stack.places, found) == 0
    stack.s3.restored = set(keys[:2])
    assert run(stack).events == 7


def test_a_damaged_object_is_named(stack: Stack):
    key = stack.s3.keys("bronze", "raw/")[1]
    body = stack.s3.objects["bronze", key]
    stack.s3.objects["bronze", key] = body[:-12]
    with pytest.raises(UserError, match=f"{key} is damaged"):
        run(stack)


def test_a_large_object_becomes_few_objects_of_silver(stack: Stack, tmp_path):
    lines = b"".join(
        page_view(n, occurred_at="2026-11-22T10:00:00Z") + b"\n" for n in range(52_000)
    )
    empty = Stack()
    key = "raw/events/2026/11/22/large.gz"
    empty.s3.put_object(Bucket="bronze", Key=key, Body=gzip.compress(lines))
    done = run(empty)
    assert (done.events, done.silver, len(empty.silver())) == (52_000, 2, 2)
    assert len(empty.rows(tmp_path)) == 52_000


def test_the_time_of_arrival_is_that_of_firehose_and_survives_a_copy():
    name = (
        "raw/events/2026/11/22/events-1-2026-11-22-10-07-59-5e1f0000-0000-4000-8000-000000000000.gz"
    )
    raw = Raw(key=name, size=1, written_at=ARRIVED.replace(year=2027), archived=False)
    assert raw.arrived_at == ARRIVED.replace(minute=7, second=59).timestamp()
    other = Raw(key="raw/events/2026/11/22/x.gz", size=1, written_at=ARRIVED, archived=False)
    assert other.arrived_at == ARRIVED.timestamp()
