"""What another setting would save is what the stack would cost less with it."""

from decimal import Decimal
from typing import Any

import pytest

from automation.cost.estimate import estimate
from automation.cost.savings import WORKING_SHARE, savings
from tests.cost.made import resource

STREAM = "aws:kinesis/stream:Stream"
NAT = "aws:ec2/natGateway:NatGateway"
DELIVERY = "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"


@pytest.fixture
def saved(book, assumed):
    def by_name(*resources, use=assumed):
        found = estimate("test", resources, use, book)
        return {one.what: one.usd for one in savings(found)}

    return by_name


def test_a_gateway_for_all_zones_saves_the_hours_of_the_others(saved):
    found = saved(*(resource(NAT, zone) for zone in "abc"))
    assert found["one NAT gateway instead of one in each zone"] == 2 * Decimal("35.040")
    assert "one NAT gateway instead of one in each zone" not in saved(resource(NAT))


def test_a_database_without_a_standby_costs_half(saved):
    inputs: dict[str, Any] = {"engine": "postgres", "instanceClass": "db.t4g.micro"}
    database = resource(
        "aws:rds/instance:Instance", **inputs, allocatedStorage=20, storageType="gp3", multiAz=True
    )
    half = Decimal("12.410") + Decimal("2.540")
    assert saved(database)["databases without a standby"] == half


def test_shards_are_enough_for_the_peak(saved, events):
    on_demand = resource(STREAM, streamModeDetails={"streamMode": "ON_DEMAND"})
    # 100,000,000 a day are 1,157 a second, five times that at the peak: 5,787 records.
    found = saved(on_demand, use=events(100_000_000, 100, 1))
    (what,) = (one for one in found if one.startswith("ingest.mode"))
    assert what == "ingest.mode: provisioned, shards: 6"


def test_joined_events_save_already_what_single_ones_would_cost_more(saved, events, book):
    delivery = resource(DELIVERY)
    joined, single = events(1_000_000, 438, 11), events(1_000_000, 438, 1)
    costs = [estimate("test", [delivery], use, book).total for use in (joined, single)]
    assert saved(delivery, use=joined)["events joined into records"] == costs[1] - costs[0]


def test_servers_that_run_all_week_could_sleep_and_those_that_sleep_are_left_alone(saved):
    inputs: dict[str, Any] = {"instanceTypes": ["m6i.large"], "scalingConfig": {"desiredSize": 1}}
    nodes = resource("aws:eks/nodeGroup:NodeGroup", "core", **inputs)
    what = "servers in working hours only (13 hours on 5 days)"
    assert saved(nodes)[what] == Decimal("78.110") * (1 - WORKING_SHARE)
    schedule = "aws:autoscaling/schedule:Schedule"
    night = (
        resource(schedule, "night-core-sleep", recurrence="0 20 * * *", maxSize=0),
        resource(schedule, "night-core-wake", recurrence="0 7 * * *", maxSize=1),
    )
    assert what not in saved(nodes, *night)


def test_the_lifecycle_saves_what_standard_storage_would_cost_more(saved, priced):
    bucket = resource("aws:s3/bucket:Bucket", "lake-bronze")
    lifecycle = resource(
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        "lake-bronze-lifecycle",
        rules=[{"status": "Enabled", "transitions": [{"days": 90, "storageClass": "GLACIER"}]}],
    )
    less = sum(priced(bucket).values()) - sum(priced(bucket, lifecycle).values())
    assert saved(bucket, lifecycle)["lifecycle of the buckets"] == less > 0


def test_what_is_saved_already_comes_last_and_nothing_below_a_cent(book, assumed):
    everything = [resource(NAT, zone) for zone in "ab"] + [resource(DELIVERY)]
    found = savings(estimate("test", everything, assumed, book))
    assert [one.in_force for one in found] == sorted(one.in_force for one in found)
    assert all(one.usd >= Decimal("0.01") for one in found)
