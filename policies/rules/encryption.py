"""Data at rest is encrypted, with keys that we can revoke and that rotate."""

from __future__ import annotations

from collections.abc import Iterator

from policies.rule import Context, Rule, Severity
from policies.subject import Subject, principals, statements

KEY = "aws:kms/key:Key"
QUEUE = "aws:sqs/queue:Queue"
FIREHOSE = "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"

# Type, to the input that switches encryption on and the value it must have. DynamoDB, Redshift
# Serverless, DMS and Secrets Manager cannot be told not to encrypt.
SWITCHES: dict[str, tuple[str, object]] = {
    "aws:rds/cluster:Cluster": ("storageEncrypted", True),
    "aws:rds/instance:Instance": ("storageEncrypted", True),
    "aws:kinesis/stream:Stream": ("encryptionType", "KMS"),
    "aws:ebs/volume:Volume": ("encrypted", True),
    "aws:athena/workgroup:Workgroup": ("configuration.enforceWorkgroupConfiguration", True),
}
# Type, to the input that must stand there.
SETTINGS = {
    "aws:sns/topic:Topic": "kmsMasterKeyId",
    "aws:glue/crawler:Crawler": "securityConfiguration",
    "aws:glue/job:Job": "securityConfiguration",
    "aws:athena/workgroup:Workgroup": "configuration.resultConfiguration.encryptionConfiguration",
}
# Type, to the input that names the key.
KEYS = {
    "aws:athena/workgroup:Workgroup": (
        "configuration.resultConfiguration.encryptionConfiguration.kmsKeyArn"
    ),
    "aws:cloudtrail/trail:Trail": "kmsKeyId",
    "aws:dms/replicationConfig:ReplicationConfig": "computeConfig.kmsKeyId",
    "aws:dms/replicationInstance:ReplicationInstance": "kmsKeyArn",
    "aws:dynamodb/table:Table": "serverSideEncryption.kmsKeyArn",
    "aws:ebs/volume:Volume": "kmsKeyId",
    "aws:eks/cluster:Cluster": "encryptionConfig.provider.keyArn",
    "aws:glue/securityConfiguration:SecurityConfiguration": (
        "encryptionConfiguration.s3Encryption.kmsKeyArn"
    ),
    "aws:kinesis/stream:Stream": "kmsKeyId",
    "aws:rds/cluster:Cluster": "kmsKeyId",
    "aws:rds/instance:Instance": "kmsKeyId",
    "aws:redshiftserverless/namespace:Namespace": "kmsKeyId",
    "aws:secretsmanager/secret:Secret": "kmsKeyId",
    "aws:sns/topic:Topic": "kmsMasterKeyId",
    QUEUE: "kmsMasterKeyId",
    "eks:index:Cluster": "encryptionConfigKeyArn",
}


def _encrypted(subject: Subject, _context: Context) -> Iterator[str]:
    if subject.type in SWITCHES:
        path, wanted = SWITCHES[subject.type]
        if subject.get(path) != wanted:
            yield f"{path} is {subject.get(path)!r}: set it to {wanted!r}"
    if subject.type in SETTINGS and not subject.given(SETTINGS[subject.type]):
        yield f"{SETTINGS[subject.type]} is missing: what it holds lies there in the clear; set it"
    if (
        subject.type == QUEUE
        and not subject.given("kmsMasterKeyId")
        and subject.get("sqsManagedSseEnabled") is False
    ):
        yield "sqsManagedSseEnabled is False and kmsMasterKeyId is missing: give the queue a key"
    # A delivery stream that reads a Kinesis stream is encrypted by that one, and refuses its own.
    if (
        subject.type == FIREHOSE
        and not subject.given("kinesisSourceConfiguration")
        and subject.get("serverSideEncryption.enabled") is not True
    ):
        yield "serverSideEncryption is not enabled: records wait in the clear; enable it"


def _our_key(subject: Subject, _context: Context) -> Iterator[str]:
    path = KEYS[subject.type]
    if not subject.given(path):
        yield f"{path} is missing: AWS uses a key that we can neither revoke nor watch; name ours"
    elif str(subject.get(path)).startswith("alias/aws/"):
        yield f"{path} is {subject.get(path)}, a key of AWS that we cannot revoke; name ours"


def _rotates(subject: Subject, _context: Context) -> Iterator[str]:
    # KMS rotates symmetric keys only.
    symmetric = subject.get("customerMasterKeySpec") in (None, "SYMMETRIC_DEFAULT")
    if symmetric and subject.get("enableKeyRotation") is not True:
        yield "enableKeyRotation is not true: set it, it costs nothing"
    for statement in statements(subject.get("policy")):
        if statement.get("Effect") == "Allow" and "*" in principals(statement):
            yield (
                f"statement {statement.get('Sid')} of the key policy allows everyone: name the "
                "account or the service"
            )


RULES = (
    Rule(
        name="encrypted-at-rest",
        says="What holds data encrypts it.",
        severity=Severity.CRITICAL,
        types=frozenset({*SWITCHES, *SETTINGS, QUEUE, FIREHOSE}),
        check=_encrypted,
    ),
    Rule(
        name="customer-managed-keys",
        says="Data is encrypted with a key of this stack, which can be revoked and audited.",
        severity=Severity.HIGH,
        types=frozenset(KEYS),
        check=_our_key,
    ),
    Rule(
        name="keys-rotate",
        says="Keys rotate, and no key policy allows everyone.",
        severity=Severity.HIGH,
        types=frozenset({KEY}),
        check=_rotates,
    ),
)
