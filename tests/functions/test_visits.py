"""The generator: exactly what was asked for, the same every time, and shaped like a shop."""

import hashlib
import os
import subprocess
import sys
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.events import AddToCart, Checkout, OrderConfirmed, PageView, ShopEvent
from functions.producer.catalogue import CAMPAIGNS, CATEGORIES, OPEN_HOURS, PRODUCTS, STORES
from functions.producer.visits import START, Plan, PlanError, Truth, truth, visits

ROOT = Path(__file__).parents[2]
SENT = tuple(visits(Plan()))
EVENTS = tuple(msgspec.json.decode(s.data, type=ShopEvent) for s in SENT if s.kind == "event")
ORDERS = tuple(e for e in EVENTS if isinstance(e, OrderConfirmed))
SALES = tuple(e for e in ORDERS if "-R" not in e.order_id)
RETURNS = tuple(e for e in ORDERS if "-R" in e.order_id)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 400), st.integers(), st.integers(1, 40))
def test_a_plan_gives_exactly_as_many_documents_as_it_says(events, seed, days):
    sent = list(visits(Plan(events=events, seed=seed, days=days)))
    assert len(sent) == events
    assert truth(sent).published == events


def test_two_processes_make_the_same_bytes():
    code = (
        "import hashlib; from functions.producer.visits import *;"
        "print(hashlib.sha256(b'\\n'.join(s.data for s in visits(Plan()))).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert digests == {hashlib.sha256(b"\n".join(s.data for s in SENT)).hexdigest()}


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 900), max_size=4))
def test_slices_concatenate_to_the_whole(cuts):
    plan = Plan(events=900, seed=7)
    edges = [0, *sorted(cuts), 900]
    parts = [s for first, last in pairwise(edges) for s in islice(visits(plan), first, last)]
    assert parts == list(visits(plan))


def test_another_seed_length_or_start_shares_no_identifier():
    def identifiers(plan):
        decoded = (
            msgspec.json.decode(s.data, type=ShopEvent) for s in visits(plan) if s.kind == "event"
        )
        return {e.event_id for e in decoded}

    plans = (
        Plan(events=500),
        Plan(events=500, seed=2),
        Plan(events=501),
        Plan(events=500, start=START + timedelta(days=7)),
        Plan(events=500, days=8),
    )
    found = [identifiers(plan) for plan in plans]
    assert len(set().union(*found)) == sum(len(ids) for ids in found)


def test_the_same_instant_in_another_zone_is_the_same_plan():
    elsewhere = datetime.fromisoformat("2026-01-05T02:00:00+02:00")
    assert list(visits(Plan(events=300, start=elsewhere))) == list(visits(Plan(events=300)))


def test_about_one_percent_is_broken_and_one_and_a_half_percent_comes_twice():
    kinds = Counter(s.kind for s in SENT)
    assert 160 <= kinds["broken"] <= 240
    assert 240 <= kinds["duplicate"] <= 360


def test_a_document_decodes_unless_it_is_broken():
    for sent in SENT:
        if sent.kind == "broken":
            with pytest.raises(ValueError, match=r".+"):
                msgspec.json.decode(sent.data, type=ShopEvent)
        else:
            event = msgspec.json.decode(sent.data, type=ShopEvent)
            assert event.session_id == sent.group_key


def test_broken_documents_come_in_every_variety():
    reasons = set()
    for sent in SENT:
        if sent.kind == "broken":
            try:
                msgspec.json.decode(sent.data, type=ShopEvent)
            except ValueError as error:
                reasons.add(str(error).split(" - at")[0].split("(")[0])
    assert len(reasons) >= 11


def test_a_duplicate_repeats_the_bytes_of_an_event_that_was_sent_before():
    seen = set()
    for sent in SENT:
        if sent.kind == "duplicate":
            assert sent.data in seen
        elif sent.kind == "event":
            assert sent.data not in seen
            seen.add(sent.data)


def test_event_and_line_identifiers_are_unique():
    assert len({e.event_id for e in EVENTS}) == len(EVENTS)
    lines = [line.line_id for e in ORDERS for line in e.lines]
    assert len(set(lines)) == len(lines)
    assert len({e.order_id for e in ORDERS}) == len(ORDERS)


def test_about_two_percent_is_sent_hours_late_and_all_else_in_order():
    newest, delays = START, []
    for event in EVENTS:
        if event.occurred_at < newest:
            delays.append(newest - event.occurred_at)
        newest = max(newest, event.occurred_at)
    assert 300 <= len(delays) <= 480
    assert max(delays) < timedelta(hours=18)
    # At night the newest event before a late one may itself be some time ago.
    assert sum(delay > timedelta(minutes=50) for delay in delays) > 0.95 * len(delays)


def test_all_events_of_the_default_plan_lie_in_its_seven_days():
    assert min(e.occurred_at for e in EVENTS) >= START
    assert max(e.occurred_at for e in EVENTS) < START + timedelta(days=7)
    assert len({e.occurred_at.date() for e in EVENTS}) == 7


def test_the_funnel_narrows_at_every_step_in_events_and_in_sessions():
    online = [e for e in EVENTS if e.channel != "store" and e not in RETURNS]
    steps = (PageView, AddToCart, Checkout, OrderConfirmed)
    events = [sum(isinstance(e, step) for e in online) for step in steps]
    sessions = [{e.session_id for e in online if isinstance(e, step)} for step in steps]
    for counts in (events, [len(s) for s in sessions]):
        assert counts == sorted(counts, reverse=True)
        assert len(set(counts)) == 4
        assert counts[-1] > 200


