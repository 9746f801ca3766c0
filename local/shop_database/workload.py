"""What happens in a shop: a catalogue and customers to begin with, then a day of transactions.

Everything but the clock comes from the seed. Among the ordinary there is what readers of changes
get wrong: several changes of a row in one transaction, a key that comes back, a key that changes.
"""

# A shop is not a secret: what is drawn here only has to be the same again for a seed.
# ruff: noqa: S311

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import TypeVar

from psycopg import Connection

SCHEMA_SQL = Path(__file__).with_name("schema.sql")
OPENED = datetime(2024, 1, 1)
COUNTRIES = ("PT", "ES", "DE", "FR", None)
CATEGORIES = ("home", "garden", "toys", "paper", None)
STATUSES = ("placed", "paid", "sent", "returned")
CHANNELS = {"web": "the web shop", "app": "the app", "store": "physical stores"}
STORES = 4
CENT = Decimal("0.01")

Item = TypeVar("Item")


@dataclass(kw_only=True)
class Shop:
    """The shop at a connection. It draws keys from those that it has given out and not taken."""

    connection: "Connection[tuple[object, ...]]"
    seed: int
    random: Random = field(init=False)
    customers: list[int] = field(default_factory=list[int])
    products: list[str] = field(default_factory=list[str])
    orders: list[int] = field(default_factory=list[int])
    last_number: int = 0

    def __post_init__(self) -> None:
        self.random = Random(self.seed)

    def open(self, *, customers: int, products: int, orders: int) -> None:
        """Make the tables and fill them."""
        self.connection.execute(SCHEMA_SQL.read_bytes())
        with self.connection.transaction():
            for channel, description in CHANNELS.items():
                self._run("insert into shop.channels values (%s, %s)", channel, description)
            for store in range(1, STORES + 1):
                self._run(
                    "insert into shop.stores values (%s, %s, %s, %s)",
                    *(store, f"Store {store}", f"City {store}", date(2020, store, 1)),
                )
            for _ in range(customers):
                self.new_customer()
            for _ in range(products):
                self.new_product()
            for _ in range(orders):
                self.new_order()

    def work(self, transactions: int) -> None:
        """Let so many transactions happen, each of one to three things."""
        things: tuple[tuple[Callable[[], None], int], ...] = (
            (self.new_order, 8),
            (self.move_order, 6),
            (self.change_price, 4),
            (self.new_customer, 3),
            (self.change_customer, 3),
            (self.new_product, 1),
            (self.cancel_order, 2),
            (self.renumber_product, 1),
            (self.change_a_mind, 1),
            (self.place_again, 1),
        )
        kinds, weights = zip(*things, strict=True)
        for _ in range(transactions):
            with self.connection.transaction():
                for thing in self.random.choices(kinds, weights, k=self.random.randint(1, 3)):
                    thing()

    def new_customer(self) -> None:
        key = self._number()
        self.customers.append(key)
        self._run(
            "insert into shop.customers (customer_id, email, name, country, created_at) "
            "values (%s, %s, %s, %s, %s)",
            *(key, f"c{key}@shop.example", f"Zoë {key} O'Brien", self._one(COUNTRIES), self._at()),
        )

    def change_customer(self) -> None:
        self._run(
            "update shop.customers set status = %s, country = %s where customer_id = %s",
            *(self._one(("active", "blocked")), self._one(COUNTRIES), self._one(self.customers)),
        )

    def new_product(self) -> None:
        key = f"P{self._number():05}"
        self.products.append(key)
        self._run(
            "insert into shop.products (product_id, name, category, price, changed_on) "
            "values (%s, %s, %s, %s, %s)",
            *(key, f"Product {key}, “new”", self._one(CATEGORIES), self._price(), self._at()),
        )

    def change_price(self) -> None:
        self._run(
            "update shop.products set price = %s, changed_on = %s where product_id = %s",
            *(self._price(), self._at(), self._one(self.products)),
        )

    def renumber_product(self) -> None:
        """A key changes, and with it every line that names it."""
        place = self.random.randrange(len(self.products))
        old, new = self.products[place], f"R{self._number():05}"
        self.products[place] = new
        self._run("update shop.products set product_id = %s where product_id = %s", new, old)

    def new_order(self) -> None:
        key = self._number()
        self.orders.append(key)
        self._place(key)

    def move_order(self) -> None:
        if self.orders:
            self._run(
                "update shop.orders set status = %s where order_id = %s",
                *(self._one(STATUSES), self._one(self.orders)),
            )

    def cancel_order(self) -> None:
        """Its lines go too, by the database itself."""
        if self.orders:
            key = self.orders.pop(self.random.randrange(len(self.orders)))
            self._run("delete from shop.orders where order_id = %s", key)

    def place_again(self) -> None:
        """A key that goes and comes back in one transaction."""
        if self.orders:
            key = self._one(self.orders)
            self._run("delete from shop.orders where order_id = %s", key)
            self._place(key)

    def change_a_mind(self) -> None:
        """A row that comes, changes and goes before anybody has seen it."""
        key = self._number()
        self._place(key)
        self._run("update shop.orders set status = 'returned' where order_id = %s", key)
        self._run("delete from shop.orders where order_id = %s", key)

    def _place(self, key: int) -> None:
        channel = self._one(tuple(CHANNELS))
        store = self.random.randint(1, STORES) if channel == "store" else None
        customer = self._one([*self.customers, None])
        prices = [self._price() for _ in range(self.random.randint(1, 4))]
        self._run(
            "insert into shop.orders "
            "(order_id, customer_id, channel, store_id, status, total, ordered_at) "
            "values (%s, %s, %s, %s, 'placed', %s, %s)",
            *(key, customer, channel, store, sum(prices), self._at()),
        )
        for number, price in enumerate(prices, start=1):
            self._run(
                "insert into shop.order_lines values (%s, %s, %s, %s, %s)",
                *(key, number, self._one(self.products), self._one((1, 2, -1)), price),
            )

    def _run(self, statement: str, *values: object) -> None:
        self.connection.execute(statement.encode(), values)

    def _number(self) -> int:
        self.last_number += 1
        return self.last_number

    def _at(self) -> datetime:
        return OPENED + timedelta(microseconds=self.random.randrange(10**13))

    def _price(self) -> Decimal:
        return self.random.randrange(1, 100_000) * CENT

    def _one(self, of: Sequence[Item]) -> Item:
        return self.random.choice(of)
