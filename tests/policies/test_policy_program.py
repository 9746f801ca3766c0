"""Each rule fires when our own program breaks it in one place, and no other rule does."""

import pytest

from policies.subject import PROVIDER
from tests.policies.bench import (
    DEFAULT_PROVIDER,
    GONE,
    Bench,
    with_statement,
    without_statement,
)

BUCKET = "aws:s3/bucket:Bucket"
POLICY = "aws:s3/bucketPolicy:BucketPolicy"
BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
ENCRYPTION = (
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
)
VERSIONING = "aws:s3/bucketVersioning:BucketVersioning"
LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
KEY = "aws:kms/key:Key"
STREAM = "aws:kinesis/stream:Stream"
DELIVERY = "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"
QUEUE = "aws:sqs/queue:Queue"
TOPIC = "aws:sns/topic:Topic"
CRAWLER = "aws:glue/crawler:Crawler"
WORKGROUP = "aws:athena/workgroup:Workgroup"
TRAIL = "aws:cloudtrail/trail:Trail"
LOG = "aws:cloudwatch/logGroup:LogGroup"
FUNCTION = "aws:lambda/function:Function"
ROLE = "aws:iam/role:Role"
GRANTS = "aws:iam/rolePolicy:RolePolicy"
RESULTS = "configuration.resultConfiguration.encryptionConfiguration"
SSE = "rules.0.applyServerSideEncryptionByDefault"

