"""Broken documents: each kind is refused by the contract, and for its own reason."""

import msgspec
import pytest

from contract.events import Checkout, PageView, ShopEvent
from functions.producer.broken import KINDS, damage, kinds_for
from functions.producer.visits import Plan, visits

REASONS = {
    "not JSON": "malformed",
    "truncated JSON": "truncated",
    "missing field": "missing required field `session_id`",
    "wrong type": "Expected `str`, got `int`",
    "unknown event_type": "Invalid value 'wishlist_add'",
    "impossible date": "Invalid RFC3339 encoded datetime",
    "no time zone": "timezone component",
    "wrong channel": "Invalid enum value 'fax'",
    "invalid UTF-8": "can't decode byte 0xff",
    "empty object": "missing required field `event_type`",
    "quantity as text": "Expected `int`, got `str`",
    "number too large": "Integer value out of range|Expected `int` <=|out of range",
}
GOOD = {
    type(event).__struct_config__.tag: data
    for data in (s.data for s in visits(Plan(events=3000, broken=0)))
    for event in [msgspec.json.decode(data, type=ShopEvent)]
}


@pytest.mark.parametrize("event_type", sorted(GOOD))
@pytest.mark.parametrize("kind", KINDS)
def test_a_broken_document_is_refused_by_the_contract_for_its_own_reason(event_type, kind):
    if kind not in kinds_for(event_type):
        with pytest.raises(KeyError):
            damage(GOOD[event_type], kind)
        return
    broken = damage(GOOD[event_type], kind)
    assert broken
    assert b"\n" not in broken
    with pytest.raises(ValueError, match=REASONS[kind]):
        msgspec.json.decode(broken, type=ShopEvent)


def test_all_four_event_types_can_be_broken_and_only_a_page_view_has_no_number():
    assert set(GOOD) == {"pageview", "add_to_cart", "checkout", "order_confirmed"}
    assert {t: len(kinds_for(t)) for t in GOOD} == {
        "pageview": 10,
        "add_to_cart": 12,
        "checkout": 12,
        "order_confirmed": 12,
    }
    assert PageView.__struct_config__.tag == "pageview"
    assert "items" in Checkout.__struct_fields__
