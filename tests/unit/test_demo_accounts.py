"""The demo's books: any number that does not fit is named, with both values."""

from decimal import Decimal

from functions.producer.visits import Truth
from local import accounts
from local.arrival import Arrived, _documents, _too_many
from report.results import QueryResult

TRUTH = Truth(
    published=10,
    distinct=8,
    duplicates=1,
    broken=1,
    orders=2,
    returns=0,
    units=5,
    revenue_micros={"EUR": 12_340_000},
)


def _kpis(**changes) -> tuple[QueryResult, ...]:
    row = {"orders": 2, "units": 5, "currency": "EUR", "revenue": Decimal("12.34"), **changes}
    return (
        QueryResult(
            name="kpis",
            title="",
            columns=tuple(row),
            rows=(tuple(row.values()),),
            engine="",
            seconds=0.0,
            sql="",
        ),
    )


def test_a_complete_lake_has_nothing_to_say():
    arrived = Arrived(
        in_bronze=10, silver_rows=9, quarantined=1, event_ids={str(n) for n in range(8)}
    )
    assert arrived.complete(10)
    assert accounts.events(arrived, TRUTH, replayed=0) == []


def test_a_lost_event_is_named():
    arrived = Arrived(
        in_bronze=10, silver_rows=8, quarantined=1, event_ids={str(n) for n in range(7)}
    )
    assert not arrived.complete(10)
    assert accounts.events(arrived, TRUTH, replayed=0) == [
        "distinct events in silver: expected 8, found 7 (-1)"
    ]


def test_a_second_delivery_is_not_waited_for():
    assert _too_many(Arrived(in_bronze=11), 10)
    assert _too_many(Arrived(in_bronze=10, silver_rows=10, quarantined=1), 10)


def test_gold_must_agree_to_the_cent():
    assert accounts.generated_sales(TRUTH, _kpis()) == []
    assert accounts.generated_sales(TRUTH, _kpis(revenue=Decimal("12.35"))) == [
        "revenue in EUR: expected 12.34, found 12.35 (+0.01)"
    ]


def test_a_currency_of_the_file_is_not_compared_with_the_generator():
    assert accounts.generated_sales(TRUTH, _kpis(currency="GBP", orders=99)) == []


def test_documents_are_counted_compressed_or_not():
    import gzip

    body = b'{"a":1}\n{"b":2}\n'
    assert _documents(body) == _documents(gzip.compress(body)) == 2
    assert _documents(b'{"a":1}') == 1
