"""Silver objects by value: schema, keys, rows and bytes."""

from datetime import UTC, datetime, timedelta, timezone

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contract.tables import EVENTS
from functions.consumer.decode import decode
from functions.consumer.objects import NewObject
from functions.consumer.parquet import arrow_type, silver_objects
from functions.consumer.records import Record, Span
from tests.functions.consumer_fakes import page_view, record, recorded

SPAN = Span(shard="shardId-000000000006", first="10", last="12")


def objects_of(records: list[Record]) -> dict[str, pa.Table]:
    return {new.key: read(new) for new in silver_objects(decode(records), SPAN)}


def read(new: NewObject) -> pa.Table:
    return pq.ParquetFile(pa.BufferReader(new.body)).read()


def test_each_hour_of_occurrence_has_its_object():
    objects = objects_of(recorded("kinesis_joined_events")["Records"])
    name = "shardId-000000000006-10-12.parquet"
    assert {key: table["event_id"].to_pylist() for key, table in objects.items()} == {
        f"events/year=2026/month=01/day=05/hour=12/{name}": ["e-1"],
        f"events/year=2026/month=01/day=05/hour=13/{name}": ["e-2", "e-3", "e-4"],
    }


def test_the_columns_are_those_of_the_contract():
    text, number, time = pa.string(), pa.int64(), pa.timestamp("us", tz="UTC")
    line = pa.struct(
        [
            ("line_id", text),
            ("product_id", text),
            ("quantity", number),
            ("unit_price_micros", number),
            ("product_name", text),
            ("category", text),
        ]
    )
    (table,) = objects_of([record(page_view(1))]).values()
    assert table.schema.names == [column.name for column in EVENTS.columns]
    types = {field.name: field.type for field in table.schema}
    assert types.pop("lines").value_type == line
    assert {name for name, type_ in types.items() if type_ == time} == {"occurred_at", "arrived_at"}
    numbers = {"quantity", "unit_price_micros", "items", "cart_value_micros"}
    assert {name for name, type_ in types.items() if type_ == number} == numbers
    assert set(types.values()) == {text, number, time}


def test_an_order_keeps_every_value():
    (row,) = [
        row
        for table in objects_of(recorded("kinesis_joined_events")["Records"]).values()
        for row in table.to_pylist()
        if row["event_type"] == "order_confirmed"
    ]
    assert {name: value for name, value in row.items() if value is not None} == {
        "event_type": "order_confirmed",
        "event_id": "e-4",
        "occurred_at": datetime(2026, 1, 5, 13, 0, 3, 1, tzinfo=UTC),
        "session_id": "s-1",
        "channel": "web",
        "customer_id": "c-7",
        "order_id": "o-9",
        "currency": "EUR",
        "lines": [
            {
                "line_id": "o-9/1",
                "product_id": "p-42",
                "quantity": 2,
                "unit_price_micros": 12_490_000,
                "product_name": "Caneca ☕",
                "category": "casa",
            },
            {
                "line_id": "o-9/2",
                "product_id": "p-43",
                "quantity": -1,
                "unit_price_micros": 5_000,
                "product_name": None,
                "category": None,
            },
        ],
        "arrived_at": datetime(2026, 1, 5, 13, 0, 3, 217_000, tzinfo=UTC),
        "position": row["position"],
    }


def test_an_event_with_an_offset_lies_in_its_utc_hour():
    (key,) = objects_of([record(page_view(1, occurred_at="2026-01-01T00:30:00+05:45"))])
    assert key.startswith("events/year=2025/month=12/day=31/hour=18/")


@pytest.mark.parametrize(
    ("when", "partition"),
    [
        ("0001-01-01T00:00:00Z", "year=0001/month=01/day=01/hour=00"),
        ("1969-12-31T23:59:59.999999Z", "year=1969/month=12/day=31/hour=23"),
        ("9999-12-31T23:59:59.999999Z", "year=9999/month=12/day=31/hour=23"),
    ],
)
def test_the_ends_of_the_calendar_have_partitions(when: str, partition: str):
    ((key, table),) = objects_of([record(page_view(1, occurred_at=when))]).items()
    assert key.startswith(f"events/{partition}/")
    assert table["occurred_at"].cast(pa.timestamp("us")).cast(pa.string()).to_pylist() == [
        when.removesuffix("Z").replace("T", " ") + ("" if "." in when else ".000000")
    ]


def test_every_column_is_compressed_with_zstd():
    (new,) = silver_objects(decode([record(page_view(1))]), SPAN)
    group = pq.ParquetFile(pa.BufferReader(new.body)).metadata.row_group(0)
    assert {group.column(i).compression for i in range(group.num_columns)} == {"ZSTD"}


def test_the_same_batch_gives_the_same_bytes():
    records = recorded("kinesis_joined_events")["Records"]
    assert silver_objects(decode(records), SPAN) == silver_objects(decode(records), SPAN)


def test_no_events_give_no_objects():
    assert silver_objects(decode([record(b"poison")]), SPAN) == []


OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda n: timezone(timedelta(minutes=n)))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(page=st.text(max_size=1024), when=st.datetimes(timezones=OFFSETS))
def test_whatever_decodes_can_be_written_and_read_back(page: str, when: datetime):
    sent = page_view(1, page=page, occurred_at=when.isoformat())
    decoded = decode([record(sent)])
    rows = [row for new in silver_objects(decoded, SPAN) for row in read(new).to_pylist()]
    assert len(rows) + len(decoded.poison) == 1
    for row in rows:
        assert (row["page"], row["occurred_at"]) == (page, when)


def test_an_unknown_hive_type_is_an_error():
    with pytest.raises(ValueError, match=r"no Arrow type for Hive type 'decimal\(3,2\)'"):
        arrow_type("decimal(3,2)")


def test_nested_structs_are_taken_apart_at_the_right_comma():
    assert arrow_type("struct<a:struct<b:string,c:bigint>,d:array<string>>") == pa.struct(
        [
            ("a", pa.struct([("b", pa.string()), ("c", pa.int64())])),
            ("d", pa.list_(pa.string())),
        ]
    )
