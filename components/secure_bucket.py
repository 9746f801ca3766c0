"""SecureBucket: one S3 bucket as every bucket here must be: encrypted with our key, private, TLS
only, owner enforced, closed to other accounts.

It leaves out who may read or write it: that is granted to roles by statements
(`components.lakehouse`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

if TYPE_CHECKING:  # pulumi_aws loads a service when it is first touched
    from pulumi_aws.s3 import (
        BucketLifecycleConfigurationRuleArgsDict,
        BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgsDict,
    )

from components.encryption import Protection, foreign_caller
from components.iam import Conditions, Statement, policy_document


def _nobody_else(_arn: pulumi.Output[str]) -> Sequence[Statement]:
    return ()


class SecureBucket(pulumi.ComponentResource):
    name: pulumi.Output[str]
    arn: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        bucket_name: str,
        protection: Protection,
        retain: bool,
        versioned: bool,
        lifecycle_rules: Sequence[BucketLifecycleConfigurationRuleArgsDict],
        extra_statements: Callable[[pulumi.Output[str]], Sequence[Statement]] = _nobody_else,
        region: str | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`extra_statements` gets the bucket's ARN: what AWS services need in its policy. `region`
        is another one than the provider's, for a replica.
        """
        super().__init__("shop:components:SecureBucket", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)

        bucket = aws.s3.Bucket(
            name,
            bucket=bucket_name,
            region=region,
            force_destroy=not retain,
            opts=pulumi.ResourceOptions(parent=self, protect=retain, retain_on_delete=retain),
        )
        aws.s3.BucketOwnershipControls(
            f"{name}-ownership",
            bucket=bucket.id,
            region=region,
            rule={"object_ownership": "BucketOwnerEnforced"},
            opts=child,
        )
        block = aws.s3.BucketPublicAccessBlock(
            f"{name}-private",
            bucket=bucket.id,
            region=region,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=child,
        )
        aws.s3.BucketServerSideEncryptionConfiguration(
            f"{name}-encryption",
            bucket=bucket.id,
            region=region,
            rules=[
                {
                    "apply_server_side_encryption_by_default": _encryption(protection),
                    # One data key per bucket and hour instead of per object: KMS bills each
                    # request.
                    "bucket_key_enabled": protection.own_key,
                }
            ],
            opts=child,
        )
        versioning = aws.s3.BucketVersioning(
            f"{name}-versioning",
            bucket=bucket.id,
            region=region,
            versioning_configuration={"status": "Enabled" if versioned else "Suspended"},
            opts=child,
        )
        aws.s3.BucketLifecycleConfiguration(
            f"{name}-lifecycle",
            bucket=bucket.id,
            region=region,
            rules=[abandoned_uploads(), *lifecycle_rules],
            # S3 refuses rules on noncurrent versions while versioning is still being switched on.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[versioning]),
        )
        aws.s3.BucketPolicy(
            f"{name}-tls",
            bucket=bucket.id,
            region=region,
            policy=policy_document(
                Statement(
                    sid="TlsOnly",
                    effect="Deny",
                    actions=["s3:*"],
                    resources=[bucket.arn, pulumi.Output.concat(bucket.arn, "/*")],
                    principals="*",
                    conditions=_without_tls(protection.plain_http_from),
                ),
                # A grant made by mistake, here or in a role of dev, opens nothing across accounts.
                Statement(
                    sid="OtherAccountsDenied",
                    effect="Deny",
                    actions=["s3:*"],
                    resources=[bucket.arn, pulumi.Output.concat(bucket.arn, "/*")],
                    principals="*",
                    conditions=foreign_caller("aws:PrincipalAccount", protection.account_id),
                ),
                *extra_statements(bucket.arn),
            ),
            # S3 answers 409 when the policy and the public access block are written at the same
            # time.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[block]),
        )
        self.name = bucket.bucket
        self.arn = bucket.arn
        self.register_outputs({"name": self.name, "arn": self.arn})


def _encryption(
    protection: Protection,
) -> BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgsDict:
    if not protection.own_key:
        return {"sse_algorithm": "AES256"}
    return {"sse_algorithm": "aws:kms", "kms_master_key_id": protection.key_arn}


def _without_tls(plain_http_from: Sequence[str]) -> Conditions:
    """A request that is neither over TLS nor from an address that may do without."""
    plain: Conditions = {"Bool": {"aws:SecureTransport": "false"}}
    if not plain_http_from:
        return plain
    return {**plain, "NotIpAddress": {"aws:SourceIp": list(plain_http_from)}}


def abandoned_uploads() -> BucketLifecycleConfigurationRuleArgsDict:
    """Parts of an upload that was never finished are invisible and billed."""
    return {
        "id": "abandoned-uploads",
        "status": "Enabled",
        "filter": {"prefix": ""},
        "abort_incomplete_multipart_upload": {"days_after_initiation": 7},
    }
