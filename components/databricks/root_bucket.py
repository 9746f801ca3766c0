"""The workspace's root bucket: what Databricks itself keeps of a workspace (revisions of notebooks,
logs and results of jobs). No table lies in it.

Not a `SecureBucket`: that one refuses every other account, and here Databricks' control plane reads
and writes from its own (Databricks on AWS, "Create a storage configuration"). All other accounts
stay shut out, and everything else is as there. Encrypted by S3's own key: ours refuses foreign
callers, and has to.
"""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from components.databricks.border import DATABRICKS
from components.iam import Statement, policy_document
from components.secure_bucket import abandoned_uploads

NONCURRENT_DAYS = 7


def root_bucket(
    name: str,
    *,
    bucket_name: str,
    account_id: str,
    databricks_account: str,
    retain: bool,
    parent: pulumi.Resource,
) -> pulumi.Output[str]:
    """Its name, known once Databricks may use it. `databricks_account` is ours there."""
    child = pulumi.ResourceOptions(parent=parent)
    bucket = aws.s3.Bucket(
        name,
        bucket=bucket_name,
        force_destroy=not retain,
        opts=pulumi.ResourceOptions(parent=parent, protect=retain, retain_on_delete=retain),
    )
    aws.s3.BucketOwnershipControls(
        f"{name}-ownership",
        bucket=bucket.id,
        rule={"object_ownership": "BucketOwnerEnforced"},
        opts=child,
    )
    block = aws.s3.BucketPublicAccessBlock(
        f"{name}-private",
        bucket=bucket.id,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
        opts=child,
    )
    aws.s3.BucketServerSideEncryptionConfiguration(
        f"{name}-encryption",
        bucket=bucket.id,
        rules=[{"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}],
        opts=child,
    )
    versioning = aws.s3.BucketVersioning(
        f"{name}-versioning",
        bucket=bucket.id,
        versioning_configuration={"status": "Enabled"},
        opts=child,
    )
    aws.s3.BucketLifecycleConfiguration(
        f"{name}-lifecycle",
        bucket=bucket.id,
        rules=[
            abandoned_uploads(),
            {
                "id": "noncurrent",
                "status": "Enabled",
                "filter": {"prefix": ""},
                # Databricks replaces its files all day long.
                "noncurrent_version_expiration": {"noncurrent_days": NONCURRENT_DAYS},
            },
        ],
        # S3 refuses rules on noncurrent versions while versioning is still being switched on.
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[versioning]),
    )
    policy = aws.s3.BucketPolicy(
        f"{name}-tls",
        bucket=bucket.id,
        policy=policy_document(*_statements(bucket.arn, account_id, databricks_account)),
        # S3 answers 409 when the policy and the public access block are written together.
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[block]),
    )
    return pulumi.Output.all(bucket.bucket, policy.id).apply(lambda known: str(known[0]))


def _statements(
    arn: pulumi.Output[str], account_id: str, databricks_account: str
) -> list[Statement]:
    everything = [arn, pulumi.Output.concat(arn, "/*")]
    ours_there = {"StringEquals": {"aws:PrincipalTag/DatabricksAccountId": [databricks_account]}}
    databricks = {"AWS": f"arn:aws:iam::{DATABRICKS}:root"}
    return [
        Statement(
            sid="TlsOnly",
            effect="Deny",
            actions=["s3:*"],
            resources=everything,
            principals="*",
            conditions={"Bool": {"aws:SecureTransport": "false"}},
        ),
        Statement(
            sid="OtherAccountsDenied",
            effect="Deny",
            actions=["s3:*"],
            resources=everything,
            principals="*",
            conditions={
                "StringNotEquals": {"aws:PrincipalAccount": [account_id, DATABRICKS]},
                "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
            },
        ),
        Statement(
            sid="DatabricksKeepsObjects",
            actions=["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:DeleteObject"],
            resources=[pulumi.Output.concat(arn, "/*")],
            principals=databricks,
            conditions=ours_there,
        ),
        Statement(
            sid="DatabricksLists",
            actions=["s3:ListBucket", "s3:GetBucketLocation"],
            resources=[arn],
            principals=databricks,
            conditions=ours_there,
        ),
    ]
