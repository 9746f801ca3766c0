"""Tells the order lines of a file as events, as if the shop had put them on the stream.

Lines keep their line_id, so that a line which arrives by file and by stream counts once. The
same file gives the same events, byte by byte. Sends nothing (`functions.producer` does) and
invents nothing: no page views, no campaigns.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby
from uuid import UUID, uuid5

import msgspec

from contract.events import OrderConfirmed, OrderLine
from contract.order_lines import FileOrderLine

LINES_AN_EVENT = 50
# A record of the stream holds at most 25 KB, the unit in which Kinesis charges; the newline counts.
BYTES_AN_EVENT = 25_600 - 1

NAMESPACE = UUID("6f0b7f0e-9a0c-5f6e-8a37-5a2a8b1f6d10")

encode = msgspec.json.Encoder().encode


def replay(lines: Iterable[FileOrderLine]) -> Iterator[tuple[str, bytes]]:
    """Pairs of session id and one event as JSON. One session is one order.

    Lines of an order that differ in customer, country, instant, channel or currency go to
    different events, because an event has one of each. An order that comes back further down the
    file goes on with its next part.
    """
    parts: Counter[str] = Counter()
    for _, same in groupby(lines, key=_head):
        for chunk in _chunks(same):
            order_id = chunk[0].order_id
            parts[order_id] += 1
            event = _event(chunk, parts[order_id])
            yield event.session_id, encode(event)


def _head(line: FileOrderLine) -> tuple[object, ...]:
    return (
        line.order_id,
        line.customer_id,
        line.country,
        line.ordered_at,
        line.channel,
        line.currency,
    )


def _chunks(lines: Iterable[FileOrderLine]) -> Iterator[list[FileOrderLine]]:
    """Cuts at 50 lines, and earlier where long names would make the event too long for a record."""
    chunk: list[FileOrderLine] = []
    size = 0
    for line in lines:
        length = len(encode(_order_line(line))) + 1
        if chunk and (len(chunk) == LINES_AN_EVENT or size + length > BYTES_AN_EVENT):
            yield chunk
            chunk = []
        if not chunk:
            size = len(encode(_event([line], 10**6))) - length + 1
        chunk.append(line)
        size += length
    if chunk:
        yield chunk


def _event(lines: list[FileOrderLine], part: int) -> OrderConfirmed:
    first = lines[0]
    content = [first.order_id, part, [line.line_id for line in lines]]
    return OrderConfirmed(
        event_id=str(uuid5(NAMESPACE, encode(content).decode())),
        occurred_at=first.ordered_at,
        session_id=str(uuid5(NAMESPACE, first.order_id)),
        channel=first.channel,
        customer_id=first.customer_id,
        country=first.country,
        order_id=first.order_id,
        currency=first.currency,
        lines=[_order_line(line) for line in lines],
    )


def _order_line(line: FileOrderLine) -> OrderLine:
    return OrderLine(
        line_id=line.line_id,
        product_id=line.product_id,
        quantity=line.quantity,
        unit_price_micros=line.unit_price_micros,
        product_name=line.product_name,
    )
