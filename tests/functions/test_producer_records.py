"""Packing: bytes in are bytes out, groups keep their order, what cannot travel is reported."""

from collections import defaultdict
from hashlib import md5
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from functions.producer.records import (
    KINESIS_BYTES,
    RECORD_BYTES,
    Sent,
    pack,
    partition_key,
    split,
)

documents = st.lists(
    st.builds(
        Sent,
        group_key=st.text(max_size=4),
        data=st.binary(min_size=1, max_size=40).filter(lambda data: b"\n" not in data),
    )
)


@settings(deadline=None)  # a busy machine is no failure
@given(documents, st.integers(1, 9), st.integers(1, 120))
def test_every_document_comes_out_once_unchanged_and_in_the_order_of_its_group(sent, groups, limit):
    packed = pack(sent, groups=groups, limit=limit)
    assert packed.rejected == []
    expected = defaultdict(list)
    for document in sent:
        expected[partition_key(document.group_key, groups)].append(document.data)
    found = defaultdict(list)
    for record in packed.records:
        parts = list(split(record.data))
        assert len(parts) == record.events
        found[record.key] += parts
    assert found == expected


@settings(deadline=None)  # a busy machine is no failure
@given(documents, st.integers(1, 120))
def test_a_record_is_over_the_limit_only_when_it_holds_one_document(sent, limit):
    for record in pack(sent, limit=limit).records:
        assert record.data.endswith(b"\n")
        assert len(record.data) <= limit or record.events == 1


@settings(deadline=None)  # a busy machine is no failure
@given(documents, st.integers(20, 120))
def test_a_record_is_not_closed_before_the_next_document_would_overfill_it(sent, limit):
    by_key = defaultdict(list)
    for record in pack(sent, limit=limit).records:
        by_key[record.key].append(record)
    for records in by_key.values():
        for earlier, later in pairwise(records):
            assert len(earlier.data) + len(next(split(later.data))) + 1 > limit


def test_records_are_filled_to_twenty_five_kilobytes():
    packed = pack(Sent(group_key="one", data=b"x" * 255) for _ in range(250))
    assert [len(record.data) for record in packed.records] == [RECORD_BYTES, RECORD_BYTES, 12_800]
    assert [record.events for record in packed.records] == [100, 100, 50]


def test_a_document_that_kinesis_cannot_carry_is_rejected_with_its_size_and_the_rest_goes_on():
    key = partition_key("s")
    largest = b"x" * (KINESIS_BYTES - len(key) - 1)
    too_large = Sent(group_key="s", data=largest + b"x")
    packed = pack(
        [
            Sent(group_key="s", data=b"before"),
            too_large,
            Sent(group_key="s", data=largest),
            Sent(group_key="s", data=b"after"),
        ]
    )
    assert [list(split(record.data)) for record in packed.records] == [
        [b"before"],
        [largest],
        [b"after"],
    ]
    assert packed.records[1].size == KINESIS_BYTES
    (rejected,) = packed.rejected
    assert rejected.sent is too_large
    assert "1,048,574 bytes" in rejected.reason
    assert "1,048,576" in rejected.reason


def test_empty_documents_and_documents_with_a_newline_are_rejected_because_they_would_be_lost():
    packed = pack([Sent(group_key="s", data=b""), Sent(group_key="s", data=b'{\n"a": 1}')])
    assert packed.records == []
    assert ["empty" in packed.rejected[0].reason, "newline" in packed.rejected[1].reason] == [
        True,
        True,
    ]


def test_the_partition_key_of_a_session_never_changes():
    assert [partition_key(session) for session in ("s-1", "s-2", "s-é")] == ["g6", "g4", "g4"]


def test_the_eight_groups_spread_evenly_over_two_shards():
    shards = [md5(f"g{n}".encode(), usedforsecurity=False).digest()[0] >> 7 for n in range(8)]
    assert sorted(shards) == [0, 0, 0, 0, 1, 1, 1, 1]
