"""A small shop by hand: what it sold, and how that lies in silver.

Every trap of the warehouse is in here once; the names of the lists say when it arrived. Files are
written from the contract's structs, with Arrow types of the contract's columns.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from msgspec import convert
from msgspec.structs import asdict, replace

from contract.events import AddToCart, Checkout, OrderConfirmed, OrderLine, PageView, ShopEvent
from contract.order_lines import FileOrderLine
from contract.tables import EVENTS, ORDER_LINES, Table
from functions.consumer.parquet import arrow_type

START = datetime(2026, 1, 5, 23, 40, tzinfo=UTC)


def at(minutes: int) -> datetime:
    return START + timedelta(minutes=minutes)


def line(line_id: str, product: str, quantity: int, micros: int, **more: object) -> OrderLine:
    given = {"line_id": line_id, "product_id": product, "quantity": quantity}
    return convert(given | {"unit_price_micros": micros} | more, OrderLine)


def order(event: str, session: str, order_id: str, minutes: int, *lines: OrderLine, **more: object):
    given = {"channel": "web", "currency": "EUR", "order_id": order_id, "lines": lines}
    return convert(_event(event, session, minutes) | given | more, OrderConfirmed)


def seen(event: str, session: str, minutes: int, **more: object) -> PageView:
    given = {"channel": "web", "page": "/p/1", "product_id": "P1"}
    return convert(_event(event, session, minutes) | given | more, PageView)


def cart(event: str, session: str, minutes: int, channel: str) -> AddToCart:
    given = {"product_id": "P1", "quantity": 3, "unit_price_micros": 19_990_000, "currency": "EUR"}
    return convert(_event(event, session, minutes) | given | {"channel": channel}, AddToCart)


def checkout(event: str, session: str, minutes: int) -> Checkout:
    given = {"channel": "web", "items": 3, "cart_value_micros": 59_970_000, "currency": "EUR"}
    return convert(_event(event, session, minutes) | given, Checkout)


def _event(event: str, session: str, minutes: int) -> dict[str, object]:
    return {"event_id": event, "session_id": session, "occurred_at": at(minutes)}


def file_line(
    number: int, line_id: str, order_id: str, quantity: int, micros: int, **more: object
) -> FileOrderLine:
    given = {
        "line_number": number,
        "line_id": line_id,
        "order_id": order_id,
        "quantity": quantity,
        "unit_price_micros": micros,
        "product_id": "P3",
        "product_name": "Lantern",
        "currency": "GBP",
        "customer_id": "C3",
        "country": "United Kingdom",
        "channel": "web",
        "ordered_at": at(-60),
        "source_file": "shop.csv",
    }
    return convert(given | more, FileOrderLine)


WHOLE_ORDER = order(
    "e04", "S1", "O1", 25,  # after midnight: the session starts on another day than its order
    line("L1", "P1", 3, 19_990_000, product_name="Shoe", category="Shoes"),
    line("L2", "P2", 7, 1_250),  # a price far below a cent
    customer_id="C1", country="Portugal",
)  # fmt: skip

FIRST: list[ShopEvent] = [
    # A visit from a campaign that goes the whole way; only its first page names the campaign.
    seen("e01", "S1", 0, campaign_id="spring", country="Portugal"),
    cart("e02", "S1", 2, "web"),
    checkout("e03", "S1", 3),
    WHOLE_ORDER,
    # An anonymous visit that stops at the cart.
    seen("e05", "S2", 5, channel="app", campaign_id="spring"),
    cart("e06", "S2", 6, "app"),
    # A stranger buys in a physical store, in another currency.
    order(
        "e07", "S3", "O2", 10, line("L3", "P1", 1, 5_500_000, product_name="Shoe, new name"),
        channel="store", store_id="ST1", currency="GBP", country="Ireland",
    ),
    # A customer who only looks.
    seen("e08", "S4", 12, customer_id="C2", product_id="P8"),
    # The largest line of the contract, and the first part of an order told in two events.
    order("e09", "S5", "O3", 13, line("L4", "P4", 10**6, 10**12), channel="app", currency="JPY"),
    order("e10", "S6", "O4", 14, line("L5", "P1", 1, 20_000_000), customer_id="C1"),
]  # fmt: skip

LATER: list[ShopEvent] = [
    # Older than what it explains: the campaign of O4's visit.
    seen("e11", "S6", 8, campaign_id="winter", customer_id="C1"),
    order("e12", "S6", "O4", 15, line("L6", "P2", 2, 333_333), customer_id="C1"),
    # A return, a year later: not an order.
    order("e13", "S7", "R1", 525_600, line("L7", "P1", -1, 19_990_000), customer_id="C1"),
    # The event of a line that came by file before, and knows more of it.
    order(
        "e14", "F-O5", "O5", -60, line("F1", "P3", 2, 2_550_000, product_name="Lantern"),
        customer_id="C3", country="United Kingdom", currency="GBP", campaign_id="mail",
    ),
]  # fmt: skip

FILE: list[FileOrderLine] = [
    file_line(2, "F1", "O5", 2, 2_550_000),
    file_line(3, "F2", "O5", 1, 3_390_000, product_id="P5", product_name="Heart"),
    file_line(4, "F3", "O6", 6, 850_000, customer_id=None, product_id="P6", product_name=None),
    file_line(5, "F4", "CO5", -1, 2_550_000, ordered_at=at(3000)),
    file_line(6, "F5", "O7", 0, 0, ordered_at=at(1500)),
    # The same line that came by event.
    file_line(
        7, "L1", "O1", 3, 19_990_000, product_id="P1", product_name="Shoe", currency="EUR",
        customer_id="C1", country="Portugal", ordered_at=at(25),
    ),
]  # fmt: skip


# What no contract lets through.
KIOSK = replace(file_line(2, "K1", "K", 1, 1_000_000), channel="kiosk")

# A smoke test of a deployment (automation.smoke): it is no visit.
SMOKE = seen("smoke-1", "smoke-1", 700, page="/smoke-test", country="Nowhere", campaign_id="probe")
# A customer whose clock is a day ahead of the stream's.
AHEAD = seen("e15", "S8", 601_440, customer_id="C9", country="Portugal")


def write_events(silver: Path, events: list[ShopEvent], shard: str) -> None:
    """As the consumer does: one file an hour; the order of the copies is the order of the list."""
    by_hour: dict[str, list[dict[str, Any]]] = {}
    for index, event in enumerate(events):
        row: dict[str, Any] = asdict(event) | {
            "event_type": event.__struct_config__.tag,
            "lines": [asdict(item) for item in getattr(event, "lines", [])] or None,
            "arrived_at": at(600_000),
            "position": f"{shard}/{index:04}/0",
        }
        hour = event.occurred_at.strftime("year=%Y/month=%m/day=%d/hour=%H")
        by_hour.setdefault(hour, []).append(row)
    for hour, rows in by_hour.items():
        _write(silver / "events" / hour / f"{shard}-1-9.parquet", rows, EVENTS)


def write_file(silver: Path, lines: list[FileOrderLine], stem: str = "shop") -> None:
    _write(
        silver / "order_lines" / f"{stem}.parquet", [asdict(line) for line in lines], ORDER_LINES
    )


def _write(path: Path, rows: list[dict[str, Any]], table: Table) -> None:
    schema = pa.schema([(column.name, arrow_type(column.type)) for column in table.columns])
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows, schema), path, compression="zstd")


def write_changes(silver: Path) -> None:
    """A table of the shop database, as `jobs.cdc` leaves it beside the others."""
    path = silver / "shop" / "orders" / "part-0.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({"id": [1], "session_id": ["S1"], "line_id": ["L1"]}), path)


def copy_of(event: ShopEvent) -> ShopEvent:
    """What a retry of the producer or of the consumer leaves behind."""
    return replace(event)