def test_nobody_orders_online_without_a_checkout_and_the_cart_is_what_was_added():
    sessions = defaultdict(list)
    for event in EVENTS:
        if event.channel != "store":
            sessions[event.session_id].append(event)
    checked = 0
    for order in (e for e in SALES if e.channel != "store"):
        events = sessions[order.session_id]
        added = Counter()
        for event in events:
            if isinstance(event, AddToCart):
                added[event.product_id] += event.quantity
        ordered = {line.product_id: line.quantity for line in order.lines}
        checkouts = [e for e in events if isinstance(e, Checkout)]
        if not checkouts or added != ordered:
            # Only an event that is late at the end of the plan may be missing.
            assert order.occurred_at > START + timedelta(days=6)
            continue
        checked += 1
        value = sum(line.quantity * line.unit_price_micros for line in order.lines)
        assert checkouts[0].cart_value_micros == value
        assert checkouts[0].items == sum(ordered.values())
        assert max(e.occurred_at for e in events) == order.occurred_at
    assert checked > 350


def test_a_sale_in_a_store_names_the_store_has_no_pages_and_happens_while_it_is_open():
    in_store = [e for e in EVENTS if e.channel == "store"]
    assert {e.store_id for e in in_store} == {store.id for store in STORES}
    assert not any(isinstance(e, PageView | AddToCart) for e in in_store)
    assert {e.campaign_id for e in in_store} == {None}
    bought = [e for e in in_store if e in SALES]
    assert len(bought) > 150
    # A checkout may take some minutes over closing time.
    opening = {*OPEN_HOURS, OPEN_HOURS.stop}
    assert all(e.occurred_at.hour in opening and e.occurred_at.weekday() < 6 for e in bought)
    assert not any(e.store_id for e in EVENTS if e.channel != "store")


def test_a_return_takes_back_a_part_of_an_order_that_was_sold_before_at_the_same_price():
    sold = {(e.order_id, line.product_id): (e, line) for e in SALES for line in e.lines}
    assert len(RETURNS) >= 8
    for back in RETURNS:
        (line,) = back.lines
        order, original = sold[back.order_id.removesuffix("-R1"), line.product_id]
        assert -original.quantity <= line.quantity < 0
        assert line.unit_price_micros == original.unit_price_micros
        assert back.occurred_at > order.occurred_at
        assert ORDERS.index(back) > ORDERS.index(order)
        assert (back.customer_id, back.channel, back.store_id) == (
            order.customer_id,
            order.channel,
            order.store_id,
        )


def test_customers_come_back_as_in_a_power_law_and_some_are_anonymous():
    orders = Counter(e.customer_id for e in SALES)
    assert 50 < orders.pop(None) < len(SALES) / 2
    often = sorted(orders.values(), reverse=True)
    assert often[0] >= 5
    assert often.count(1) > often.count(2) > often.count(3) > 0
    countries = defaultdict(set)
    for event in EVENTS:
        if event.customer_id and event.channel != "store":
            countries[event.customer_id].add(event.country)
    assert all(len(found) == 1 for found in countries.values())


def test_the_day_is_busier_than_the_night_and_every_campaign_brings_visits():
    pages = [e for e in EVENTS if isinstance(e, PageView)]
    hours = Counter(e.occurred_at.hour for e in pages)
    assert sum(hours[h] for h in range(18, 22)) > 10 * sum(hours[h] for h in range(1, 5))
    days = Counter(e.occurred_at.weekday() for e in pages)
    assert days[5] > days[1]
    assert {e.campaign_id for e in pages} == {name for name, _, _ in CAMPAIGNS}


def test_the_catalogue_is_a_small_shop_with_prices_below_one():
    assert (len(PRODUCTS), len(CATEGORIES), len(STORES), len(CAMPAIGNS)) == (60, 6, 8, 7)
    assert len({p.id for p in PRODUCTS}) == len({p.name for p in PRODUCTS}) == 60
    assert sum(p.price_micros < 1_000_000 for p in PRODUCTS) >= 4
    assert {e.currency for e in ORDERS} == {"EUR"}


def test_the_truth_is_the_sum_over_the_distinct_confirmed_lines():
    lines = [line for e in ORDERS for line in e.lines]
    kinds = Counter(s.kind for s in SENT)
    assert truth(SENT) == Truth(
        published=20_000,
        distinct=len(EVENTS),
        duplicates=kinds["duplicate"],
        broken=kinds["broken"],
        orders=len(SALES),
        returns=len(RETURNS),
        units=sum(line.quantity for line in lines),
        revenue_micros={"EUR": sum(line.quantity * line.unit_price_micros for line in lines)},
    )


def test_the_currency_is_a_choice():
    plan = Plan(events=2000, currency="BRL")
    assert list(truth(visits(plan)).revenue_micros) == ["BRL"]


def test_with_nothing_late_double_or_broken_the_stream_is_in_order():
    plain = Plan(events=3000, late=0, duplicates=0, broken=0)
    sent = list(visits(plain))
    assert {s.kind for s in sent} == {"event"}
    times = [msgspec.json.decode(s.data, type=ShopEvent).occurred_at for s in sent]
    assert times == sorted(times)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"events": -1}, "events is -1"),
        ({"days": 0}, "days is 0, but must be from 1 to 366"),
        ({"days": 367}, "days is 367"),
        ({"start": datetime(2026, 1, 5)}, "has no time zone"),
        ({"currency": "euro"}, "'euro' is not a three-letter code"),
        ({"broken": 0.9, "late": 0.2}, "together at most 1"),
        ({"duplicates": -0.1}, "each at least 0"),
    ],
)
def test_a_plan_that_cannot_be_generated_says_why(change, said):
    with pytest.raises(PlanError, match=said):
        Plan(**change)


def test_the_default_start_is_a_monday_so_that_the_week_is_whole():
    assert datetime(2026, 1, 5, tzinfo=UTC) == START
    assert START.weekday() == 0
