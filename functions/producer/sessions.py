"""Draw one visit after another: the events of a session, from the first page to a return.

Knows nothing of sending: late, duplicate and broken documents, and when visits begin, are
`visits.py`.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import accumulate
from random import Random
from typing import TypedDict

from contract.events import (
    AddToCart,
    Channel,
    Checkout,
    OrderConfirmed,
    OrderLine,
    PageView,
    ShopEvent,
)
from functions.producer.catalogue import (
    CAMPAIGNS,
    CATEGORIES,
    COUNTRIES,
    DEVICES,
    OPEN_HOURS,
    PRODUCT_WEIGHTS,
    PRODUCTS,
    STORE_SHARE,
    STORES,
    SUNDAY,
    Behaviour,
    Product,
)

_DEVICES = tuple(accumulate(share for _, _, share, _ in DEVICES))
_CAMPAIGNS = tuple(accumulate(share for _, share, _ in CAMPAIGNS))
_PRODUCTS = tuple(accumulate(PRODUCT_WEIGHTS))
_QUANTITIES = (1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 3, 4, 6)
_CATEGORY_PAGES = 0.3  # of all pages after the first; the others show a product
_EARLIER_CUSTOMERS = 60
_NEW_CUSTOMERS = 0.35  # of the visits by somebody known
_KNOWN_IN_STORE = 0.6  # show a loyalty card
_SELF_CHECKOUT = 0.3  # of the sales in a store are told by a checkout too
_RETURNED = 0.04  # of the orders
_RETURN_DAYS = (1.0, 4.0)


class Shared(TypedDict):
    """The fields that every event has, as the contract names them."""

    event_id: str
    occurred_at: datetime
    session_id: str
    channel: Channel
    customer_id: str | None
    store_id: str | None
    campaign_id: str | None
    country: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Visitor:
    """What all events of one session have in common."""

    session_id: str
    channel: Channel
    customer_id: str | None
    country: str
    store_id: str | None = None
    campaign_id: str | None = None


@dataclass(kw_only=True)
class Shop:
    """The shop and all who have visited it so far; each call of `visit` draws the next session."""

    rng: Random
    currency: str
    # The shop had customers before; without them the very first would come every hour.
    _customers: int = _EARLIER_CUSTOMERS
    _history: list[int] = field(default_factory=lambda: list(range(1, _EARLIER_CUSTOMERS + 1)))

    def visit(self, at: datetime) -> list[ShopEvent]:
        """The events of a session that begins at `at`, in order; a return comes last."""
        rng = self.rng
        open_now = at.hour in OPEN_HOURS and at.weekday() != SUNDAY
        if open_now and rng.random() < STORE_SHARE:
            return self._sale_in_store(at)
        _, channel, _, behaviour = rng.choices(DEVICES, cum_weights=_DEVICES)[0]
        campaign, _, lift = rng.choices(CAMPAIGNS, cum_weights=_CAMPAIGNS)[0]
        customer_id, country = self._who(behaviour.known)
        visitor = Visitor(
            session_id=self._session_id(),
            channel=channel,
            customer_id=customer_id,
            country=country,
            campaign_id=campaign,
        )
        return self._browse(visitor, at, behaviour, lift)

    def _browse(
        self, visitor: Visitor, at: datetime, behaviour: Behaviour, lift: float
    ) -> list[ShopEvent]:
        rng = self.rng
        events: list[ShopEvent] = [self._page(visitor, at, "/")]
        cart: dict[Product, int] = {}
        # A geometric number of pages: after each one the visitor may leave.
        while rng.random() < behaviour.pages / (behaviour.pages + 1):
            at = self._later(at, seconds=40)
            if rng.random() < _CATEGORY_PAGES:
                events.append(self._page(visitor, at, f"/category/{rng.choice(CATEGORIES)}"))
                continue
            product = self._product()
            events.append(self._page(visitor, at, f"/product/{product.id}", product))
            if rng.random() < behaviour.add * lift:
                at = self._later(at, seconds=25)
                quantity = rng.choice(_QUANTITIES)
                cart[product] = cart.get(product, 0) + quantity
                events.append(
                    AddToCart(
                        **self._shared(visitor, at),
                        product_id=product.id,
                        quantity=quantity,
                        unit_price_micros=product.price_micros,
                        currency=self.currency,
                    )
                )
        if cart and rng.random() < behaviour.checkout:
            at = self._later(at, seconds=60)
            events.append(self._checkout(visitor, at, cart))
            if rng.random() < behaviour.order:
                events.extend(self._order(visitor, self._later(at, seconds=90), cart))
        return events

    def _sale_in_store(self, at: datetime) -> list[ShopEvent]:
        rng = self.rng
        customer_id, country = self._who(_KNOWN_IN_STORE)
        store = rng.choice([s for s in STORES if s.country == country] or STORES)
        visitor = Visitor(
            session_id=self._session_id(),
            channel="store",
            customer_id=customer_id,
            country=store.country,
            store_id=store.id,
        )
        cart = {
            self._product(): rng.choice(_QUANTITIES) for _ in range(rng.choice((1, 1, 2, 2, 3, 5)))
        }
        events: list[ShopEvent] = []
        if rng.random() < _SELF_CHECKOUT:
            events.append(self._checkout(visitor, at, cart))
            at = self._later(at, seconds=30)
        events.extend(self._order(visitor, at, cart))
        return events

    def _order(self, visitor: Visitor, at: datetime, cart: dict[Product, int]) -> list[ShopEvent]:
        """The confirmed order and, for a few, the return of its first line some days later."""
        rng = self.rng
        order_id = f"O-{rng.getrandbits(48):012x}"
        events: list[ShopEvent] = [self._confirmed(visitor, at, order_id, cart)]
        if rng.random() < _RETURNED:
            product, quantity = next(iter(cart.items()))
            back = at + timedelta(milliseconds=int(rng.uniform(*_RETURN_DAYS) * 86_400_000))
            returning = Visitor(
                session_id=self._session_id(),
                channel=visitor.channel,
                customer_id=visitor.customer_id,
                country=visitor.country,
                store_id=visitor.store_id,
            )
            returned = {product: -rng.randint(1, quantity)}
            events.append(self._confirmed(returning, back, f"{order_id}-R1", returned))
        return events

    def _confirmed(
        self, visitor: Visitor, at: datetime, order_id: str, cart: dict[Product, int]
    ) -> OrderConfirmed:
        return OrderConfirmed(
            **self._shared(visitor, at),
            order_id=order_id,
            currency=self.currency,
            lines=[
                OrderLine(
                    line_id=f"{order_id}-{number}",
                    product_id=product.id,
                    quantity=quantity,
                    unit_price_micros=product.price_micros,
                    product_name=product.name,
                    category=product.category,
                )
                for number, (product, quantity) in enumerate(cart.items(), start=1)
            ],
        )

    def _checkout(self, visitor: Visitor, at: datetime, cart: dict[Product, int]) -> Checkout:
        return Checkout(
            **self._shared(visitor, at),
            items=sum(cart.values()),
            cart_value_micros=sum(p.price_micros * quantity for p, quantity in cart.items()),
            currency=self.currency,
        )

    def _page(
        self, visitor: Visitor, at: datetime, page: str, product: Product | None = None
    ) -> PageView:
        shared = self._shared(visitor, at)
        return PageView(**shared, page=page, product_id=product.id if product else None)

    def _shared(self, visitor: Visitor, at: datetime) -> Shared:
        return {
            "event_id": f"{self.rng.getrandbits(128):032x}",
            "occurred_at": at,
            "session_id": visitor.session_id,
            "channel": visitor.channel,
            "customer_id": visitor.customer_id,
            "store_id": visitor.store_id,
            "campaign_id": visitor.campaign_id,
            "country": visitor.country,
        }

    def _session_id(self) -> str:
        return f"s-{self.rng.getrandbits(64):016x}"

    def _who(self, known: float) -> tuple[str | None, str]:
        """Customer, if the visitor is `known`, and country."""
        rng = self.rng
        if rng.random() >= known:
            return None, rng.choice(COUNTRIES)
        if not self._history or rng.random() < _NEW_CUSTOMERS:
            self._customers += 1
            number = self._customers
        else:
            # Drawing from past visits, not from customers, gives the power law (Yule-Simon).
            number = rng.choice(self._history)
        self._history.append(number)
        return f"C-{number:06d}", COUNTRIES[number * 7 % len(COUNTRIES)]

    def _product(self) -> Product:
        return self.rng.choices(PRODUCTS, cum_weights=_PRODUCTS)[0]

    def _later(self, at: datetime, *, seconds: float) -> datetime:
        """Some time later, `seconds` on average, to the millisecond."""
        return at + timedelta(milliseconds=1 + int(self.rng.expovariate(0.001 / seconds)))
