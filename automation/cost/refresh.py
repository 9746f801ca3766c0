"""Reads AWS's bulk offer files and rewrites the price book: `python -m automation.cost.refresh
REGION FOLDER`, for whoever maintains the prices.

FOLDER holds the files as AWS publishes them, by offer code: `AmazonKinesis.json`. They are large
and public (no credentials): `/offers/v1.0/aws/CODE/current/REGION/index.json` of AWS's price list
host. A rate that no file answers stays as it is, and is named. It downloads nothing.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

from rich.console import Console

from automation.cost import pricebook
from automation.cost.pricebook import PriceBook, Rate, Source, Tier
from automation.errors import UserError

Offer = Mapping[str, Any]
# What tells apart products with the same usagetype: the plain, shared, Linux instance.
PLAIN = {
    "tenancy": "Shared",
    "operatingSystem": "Linux",
    "preInstalledSw": "NA",
    "capacitystatus": "Used",
    "deploymentOption": "Single-AZ",
}


def refreshed(book: PriceBook, offers: Mapping[str, Offer]) -> tuple[PriceBook, list[str]]:
    """The book with every rate that the offers answer, and the names of those they do not.

    Raises `UserError` where an offer has several prices for one rate: a rate must not be a guess.
    """
    rates: dict[str, Rate] = {}
    missing: list[str] = []
    for name, rate in book.rates.items():
        offer = offers.get(rate.offer)
        tiers = _tiers(name, rate, offer) if offer and rate.usagetype else None
        if offer is None or tiers is None:
            missing.append(name)
            rates[name] = rate
            continue
        rates[name] = _renewed(rate, tiers, date.fromisoformat(str(offer["publicationDate"])[:10]))
    return book.model_copy(update={"rates": rates}), missing


def _renewed(rate: Rate, tiers: tuple[Tier, ...], published: date) -> Rate:
    """A price that the requirements give stays marked as theirs while it is the same."""
    single = len(tiers) == 1
    usd = tiers[0].usd if single else None
    same = rate.source is Source.REQUIREMENTS and usd == rate.usd
    return rate.model_copy(
        update={
            "usd": usd,
            "tiers": () if single else tiers,
            "source": Source.REQUIREMENTS if same else Source.PRICE_LIST,
            "published": published,
            "note": rate.note if same else "",
        }
    )


def _tiers(name: str, rate: Rate, offer: Offer) -> tuple[Tier, ...] | None:
    found: set[tuple[Tier, ...]] = set()
    terms = cast("Mapping[str, Offer]", offer["terms"]["OnDemand"])
    for sku, product in cast("Mapping[str, Offer]", offer["products"]).items():
        attributes = cast("Mapping[str, str]", product["attributes"])
        if attributes.get("usagetype") != rate.usagetype or not _plain(attributes):
            continue
        if rate.operation and attributes.get("operation") != rate.operation:
            continue
        for term in cast("Iterable[Offer]", terms.get(sku, {}).values()):
            found.add(_of_term(cast("Iterable[Offer]", term["priceDimensions"].values())))
    if len(found) > 1:
        raise UserError(
            f"{rate.offer} has {len(found)} prices for {name} (usagetype {rate.usagetype}): add an "
            "`operation` to the rate that tells them apart"
        )
    return found.pop() if found else None


def _plain(attributes: Mapping[str, str]) -> bool:
    return all(attributes.get(key, value) == value for key, value in PLAIN.items())


def _of_term(dimensions: Iterable[Offer]) -> tuple[Tier, ...]:
    ordered = sorted(dimensions, key=lambda one: Decimal(one["beginRange"]))
    return tuple(
        Tier(
            to=None if one["endRange"] == "Inf" else Decimal(one["endRange"]),
            usd=Decimal(one["pricePerUnit"]["USD"]).normalize(),
        )
        for one in ordered
    )


def read(folder: Path, codes: Iterable[str]) -> dict[str, Offer]:
    """The offer files of the folder by code; raises `UserError` for one that is not an offer."""
    if not folder.is_dir():
        raise UserError(f"{folder} is no folder with AWS's offer files; see docs/cost.md")
    offers: dict[str, Offer] = {}
    for code in sorted(set(codes)):
        path = folder / f"{code}.json"
        if not path.exists():
            continue
        try:
            offer: object = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
        except ValueError as error:
            raise UserError(f"{path} is not JSON: {error}") from None
        if not isinstance(offer, dict) or not {"publicationDate", "products", "terms"} <= set(
            cast("dict[str, object]", offer)
        ):
            raise UserError(f"{path} is no offer file: it needs publicationDate, products, terms")
        offers[code] = cast("Offer", offer)
    return offers


def main(arguments: list[str], console: Console, books: Path = pricebook.FOLDER) -> int:
    try:
        renewed, missing = _rewrite(arguments, books)
    except UserError as error:
        console.print(f"error: {error}", markup=False, soft_wrap=True)
        return 1
    console.print(f"{len(renewed.rates) - len(missing)} rates read, {len(missing)} as they were:")
    for name in missing:
        console.print(f"  {name}", markup=False)
    return 0


def _rewrite(arguments: list[str], books: Path) -> tuple[PriceBook, list[str]]:
    try:
        region, folder = arguments
    except ValueError:
        raise UserError("say which region and which folder, e.g. eu-west-1 ~/offers") from None
    book = pricebook.load(region, books)
    offers = read(Path(folder), (rate.offer for rate in book.rates.values() if rate.offer))
    renewed, missing = refreshed(book, offers)
    (books / f"{region}.yaml").write_text(pricebook.dump(renewed), encoding="utf-8")
    return renewed, missing


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], Console(highlight=False)))
