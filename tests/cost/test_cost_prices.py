"""The price book is exact, complete and young."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from automation.cost import pricebook
from automation.cost.command import priced_stacks
from automation.cost.pricebook import STALE_AFTER_DAYS, Rate, Source
from automation.cost.tables import SERVICES
from automation.errors import ConfigurationError
from tests.graph import stack_file

DAY = date(2026, 11, 25)
TIERS = [{"to": 10, "usd": "3"}, {"to": 30, "usd": "2"}, {"to": None, "usd": "0.5"}]


def rate(**values) -> Rate:
    plain = {"unit": "piece", "source": "typed", "published": DAY}
    return Rate.model_validate(plain | values)


@pytest.fixture(params=pricebook.regions())
def region(request):
    return request.param


def test_no_rate_is_stale(region):
    today = datetime.now(tz=UTC).date()
    assert pricebook.load(region).stale(today) == [], (
        "refresh these rates: python -m automation.cost.refresh"
    )


def test_a_rate_is_stale_on_the_day_after_its_last(book):
    one = book.model_copy(update={"rates": {"shard": rate(usd="1")}})
    last = DAY + timedelta(days=STALE_AFTER_DAYS)
    assert one.stale(last) == []
    assert one.stale(last + timedelta(days=1)) == ["shard"]


def test_every_region_has_the_same_rates():
    books = [pricebook.load(region) for region in pricebook.regions()]
    assert {frozenset(book.rates) for book in books} == {frozenset(books[0].rates)}


def test_every_stack_s_region_has_prices():
    for stack in priced_stacks():
        assert stack_file(stack)["aws:region"] in pricebook.regions()


def test_every_rate_belongs_to_a_service_with_a_name(region):
    names = {name.partition(".")[0] for name in pricebook.load(region).rates}
    assert names == SERVICES.keys()


def test_what_the_requirements_give_is_marked_and_the_same():
    rates = pricebook.load("us-east-1").rates
    given_ = {
        "nat.hour": "0.045",  # $32 for 720 hours
        "nat.gb": "0.045",
        "endpoint.hour": "0.01",  # $7.20 for 720 hours
        "kms.key_month": "1",
        "kms.request": "0.000003",
        "backup.gb_month": "0.10",
        "lambda.request": "0.0000002",
    }
    marked = {name for name, rate in rates.items() if rate.source is Source.REQUIREMENTS}
    assert marked == given_.keys()
    assert {name: rates[name].usd for name in given_} == {
        name: Decimal(usd) for name, usd in given_.items()
    }


def test_an_assumed_rate_says_what_stands_in(region):
    for name, found in pricebook.load(region).rates.items():
        assert found.source is not Source.ASSUMED or found.note, name


def test_a_book_reads_back_as_it_was_written(region):
    text = (pricebook.FOLDER / f"{region}.yaml").read_text()
    assert pricebook.dump(pricebook.load(region)) == text


@pytest.mark.parametrize(
    ("quantity", "usd"),
    [("0", "0"), ("10", "30"), ("11", "32"), ("30", "70"), ("31", "70.5"), ("0.5", "1.5")],
)
def test_a_tier_prices_only_what_lies_in_it(quantity, usd):
    assert rate(tiers=TIERS).cost(Decimal(quantity)) == Decimal(usd)


@given(st.lists(st.decimals(0, 10**9, places=3), min_size=2, max_size=5).map(sorted))
def test_more_never_costs_less(quantities):
    found = rate(tiers=TIERS)
    for less, more in pairwise(quantities):
        assert found.cost(less) <= found.cost(more)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"usd": 0.1}, "write it in quotes"),
        ({"usd": "1", "tiers": TIERS}, "either `usd` or `tiers`"),
        ({}, "either `usd` or `tiers`"),
        ({"tiers": TIERS[:2]}, "ends at null"),
        ({"tiers": [TIERS[1], TIERS[0], TIERS[2]]}, "must grow"),
        ({"usd": "-1"}, "greater than or equal to 0"),
        ({"usd": "1", "euro": "1"}, "Extra inputs"),
    ],
)
def test_a_rate_that_is_not_one_is_refused(values, message):
    with pytest.raises(ValidationError, match=message):
        rate(**values)


def test_less_than_nothing_has_no_price():
    with pytest.raises(ValueError, match="-1 piece is less than nothing"):
        rate(usd="1").cost(Decimal(-1))


def test_a_region_without_prices_is_named_with_those_that_have_some():
    with pytest.raises(ConfigurationError, match=r"no prices for mars-1: .*eu-west-1, us-east-1"):
        pricebook.load("mars-1")


def test_a_broken_book_is_one_sentence(tmp_path):
    (tmp_path / "mars-1.yaml").write_text("region: mars-1\nrates: 3\n")
    with pytest.raises(ConfigurationError, match=r"mars-1\.yaml is not a price book"):
        pricebook.load("mars-1", tmp_path)
