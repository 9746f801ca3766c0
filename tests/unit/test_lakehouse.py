"""What the lake keeps, where it moves it, and who sees who read it."""

import json

import pytest
from pydantic import ValidationError

from components.encryption import Protection
from components.lakehouse import Lakehouse, LakehouseConfig
from components.naming import Site
from tests.graph import Graph, record

SITE = Site(prefix="shop", env="test", account_id="123456789012", region="eu-west-1")
LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"


def lake(**values) -> Graph:
    config = LakehouseConfig.model_validate({"retain": True, **values})
    protection = Protection(key_arn="arn:key", account_id=SITE.account_id)
    return record(lambda: Lakehouse("lake", config, site=SITE, protection=protection))


def transitions(graph: Graph, bucket: str) -> list[dict]:
    rules = graph.named(f"{bucket}-lifecycle", LIFECYCLE).inputs["rules"]
    return [t for rule in rules for t in rule.get("transitions", [])]


def test_bronze_goes_to_glacier_after_its_hot_days_and_the_rest_tiers_itself():
    graph = lake(hot_days=120)
    assert transitions(graph, "lake-bronze") == [{"days": 120, "storageClass": "GLACIER"}]
    for bucket in ("lake-silver", "lake-gold"):
        assert transitions(graph, bucket) == [{"days": 0, "storageClass": "INTELLIGENT_TIERING"}]


def test_requests_to_every_zone_are_recorded_in_a_bucket_that_s3_can_write():
    graph = lake(access_log_days=90)
    logging = list(graph.of("aws:s3/bucketLogging:BucketLogging"))
    assert sorted(one.inputs["targetPrefix"] for one in logging) == ["bronze/", "gold/", "silver/"]
    assert {one.inputs["targetBucket"] for one in logging} == {"shop-test-access-logs"}

    (rule,) = graph.named(
        "lake-access-logs-encryption",
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    ).inputs["rules"]
    # S3 delivers to no bucket with a customer's key.
    assert rule["applyServerSideEncryptionByDefault"] == {"sseAlgorithm": "AES256"}

    policy = graph.named("lake-access-logs-tls", "aws:s3/bucketPolicy:BucketPolicy").inputs[
        "policy"
    ]
    (delivery,) = [s for s in json.loads(policy)["Statement"] if s["Effect"] == "Allow"]
    assert delivery["Principal"] == {"Service": "logging.s3.amazonaws.com"}
    assert delivery["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}


def test_without_access_logs_nothing_is_recorded():
    assert not list(lake().of("aws:s3/bucketLogging:BucketLogging"))


def test_a_replica_of_bronze_lies_in_the_other_region_under_a_key_of_that_region():
    graph = lake(replica_region="eu-central-1")
    replica = graph.named("lake-bronze-copy-replica", "aws:s3/bucket:Bucket")
    assert replica.inputs["region"] == "eu-central-1"
    assert replica.protect
    assert graph.named("lake-bronze-copy-key", "aws:kms/key:Key").inputs["region"] == "eu-central-1"
    rule = graph.named(
        "lake-bronze-copy-rule", "aws:s3/bucketReplicationConfig:BucketReplicationConfig"
    )
    assert rule.inputs["bucket"] == "shop-test-bronze"
    assert rule.inputs["rules"][0]["deleteMarkerReplication"] == {"status": "Disabled"}
    assert rule.inputs["rules"][0]["destination"]["encryptionConfiguration"]["replicaKmsKeyId"]


def test_a_replica_of_an_unversioned_lake_is_refused():
    with pytest.raises(ValidationError, match="eu-central-1 needs versioned: true"):
        LakehouseConfig(retain=False, versioned=False, replica_region="eu-central-1")
