"""The generated shop as plain data: products, stores, campaigns, and how its visitors behave.

Only values; how visits are drawn from them is `sessions.py`. Prices are in millionths of the plan's
currency, whatever that is: the shop charges the same number everywhere.
"""

from dataclasses import dataclass

from contract.events import Channel


# Compared by identity: each product exists once, and carts use products as keys.
@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Product:
    id: str
    name: str
    category: str
    price_micros: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Store:
    id: str
    city: str
    country: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Behaviour:
    """How visitors of one kind of device behave; all but `pages` are probabilities."""

    pages: float  # mean page views after the first
    add: float  # a product page leads to a cart
    checkout: float  # a filled cart goes to checkout
    order: float  # a checkout becomes an order
    known: float  # the visitor is signed in


# (category, product, price in cents). Most demanded first: see `PRODUCT_WEIGHTS`.
_PRICE_LIST = (
    ("kitchen", "Ceramic mug, white", 990),
    ("stationery", "Pencil, HB", 99),
    ("home", "Scented candle, cedar", 1490),
    ("fashion", "Cotton tote bag", 1250),
    ("toys", "Wooden train", 2499),
    ("garden", "Seed mix, wild flowers", 349),
    ("kitchen", "Tea towel, striped", 795),
    ("stationery", "Notebook A5, dotted", 1199),
    ("home", "Light holder, heart", 255),
    ("fashion", "Socks, merino", 1495),
    ("toys", "Marbles, bag of 50", 599),
    ("garden", "Plant labels, set of 20", 429),
    ("kitchen", "Espresso cup, blue", 750),
    ("stationery", "Gift wrap, kraft", 395),
    ("home", "Metal lantern", 3390),
    ("fashion", "Scarf, linen", 3490),
    ("toys", "Jigsaw, 500 pieces", 1899),
    ("garden", "Terracotta pot, small", 549),
    ("kitchen", "Chopping board, oak", 2995),
    ("stationery", "Washi tape", 299),
    ("home", "Cushion cover, mustard", 1990),
    ("fashion", "Beanie, wool", 2290),
    ("toys", "Card game, animals", 999),
    ("garden", "Watering can, 2 l", 2450),
    ("kitchen", "Storage jar, 1 l", 1290),
    ("stationery", "Fountain pen, steel", 3900),
    ("home", "Wall clock, birch", 4950),
    ("fashion", "Belt, leather", 3950),
    ("toys", "Kite, rainbow", 1650),
    ("garden", "Secateurs", 2899),
    ("kitchen", "Salad bowl, acacia", 3450),
    ("stationery", "Eraser", 89),
    ("home", "Picture frame A4", 1595),
    ("fashion", "Umbrella, compact", 2750),
    ("toys", "Building bricks, 100", 3299),
    ("garden", "Bird feeder", 1999),
    ("kitchen", "Tea pot, cast iron", 5990),
    ("stationery", "Desk calendar", 1450),
    ("home", "Throw, wool", 8900),
    ("fashion", "Sunglasses", 4490),
    ("toys", "Spinning top", 449),
    ("garden", "Twine, jute", 379),
    ("kitchen", "Wooden spoon", 495),
    ("stationery", "Postcards, set of 10", 850),
    ("home", "Door mat, coir", 2695),
    ("fashion", "Gloves, cashmere", 5950),
    ("toys", "Soft rabbit", 2150),
    ("garden", "Hammock, cotton", 7990),
    ("kitchen", "Moka pot, 6 cups", 3295),
    ("stationery", "Paper clips, brass", 65),
    ("home", "Table lamp, opal", 12900),
    ("fashion", "Backpack, canvas", 9900),
    ("toys", "Telescope, first", 7450),
    ("garden", "Fire bowl, steel", 14900),
    ("kitchen", "Stand mixer", 39900),
    ("stationery", "Globe, 30 cm", 8950),
    ("home", "Rug, 160 x 230", 24900),
    ("fashion", "Rain coat", 13900),
    ("toys", "Balance bike", 11950),
    ("garden", "Sticker, bee", 5),
)

PRODUCTS = tuple(
    Product(id=f"P{number:03d}", name=name, category=category, price_micros=cents * 10_000)
    for number, (category, name, cents) in enumerate(_PRICE_LIST, start=1)
)
# Demand falls off like in a real shop: the tenth product sells about a fifth as often as the first.
PRODUCT_WEIGHTS = tuple(1 / (rank + 1.5) for rank in range(len(PRODUCTS)))
CATEGORIES = tuple(dict.fromkeys(product.category for product in PRODUCTS))

STORES = (
    Store(id="S-BER", city="Berlin", country="DE"),
    Store(id="S-HAM", city="Hamburg", country="DE"),
    Store(id="S-MUC", city="Munich", country="DE"),
    Store(id="S-PAR", city="Paris", country="FR"),
    Store(id="S-LYO", city="Lyon", country="FR"),
    Store(id="S-AMS", city="Amsterdam", country="NL"),
    Store(id="S-LIS", city="Lisbon", country="PT"),
    Store(id="S-MAD", city="Madrid", country="ES"),
)

# One entry per twentieth of the customers, so that a number picks its country without a draw.
COUNTRIES = (
    *("DE", "FR", "DE", "NL", "ES", "DE", "FR", "PT", "DE", "IT"),
    *("FR", "DE", "ES", "BE", "DE", "NL", "FR", "AT", "DE", "PT"),
)

# Campaign, share of online visits, and its lift of the chance that a product page fills a cart.
CAMPAIGNS: tuple[tuple[str | None, float, float], ...] = (
    (None, 0.46, 1.0),
    ("search-brand", 0.16, 1.35),
    ("newsletter-january", 0.12, 1.5),
    ("social-winter", 0.11, 0.6),
    ("price-comparison", 0.07, 1.1),
    ("winter-sale", 0.05, 1.7),
    ("influencer-home", 0.03, 0.45),
)

# Kind of device, the channel that the event names, share of online visits, behaviour.
DEVICES: tuple[tuple[str, Channel, float, Behaviour], ...] = (
    (
        "desktop",
        "web",
        0.30,
        Behaviour(pages=3.6, add=0.20, checkout=0.58, order=0.74, known=0.72),
    ),
    ("phone", "web", 0.38, Behaviour(pages=2.2, add=0.15, checkout=0.44, order=0.57, known=0.58)),
    ("app", "app", 0.32, Behaviour(pages=4.0, add=0.19, checkout=0.60, order=0.79, known=0.93)),
)

# Visits by hour (UTC) and by weekday from Monday, relative to each other.
HOURS = (2, 1, 1, 1, 1, 2, 4, 7, 9, 10, 11, 12, 13, 11, 11, 11, 12, 14, 16, 18, 19, 17, 11, 5)
WEEKDAYS = (1.0, 0.95, 0.95, 1.0, 1.1, 1.3, 1.25)
# Share of visits that are sales in a store while stores are open: by day, and not on Sundays.
STORE_SHARE = 0.13
OPEN_HOURS = range(9, 19)
SUNDAY = 6
