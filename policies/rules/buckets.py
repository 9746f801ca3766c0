"""Buckets: private, reached over TLS only, under our key, with their versions.

S3 keeps these settings in resources of their own, so the rules look at the whole stack.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import ip_network
from typing import Any, cast

from policies.rule import Context, Rule, Severity
from policies.subject import Subject, covers_bucket, principals, related, statements, texts

BUCKET = "aws:s3/bucket:Bucket"
BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
ENCRYPTION = (
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
)
LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
POLICY = "aws:s3/bucketPolicy:BucketPolicy"
VERSIONING = "aws:s3/bucketVersioning:BucketVersioning"
FOUR_BLOCKS = (
    "blockPublicAcls",
    "blockPublicPolicy",
    "ignorePublicAcls",
    "restrictPublicBuckets",
)


def _of(bucket: Subject, context: Context, type_: str) -> list[Subject]:
    return related(context.subjects, bucket, type_, by="bucket")


def _private(bucket: Subject, context: Context) -> Iterator[str]:
    blocks = _of(bucket, context, BLOCK)
    if not blocks:
        yield "has no BucketPublicAccessBlock: make it with SecureBucket"
    for block in blocks:
        if off := [name for name in FOUR_BLOCKS if block.get(name) is not True]:
            yield f"{', '.join(off)} of its BucketPublicAccessBlock is not true: set all four"


def _tls_only(bucket: Subject, context: Context) -> Iterator[str]:
    found = [
        statement
        for policy in _of(bucket, context, POLICY)
        for statement in statements(policy.get("policy"))
    ]
    if not any(_refuses_plain_http(statement) for statement in found):
        yield (
            "no statement of its policy denies s3:* to everyone when aws:SecureTransport is false: "
            "make it with SecureBucket"
        )


def _refuses_plain_http(statement: Mapping[str, Any]) -> bool:
    """For everyone, or everyone who is not on this machine (an emulator speaks HTTP)."""
    conditions: dict[str, Any] = dict(statement.get("Condition", {}))
    elsewhere = conditions.pop("NotIpAddress", {})
    return (
        statement.get("Effect") == "Deny"
        and "s3:*" in texts(statement.get("Action"))
        and "*" in principals(statement)
        and covers_bucket(statement)
        and conditions == {"Bool": {"aws:SecureTransport": "false"}}
        and set(elsewhere) <= {"aws:SourceIp"}
        and all(ip_network(cidr).is_loopback for cidr in texts(elsewhere.get("aws:SourceIp")))
    )


def _our_key(bucket: Subject, context: Context) -> Iterator[str]:
    found = _of(bucket, context, ENCRYPTION)
    if not found:
        yield "has no encryption configuration: S3 uses a key of its own; make it with SecureBucket"
    for one in found:
        default = "rules.applyServerSideEncryptionByDefault"
        algorithm = one.get(f"{default}.sseAlgorithm")
        if algorithm not in ("aws:kms", "aws:kms:dsse"):
            yield f"sseAlgorithm is {algorithm}: use aws:kms and a key of this stack"
        elif not one.given(f"{default}.kmsMasterKeyId"):
            yield "kmsMasterKeyId is missing: S3 uses a key of AWS; name a key of this stack"


def _keeps_versions(bucket: Subject, context: Context) -> Iterator[str]:
    rules = [rule for one in _of(bucket, context, LIFECYCLE) for rule in one.get("rules") or ()]
    if not rules:
        yield "has no lifecycle: old versions and abandoned uploads are billed for ever; add one"
    if any(_throws_all_away(rule) for rule in rules):
        return
    status = [one.get("versioningConfiguration.status") for one in _of(bucket, context, VERSIONING)]
    if status != ["Enabled"]:
        yield (
            f"versioning is {status[0] if status else 'not configured'}: a replaced or deleted "
            "object is gone; enable it"
        )


def _throws_all_away(rule: Mapping[str, Any]) -> bool:
    """The bucket holds logs or results, which go after some days anyway, and no data."""
    within = cast("Mapping[str, Any]", rule.get("filter") or {})
    return (
        rule.get("status") == "Enabled" and "expiration" in set(rule) and not within.get("prefix")
    )


RULES = (
    Rule(
        name="buckets-private",
        says="Every bucket blocks public access in all four ways.",
        severity=Severity.CRITICAL,
        types=frozenset({BUCKET}),
        check=_private,
        whole_stack=True,
    ),
    Rule(
        name="tls-only",
        says="Every bucket refuses requests that are not over TLS.",
        severity=Severity.HIGH,
        types=frozenset({BUCKET}),
        check=_tls_only,
        whole_stack=True,
    ),
    Rule(
        name="buckets-under-our-key",
        says="Every bucket encrypts with a key of this stack unless told otherwise.",
        severity=Severity.HIGH,
        types=frozenset({BUCKET}),
        check=_our_key,
        whole_stack=True,
    ),
    Rule(
        name="buckets-keep-versions",
        says="Every bucket of data keeps replaced and deleted objects, and none for ever.",
        severity=Severity.MEDIUM,
        types=frozenset({BUCKET}),
        check=_keeps_versions,
        whole_stack=True,
    ),
)
