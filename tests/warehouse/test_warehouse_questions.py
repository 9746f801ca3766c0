"""The questions, asked of the published files."""

from datetime import date
from decimal import Decimal

import pytest

from tests.warehouse.conftest import Gold
from tests.warehouse.rendered import PROJECT, QUESTIONS

COLUMNS = {
    "campaign_performance": "campaign visits carts checkouts orders conversion_pct revenue "
    "currency",
    "customer_360": "customer_id country currency orders units revenue first_order_on "
    "last_order_on favourite_channel sessions is_returning",
    "funnel": "step step_name sessions",
    "kpis": "orders units currency revenue",
    "new_vs_returning": "day customer_type customers orders revenue currency",
    "order_summary": "order_id ordered_at customer_id channel store_id currency lines units "
    "revenue is_return",
    "sales_by_channel": "channel channel_type currency orders units revenue",
    "sales_by_day": "day channel currency orders revenue",
    "top_products": "product category units revenue currency",
}
LARGEST = Decimal(10**12)


def ask(gold: Gold, question: str) -> list[tuple]:
    return gold.rows((PROJECT / "questions" / f"{question}.sql").read_text())


def test_every_question_gives_its_columns(gold: Gold):
    found = {path.stem: gold.connection.sql(path.read_text()).columns for path in QUESTIONS}
    assert found == {name: columns.split() for name, columns in COLUMNS.items()}


def test_kpis_count_orders_without_returns_and_money_net_of_them(gold: Gold):
    assert ask(gold, "kpis") == [
        (1, 10**6, "JPY", LARGEST),
        (2, 12, "EUR", Decimal("60.655416")),
        (4, 9, "GBP", Decimal("16.54")),
    ]


def test_sales_by_channel_tell_online_from_physical(gold: Gold):
    assert ask(gold, "sales_by_channel") == [
        ("app", "online", "JPY", 1, 10**6, LARGEST),
        ("web", "online", "EUR", 2, 12, Decimal("60.655416")),
        ("web", "online", "GBP", 3, 8, Decimal("11.04")),
        ("store", "physical", "GBP", 1, 1, Decimal("5.5")),
    ]


def test_sales_by_day_use_the_day_in_utc(gold: Gold):
    found = ask(gold, "sales_by_day")
    assert (date(2026, 1, 6), "web", "EUR", 1, Decimal("59.97875")) in found
    assert (date(2027, 1, 5), "web", "EUR", 0, Decimal("-19.99")) in found
    assert len(found) == 8


def test_campaign_performance_follows_visits_to_orders(gold: Gold):
    assert ask(gold, "campaign_performance") == [
        ("spring", 2, 2, 1, 1, 50.0, Decimal("59.97875"), "EUR"),
        ("none", 1, 0, 0, 0, 0.0, Decimal("-19.99"), "EUR"),
        ("none", 1, 0, 0, 4, 0.0, Decimal("11.44"), "GBP"),
        ("none", 1, 0, 0, 1, 0.0, LARGEST, "JPY"),
        ("winter", 1, 1, 1, 1, 100.0, Decimal("20.666666"), "EUR"),
        ("mail", 0, 0, 0, 1, None, Decimal("5.1"), "GBP"),
    ]


def test_a_customer_is_new_on_the_day_of_the_first_order_only(gold: Gold):
    found = {row[:5] for row in ask(gold, "new_vs_returning") if row[5] == "EUR"}
    assert found == {
        (date(2026, 1, 5), "new", 1, 1, Decimal("20.666666")),
        (date(2026, 1, 6), "returning", 1, 1, Decimal("59.97875")),
        (date(2027, 1, 5), "returning", 1, 0, Decimal("-19.99")),
    }
    unknown = [row for row in ask(gold, "new_vs_returning") if row[1] == "unknown"]
    assert [(row[2], row[3], row[5]) for row in unknown] == [(0, 2, "GBP"), (0, 1, "JPY")]


def test_the_funnel_never_widens(gold: Gold):
    assert ask(gold, "funnel") == [
        (1, "visit", 4), (2, "cart", 3), (3, "checkout", 2), (4, "order", 2),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("question", "first"), [("top_products", "P4"), ("customer_360", "C1"), ("order_summary", "O3")]
)
def test_the_top_ten_begin_with_the_largest(gold: Gold, question, first):
    found = ask(gold, question)
    assert found[0][0] == first
    assert len(found) <= 10
