"""Merging files of changes: order, repetition, keys that move, reloads, files that are wrong."""

import itertools
import json

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.cdc.positions import position
from tests.jobs.shop_changes import (
    Buckets,
    changes_key,
    landed,
    load_key,
    load_rows,
    parquet,
    seq,
    store,
)

LOADED = (load_key(), load_rows((1, "one"), (2, "two")))


def test_changes_come_after_the_load_and_rows_say_what_change_they_stand_at():
    s3 = landed(
        LOADED, (changes_key(1), parquet(store("U", 1, "uno", 1), store("I", 3, "tres", 1)))
    )
    merged = s3.merge()
    assert (merged.files, merged.changes, merged.rows, merged.refused) == (2, 4, 3, {})
    assert s3.names() == {1: "uno", 2: "two", 3: "tres"}
    standing = {row["store_id"]: row["change_position"] for row in s3.rows()}
    assert standing[1] == seq(1)
    assert standing[2] == seq(0, 0)
    assert {row["store_id"]: str(row["changed_at"]) for row in s3.rows()}[
        3
    ] == "2026-03-01 10:01:00"
    assert [row["store_id"] for row in s3.rows()] == [1, 2, 3]


def test_several_changes_of_a_key_in_one_transaction_follow_their_order():
    steps = [
        store("D", 1, None, 1, counter=1),
        store("I", 1, "again", 1, counter=2),
        store("U", 1, "last", 1, counter=3),
        store("I", 5, "short", 1, counter=4),
        store("D", 5, None, 1, counter=5),
    ]
    for order in itertools.permutations(steps):
        s3 = landed(LOADED, (changes_key(1), parquet(*order)))
        s3.merge()
        assert s3.names() == {1: "last", 2: "two"}


def test_a_late_file_does_not_bring_back_what_was_deleted_or_changed_since():
    s3 = landed(
        LOADED,
        (changes_key(5), parquet(store("D", 1, None, 5), store("U", 2, "new", 5, counter=2))),
    )
    s3.merge()
    late = parquet(store("U", 1, "old", 3), store("U", 2, "old", 3, counter=2))
    s3.put_object(Bucket="bronze", Key=changes_key(3), Body=late)
    assert s3.merge().files == 1
    assert s3.names() == {2: "new"}


def test_the_same_files_again_change_not_a_byte():
    s3 = landed(LOADED, (changes_key(1), parquet(store("U", 1, "uno", 1), store("D", 2, None, 1))))
    s3.merge()
    before = dict(s3.objects)
    s3.written.clear()
    assert s3.merge().files == 0
    assert s3.written == []
    assert s3.merge(late_days=None).files == 2
    assert s3.objects == before


def test_a_file_under_another_name_changes_nothing_either():
    body = parquet(store("U", 1, "uno", 1), store("D", 2, None, 1, counter=2))
    s3 = landed(LOADED, (changes_key(1), body), (changes_key(2), body))
    s3.merge()
    assert s3.names() == {1: "uno"}


def test_a_key_that_changes_takes_its_row_along():
    moved = store("U", 7, "one", 1, before_store_id=1)
    s3 = landed(LOADED, (changes_key(1), parquet(moved)))
    s3.merge()
    assert s3.names() == {2: "two", 7: "one"}


def test_keys_that_are_exchanged_in_one_transaction_end_up_exchanged():
    steps = [
        store("U", 9, "one", 1, counter=1, before_store_id=1),
        store("U", 1, "two", 1, counter=2, before_store_id=2),
        store("U", 2, "one", 1, counter=3, before_store_id=9),
    ]
    for order in itertools.permutations(steps):
        s3 = landed(LOADED, *((changes_key(n), parquet(row)) for n, row in enumerate(order)))
        s3.merge()
        assert s3.names() == {1: "two", 2: "one"}


def test_an_update_that_repeats_its_key_as_the_one_before_deletes_nothing():
    s3 = landed(LOADED, (changes_key(1), parquet(store("U", 1, "uno", 1, before_store_id=1))))
    s3.merge()
    assert s3.names() == {1: "uno", 2: "two"}


