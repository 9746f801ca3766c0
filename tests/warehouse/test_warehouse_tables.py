"""What the tables hold, against the hand-made shop and sums made in Python."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import yaml

from contract.events import MICROS, OrderConfirmed, ShopEvent
from contract.gold import MARTS
from contract.gold import gold as gold_tables
from contract.tables import Table
from tests.warehouse import shop
from tests.warehouse.conftest import Gold

HIVE = {"VARCHAR": "string", "INTEGER": "int"}


def sold(events: list[ShopEvent]) -> dict[str, dict[str, Any]]:
    """Every line once, by its id: the independent account of what fct_sales must be."""
    lines: dict[str, dict[str, Any]] = {}
    for row in shop.FILE:
        lines[row.line_id] = _sale(row, row.order_id, row.currency, row.ordered_at) | {
            "customer_id": row.customer_id,
            "channel": row.channel,
            "store_id": None,
            "session_id": None,
            "source": "file",
        }
    for event in (event for event in events if isinstance(event, OrderConfirmed)):
        for row in event.lines:
            lines[row.line_id] = _sale(row, event.order_id, event.currency, event.occurred_at) | {
                "customer_id": event.customer_id,
                "channel": event.channel,
                "store_id": event.store_id,
                "session_id": event.session_id,
                "source": "event",
            }
    return lines


def _sale(row, order_id, currency, sold_at) -> dict[str, Any]:
    return {
        "line_id": row.line_id,
        "order_id": order_id,
        "product_id": row.product_id,
        "quantity": row.quantity,
        "unit_price": Decimal(row.unit_price_micros) / MICROS,
        "amount": Decimal(row.quantity * row.unit_price_micros) / MICROS,
        "currency": currency,
        "sold_at": sold_at.replace(tzinfo=None),
        "day": sold_at.date(),
        "is_return": row.quantity < 0,
    }


SOLD = sold([*shop.FIRST, *shop.LATER])


def test_every_line_is_sold_once_and_reaches_its_dimensions(gold: Gold):
    found = gold.dicts("""
        select s.line_id, s.order_id, p.product_id, s.quantity, s.unit_price, s.amount, s.currency,
               s.sold_at, d.day, s.is_return, c.customer_id, h.channel, t.store_id, v.session_id,
               s.source
        from fct_sales s
        join dim_product p using (product_key) join dim_date d using (date_key)
        join dim_customer c using (customer_key) join dim_channel h using (channel_key)
        join dim_store t using (store_key) left join fct_sessions v using (session_key)
    """)
    assert {row["line_id"]: row for row in found} == SOLD
    assert len(found) == len(SOLD)


def test_revenue_and_units_per_currency_are_exact_to_the_millionth(gold: Gold):
    totals: defaultdict[str, list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for line in SOLD.values():
        totals[line["currency"]][0] += line["amount"]
        totals[line["currency"]][1] += line["quantity"]
    expected = {(currency, *total) for currency, total in totals.items()}
    for table, amount, units in (
        ("fct_sales", "amount", "quantity"),
        ("order_summary", "revenue", "units"),
        ("customer_360", "revenue", "units"),
    ):
        sums = f"currency, sum({amount}), sum({units})"
        sold_in = gold.connection.table(table).filter("currency is not null")
        assert set(sold_in.aggregate(sums, "currency").fetchall()) == expected
    assert ("JPY", Decimal(10**12), Decimal(10**6)) in expected  # the largest line fits
    assert ("EUR", Decimal("60.655416"), Decimal(12)) in expected  # prices below a cent


def test_an_order_without_a_campaign_has_the_campaign_of_its_visit(gold: Gold):
    assert dict(gold.rows("select line_id, campaign_id from fct_sales where source = 'event'")) == {
        "L1": "spring", "L2": "spring", "L3": None, "L4": None, "L5": "winter", "L6": "winter",
        "L7": None, "F1": "mail",
    }  # fmt: skip


def test_sales_without_a_customer_belong_to_the_one_unknown_member(gold: Gold):
    assert gold.rows("select count(*) from dim_customer where customer_id is null") == [(1,)]
    found = gold.rows("""
        select line_id from fct_sales join dim_customer using (customer_key)
        where customer_id is null
    """)
    assert {row[0] for row in found} == {"L3", "L4", "F3"}


def test_a_session_tells_how_far_the_visit_came(gold: Gold):
    found = gold.dicts("""
        select v.session_id, h.channel, c.customer_id, t.store_id, v.campaign_id, v.date_key,
               v.started_at, v.ended_at, v.pageviews,
               v.reached_cart, v.reached_checkout, v.reached_order, v.orders
        from fct_sessions v join dim_channel h using (channel_key)
        join dim_customer c using (customer_key) join dim_store t using (store_key)
    """)
    by_id = {row.pop("session_id"): row for row in found}
    assert by_id["S1"] == {
        "channel": "web", "customer_id": "C1", "store_id": None, "campaign_id": "spring",
        "date_key": 20260105,
        "started_at": shop.at(0).replace(tzinfo=None), "ended_at": shop.at(25).replace(tzinfo=None),
        "pageviews": 1, "reached_cart": True, "reached_checkout": True, "reached_order": True,
        "orders": 1,
    }  # fmt: skip
    assert by_id["S2"]["reached_cart"]
    assert not by_id["S2"]["reached_order"]
    assert by_id["S3"]["store_id"] == "ST1"
    assert by_id["S7"]["orders"] == 0  # a return is not an order
    assert len(by_id) == len({event.session_id for event in [*shop.FIRST, *shop.LATER]})


def test_dimensions_tell_the_latest_name_and_the_first_order(gold: Gold):
    products = dict(gold.rows("select product_id, (product_name, category) from dim_product"))
    assert products["P1"] == ("Shoe", "Shoes")
    assert products["P3"] == ("Lantern", None)
    assert products["P6"] == products["P8"] == (None, None)
    customers = gold.rows(
        "select customer_id, country, first_channel, first_seen_on, first_order_on "
        "from dim_customer"
    )
    first = date(2026, 1, 5)
    assert set(customers) == {
        ("C1", "Portugal", "web", first, first),
        ("C2", None, "web", first, None),
        ("C3", "United Kingdom", "web", first, first),
        (None, None, None, None, None),
    }
    stores = gold.rows("select store_id, store_name, country from dim_store")
    assert set(stores) == {("ST1", "ST1", "Ireland"), (None, "No store", None)}


def test_dim_date_has_every_day_of_the_years_in_use(gold: Gold):
    first, days = date(2026, 1, 1), 365 + 365
    expected = [first + timedelta(days=number) for number in range(days)]
    found = gold.rows(
        "select day, date_key, year, quarter, month, day_of_month, day_of_week, is_weekend, "
        "week_starts_on from dim_date order by day"
    )
    assert found == [
        (
            day, int(day.strftime("%Y%m%d")), day.year, (day.month + 2) // 3, day.month, day.day,
            day.isoweekday(), day.isoweekday() > 5, day - timedelta(days=day.weekday()),
        )
        for day in expected
    ]  # fmt: skip


def test_an_order_told_in_two_events_is_one_order(gold: Gold):
    (order,) = gold.dicts("select * from order_summary where order_id = 'O4'")
    assert order == {
        "order_id": "O4", "ordered_at": shop.at(14).replace(tzinfo=None), "customer_id": "C1",
        "channel": "web", "store_id": None, "currency": "EUR", "lines": 2, "units": 3,
        "revenue": Decimal("20.666666"), "is_return": False,
    }  # fmt: skip
    returns = gold.rows("select order_id from order_summary where is_return")
    assert {row[0] for row in returns} == {"R1", "CO5"}


def test_customer_360_tells_orders_visits_and_who_comes_back(gold: Gold):
    found = gold.rows("""
        select customer_id, currency, orders, last_order_on, favourite_channel, sessions,
               is_returning
        from customer_360
    """)
    assert set(found) == {
        ("C1", "EUR", 2, date(2026, 1, 6), "web", 3, True),
        ("C2", None, 0, None, None, 1, False),
        ("C3", "GBP", 2, date(2026, 1, 7), "web", 1, True),
        (None, "GBP", 2, None, "app", 3, None),
        (None, "JPY", 1, None, "app", 3, None),
    }


def test_published_files_have_the_columns_and_types_of_the_contract(gold: Gold):
    assert set(gold.files) == {table.name for table in gold_tables()}
    for table in gold_tables():
        assert _columns(gold, table) == [(column.name, column.type) for column in table.columns]


def _columns(gold: Gold, table: Table) -> list[tuple[str, str]]:
    relation = duckdb.read_parquet(str(gold.folder / table.name / f"{table.name}.parquet"))
    types = [HIVE.get(str(type_), str(type_).lower()) for type_ in relation.types]
    return list(zip(relation.columns, types, strict=True))


def test_every_table_and_column_of_gold_is_described():
    for table in gold_tables():
        assert table.description.startswith("One row per "), table.name
        assert all(column.comment for column in table.columns), table.name


def test_the_readme_names_every_table_with_its_portuguese_name():
    readme = (MARTS.parent.parent / "README.md").read_text()
    for path in MARTS.glob("*.yml"):
        (model,) = yaml.safe_load(path.read_text())["models"]
        alias = model.get("config", {}).get("meta", {}).get("alias_pt", "")
        assert f"| `{model['name']}` | {alias} |".replace("  ", " ") in readme
