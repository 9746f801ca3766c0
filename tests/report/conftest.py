"""Two runs as the report gets them: a week of a generated shop, and just an order file."""

import random
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

import pytest

from report.results import Facts, QueryResult

CHANNELS = (("web", "online", 52), ("app", "online", 31), ("store", "physical", 38))
CAMPAIGNS = (
    "Winter sale",
    "Newsletter",
    "Search brand",
    "Search generic",
    "Social video",
    "Affiliates",
    None,
)
PRODUCTS = (
    ("Linen duvet cover", "Home"),
    ("Cast iron casserole, 4 litres, blue", "Kitchen"),
    ("Merino jumper", "Clothing"),
    ("Trail running shoe", "Sport"),
    ("Table lamp Oslo", "Home"),
    ("Espresso maker", "Kitchen"),
    ("Rain jacket", "Clothing"),
    ("Yoga mat", "Sport"),
    ("Wool scarf", "Clothing"),
    ("Ceramic mug, set of six", "Kitchen"),
    ("Bath towel", "Home"),
    ("Notebook A5", None),
)
STEPS = (("pageview", 5210), ("add_to_cart", 1984), ("checkout", 903), ("order_confirmed", 655))


def result(name: str, title: str, columns: str, rows: Sequence[tuple[object, ...]]) -> QueryResult:
    return QueryResult(
        name=name,
        title=title,
        columns=tuple(columns.split()),
        rows=tuple(rows),
        engine="athena (emulated)",
        seconds=0.412,
        sql=f"select {', '.join(columns.split())}\nfrom gold.{name}\nwhere revenue < 1e9 and 1 > 0",
    )


def cents(number: float) -> Decimal:
    return Decimal(round(number * 100)) / 100


