"""Mode `text`: an object per record, whatever its key."""

import pytest

from functions.consumer.text import process
from tests.functions.consumer_fakes import FIRST, record, recorded


def test_each_recorded_record_is_one_object_with_its_payload():
    outcome = process(recorded("kinesis_one_event_per_record")["Records"])
    first, second = outcome.silver
    assert first.key == f"records/g3-2026-01-05-125958-{FIRST}.txt"
    assert first.body.startswith(b'{"event_type":"pageview","event_id":"e-1"')
    assert first.body.endswith(b"}\n")
    assert second.key == f"records/g3-2026-01-05-130001-{FIRST + 3}.txt"


def test_records_of_one_key_and_second_do_not_overwrite_each_other():
    records = [record(b"%d" % number, number) for number in range(3)]
    for each in records:
        each["kinesis"]["approximateArrivalTimestamp"] = 1767618003.0
    objects = {new.key: new.body for new in process(records).silver}
    assert sorted(objects.values()) == [b"0", b"1", b"2"]


def test_a_payload_is_kept_byte_by_byte():
    payload = bytes(range(256))
    assert process([record(payload)]).silver[0].body == payload


@pytest.mark.parametrize(
    ("partition_key", "name"),
    [
        ("user-1.a_b=c", "user-1.a_b=c"),
        ("../../etc/passwd", ".._.._etc_passwd"),
        ("a b\n?#%", "a_b____"),
        ("olá", "ol_"),
        ("☕" * 256, "_" * 128),
    ],
)
def test_an_odd_partition_key_gives_a_plain_name(partition_key: str, name: str):
    (new,) = process([record(b"", key=partition_key)]).silver
    assert new.key == f"records/{name}-2026-01-05-130003-{FIRST}.txt"
    assert len(new.key.encode()) <= 1024
