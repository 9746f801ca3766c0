"""Offer files of AWS become rates; what they do not answer stays, and is named."""

import io
import json
from datetime import date
from decimal import Decimal

import pytest
from rich.console import Console

from automation.cost import pricebook, refresh
from automation.cost.pricebook import PriceBook, Source
from automation.errors import UserError

PUBLISHED = "2027-01-15T10:00:00Z"


def rate(usagetype, usd="1", offer="AmazonEC2", source="typed", **more):
    return {
        "unit": "Hrs",
        "usd": usd,
        "source": source,
        "published": date(2026, 11, 25),
        "offer": offer,
        "usagetype": usagetype,
    } | more


def book(**rates) -> PriceBook:
    return PriceBook.model_validate(
        {
            "region": "eu-west-1",
            "hours_per_month": 730,
            "rates": {name.replace("__", "."): one for name, one in rates.items()},
        }
    )


def offer(*products):
    """An offer file with products `(sku, attributes, [(begin, end, usd)])`, as AWS lays it out."""
    return {
        "publicationDate": PUBLISHED,
        "products": {sku: {"sku": sku, "attributes": found} for sku, found, _ in products},
        "terms": {
            "OnDemand": {
                sku: {
                    f"{sku}.TERM": {
                        "priceDimensions": {
                            f"{sku}.TERM.{begin}": {
                                "beginRange": begin,
                                "endRange": end,
                                "pricePerUnit": {"USD": usd},
                            }
                            for begin, end, usd in tiers
                        }
                    }
                }
                for sku, _, tiers in products
            }
        },
    }


def single(usd):
    return [("0", "Inf", usd)]


def test_a_rate_takes_price_and_date_of_its_offer():
    one = ("A", {"usagetype": "EU-NatGateway-Hours"}, single("0.0480000000"))
    renewed, missing = refresh.refreshed(
        book(nat__hour=rate("EU-NatGateway-Hours")), {"AmazonEC2": offer(one)}
    )
    found = renewed.rate("nat.hour")
    assert (found.usd, found.source) == (Decimal("0.048"), Source.PRICE_LIST)
    assert found.published == date(2027, 1, 15)
    assert missing == []


def test_tiers_come_in_order_and_end_at_the_last():
    tiers = [("51200", "Inf", "0.022"), ("0", "51200", "0.023")]
    one = ("A", {"usagetype": "EU-TimedStorage-ByteHrs"}, tiers)
    renewed, _ = refresh.refreshed(
        book(s3__gb=rate("EU-TimedStorage-ByteHrs")), {"AmazonEC2": offer(one)}
    )
    found = renewed.rate("s3.gb")
    assert found.cost(Decimal(51_201)) == Decimal(51_200) * Decimal("0.023") + Decimal("0.022")


def test_only_the_plain_linux_instance_counts():
    plain = {"usagetype": "EU-BoxUsage:m6i.large", "operatingSystem": "Linux", "tenancy": "Shared"}
    products = (
        ("A", plain, single("0.107")),
        ("B", plain | {"operatingSystem": "Windows"}, single("0.199")),
        ("C", plain | {"tenancy": "Dedicated"}, single("0.113")),
    )
    renewed, _ = refresh.refreshed(
        book(ec2__m6i=rate("EU-BoxUsage:m6i.large")), {"AmazonEC2": offer(*products)}
    )
    assert renewed.rate("ec2.m6i").usd == Decimal("0.107")


def test_an_operation_tells_balancers_apart_and_without_it_nothing_is_guessed():
    shared = "EU-LoadBalancerUsage"
    products = (
        ("A", {"usagetype": shared, "operation": "LoadBalancing:Application"}, single("0.0252")),
        ("B", {"usagetype": shared, "operation": "LoadBalancing:Network"}, single("0.0300")),
    )
    offers = {"AmazonEC2": offer(*products)}
    named = book(elb__alb=rate(shared, operation="LoadBalancing:Application"))
    assert refresh.refreshed(named, offers)[0].rate("elb.alb").usd == Decimal("0.0252")
    with pytest.raises(UserError, match=r"2 prices for elb\.alb .* add an `operation`"):
        refresh.refreshed(book(elb__alb=rate(shared)), offers)


def test_a_price_of_the_requirements_stays_theirs_while_aws_asks_the_same():
    given_ = book(kms__key=rate("keys", usd="1.00", source="requirements"))
    for usd, source in (
        ("1.0000000000", Source.REQUIREMENTS),
        ("1.1000000000", Source.PRICE_LIST),
    ):
        one = ("A", {"usagetype": "keys"}, single(usd))
        renewed, _ = refresh.refreshed(given_, {"AmazonEC2": offer(one)})
        found = renewed.rate("kms.key")
        assert (found.usd, found.source) == (Decimal(usd), source)
        assert found.published == date(2027, 1, 15)


def test_what_no_offer_answers_stays_as_it_is_and_is_named():
    old = book(a__hour=rate("gone"), b__hour=rate("EU-x", offer="AmazonMWAA"))
    renewed, missing = refresh.refreshed(old, {"AmazonEC2": offer()})
    assert renewed == old
    assert missing == ["a.hour", "b.hour"]


def run(tmp_path, *arguments):
    out = io.StringIO()
    code = refresh.main(list(arguments), Console(file=out, width=200), tmp_path)
    return code, out.getvalue()


@pytest.fixture
def books(tmp_path):
    text = pricebook.dump(book(nat__hour=rate("EU-NatGateway-Hours"), b__hour=rate("gone")))
    (tmp_path / "eu-west-1.yaml").write_text(text)
    (tmp_path / "offers").mkdir()
    return tmp_path


def test_the_command_rewrites_the_book_from_a_folder(books):
    one = ("A", {"usagetype": "EU-NatGateway-Hours"}, single("0.048"))
    (books / "offers" / "AmazonEC2.json").write_text(json.dumps(offer(one)))
    code, said = run(books, "eu-west-1", str(books / "offers"))
    assert code == 0
    assert "1 rates read, 1 as they were:\n  b.hour" in said
    assert pricebook.load("eu-west-1", books).rate("nat.hour").usd == Decimal("0.048")


@pytest.mark.parametrize(
    ("content", "message"),
    [("{", "is not JSON"), ("[]", "is no offer file"), ("{}", "is no offer file")],
)
def test_a_file_that_is_no_offer_leaves_the_book_alone(books, content, message):
    before = (books / "eu-west-1.yaml").read_text()
    (books / "offers" / "AmazonEC2.json").write_text(content)
    code, said = run(books, "eu-west-1", str(books / "offers"))
    assert (code, message in said) == (1, True)
    assert (books / "eu-west-1.yaml").read_text() == before


@pytest.mark.parametrize("arguments", [(), ("eu-west-1",), ("eu-west-1", "/nowhere"), ("x", ".")])
def test_a_wrong_command_line_is_one_sentence(books, arguments):
    code, said = run(books, *arguments)
    assert code == 1
    assert said.startswith("error: ")
    assert "Traceback" not in said
