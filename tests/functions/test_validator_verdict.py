"""Each event of an object is judged once, by the consumer's decoder, and nothing of it is told."""

import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.consumer.decode import decode
from functions.data_validator.raw import LINES_A_RECORD, lines_of, records_of
from functions.data_validator.verdict import (
    DISTINCT_REASONS,
    OTHERS,
    Fault,
    encoded,
    fault_of,
    judge,
    verdict_key,
    without_values,
)
from tests.functions.consumer_fakes import page_view

KEY = "raw/events/2026/11/22/shop-1-2026-11-22-10-00-00-5e1f.gz"
GOOD = page_view(1)
BAD = {
    b"<html>": Fault.MALFORMED,
    b'{"event_type":"pageview"': Fault.MALFORMED,
    b"\xff\xfe": Fault.MALFORMED,
    b"[]": Fault.WRONG_TYPE,
    page_view(1, page=7): Fault.WRONG_TYPE,
    page_view(1, event_type="refund"): Fault.UNKNOWN_EVENT,
    b'{"event_id":"e"}': Fault.UNKNOWN_EVENT,
    b'{"event_type":"pageview","event_id":"e"}': Fault.MISSING_FIELD,
    page_view(1, occurred_at="2026-02-30T10:00:00Z"): Fault.IMPOSSIBLE_TIME,
    page_view(1, occurred_at="2026-02-03T10:00:00"): Fault.IMPOSSIBLE_TIME,
    page_view(1, occurred_at="0001-01-01T00:00:00+14:00"): Fault.IMPOSSIBLE_TIME,
    page_view(1, channel="it's me"): Fault.OUT_OF_BOUNDS,
    page_view(1, page="x" * 1025): Fault.OUT_OF_BOUNDS,
    page_view(1, event_id=""): Fault.OUT_OF_BOUNDS,
}


def zipped(*lines: bytes) -> bytes:
    return gzip.compress(b"".join(line + b"\n" for line in lines), mtime=0)


@pytest.mark.parametrize("line", BAD, ids=range(len(BAD)))
def test_every_mistake_is_counted_under_its_kind(line: bytes):
    verdict = judge(KEY, "tag", zipped(GOOD, line, page_view(2)))
    assert (verdict.events, verdict.valid, verdict.readable) == (3, 2, True)
    assert verdict.faults == {BAD[line]: 1}


def test_the_sums_agree():
    verdict = judge(KEY, "tag", zipped(GOOD, *BAD))
    assert verdict.events == 1 + len(BAD)
    assert verdict.invalid == sum(verdict.faults.values()) == sum(verdict.reasons.values())


def test_equal_mistakes_with_different_values_are_one_reason():
    lines = [page_view(n, channel=f"kiosk {n}") for n in range(7)]
    assert judge(KEY, "t", zipped(*lines)).reasons == {"Invalid enum value … - at `$.channel`": 7}


@given(st.text(max_size=40))
def test_no_value_of_an_event_gets_into_a_verdict(secret: str):
    marked = f"4711{secret}0815"
    body = zipped(page_view(1, channel=marked), page_view(2, event_type=marked))
    verdict = judge(KEY, "t", body)
    assert verdict.invalid == 2
    assert b"4711" not in encoded(verdict)
    assert b"0815" not in encoded(verdict)


def test_a_producer_gone_wild_does_not_make_a_large_verdict():
    lines = [json.dumps({"event_type": "order_confirmed", f"f{n}": n}).encode() for n in range(3)]
    many = [page_view(n, occurred_at="x", store_id=[n]) for n in range(3)]
    assert judge(KEY, "t", zipped(*lines, *many)).invalid == 6
    line = b'{"event_type":"order_confirmed","event_id":"e","occurred_at":"2026-01-05T12:00:00Z",'
    line += b'"session_id":"s","channel":"web","order_id":"o","currency":"EUR","lines":[%s]}'
    ok = b'{"line_id":"l","product_id":"p","quantity":1,"unit_price_micros":1},'
    deep = [line % (ok * n + b"7") for n in range(150)]
    verdict = judge(KEY, "t", zipped(*deep))
    assert verdict.invalid == 150
    assert len(verdict.reasons) <= DISTINCT_REASONS + 1
    assert OTHERS in verdict.reasons or len(verdict.reasons) == 1


def test_the_same_object_gives_the_same_bytes():
    body = zipped(GOOD, *BAD)
    assert encoded(judge(KEY, "t", body)) == encoded(judge(KEY, "t", body))
    assert encoded(judge(KEY, "t", zipped(*reversed(BAD)))) == encoded(
        judge(KEY, "t", zipped(*BAD))
    )


def test_a_damaged_object_is_told_and_not_guessed():
    body = zipped(*(page_view(n) for n in range(20_000)))
    cut = judge(KEY, "t", body[: len(body) // 2])
    assert not cut.readable
    assert 0 < cut.valid < 20_000
    broken = judge(KEY, "t", body[:200] + b"\x00" * 40 + body[240:])
    assert not broken.readable


def test_an_object_that_is_not_gzipped_is_read_as_it_is():
    assert judge(KEY, "t", GOOD + b"\n\n" + page_view(2)).valid == 2


def test_members_that_were_joined_are_read_to_the_end():
    assert judge(KEY, "t", zipped(GOOD) + zipped(page_view(2))).valid == 2


def test_events_on_one_line_are_told_apart_only_among_events_that_fit():
    assert judge(KEY, "t", zipped(GOOD + GOOD, page_view(2))).valid == 3
    assert judge(KEY, "t", zipped(GOOD + GOOD, page_view(2), b"[]")).faults == {
        Fault.MALFORMED: 1,
        Fault.WRONG_TYPE: 1,
    }


def test_an_empty_object_has_no_events():
    verdict = judge(KEY, "t", b"")
    assert (verdict.events, verdict.readable, verdict.faults) == (0, True, {})


def test_a_verdict_lies_under_the_key_of_its_object():
    assert verdict_key(KEY) == f"validated/{KEY}.json"


def test_lines_become_records_of_a_thousand_with_the_place_of_their_object():
    lines = [page_view(n) for n in range(LINES_A_RECORD + 1)]
    one, two = records_of(KEY, lines_of(zipped(*lines)), arrived_at=1767618003.5)
    assert one["eventID"] == (
        "bronze-raw.events.2026.11.22.shop-1-2026-11-22-10-00-00-5e1f:00000001"
    )
    assert two["kinesis"]["sequenceNumber"] == "00000002"
    decoded = decode([one, two])
    assert [event.event_id for event in decoded.events] == [
        f"e-{n}" for n in range(LINES_A_RECORD + 1)
    ]
    assert len(set(decoded.positions)) == LINES_A_RECORD + 1
    assert set(decoded.arrived_at) == {1767618003500000}


def test_a_reprocessed_row_sorts_before_that_of_the_stream():
    (record,) = records_of(KEY, [GOOD], arrived_at=0)
    (position,) = decode([record]).positions
    assert (
        position < "shardId-000000000000/49590338271490256608559692538361571095921575989136588898/0"
    )


def test_reasons_that_are_not_known_are_malformed():
    assert fault_of("something new") is Fault.MALFORMED
    assert without_values("JSON is malformed: invalid character (byte 34)") == (
        "JSON is malformed: invalid character"
    )
