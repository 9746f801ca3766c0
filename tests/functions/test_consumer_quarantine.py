"""Poison by value in quarantine, and back on the stream by replay."""

# ruff: noqa: N803 - boto3's names

import gzip
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from contract.tables import QUARANTINED_EVENTS
from functions.consumer.decode import Poison, decode
from functions.consumer.quarantine import original_events, quarantine_objects
from functions.consumer.records import Span
from functions.consumer.replay import Location, Replayed, replay
from tests.functions.consumer_fakes import recorded

SPAN = Span(shard="shardId-000000000006", first="20", last="22")
POISON = decode(recorded("kinesis_poison_among_good")["Records"]).poison


@dataclass
class FakeS3:
    """A bucket that lists two keys a page."""

    objects: dict[str, bytes] = field(default_factory=dict)

    def list_objects_v2(self, **request: str) -> Mapping[str, Any]:
        keys = sorted(key for key in self.objects if key.startswith(request["Prefix"]))
        start = int(request.get("ContinuationToken", 0))
        page = {"Contents": [{"Key": key} for key in keys[start : start + 2]]}
        if start + 2 < len(keys):
            page |= {"IsTruncated": True, "NextContinuationToken": str(start + 2)}
        return page if keys else {"IsTruncated": False}

    def get_object(self, *, Bucket: str, Key: str) -> Mapping[str, Any]:
        return {"Body": io.BytesIO(self.objects[Key])}

    def copy_object(self, *, Bucket: str, Key: str, CopySource: Location) -> None:
        self.objects[Key] = self.objects[CopySource["Key"]]

    def delete_object(self, *, Bucket: str, Key: str) -> None:
        del self.objects[Key]


def quarantine(*numbers: int) -> FakeS3:
    s3 = FakeS3()
    for number in numbers:
        poison = Poison(
            reason="wrong", position="s/1/0", arrived_at=0, partition_key="g", data=b"%d" % number
        )
        span = Span(shard="s", first=f"{number:03}", last=f"{number:03}")
        (new,) = quarantine_objects([poison], span)
        s3.objects[new.key] = new.body
    return s3


def test_poison_lies_under_its_day_of_arrival_with_all_that_is_known():
    (new,) = quarantine_objects(POISON, SPAN)
    assert new.key == (
        "quarantine/events/year=2026/month=01/day=05/shardId-000000000006-20-22.json.gz"
    )
    rows = [json.loads(line) for line in gzip.decompress(new.body).splitlines()]
    assert [list(row) for row in rows] == [[c.name for c in QUARANTINED_EVENTS.columns]] * 3
    assert rows[0] == {
        "reason": POISON[0].reason,
        "position": POISON[0].position,
        "arrived_at": "2026-01-05T13:00:03.217+00:00",
        "partition_key": "g3",
        "data": "PGh0bWw+NTAyPC9odG1sPg==",
    }


def test_original_bytes_come_back_whatever_they_are():
    every_byte = bytes(byte for byte in range(256) if byte != ord("\n"))
    poison = Poison(reason='"\n', position="p", arrived_at=0, partition_key="\n", data=every_byte)
    (new,) = quarantine_objects([poison], SPAN)
    assert original_events(new.body) == [every_byte]


def test_the_same_poison_gives_the_same_bytes():
    assert quarantine_objects(POISON, SPAN) == quarantine_objects(POISON, SPAN)


def test_no_poison_gives_no_object():
    assert quarantine_objects([], SPAN) == []


def test_a_replay_publishes_the_original_bytes_and_keeps_the_objects():
    s3, published = quarantine(1, 2, 3, 4, 5), []
    before = sorted(s3.objects.values())
    assert replay(s3, "bronze", publish=published.extend) == Replayed(events=5, objects=5)
    assert published == [b"1", b"2", b"3", b"4", b"5"]
    assert sorted(s3.objects.values()) == before
    assert min(s3.objects) == (
        "quarantine/replayed/events/year=1970/month=01/day=01/s-001-001.json.gz"
    )


def test_a_second_replay_sends_nothing():
    s3, published = quarantine(1, 2, 3), []
    replay(s3, "bronze", publish=published.extend)
    assert replay(s3, "bronze", publish=published.extend) == Replayed(events=0, objects=0)
    assert len(published) == 3


def test_what_could_not_be_published_stays_for_the_next_replay():
    s3, published = quarantine(1, 2, 3), []

    def publish(events: list[bytes]) -> None:
        if events == [b"2"]:
            raise ConnectionError
        published.extend(events)

    with pytest.raises(ConnectionError):
        replay(s3, "bronze", publish=publish)
    assert published == [b"1"]
    assert replay(s3, "bronze", publish=published.extend) == Replayed(events=2, objects=2)
    assert published == [b"1", b"2", b"3"]


def test_a_replay_can_be_narrowed_to_a_day():
    s3, published = quarantine(1), []
    prefix = "quarantine/events/year=2026/month=01/day=05/"
    assert replay(s3, "bronze", prefix, publish=published.extend).objects == 0
    prefix = "quarantine/events/year=1970/month=01/day=01"
    assert replay(s3, "bronze", prefix, publish=published.extend).objects == 1


@pytest.mark.parametrize("prefix", ["", "raw/events", "quarantine", "quarantine/replayed/events"])
def test_a_prefix_outside_quarantine_is_refused(prefix: str):
    s3 = quarantine(1)
    with pytest.raises(ValueError, match="is not in quarantine: replay 'quarantine/events'"):
        replay(s3, "bronze", prefix, publish=lambda _: None)
    assert len(s3.objects) == 1