def test_a_new_load_replaces_what_stood_before_it_and_keeps_what_came_after():
    s3 = landed(LOADED, (changes_key(1), parquet(store("U", 2, "dos", 1), store("I", 3, "x", 1))))
    s3.merge()
    # Row 2 went while nobody read; row 4 changed after the second load began.
    s3.put_object(Bucket="bronze", Key=load_key(), Body=load_rows((1, "one!"), (4, "d"), minute=30))
    s3.put_object(Bucket="bronze", Key=changes_key(31), Body=parquet(store("U", 4, "four", 31)))
    assert s3.merge().refused == {}
    assert s3.names() == {1: "one!", 4: "four"}


def test_a_load_that_comes_in_parts_is_one_load():
    s3 = landed(LOADED)
    s3.merge()
    s3.put_object(Bucket="bronze", Key=load_key(1), Body=load_rows((1, "a"), minute=30))
    s3.merge()
    s3.put_object(Bucket="bronze", Key=load_key(2), Body=load_rows((2, "b"), minute=30))
    s3.merge()
    assert s3.names() == {1: "a", 2: "b"}


def test_a_new_column_is_null_until_a_row_changes_and_a_lost_one_after():
    s3 = landed(LOADED, (changes_key(1), parquet(store("U", 1, "uno", 1, city="Porto"))))
    s3.merge()
    assert {row["store_id"]: row["city"] for row in s3.rows()} == {1: "Porto", 2: None}
    s3.put_object(Bucket="bronze", Key=changes_key(2), Body=parquet(store("U", 1, "uno", 2)))
    s3.merge()
    assert {row["store_id"]: row["city"] for row in s3.rows()} == {1: None, 2: None}


def test_an_integer_that_grew_wider_is_taken():
    wide = parquet(store("I", 2**40, "far", 1), store_id=pa.int64(), before_store_id=pa.int64())
    s3 = landed(LOADED, (changes_key(1), wide))
    assert s3.merge().refused == {}
    assert s3.names()[2**40] == "far"


GOOD = store("U", 1, "uno", 1)
POISON = {
    "no Parquet file": b"PAR1 this is not Parquet",
    "is no Parquet file": b"",
    "has no column change_seq": parquet({k: v for k, v in GOOD.items() if k != "change_seq"}),
    "has no column Op, store_id": parquet(
        {k: v for k, v in GOOD.items() if k not in ("Op", "store_id")}
    ),
    "has 1 rows without store_id": parquet(GOOD, GOOD | {"store_id": None}),
    "has the operation 'X', where only": parquet(GOOD | {"Op": "X"}),
    "has a committed_at that is no time": parquet(GOOD | {"committed_at": "yesterday"}),
    "has a change_seq that is not 35 digits": parquet(GOOD | {"change_seq": "17"}),
    "has name as int64, which was string before": parquet(GOOD | {"name": 5}, name=pa.int64()),
}


@pytest.mark.parametrize("reason", POISON)
def test_a_poison_file_fails_alone_and_says_why(reason):
    s3 = landed(
        LOADED,
        (changes_key(1), POISON[reason]),
        (changes_key(2), parquet(store("U", 2, "dos", 2))),
    )
    merged = s3.merge()
    assert (merged.files, list(merged.refused)) == (2, [changes_key(1)])
    assert s3.names() == {1: "one", 2: "dos"}
    key = f"quarantine/{changes_key(1)}.json"
    said = json.loads(s3.objects["bronze", key])
    assert reason in said["reason"]
    assert said["source_file"] == changes_key(1)
    assert said.keys() == {"reason", "source_file", "etag"}
    assert ("bronze", changes_key(1)) in s3.objects, "bronze is never edited"
    assert s3.merge().refused == {}, "it is told once"


def test_a_poison_file_that_was_put_right_is_merged_and_leaves_quarantine():
    s3 = landed(
        LOADED, (changes_key(1), b"broken"), (changes_key(2), parquet(store("D", 2, None, 2)))
    )
    s3.merge()
    right = parquet(store("U", 1, "uno", 1), store("U", 2, "dos", 1, counter=2))
    s3.put_object(Bucket="bronze", Key=changes_key(1), Body=right)
    assert s3.merge().files == 1
    assert s3.names() == {1: "uno"}
    assert not [key for key in s3.keys("bronze") if key.startswith("quarantine/")]


