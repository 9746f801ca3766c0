"""What is an event, what is poison, and that one never costs the other."""

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contract.events import AddToCart, OrderConfirmed, OrderLine
from functions.consumer.decode import Decoded, decode
from tests.functions.consumer_fakes import FIRST, SHARD, page_view, record, recorded

GOOD = page_view(1)
POISON = {
    "not JSON": b"<html>502</html>",
    "truncated": GOOD[:-9],
    "no object": b"17",
    "null": b"null",
    "a list": b"[" + GOOD + b"]",
    "empty object": b"{}",
    "two documents": GOOD + b"x" + GOOD,
    "unknown type": page_view(1, event_type="wishlist_add"),
    "type of number": page_view(1, page=17),
    "empty id": page_view(1, event_id=""),
    "long id": page_view(1, event_id="x" * 129),
    "wrong channel": page_view(1, channel="fax"),
    "impossible date": page_view(1, occurred_at="2026-02-30T12:00:00Z"),
    "leap second": page_view(1, occurred_at="2026-06-30T23:59:60Z"),
    "no zone": page_view(1, occurred_at="2026-01-05T12:00:00"),
    "a number as date": page_view(1, occurred_at=1767618003),
    "before the first year in UTC": page_view(1, occurred_at="0001-01-01T00:00:00+14:00"),
    "after the last year in UTC": page_view(1, occurred_at="9999-12-31T23:59:59-14:00"),
    "not UTF-8": GOOD.replace(b'"s-1"', b'"\xff"'),
    "a UTF-8 surrogate": GOOD.replace(b'"s-1"', b'"\xed\xa0\x80"'),
    "half a surrogate pair": GOOD.replace(b'"s-1"', rb'"\ud800"'),
    "byte order mark": b"\xef\xbb\xbf" + GOOD,
    "NUL bytes": b"\0\0",
    "nested too deep": b"[" * 100_000,
    "nested too deep where it is ignored": GOOD[:-1] + b',"x":' + b"[" * 100_000,
}


def ids(decoded: Decoded) -> list[str]:
    return [event.event_id for event in decoded.events]


def test_events_of_a_recorded_batch_are_typed_and_placed():
    decoded = decode(recorded("kinesis_joined_events")["Records"])
    assert ids(decoded) == ["e-1", "e-2", "e-3", "e-4"]
    assert decoded.events[1] == AddToCart(
        event_id="e-2",
        occurred_at=datetime(2026, 1, 5, 13, 0, 1, tzinfo=UTC),
        session_id="s-1",
        channel="web",
        product_id="p-42",
        quantity=2,
        unit_price_micros=12_490_000,
        currency="EUR",
    )
    order = decoded.events[3]
    assert isinstance(order, OrderConfirmed)
    assert order.lines[1] == OrderLine(
        line_id="o-9/2", product_id="p-43", quantity=-1, unit_price_micros=5_000
    )
    shard_and_number = f"shardId-000000000006/{FIRST + 10}"
    assert decoded.positions == [f"{shard_and_number}/{index}" for index in range(4)]
    assert decoded.arrived_at == [1_767_618_003_217_000] * 4
    assert decoded.poison == []


def test_a_recorded_poison_event_keeps_its_place_its_reason_and_its_bytes():
    decoded = decode(recorded("kinesis_poison_among_good")["Records"])
    assert ids(decoded) == ["e-1", "e-3", "e-4"]
    place = "shardId-000000000006"
    expected = [f"{FIRST + 20}/0", f"{FIRST + 20}/3", f"{FIRST + 22}/0"]
    assert decoded.positions == [f"{place}/{rest}" for rest in expected]
    html, date, zone = decoded.poison
    assert (html.position, html.data) == (f"{place}/{FIRST + 20}/1", b"<html>502</html>")
    assert "malformed" in html.reason
    assert date.reason == "Invalid RFC3339 encoded datetime - at `$.occurred_at`"
    assert zone.reason == "Expected `datetime` with a timezone component - at `$.occurred_at`"
    assert (zone.position, zone.partition_key) == (f"{place}/{FIRST + 21}/0", "g5")
    assert zone.arrived_at == 1_767_618_003_217_000


@pytest.mark.parametrize("poison", POISON.values(), ids=POISON)
def test_a_poison_event_costs_only_itself(poison: bytes):
    decoded = decode([record(page_view(1) + b"\n" + poison + b"\n" + page_view(2) + b"\n")])
    assert ids(decoded) == ["e-1", "e-2"]
    assert [event.data for event in decoded.poison] == [poison]
    assert decoded.poison[0].reason
    places = [*decoded.positions, decoded.poison[0].position]
    assert [place.rpartition("/")[2] for place in places] == ["0", "2", "1"]


@pytest.mark.parametrize("poison", POISON.values(), ids=POISON)
def test_a_record_of_one_poison_event_costs_only_itself(poison: bytes):
    decoded = decode([record(page_view(1)), record(poison, 1), record(page_view(2), 2)])
    assert ids(decoded) == ["e-1", "e-2"]
    assert [event.data for event in decoded.poison] == [poison]


def test_a_record_that_is_not_base64_is_poison_with_what_it_held():
    broken = record(b"", 1)
    broken["kinesis"]["data"] = "%%%é"
    decoded = decode([record(page_view(1)), broken])
    assert ids(decoded) == ["e-1"]
    assert decoded.poison[0].data == "%%%é".encode()
    assert decoded.poison[0].position == f"{SHARD}/{FIRST + 1}/0"


def test_blank_lines_are_no_events():
    decoded = decode([record(b""), record(b"\n \r\n\n", 1), record(b"\n\n" + GOOD + b"\r\n\n", 2)])
    assert ids(decoded) == ["e-1"]
    assert decoded.positions == [f"{SHARD}/{FIRST + 2}/0"]
    assert decoded.poison == []


def test_events_that_a_producer_did_not_separate_are_still_events():
    assert ids(decode([record(page_view(1) + page_view(2))])) == ["e-1", "e-2"]


def test_a_field_that_the_contract_does_not_know_is_ignored():
    assert ids(decode([record(page_view(1, newer={"a": [1]}))])) == ["e-1"]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.binary().filter(lambda line: b"\n" not in line and line.strip()), max_size=8))
def test_whatever_bytes_arrive_each_line_comes_out_once(lines: list[bytes]):
    decoded = decode([record(b"\n".join([*lines, GOOD]))])
    assert [event.data for event in decoded.poison] == lines
    assert ids(decoded) == ["e-1"]
