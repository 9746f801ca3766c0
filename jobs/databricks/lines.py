"""From orders to enriched order lines: on Arrow batches, like `typed`.

A row for each line of an `order_confirmed`, with what the order knows of it, its value, and whether
it was sold online or in a shop. Whether the customer is new needs the other orders: that is added
by SQL (`tables.ENRICHED`).
"""

# pyarrow carries no types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false

from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa

from contract.events import OrderLine
from contract.tables import columns_of
from functions.consumer.parquet import arrow_type

_OF_ORDER = (
    "order_id", "event_id", "occurred_at", "channel", "customer_id", "store_id", "campaign_id",
    "country", "currency", "arrived_at", "position",
)  # fmt: skip
_OF_LINE = tuple(column.name for column in columns_of(OrderLine))
LINE_SCHEMA = pa.schema(
    [
        *((column.name, arrow_type(column.type)) for column in columns_of(OrderLine)),
        ("order_id", pa.string()),
        ("event_id", pa.string()),
        ("occurred_at", pa.timestamp("us", tz="UTC")),
        ("channel", pa.string()),
        ("customer_id", pa.string()),
        ("store_id", pa.string()),
        ("campaign_id", pa.string()),
        ("country", pa.string()),
        ("currency", pa.string()),
        ("arrived_at", pa.timestamp("us", tz="UTC")),
        ("position", pa.string()),
        ("amount_micros", pa.int64()),
        ("is_return", pa.bool_()),
        ("sold_online", pa.bool_()),
    ]
)
ORDER = "order_confirmed"
_IN_A_SHOP = "store"


def order_lines(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Batches of events (`typed`); other events than orders give no rows."""
    for batch in batches:
        rows = [
            row
            for event in batch.to_pylist()
            if event["event_type"] == ORDER
            for row in _lines(event)
        ]
        yield pa.RecordBatch.from_pylist(rows, schema=LINE_SCHEMA)


def _lines(event: dict[str, Any]) -> Iterator[dict[str, Any]]:
    shared = {name: event[name] for name in _OF_ORDER}
    shared["sold_online"] = event["channel"] != _IN_A_SHOP
    for line in event["lines"]:
        # Inside 64 bits by the contract's bounds (contract.events).
        amount = line["quantity"] * line["unit_price_micros"]
        yield {
            **shared,
            **{name: line[name] for name in _OF_LINE},
            "amount_micros": amount,
            "is_return": line["quantity"] < 0,
        }