def test_only_days_that_can_still_bring_something_are_looked_at():
    s3 = landed(LOADED, (changes_key(1), parquet(store("D", 1, None, 1))))
    s3.merge()
    s3.put_object(
        Bucket="bronze",
        Key=changes_key(1, day=20),
        Body=parquet(store("U", 2, "dos", 1, day=20)),
    )
    s3.merge()
    s3.read.clear()
    too_late = changes_key(3, day=12)
    s3.put_object(Bucket="bronze", Key=too_late, Body=parquet(store("I", 8, "x", 3, day=12)))
    assert s3.merge(late_days=7).files == 0
    assert too_late not in s3.read
    assert s3.merge(late_days=8).files == 1
    # The whole of it, whatever is remembered.
    assert s3.merge(late_days=None).files == 4
    assert s3.names() == {2: "dos", 8: "x"}


def test_a_deleted_key_is_forgotten_once_no_older_file_can_be_read():
    s3 = landed(LOADED, (changes_key(1), parquet(store("D", 1, None, 1))))
    s3.merge()
    gone = ("silver", "cdc_state/shop/stores/gone.parquet")
    remembered = len(s3.objects[gone])
    for day in (20, 21):  # a horizon is known one run later
        body = parquet(store("U", 2, f"{day}", 1, day=day))
        s3.put_object(Bucket="bronze", Key=changes_key(1, day=day), Body=body)
        s3.merge()
    assert len(s3.objects[gone]) < remembered
    assert s3.names() == {2: "21"}


def test_a_run_that_dies_between_two_writes_is_done_again():
    class Dies(Buckets):
        left = 99

        def put_object(self, *, Bucket, Key, Body):  # noqa: N803
            if Bucket == "silver":
                self.left -= 1
                if self.left < 0:
                    raise ConnectionError("the network went away")
            super().put_object(Bucket=Bucket, Key=Key, Body=Body)

    changes = parquet(store("D", 1, None, 1), store("U", 2, "dos", 1, counter=2))
    for left in range(3):
        s3 = Dies()
        s3.put_object(Bucket="bronze", Key=LOADED[0], Body=LOADED[1])
        s3.merge()
        s3.put_object(Bucket="bronze", Key=changes_key(1), Body=changes)
        s3.left = left
        with pytest.raises(ConnectionError):
            s3.merge()
        s3.left = 99
        s3.merge()
        assert s3.names() == {2: "dos"}


def test_other_objects_beside_the_files_are_not_looked_at():
    s3 = landed(LOADED, ("cdc/shop/stores/awsdms_test.csv", b"x"), ("cdc/shop/stores_old/a", b"y"))
    assert s3.merge().refused == {}
    assert s3.names() == {1: "one", 2: "two"}


def test_a_table_without_files_has_no_rows_and_no_memory():
    s3 = Buckets()
    merged = s3.merge()
    assert (merged.files, merged.rows) == (0, 0)
    assert s3.objects == {}


CHANGE = st.tuples(st.sampled_from("IUD"), st.integers(1, 4), st.integers(1, 4))


@settings(deadline=None, max_examples=40)
@given(st.lists(CHANGE, max_size=12), st.randoms(use_true_random=False))
def test_files_in_any_order_and_number_give_what_the_changes_give_one_by_one(changes, random):
    truth: dict[int, str] = {1: "one", 2: "two"}
    rows = []
    for counter, (op, number, before) in enumerate(changes, start=1):
        name = f"n{counter}"
        old = before if op == "U" and before in truth else None
        if op == "U" and old is not None:
            truth.pop(old)
        if op == "D":
            truth.pop(number, None)
        else:
            truth[number] = name
        rows.append(store(op, number, name, 1, counter=counter, before_store_id=old))
    files = [(changes_key(place), parquet(row)) for place, row in enumerate(rows)]
    files += random.sample(
        [(changes_key(place + 20), body) for place, (_, body) in enumerate(files)],
        k=len(files) // 2,
    )
    files.append(LOADED)
    random.shuffle(files)
    s3 = Buckets(page=3)
    for key, body in files:
        s3.put_object(Bucket="bronze", Key=key, Body=body)
        if random.random() < 0.4:
            s3.merge()
    s3.merge()
    assert s3.names() == truth


def test_positions_sort_as_time_and_counter_do():
    from datetime import datetime

    early = datetime(2026, 3, 1, 10, 0, 0, 990_000)
    late = datetime(2026, 3, 1, 10, 0, 1)
    assert position(early) == "2026030110000099" + "0" * 19
    assert position(early) < position(early, 1) < position(early, 10) < position(late)
    assert len(position(late, 10**18)) == 35