def shop(
    currency: str = "EUR", seed: int = 7, start: date = date(2026, 1, 1), days: int = 7
) -> list[QueryResult]:
    """A week of a shop that sells in one currency."""
    dice = random.Random(seed)  # noqa: S311 - a sample, no secret
    by_day: list[tuple[object, ...]] = []
    customers: list[tuple[object, ...]] = []
    for n in range(days):
        day = start + timedelta(days=n)
        weekend = 1.35 if day.weekday() >= 5 else 1.0
        for channel, _, weight in CHANNELS:
            orders = round(weight * weekend * dice.uniform(0.75, 1.25))
            by_day.append((day, channel, currency, orders, cents(orders * dice.uniform(52, 74))))
        for kind, share in (("new", 30 - n % 20), ("returning", 58 + n % 20), ("unknown", 33)):
            orders = round(share * weekend * dice.uniform(0.85, 1.15))
            customers.append((day, kind, orders - 1, orders, cents(orders * 61.3), currency))
    by_channel: list[tuple[object, ...]] = []
    for channel, kind, _ in CHANNELS:
        own = [row for row in by_day if row[1] == channel]
        orders = sum(int(str(row[3])) for row in own)
        by_channel.append(
            (channel, kind, currency, orders, orders * 3, sum(Decimal(str(row[4])) for row in own))
        )
    campaigns: list[tuple[object, ...]] = []
    for n, campaign in enumerate(CAMPAIGNS):
        visits = round(1650 / (n + 1.2))
        orders = round(visits * dice.uniform(0.05, 0.19))
        pct = (Decimal(orders) * 100 / visits).quantize(Decimal("0.01"))
        campaigns.append(
            (campaign, visits, visits // 3, visits // 6, orders, pct, cents(orders * 62), currency)
        )
    products = sorted(
        (
            (
                name,
                category,
                units := dice.randint(20, 160),
                cents(units * dice.uniform(9, 60)),
                currency,
            )
            for name, category in PRODUCTS
        ),
        key=lambda row: -row[3],
    )
    top = [
        (
            f"C-{dice.randint(1000, 9999)}",
            "new" if n % 3 else "returning",
            9 - n // 2,
            cents(2210.5 - 180 * n),
            currency,
        )
        for n in range(9)
    ]
    largest = [
        (
            f"O-{5000 + n}",
            start + timedelta(days=n % days),
            "web",
            12 - n,
            cents(702.25 - 41 * n),
            currency,
        )
        for n in range(8)
    ]
    orders, revenue = (
        sum(int(str(row[3])) for row in by_channel),
        sum(Decimal(str(row[5])) for row in by_channel),
    )
    return [
        result(
            "kpis",
            "What was sold in all?",
            "orders units currency revenue",
            [(orders, orders * 3, currency, revenue)],
        ),
        result(
            "sales_by_channel",
            "How much is sold through each channel?",
            "channel channel_type currency orders units revenue",
            by_channel,
        ),
        result(
            "sales_by_day",
            "How do sales move from day to day?",
            "day channel currency orders revenue",
            by_day,
        ),
        result(
            "campaign_performance",
            "Which campaigns bring visits, and which bring orders?",
            "campaign visits carts checkouts orders conversion_pct revenue currency",
            campaigns,
        ),
        result(
            "new_vs_returning",
            "Who buys: new or returning customers?",
            "day customer_type customers orders revenue currency",
            customers,
        ),
        result(
            "funnel",
            "Where do visits end?",
            "step step_name sessions",
            [(n, *step) for n, step in enumerate(STEPS, 1)],
        ),
        result(
            "top_products",
            "Which products sell best?",
            "product category units revenue currency",
            list(products),
        ),
        result(
            "customer_360",
            "Who are the best customers?",
            "customer_id segment orders revenue currency",
            top,
        ),
        result(
            "order_summary",
            "Which orders were the largest?",
            "order_id ordered_on channel units order_value currency",
            list(largest),
        ),
    ]


@pytest.fixture
def week() -> list[QueryResult]:
    return shop()


@pytest.fixture
def two_currencies() -> list[QueryResult]:
    """The week in EUR, and a smaller one in GBP, as one run."""
    euros, pounds = shop(), shop("GBP", seed=11)
    smaller = {"kpis": ((100, 300, "GBP", Decimal("6100.10")),)}
    return [
        result(
            a.name,
            a.title,
            " ".join(a.columns),
            [*a.rows, *(smaller.get(b.name, b.rows) if a.name != "funnel" else ())],
        )
        for a, b in zip(euros, pounds, strict=True)
    ]


@pytest.fixture
def file_only() -> list[QueryResult]:
    return from_a_file()


def from_a_file() -> list[QueryResult]:
    """Four days of one channel in GBP; no visits, so no funnel and no campaigns."""
    days = [date(2010, 12, n) for n in (1, 2, 3, 5)]
    revenue = [Decimal(x) for x in ("58635.56", "46207.28", "45620.46", "31383.95")]
    orders = [143, 167, 108, 95]
    total = sum(revenue, Decimal(0))
    who: list[tuple[object, ...]] = []
    for n, day in enumerate(days):
        who += [
            (day, "new", 90 - 15 * n, 95 - 15 * n, revenue[n] / 2, "GBP"),
            (day, "returning", 20 + 8 * n, 24 + 9 * n, revenue[n] / 4, "GBP"),
            (day, "unknown", 0, 12, revenue[n] / 4, "GBP"),
        ]
    products = [
        ("WHITE HANGING HEART T-LIGHT HOLDER", None, 1240, Decimal("3512.40"), "GBP"),
        ("REGENCY CAKESTAND 3 TIER", None, 260, Decimal("3120.75"), "GBP"),
        ("DOTCOM POSTAGE", None, 3, Decimal("1250.00"), "GBP"),
        ("Manual correction", None, -1, Decimal("-15.50"), "GBP"),
    ]
    return [
        result(
            "kpis",
            "What was sold in all?",
            "orders units currency revenue",
            [(513, 97120, "GBP", total)],
        ),
        result(
            "sales_by_channel",
            "How much is sold through each channel?",
            "channel channel_type currency orders units revenue",
            [("web", "online", "GBP", 513, 97120, total)],
        ),
        result(
            "sales_by_day",
            "How do sales move from day to day?",
            "day channel currency orders revenue",
            [(day, "web", "GBP", orders[n], revenue[n]) for n, day in enumerate(days)],
        ),
        result(
            "campaign_performance",
            "Which campaigns bring visits, and which bring orders?",
            "campaign visits carts checkouts orders conversion_pct revenue currency",
            [],
        ),
        result(
            "new_vs_returning",
            "Who buys: new or returning customers?",
            "day customer_type customers orders revenue currency",
            who,
        ),
        result("funnel", "Where do visits end?", "step step_name sessions", []),
        result(
            "top_products",
            "Which products sell best?",
            "product category units revenue currency",
            list(products),
        ),
    ]


@pytest.fixture
def facts() -> Facts:
    return FACTS


FACTS: Facts = {
    "Stack": "local",
    "Engine": "pulumi 3.272.0, built from source",
    "Seed": 42,
    "Resources created": 71,
    "Simulated": ["aws:cloudwatch/metricAlarm:MetricAlarm", "aws:athena/workgroup:Workgroup"],
    "Events": {
        "Published": 20000,
        "In bronze": 20240,
        "In silver": 19801,
        "Duplicates": 240,
        "Quarantined": 199,
    },
    "Gold": {"fct_order_line": 4120, "dim_customer": 812, "dim_product": 120, "dim_date": 365},
    "Seconds": {
        "up": 31.4,
        "publish": 6.25,
        "bronze and silver": 24.0,
        "gold": 18.9,
        "questions": 3.1,
        "destroy": 12.2,
    },
}
