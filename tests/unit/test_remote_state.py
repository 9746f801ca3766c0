"""What the state is kept in, what it survives, and what each grant reaches."""

import json

import pytest
from pydantic import ValidationError

from components.encryption import EncryptionConfig
from components.iam import policy_document
from components.naming import Site
from components.remote_state import RemoteState, StateConfig
from tests.graph import Graph, record

SITE = Site(prefix="shop", env="test", account_id="123456789012", region="eu-west-1")
ENCRYPTION = EncryptionConfig(deletion_window_days=30)
BUCKET = "aws:s3/bucket:Bucket"
KEY = "aws:kms/key:Key"
TABLE = "aws:dynamodb/table:Table"


def state(*, grants=None, **values) -> Graph:
    config = StateConfig.model_validate({"retain": True, **values})
    found: dict[str, dict] = {} if grants is None else grants

    def program():
        made = RemoteState("state", config, site=SITE, encryption=ENCRYPTION)
        for name, given in (("read", made.read()), ("write", made.write())):
            policy_document(*given).apply(
                lambda text, name=name: found.__setitem__(name, json.loads(text))
            )

    return record(program)


def test_every_state_that_was_ever_written_can_be_had_back_for_a_while():
    graph = state(noncurrent_days=30, keep_versions=50)
    versioning = graph.named("state-bucket-versioning", "aws:s3/bucketVersioning:BucketVersioning")
    assert versioning.inputs["versioningConfiguration"] == {"status": "Enabled"}
    rules = graph.named(
        "state-bucket-lifecycle", "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
    ).inputs["rules"]
    expiry = [rule["noncurrentVersionExpiration"] for rule in rules if "older" in rule["id"]]
    assert expiry == [{"noncurrentDays": 30, "newerNoncurrentVersions": 50}]
    assert not any("expiration" in rule for rule in rules)  # the current state never expires


def test_the_bucket_the_table_and_the_secrets_are_under_one_key_of_their_own():
    graph = state()
    key = graph.only(KEY)
    assert key.inputs["enableKeyRotation"] is True
    alias = graph.only("aws:kms/alias:Alias")
    assert alias.inputs["name"] == "alias/shop-test-state"
    assert graph.reaches(alias, KEY)
    table = graph.only(TABLE)
    assert table.inputs["serverSideEncryption"]["enabled"] is True
    assert graph.reaches(table, KEY)
    encryption = graph.only(
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    )
    assert graph.reaches(encryption, KEY)


def test_the_table_bills_by_request_and_forgets_by_itself():
    table = state().only(TABLE).inputs
    assert table["billingMode"] == "PAY_PER_REQUEST"
    assert table["hashKey"] == "stack"
    assert table["ttl"] == {"attributeName": "forget_at", "enabled": True}
    assert table["pointInTimeRecovery"] == {"enabled": True}


@pytest.mark.parametrize("retain", [True, False])
def test_all_that_state_cannot_be_read_without_is_kept_exactly_when_asked(retain):
    graph = state(retain=retain)
    for type_ in (BUCKET, KEY, TABLE):
        node = graph.only(type_)
        assert node.protect is retain, type_
        assert node.retain_on_delete is retain, type_
    assert graph.only(TABLE).inputs["deletionProtectionEnabled"] is retain
    assert graph.only(BUCKET).inputs["forceDestroy"] is not retain


def test_requests_to_the_state_are_recorded_where_asked_in_a_bucket_of_their_own():
    assert not list(state().of("aws:s3/bucketLogging:BucketLogging"))
    logging = state(access_log_days=30).only("aws:s3/bucketLogging:BucketLogging")
    assert logging.inputs["bucket"] == "shop-test-state"
    # The lake's record has the plain name; both stand in one account.
    assert logging.inputs["targetBucket"] == "shop-test-state-access-logs"


def test_reading_writes_nothing_and_writing_leaves_the_versions_alone():
    grants: dict[str, dict] = {}
    state(grants=grants)
    read, write = (
        {action for one in grants[name]["Statement"] for action in one["Action"]}
        for name in ("read", "write")
    )
    assert read == {"s3:ListBucket", "s3:GetBucketLocation", "s3:GetObject", "kms:Decrypt"}
    assert {"s3:PutObject", "s3:DeleteObject", "dynamodb:PutItem"} <= write
    assert "s3:DeleteObjectVersion" not in write
    for document in grants.values():
        for statement in document["Statement"]:
            assert statement["Resource"] != ["*"]
            if statement["Sid"] in ("ReadState", "WriteState"):
                assert all(arn.endswith("/.pulumi/*") for arn in statement["Resource"])


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"noncurrent_days": 3}, "greater than or equal to 7"),
        ({"keep_versions": 101}, "less than or equal to 100"),
        ({"retian": True}, "Extra inputs are not permitted"),
    ],
)
def test_a_wrong_value_is_refused(values, message):
    with pytest.raises(ValidationError, match=message):
        StateConfig.model_validate({"retain": True, **values})


def test_a_bucket_name_that_s3_refuses_is_refused_here():
    with pytest.raises(ValueError, match="lower-case letters, digits and hyphens"):
        StateConfig(retain=True, bucket_name="Shop_State").bucket(SITE)
    assert StateConfig(retain=True, bucket_name="mine").bucket(SITE) == "mine"
