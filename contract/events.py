"""The event contract: what a shop may put on the stream, and the only place where it is written
down.

The consumer decodes with these types, the producer encodes them, and the silver table derives its
columns from them (`contract.tables`). What is not here: how events travel (`functions/`) and what
they mean in gold (`warehouse/`). Unknown fields are ignored, so that a producer may be newer than
the consumer.
"""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

Id = Annotated[str, Meta(min_length=1, max_length=128)]
Text = Annotated[str, Meta(max_length=1024)]
Currency = Annotated[str, Meta(min_length=3, max_length=3)]
Channel = Literal["web", "app", "store"]

# Money is an integer number of millionths, because real price lists hold prices below a cent. The
# bounds keep quantity x price inside a signed 64-bit integer (10**6 x 10**12 = 10**18).
Micros = Annotated[int, Meta(ge=-(10**12), le=10**12)]
Quantity = Annotated[int, Meta(ge=-(10**6), le=10**6)]
MICROS = 1_000_000

# An impossible date or a missing time zone is an error: "2026-02-30" and "2026-02-03T10:00:00" are
# both refused.
Instant = Annotated[datetime, Meta(tz=True)]


class Event(
    Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag_field="event_type"
):
    """What every event has. One session is one visit of one person on one channel."""

    event_id: Id
    occurred_at: Instant
    session_id: Id
    channel: Channel
    customer_id: Id | None = None
    store_id: Id | None = None
    campaign_id: Id | None = None
    country: Text | None = None


class PageView(Event, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="pageview"):
    page: Text
    product_id: Id | None = None


class AddToCart(Event, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="add_to_cart"):
    product_id: Id
    quantity: Quantity
    unit_price_micros: Micros
    currency: Currency


class Checkout(Event, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="checkout"):
    items: Quantity
    cart_value_micros: Annotated[int, Meta(ge=-(10**18), le=10**18)]
    currency: Currency


class OrderLine(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One line of an order. A return or cancellation has a negative quantity."""

    line_id: Id
    product_id: Id
    quantity: Quantity
    unit_price_micros: Micros
    product_name: Text | None = None
    category: Text | None = None


class OrderConfirmed(
    Event, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="order_confirmed"
):
    """An order, or a part of one: a long order may be told in several events, each with its own
    lines.
    """

    order_id: Id
    currency: Currency
    lines: Annotated[list[OrderLine], Meta(min_length=1, max_length=1000)]


ShopEvent = PageView | AddToCart | Checkout | OrderConfirmed
EVENT_TYPES: tuple[type[Event], ...] = (PageView, AddToCart, Checkout, OrderConfirmed)
