"""What counts as a difference, between inputs and between inputs and a service."""

import json

import pytest

from local.provider.convert import FreeMap
from local.provider.diff import Change, diff
from local.provider.drift import in_shape_of, same
from local.provider.types import TABLE
from local.provider.values import ASSETS, SIGNATURE, UNKNOWN

BUCKET = TABLE["aws:s3/bucket:Bucket"]
QUEUE = TABLE["aws:sqs/queue:Queue"]
STREAM = TABLE["aws:kinesis/stream:Stream"]
TABLES = TABLE["aws:glue/catalogTable:CatalogTable"]
LAYER = TABLE["aws:lambda/layerVersion:LayerVersion"]


@pytest.mark.parametrize(
    ("wanted", "held"),
    [
        (30, "30"),
        (5.0, 5),
        (True, "true"),
        (False, None),
        ("", None),
        ({}, None),
        ([], None),
        ({"a": {"b": False}}, {"c": 1}),
        ('{"a": 1, "b": 2}', '{ "b": 2, "a": 1 }'),
        ('{"a": 1}', {"a": 1}),
        (["x", "y"], ["y", "x"]),
        ([{"id": "1"}, {"id": "2"}], [{"id": "2", "more": 0}, {"id": "1"}]),
        ({"rule": {"x": 1}}, {"rules": [{"x": 1, "y": 2}]}),
        ({"a": 1}, {"a": 1, "defaulted": 9}),
    ],
)
def test_another_way_to_say_the_same_is_no_drift(wanted, held):
    assert same(wanted, held)
    assert in_shape_of(wanted, held) is wanted


@pytest.mark.parametrize(
    ("wanted", "held", "shaped"),
    [
        (30, "45", 45),
        (30, None, None),
        (True, "false", False),
        ("a", "b", "b"),
        ('{"a": 1}', {"a": 2}, '{"a": 2}'),
        ({"a": 1, "b": 2}, {"a": 1, "b": 3, "c": 4}, {"a": 1, "b": 3}),
        ({"a": 1}, FreeMap({"a": 1, "b": 2}), {"a": 1, "b": 2}),
        ([{"a": 1}], [{"a": 1}, {"a": 2}], [{"a": 1}, {"a": 2}]),
        (["x", "y"], ["x"], ["x"]),
        ({"a": {"b": 1}}, {"a": None}, {}),
    ],
)
def test_a_real_difference_is_shown_in_the_users_shape(wanted, held, shaped):
    assert in_shape_of(wanted, held) == shaped


def test_order_means_something_only_where_the_type_says_so():
    assert not same(["a", "b"], ["b", "a"], ordered={"columns"}, key="columns")
    assert same(["a", "b"], ["b", "a"], ordered={"columns"}, key="events")


def test_a_change_is_found_at_its_own_path():
    old = {"name": "q", "tags": {"a": "1", "b.c": "2"}, "delaySeconds": 1}
    new = {"name": "q", "tags": {"a": "2", "b.c": "3"}, "receiveWaitTimeSeconds": 1}
    found = diff(QUEUE, old, new)
    assert found.changes == {
        "tags.a": Change.UPDATE,
        'tags["b.c"]': Change.UPDATE,
        "delaySeconds": Change.DELETE,
        "receiveWaitTimeSeconds": Change.ADD,
    }
    assert not found.replaces


def test_lists_are_compared_item_by_item_but_not_by_order():
    rules = [{"id": "a", "status": "Enabled"}, {"id": "b", "status": "Enabled"}]
    kind = TABLE["aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"]
    swapped = {"bucket": "x", "rules": rules[::-1]}
    assert diff(kind, {"bucket": "x", "rules": rules}, swapped).changes == {}
    changed = {"bucket": "x", "rules": [rules[0], {"id": "b", "status": "Disabled"}, {"id": "c"}]}
    assert diff(kind, {"bucket": "x", "rules": rules}, changed).changes == {
        "rules[1].status": Change.UPDATE,
        "rules[2]": Change.ADD,
    }


def test_columns_in_another_order_are_a_change():
    def table(*names):
        return {"storageDescriptor": {"columns": [{"name": name} for name in names]}}

    assert diff(TABLES, table("a", "b"), table("b", "a")).changes.keys() == {
        "storageDescriptor.columns[0].name",
        "storageDescriptor.columns[1].name",
    }


def test_policies_are_compared_as_json():
    old, new = json.dumps({"a": [1], "b": 2}), json.dumps({"b": 2, "a": [1]}, indent=2)
    assert diff(QUEUE, {"policy": old}, {"policy": new}).changes == {}
    assert diff(QUEUE, {"policy": old}, {"policy": "{}"}).changes == {"policy": Change.UPDATE}


def test_assets_differ_by_their_hash_alone():
    def code(hash_, **contents):
        return {"layerName": "l", "code": {SIGNATURE: ASSETS[1], "hash": hash_, **contents}}

    assert diff(LAYER, code("1"), code("1", path="/x")).changes == {}
    found = diff(LAYER, code("1"), code("2", path="/x"))
    assert found.changes == {"code": Change.UPDATE}
    # A new version stands beside the old one: nothing has to go first.
    assert found.replaces == {"code"}
    assert not found.delete_first


def test_a_tag_shows_once_although_it_is_sent_with_the_default_tags():
    old = {"tags": {"a": "1"}, "tagsAll": {"a": "1", "p": "shop"}}
    new = {"tags": {"a": "2"}, "tagsAll": {"a": "2", "p": "lake"}}
    assert diff(BUCKET, old, new).changes == {"tags.a": Change.UPDATE, "tagsAll.p": Change.UPDATE}


def test_a_name_of_the_users_goes_before_its_replacement_and_a_made_up_one_after():
    old = {"name": "s", "region": "eu-west-1", "fifoQueue": False}
    new = {"name": "s", "region": "eu-west-1", "fifoQueue": True}
    assert diff(QUEUE, old, new).delete_first
    assert not diff(QUEUE, old, {**new, "__defaults": ["name"]}).delete_first
    renamed = diff(QUEUE, old, {**old, "name": "t"})
    assert renamed.replaces == {"name"}
    assert not renamed.delete_first


def test_another_region_is_another_object():
    assert diff(STREAM, {"name": "s"}, {"name": "s", "region": "us-east-1"}).replaces == {"region"}


def test_an_unknown_value_counts_as_changed():
    assert diff(QUEUE, {"policy": "{}"}, {"policy": UNKNOWN}).changes == {"policy": Change.UPDATE}
    assert diff(QUEUE, {"name": "a"}, {"name": UNKNOWN}).replaces == {"name"}


def test_a_simulated_type_changes_in_place():
    found = diff(None, {"cidrBlock": "10.0.0.0/16"}, {"cidrBlock": "10.1.0.0/16"})
    assert found.changes == {"cidrBlock": Change.UPDATE}
    assert not found.replaces
