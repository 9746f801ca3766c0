"""Events that tell the lines of a file: the same lines, the same ids, the same bytes each time."""

from collections import Counter

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.events import OrderConfirmed, OrderLine, ShopEvent
from contract.order_lines import FileOrderLine
from jobs.order_file.replay import LINES_AN_EVENT, replay
from tests.jobs.order_files import SAMPLE, csv_bytes, good, read

RECORD = 25_600


def events(lines) -> list[OrderConfirmed]:
    return [msgspec.json.decode(data, type=ShopEvent) for _, data in replay(lines)]


def lines_of(rows) -> list[FileOrderLine]:
    accepted, _, rejected = read(csv_bytes(rows))
    assert rejected == []
    return accepted


def test_an_order_is_one_event_with_its_lines():
    line, other = lines_of([good(), good(StockCode="71053", Quantity="-1", Description="")])
    ((session, data),) = replay([line, other])
    assert data.endswith(b"}")
    event = msgspec.json.decode(data, type=ShopEvent)
    assert event == OrderConfirmed(
        event_id=event.event_id,
        occurred_at=line.ordered_at,
        session_id=session,
        channel="web",
        customer_id="17850",
        country="United Kingdom",
        order_id="536365",
        currency="GBP",
        lines=[
            OrderLine(
                line_id=line.line_id,
                product_id="85123A",
                product_name="LANTERN",
                quantity=6,
                unit_price_micros=2_550_000,
            ),
            OrderLine(
                line_id=other.line_id, product_id="71053", quantity=-1, unit_price_micros=2_550_000
            ),
        ],
    )


def test_every_line_of_the_sample_is_told_once_and_as_it_was():
    lines, _, _ = read(SAMPLE.read_bytes())
    told = {
        told.line_id: (event.order_id, event.customer_id, event.country, event.occurred_at, told)
        for event in events(lines)
        for told in event.lines
    }
    assert sum(len(event.lines) for event in events(lines)) == len(told) == len(lines) == 398
    for line in lines:
        *head, order_line = told[line.line_id]
        assert head == [line.order_id, line.customer_id, line.country, line.ordered_at]
        assert (order_line.quantity, order_line.unit_price_micros, order_line.product_name) == (
            line.quantity,
            line.unit_price_micros,
            line.product_name,
        )


def test_the_same_file_gives_the_same_events_byte_by_byte():
    lines, _, _ = read(SAMPLE.read_bytes())
    assert list(replay(lines)) == list(replay(lines))


def test_events_of_the_sample_have_ids_of_their_own_and_one_session_for_each_order():
    found = events(read(SAMPLE.read_bytes())[0])
    assert len({event.event_id for event in found}) == len(found)
    assert len({(event.order_id, event.session_id) for event in found}) == len(
        {event.session_id for event in found}
    )


def test_a_long_order_is_told_in_parts_of_fifty_lines():
    lines = lines_of([good(StockCode=str(number)) for number in range(120)])
    found = events(lines)
    assert [len(event.lines) for event in found] == [LINES_AN_EVENT, LINES_AN_EVENT, 20]
    assert len({event.event_id for event in found}) == 3
    assert len({event.session_id for event in found}) == 1


def test_an_order_that_comes_back_goes_on_with_another_event():
    lines = lines_of([good(), good(InvoiceNo="536366"), good(StockCode="71053")])
    assert Counter(event.order_id for event in events(lines)) == {"536365": 2, "536366": 1}


@pytest.mark.parametrize(
    "changes", [{"CustomerID": ""}, {"Country": "France"}, {"InvoiceDate": "14/12/2010"}]
)
def test_lines_of_an_order_that_differ_in_what_an_event_has_once_go_apart(changes):
    first, second = events(lines_of([good(), good(StockCode="71053", **changes)]))
    assert first.order_id == second.order_id
    assert (first.customer_id, first.country, first.occurred_at) != (
        second.customer_id,
        second.country,
        second.occurred_at,
    )


@given(
    names=st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=1000))
)
@settings(deadline=None, max_examples=50)
def test_an_event_always_fits_into_a_record(names):
    long = [name or "\x01" * 1000 for name in names]
    lines = lines_of(
        [good(StockCode=f"{number}", Description=f"x{name}x") for number, name in enumerate(long)]
        or [good()]
    )
    found = list(replay(lines))
    assert max(len(data) for _, data in found) <= RECORD
    told = [line.line_id for event in events(lines) for line in event.lines]
    assert told == [line.line_id for line in lines]


def test_the_longest_line_that_the_contract_allows_fits_into_a_record():
    widest = "\x01"
    (line,) = lines_of([good(Description=f"x{widest * 1022}x", Country=f"x{widest * 1022}x",
                             InvoiceNo=f"x{widest * 126}x", StockCode=f"x{widest * 126}x",
                             CustomerID=f"x{widest * 126}x")])  # fmt: skip
    ((_, data),) = replay([line])
    assert 12_000 < len(data) <= RECORD
