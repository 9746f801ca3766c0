"""The event contract: what a shop may put on the stream, and the only place where it is written
down.

The consumer decodes with these types, the producer encodes them, and the silver table derives its
columns from them (`contract.tables`). What is not here: how events travel (`functions/`) and what
they mean in gold (`warehouse/`). Unknown fields are ignored, so that a producer may be newer than
the consumer. A change that would break a reader needs a new `VERSION` (`contract.versions`).
"""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

VERSION = 1

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


def means(text: str) -> Meta:
    """What a field says, for the Glue catalog, the dbt sources and the data dictionary."""
    return Meta(description=text)


class Event(
    Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag_field="event_type"
):
    """What every event has. One session is one visit of one person on one channel."""

    event_id: Annotated[Id, means("Unique per event; a retry repeats it.")]
    occurred_at: Annotated[Instant, means("When it happened, by the clock of the channel.")]
    session_id: Annotated[Id, means("The visit that the event belongs to.")]
    channel: Annotated[Channel, means("Where the visit takes place.")]
    customer_id: Annotated[Id | None, means("The shop's customer number, once logged in.")] = None
    store_id: Annotated[Id | None, means("The physical store; absent online.")] = None
    campaign_id: Annotated[Id | None, means("The campaign that led to the visit.")] = None
    country: Annotated[Text | None, means("The visitor's country, as the channel says it.")] = None


class PageView(Event, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="pageview"):
    page: Annotated[Text, means("Path of the page or screen.")]
    product_id: Annotated[Id | None, means("The product that the event is about.")] = None


class AddToCart(Event, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="add_to_cart"):
    product_id: Annotated[Id, means("The product that the event is about.")]
    quantity: Annotated[Quantity, means("Pieces put into the cart.")]
    unit_price_micros: Annotated[Micros, means("Price of a piece, millionths of the currency.")]
    currency: Annotated[Currency, means("ISO 4217 code of all money in the event.")]


class Checkout(Event, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="checkout"):
    items: Annotated[Quantity, means("Pieces in the cart.")]
    cart_value_micros: Annotated[
        int,
        Meta(ge=-(10**18), le=10**18, description="Value of the cart, millionths."),
    ]
    currency: Annotated[Currency, means("ISO 4217 code of all money in the event.")]


class OrderLine(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One line of an order. A return or cancellation has a negative quantity."""

    line_id: Annotated[Id, means("Unique per order line, over events and files.")]
    product_id: Annotated[Id, means("What was ordered.")]
    quantity: Annotated[Quantity, means("Pieces; negative for a return or cancellation.")]
    unit_price_micros: Annotated[Micros, means("Price of a piece, millionths of the currency.")]
    product_name: Annotated[Text | None, means("Name of the product when it was ordered.")] = None
    category: Annotated[Text | None, means("Category of the product when it was ordered.")] = None


class OrderConfirmed(
    Event, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="order_confirmed"
):
    """An order, or a part of one: a long order may be told in several events, each with its own
    lines.
    """

    order_id: Annotated[Id, means("The order; several events may carry parts of one.")]
    currency: Annotated[Currency, means("ISO 4217 code of all money in the event.")]
    lines: Annotated[
        list[OrderLine],
        Meta(min_length=1, max_length=1000, description="The order lines of this event."),
    ]


ShopEvent = PageView | AddToCart | Checkout | OrderConfirmed
EVENT_TYPES: tuple[type[Event], ...] = (PageView, AddToCart, Checkout, OrderConfirmed)
