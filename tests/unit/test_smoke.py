"""The smoke test says where its event did not arrive, and looks only where it can be."""

import io
from datetime import UTC, datetime, timedelta

import msgspec
import pyarrow as pa
import pytest
from pyarrow import parquet

from automation import smoke
from automation.errors import UserError
from contract.events import PageView
from functions.consumer.decode import Poison
from functions.consumer.quarantine import quarantine_objects
from functions.consumer.records import Span, day_of

NOW = datetime(2026, 11, 25, 9, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("prefix", "known"),
    [
        ("raw/events/!{timestamp:yyyy}/!{timestamp:MM}/!{timestamp:dd}/", "raw/events/2026/11/25/"),
        ("raw/!{timestamp:yyyy}-!{timestamp:HH}/!{timestamp:mm}/", "raw/2026-09/"),
        ("raw/!{partitionKeyFromQuery:shop}/", "raw/"),
        ("raw/events/", "raw/events/"),
    ],
)
def test_a_prefix_of_firehose_is_followed_as_far_as_it_is_known(prefix, known):
    assert smoke.firehose_prefix(prefix, NOW) == known


class Lake:
    """Kinesis and S3: what is put appears in the zones that work."""

    def __init__(self, *working: str, refusing: bool = False):
        self.working, self.refusing = working, refusing
        self.objects: dict[tuple[str, str], tuple[bytes, datetime]] = {}
        self.read: list[str] = []

    def client(self, _service: str):
        return self

    def put_records(self, *, StreamName, Records):  # noqa: N803
        if self.refusing:
            failed = {"ErrorCode": "ValidationException", "ErrorMessage": "no such stream"}
            raise UserError(f"{StreamName}: {failed}")
        (record,) = Records
        event = msgspec.json.decode(record["Data"], type=PageView)
        now = datetime.now(tz=UTC)
        if "bronze" in self.working:
            day = now.strftime("raw/events/%Y/%m/%d/")
            self.objects["bronze", f"{day}a"] = (record["Data"], now)
        if "silver" in self.working:
            body = io.BytesIO()
            parquet.write_table(pa.table({"event_id": [event.event_id]}), body)
            key = f"events/{day_of(event.occurred_at)}/hour={event.occurred_at.hour:02}/a.parquet"
            self.objects["silver", key] = (body.getvalue(), now)
        if "quarantine" in self.working:
            self.quarantine(record["Data"], now)
        return {"Records": [{}]}

    def quarantine(self, data: bytes, now: datetime) -> None:
        poison = Poison(
            reason="x",
            position="p",
            arrived_at=int(now.timestamp() * 1e6),
            partition_key="k",
            data=data,
        )
        (made,) = quarantine_objects([poison], Span(shard="shard", first="1", last="2"))
        self.objects["bronze", made.key] = (made.body, now)

    def get_paginator(self, _name):
        return self

    def paginate(self, *, Bucket, Prefix):  # noqa: N803
        found = [
            {"Key": key, "LastModified": written}
            for (bucket, key), (_, written) in self.objects.items()
            if bucket == Bucket and key.startswith(Prefix)
        ]
        return [{"Contents": found}]

    def get_object(self, *, Bucket, Key):  # noqa: N803
        self.read.append(Key)
        return {"Body": io.BytesIO(self.objects[Bucket, Key][0])}


def at(lake: Lake) -> smoke.Places:
    return smoke.Places(
        stream="events",
        bronze="bronze",
        silver="silver",
        raw_prefix="raw/events/!{timestamp:yyyy}/!{timestamp:MM}/!{timestamp:dd}/",
        patience=0,
        client=lake.client,
    )


def test_an_event_in_both_zones_passes_and_older_objects_are_not_read():
    lake = Lake("bronze", "silver")
    old = datetime.now(tz=UTC) - timedelta(hours=1)
    lake.objects["bronze", old.strftime("raw/events/%Y/%m/%d/old")] = (b"{}", old)
    passed = smoke.prove(at(lake))
    assert passed.event_id in str(passed)
    assert all(not key.endswith("old") for key in lake.read)
    assert len(lake.read) == 2


@pytest.mark.parametrize(
    ("working", "said"),
    [
        (("bronze",), "did not arrive in silver within 0 s, it is not in quarantine either"),
        (("silver",), "did not arrive in bronze within"),
        ((), "did not arrive in bronze and silver"),
        (("bronze", "quarantine"), "did not arrive in silver within 0 s, it is in quarantine"),
    ],
)
def test_the_zone_that_it_did_not_reach_is_named(working, said):
    with pytest.raises(UserError, match=said):
        smoke.prove(at(Lake(*working)))