EVERYTHING = {"Sid": "More", "Effect": "Allow", "Action": "*", "Resource": "*"}
WHOLE_SERVICE = {"Sid": "More", "Effect": "Allow", "Action": ["s3:*"], "Resource": ["arn:x"]}
ALL_BUT = {"Sid": "More", "Effect": "Allow", "NotAction": ["iam:*"], "Resource": ["*"]}
ANY_ROLE = {"Sid": "More", "Effect": "Allow", "Action": ["iam:PassRole"], "Resource": ["*"]}
ANYONE = {"Sid": "More", "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}
KEY_FOR_ALL = {
    "Sid": "More",
    "Effect": "Allow",
    "Action": "kms:Decrypt",
    "Resource": "*",
    "Principal": "*",
}

# Rule, then resource (name, type), then what is changed in it.
BREAKS = [
    ("encrypted-at-rest", "ingest-stream", STREAM, "encryptionType", "NONE"),
    ("encrypted-at-rest", "ingest-delivery", DELIVERY, "kinesisSourceConfiguration", GONE),
    ("encrypted-at-rest", "drift-crawler", CRAWLER, "securityConfiguration", GONE),
    (
        "encrypted-at-rest",
        "queries-workgroup",
        WORKGROUP,
        "configuration.enforceWorkgroupConfiguration",
        False,
    ),
    ("customer-managed-keys", "ingest-stream", STREAM, "kmsKeyId", "alias/aws/kinesis"),
    ("customer-managed-keys", "consumer-dead-letters", QUEUE, "kmsMasterKeyId", GONE),
    ("customer-managed-keys", "alerts-topic", TOPIC, "kmsMasterKeyId", "alias/aws/sns"),
    ("customer-managed-keys", "watch-audit-trail", TRAIL, "kmsKeyId", GONE),
    ("customer-managed-keys", "queries-workgroup", WORKGROUP, f"{RESULTS}.kmsKeyArn", GONE),
    ("keys-rotate", "keys-data", KEY, "enableKeyRotation", False),
    ("keys-rotate", "keys-data", KEY, "policy", with_statement(KEY_FOR_ALL)),
    ("buckets-private", "lake-gold-private", BLOCK, "ignorePublicAcls", False),
    ("tls-only", "lake-gold-tls", POLICY, "policy", without_statement("TlsOnly")),
    ("buckets-under-our-key", "lake-gold-encryption", ENCRYPTION, f"{SSE}.kmsMasterKeyId", GONE),
    ("buckets-under-our-key", "lake-gold-encryption", ENCRYPTION, f"{SSE}.sseAlgorithm", "AES256"),
    (
        "buckets-keep-versions",
        "lake-gold-versioning",
        VERSIONING,
        "versioningConfiguration.status",
        "Suspended",
    ),
    ("buckets-keep-versions", "lake-gold-lifecycle", LIFECYCLE, "rules", []),
    (
        "other-accounts-denied",
        "lake-gold-tls",
        POLICY,
        "policy",
        without_statement("OtherAccountsDenied"),
    ),
    (
        "other-accounts-denied",
        "keys-data",
        KEY,
        "policy",
        without_statement("OtherAccountsDenied"),
    ),
    ("least-privilege", "transform-role-policy", GRANTS, "policy", with_statement(EVERYTHING)),
    ("least-privilege", "transform-role-policy", GRANTS, "policy", with_statement(WHOLE_SERVICE)),
    ("least-privilege", "transform-role-policy", GRANTS, "policy", with_statement(ALL_BUT)),
    ("least-privilege", "transform-role-policy", GRANTS, "policy", with_statement(ANY_ROLE)),
    ("least-privilege", "transform-role", ROLE, "assumeRolePolicy", with_statement(ANYONE)),
    (
        "least-privilege",
        "transform-role",
        ROLE,
        "managedPolicyArns",
        ["arn:aws:iam::aws:policy/AdministratorAccess"],
    ),
    ("deletion-protection", "lake-gold", BUCKET, "protect", False),
    ("deletion-protection", "keys-data", KEY, "protect", False),
    ("no-data-loss-switches", "lake-gold", BUCKET, "forceDestroy", True),
    ("no-data-loss-switches", "keys-data", KEY, "deletionWindowInDays", 7.0),
    ("logs-kept-and-encrypted", "consumer-log", LOG, "retentionInDays", GONE),
    ("logs-kept-and-encrypted", "consumer-log", LOG, "retentionInDays", 3653.0),
    ("logs-kept-and-encrypted", "consumer-log", LOG, "kmsKeyId", GONE),
    (
        "no-plaintext-secrets",
        "producer-function",
        FUNCTION,
        "environment.variables.SHOP_API_KEY",
        "hunter2",
    ),
    (
        "no-plaintext-secrets",
        "producer-function",
        FUNCTION,
        "environment.variables.DATABASE",
        "postgresql://shop:hunter2@db/shop",
    ),
    (
        "no-plaintext-secrets",
        "producer-function",
        FUNCTION,
        "environment.variables.ID",
        "AKIAIOSFODNN7EXAMPLE",
    ),
    ("one-account", DEFAULT_PROVIDER, PROVIDER, "aws:allowedAccountIds", GONE),
    ("one-account", DEFAULT_PROVIDER, PROVIDER, "aws:allowedAccountIds", ["1" * 12, "2" * 12]),
    ("allowed-regions", DEFAULT_PROVIDER, PROVIDER, "aws:region", "us-east-1"),
    ("allowed-regions", "lake-gold", BUCKET, "region", "us-east-1"),
    ("required-tags", DEFAULT_PROVIDER, PROVIDER, "aws:defaultTags", GONE),
    ("required-tags", "lake-gold", BUCKET, "tags", {"environment": "dev"}),
]
# The rule names the bucket, not the resource that configures it.
ABOUT_ITS_BUCKET = ("-private", "-encryption", "-versioning", "-lifecycle", "-tls")


@pytest.mark.parametrize(("rule", "name", "type_", "path", "change"), BREAKS)
def test_a_rule_fires_where_the_program_breaks_it(prod: Bench, rule, name, type_, path, change):
    bucket = rule.startswith("buckets-") or rule == "tls-only"
    named = name.rsplit("-", 1)[0] if bucket and name.endswith(ABOUT_ITS_BUCKET) else name
    assert prod.changed(name, type_, path, change).newly_broken(prod) == {(rule, named)}


@pytest.mark.parametrize(
    ("rule", "suffix", "type_"),
    [
        ("buckets-private", "private", BLOCK),
        ("tls-only", "tls", POLICY),
        ("buckets-under-our-key", "encryption", ENCRYPTION),
        ("buckets-keep-versions", "versioning", VERSIONING),
        ("buckets-keep-versions", "lifecycle", LIFECYCLE),
    ],
)
def test_a_bucket_without_its_guard_breaks_the_rule(prod: Bench, rule, suffix, type_):
    assert prod.without(f"lake-gold-{suffix}", type_).newly_broken(prod) == {(rule, "lake-gold")}


def test_a_queue_without_any_encryption_is_not_encrypted(prod: Bench):
    bare = prod.changed("consumer-dead-letters", QUEUE, "kmsMasterKeyId", GONE).changed(
        "consumer-dead-letters", QUEUE, "sqsManagedSseEnabled", False
    )
    assert bare.newly_broken(prod) == {
        ("customer-managed-keys", "consumer-dead-letters"),
        ("encrypted-at-rest", "consumer-dead-letters"),
    }


@pytest.mark.parametrize(
    "value",
    [
        "arn:aws:secretsmanager:eu-west-1:333333333333:secret:shop-a1b2c3",
        "",
    ],
)
def test_the_address_of_a_secret_is_no_secret(prod: Bench, value):
    named = prod.changed(
        "producer-function", FUNCTION, "environment.variables.SHOP_PASSWORD_ARN", value
    )
    assert named.newly_broken(prod) == set()


@pytest.mark.parametrize("left", ["arn:aws:mock:::lake-gold", "arn:aws:mock:::lake-gold/*"])
def test_denials_that_leave_out_the_bucket_or_its_objects_are_none(prod: Bench, left):
    both = '["arn:aws:mock:::lake-gold", "arn:aws:mock:::lake-gold/*"]'
    text = prod.graph.named("lake-gold-tls", POLICY).inputs["policy"]
    assert both in text
    spoilt = prod.changed("lake-gold-tls", POLICY, "policy", text.replace(both, f'["{left}"]'))
    assert spoilt.newly_broken(prod) == {
        ("tls-only", "lake-gold"),
        ("other-accounts-denied", "lake-gold-tls"),
    }


def test_plain_http_from_elsewhere_than_this_machine_is_a_violation(prod: Bench):
    def open_to_the_office(text: str) -> str:
        return text.replace(
            '{"Bool": {"aws:SecureTransport": "false"}}',
            '{"Bool": {"aws:SecureTransport": "false"},'
            ' "NotIpAddress": {"aws:SourceIp": ["10.0.0.0/8"]}}',
        )

    spoilt = prod.changed("lake-gold-tls", POLICY, "policy", open_to_the_office)
    assert spoilt.newly_broken(prod) == {("tls-only", "lake-gold")}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            '{"aws:PrincipalAccount": "333333333333"}',
            '{"aws:PrincipalAccount": ["333333333333", "111111111111"]}',
        ),
        ('"aws:PrincipalIsAWSService": "false"', '"aws:PrincipalIsAWSService": "true"'),
        ('"StringNotEquals": {', '"StringLike": {"aws:PrincipalArn": "x"}, "StringNotEquals": {'),
    ],
)
def test_a_denial_of_other_accounts_with_a_hole_is_none(prod: Bench, old, new):
    text = prod.graph.named("lake-gold-tls", POLICY).inputs["policy"]
    assert old in text
    spoilt = prod.changed("lake-gold-tls", POLICY, "policy", text.replace(old, new))
    assert spoilt.newly_broken(prod) == {("other-accounts-denied", "lake-gold-tls")}
