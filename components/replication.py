"""Replication: a copy of a bucket in another region, for a team that must survive the loss of one.

It copies new objects as they come, encrypted with a key of the other region; what was there before
is copied by a batch job that this program does not start. Deletions are not copied, so that a
mistake here can be mended from there.
"""

import pulumi
import pulumi_aws as aws

from components.encryption import Protection, no_foreign_keyholder
from components.iam import Statement, account_root, policy_document, role_with, trust
from components.naming import Site
from components.secure_bucket import SecureBucket


class Replication(pulumi.ComponentResource):
    replica_bucket: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        site: Site,
        region: str,
        source: SecureBucket,
        replica_name: str,
        protection: Protection,
        retain: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("shop:components:Replication", name, {}, opts)
        self._name = name
        self._child = pulumi.ResourceOptions(parent=self)

        replica_key = self._create_key(site, region, retain)
        replica = SecureBucket(
            f"{name}-replica",
            bucket_name=replica_name,
            protection=Protection(key_arn=replica_key, account_id=site.account_id),
            retain=retain,
            versioned=True,  # S3 replicates between versioned buckets only
            lifecycle_rules=[
                {
                    "id": "rarely-read",
                    "status": "Enabled",
                    "filter": {"prefix": ""},
                    "transitions": [{"days": 30, "storage_class": "GLACIER_IR"}],
                }
            ],
            region=region,
            opts=self._child,
        )
        role = role_with(
            f"{name}-role",
            description=f"S3: copies new objects to {region}",
            trusted=trust(
                {"Service": "s3.amazonaws.com"},
                {"StringEquals": {"aws:SourceAccount": site.account_id}},
            ),
            statements=_copying(source, replica, protection.key_arn, replica_key),
            opts=self._child,
        )
        aws.s3.BucketReplicationConfig(
            f"{name}-rule",
            bucket=source.name,
            role=role.arn,
            rules=[
                {
                    "id": "everything",
                    "status": "Enabled",
                    "filter": {"prefix": ""},
                    "delete_marker_replication": {"status": "Disabled"},
                    "source_selection_criteria": {
                        "sse_kms_encrypted_objects": {"status": "Enabled"}
                    },
                    "destination": {
                        "bucket": replica.arn,
                        "encryption_configuration": {"replica_kms_key_id": replica_key},
                    },
                }
            ],
            opts=self._child,
        )
        self.replica_bucket = replica.name
        self.register_outputs({"replica_bucket": self.replica_bucket})

    def _create_key(self, site: Site, region: str, retain: bool) -> pulumi.Output[str]:
        key = aws.kms.Key(
            f"{self._name}-key",
            region=region,
            description=f"{site.prefix} {site.env}: replica in {region}",
            enable_key_rotation=True,
            deletion_window_in_days=30,
            policy=policy_document(
                Statement(
                    sid="AccountDelegatesToIam",
                    actions=["kms:*"],
                    resources=["*"],
                    principals={"AWS": account_root(site.account_id)},
                ),
                no_foreign_keyholder(site.account_id),
            ),
            opts=pulumi.ResourceOptions(parent=self, protect=retain, retain_on_delete=retain),
        )
        return key.arn


def _copying(
    source: SecureBucket,
    replica: SecureBucket,
    source_key: pulumi.Input[str],
    replica_key: pulumi.Input[str],
) -> list[Statement]:
    return [
        Statement(
            sid="ReadSourceRules",
            actions=["s3:GetReplicationConfiguration", "s3:ListBucket"],
            resources=[source.arn],
        ),
        Statement(
            sid="ReadVersions",
            actions=[
                "s3:GetObjectVersionForReplication",
                "s3:GetObjectVersionAcl",
                "s3:GetObjectVersionTagging",
            ],
            resources=[pulumi.Output.concat(source.arn, "/*")],
        ),
        Statement(
            sid="WriteReplica",
            actions=["s3:ReplicateObject", "s3:ReplicateTags"],
            resources=[pulumi.Output.concat(replica.arn, "/*")],
        ),
        Statement(sid="DecryptSource", actions=["kms:Decrypt"], resources=[source_key]),
        Statement(sid="EncryptReplica", actions=["kms:Encrypt"], resources=[replica_key]),
    ]
