"""Quarantined events reach silver exactly once after a fix, and come from nowhere else."""

from datetime import date

import msgspec
import pytest

from functions.consumer import decode as decoder
from jobs.redrive.quarantine import look, prefix_of, send
from tests.functions.consumer_fakes import page_view
from tests.jobs.stack_in_memory import Stack, consume

QUIET = lambda _: None  # noqa: E731


@pytest.fixture
def stack() -> Stack:
    """A producer's release wrote kiosks as a channel; two events are simply broken."""
    stack = Stack()
    stack.put(
        page_view(1) + b"\n" + page_view(2, channel="kiosk") + b"\n",
        page_view(3, channel="kiosk") + b"\n{\n",
        b"<html>\n" + page_view(4) + b"\n",
    )
    consume(stack.s3, stack.kinesis.as_lambda_sends(0, 2))
    assert len(stack.s3.keys("bronze", "quarantine/events/")) == 1
    return stack


@pytest.fixture
def mended(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """The contract knows kiosks: what the fix of a release would be."""
    known = decoder._DECODER

    class Mended:
        def decode(self, line: bytes):
            return known.decode(line.replace(b'"kiosk"', b'"store"'))

        def decode_lines(self, data: bytes):
            return known.decode_lines(data.replace(b'"kiosk"', b'"store"'))

    monkeypatch.setattr(decoder, "_DECODER", Mended())
    return stack


def consumed(stack: Stack) -> None:
    """The deployed consumer takes what the replay has put on the stream."""
    consume(stack.s3, stack.kinesis.as_lambda_sends(3, len(stack.kinesis.records) - 1))


def test_a_look_says_what_would_be_read_today_and_changes_nothing(stack: Stack):
    before = dict(stack.s3.objects)
    found = look(stack.places, prefix_of(None))
    assert (found.objects, found.events, found.readable) == (1, 4, 0)
    assert found.reasons["Invalid enum value … - at `$.channel`"] == 2
    assert (stack.s3.objects, len(stack.kinesis.records)) == (before, 3)


def test_a_producer_that_sent_gzip_is_looked_at_as_it_was_sent(stack: Stack):
    """Its bytes look like an object of bronze; they are an event that is none."""
    stack.put(b"\x1f\x8b\x08\x00 compressed\n" + page_view(5, channel="kiosk") + b"\n")
    consume(stack.s3, stack.kinesis.as_lambda_sends(3, 3))
    found = look(stack.places, prefix_of(None))
    assert (found.events, found.readable, sum(found.reasons.values())) == (6, 0, 6)


def test_after_a_fix_they_are_in_silver_exactly_once(mended: Stack, tmp_path):
    stack = mended
    assert look(stack.places, prefix_of(None)).readable == 2
    sent = send(stack.places, prefix_of(None), QUIET)
    assert (sent.events, sent.objects) == (4, 1)
    consumed(stack)
    again = send(stack.places, prefix_of(date(2026, 11, 22)), QUIET)
    assert again.events == 2  # the two that are simply broken came back, under a new key
    rows = stack.rows(tmp_path)
    assert [row[1] for row in rows] == ["e-1", "e-2", "e-3", "e-4"]
    assert stack.copies(tmp_path) == 4


def test_a_replay_whose_move_failed_still_counts_once(mended: Stack, tmp_path, monkeypatch):
    stack = mended

    def fails(**_: str) -> None:
        raise ConnectionError

    with monkeypatch.context() as broken:
        broken.setattr(stack.s3, "copy_object", fails)
        with pytest.raises(ConnectionError):
            send(stack.places, prefix_of(None), QUIET)
    send(stack.places, prefix_of(None), QUIET)
    consumed(stack)
    rows = stack.rows(tmp_path)
    assert [row[1] for row in rows] == ["e-1", "e-2", "e-3", "e-4"]
    assert stack.copies(tmp_path) == 6  # published twice, staging takes one of each


def test_nothing_is_lost_by_a_replay(stack: Stack):
    body = stack.s3.objects["bronze", stack.s3.keys("bronze", "quarantine/")[0]]
    send(stack.places, prefix_of(None), QUIET)
    (moved,) = stack.s3.keys("bronze", "quarantine/")
    assert moved.startswith("quarantine/replayed/events/year=2026/month=11/day=22/")
    assert stack.s3.objects["bronze", moved] == body


def test_a_day_is_a_folder():
    assert prefix_of(date(2026, 11, 2)) == "quarantine/events/year=2026/month=11/day=02"


def test_events_of_a_session_keep_their_order(stack: Stack):
    from jobs.redrive.quarantine import _group

    assert _group(page_view(1)) == "s-1"
    assert _group(b"<html>") == _group(b"[1]") == _group(b"\xff") == ""
    with pytest.raises(msgspec.DecodeError):
        msgspec.json.decode(b"<html>")
