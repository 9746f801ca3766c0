"""RemoteState: where the stacks of one account keep what they know: a versioned bucket with a key
of its own, and the table of deploy leases.

Pulumi locks a stack with objects in this bucket and never reads the table; the leases are those of
our own runner (`automation.lease`). It leaves out who may use them: it gives out statements, which
`components.ci_identity` attaches to its roles. The resources must not be part of the stacks whose
state they hold, so the program for them is another one (`bootstrap.py`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws
from pydantic import Field

from components.access_logs import AccessLogs
from components.encryption import (
    EncryptionConfig,
    Protection,
    no_foreign_keyholder,
    use_key,
)
from components.iam import Statement, account_root, policy_document
from components.naming import Site, checked
from components.section import Section
from components.secure_bucket import SecureBucket

if TYPE_CHECKING:
    from pulumi_aws.s3 import BucketLifecycleConfigurationRuleArgsDict


class StateConfig(Section):
    retain: bool = Field(
        description="Protect the bucket, the key and the lease table, and keep them on destroy. "
        "Without the key no state and no secret of a stack can be read again."
    )
    noncurrent_days: int = Field(
        default=90,
        ge=7,
        description="Days for which every replaced or deleted state can be restored (at least a "
        "week: a broken state may be found after a weekend).",
    )
    keep_versions: int = Field(
        default=20,
        ge=1,
        le=100,
        description="Older states of each stack that are kept however old they are (S3 allows 1 "
        "to 100), for a stack that is rarely deployed.",
    )
    access_log_days: int | None = Field(
        default=None,
        ge=1,
        description="Keep S3's record of every request to the state for this many days, in a "
        "bucket of its own; none: not recorded.",
    )
    bucket_name: str | None = Field(
        default=None,
        description="Name instead of `{prefix}-{env}-state`, e.g. `shoptrend-pulumi-state`.",
    )

    def bucket(self, site: Site) -> str:
        """The bucket's name; raises ValueError when S3 would not take it."""
        return checked("s3", self.bucket_name) if self.bucket_name else site.name("s3", "state")


def key_alias(site: Site) -> str:
    """Where people and stack files name the key: `awskms://` takes an alias."""
    return f"alias/{site.name('alias', 'state')}"


def lease_table(site: Site) -> str:
    return site.name("dynamodb", "lease")


class RemoteState(pulumi.ComponentResource):
    bucket: pulumi.Output[str]
    bucket_arn: pulumi.Output[str]
    key_arn: pulumi.Output[str]
    table: pulumi.Output[str]
    table_arn: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        config: StateConfig,
        *,
        site: Site,
        encryption: EncryptionConfig,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("shop:components:RemoteState", name, {}, opts)
        self._name = name
        self._config = config
        self._site = site
        self._child = pulumi.ResourceOptions(parent=self)
        self._kept = pulumi.ResourceOptions(
            parent=self, protect=config.retain, retain_on_delete=config.retain
        )

        self.key_arn = self._create_key(encryption.deletion_window_days)
        self._create_bucket(
            Protection(
                key_arn=self.key_arn,
                account_id=site.account_id,
                plain_http_from=tuple(encryption.plain_http_from),
            )
        )
        self._create_table()
        self.register_outputs(
            {
                "bucket": self.bucket,
                "bucket_arn": self.bucket_arn,
                "key_arn": self.key_arn,
                "table": self.table,
                "table_arn": self.table_arn,
            }
        )

    def read(self) -> tuple[Statement, ...]:
        """Grant: read every stack's state and decrypt its secrets, without changing either."""
        return (
            Statement(
                sid="ListState",
                actions=["s3:ListBucket", "s3:GetBucketLocation"],
                resources=[self.bucket_arn],
            ),
            Statement(
                sid="ReadState",
                actions=["s3:GetObject"],
                resources=[pulumi.Output.concat(self.bucket_arn, "/.pulumi/*")],
            ),
            use_key(self.key_arn, write=False),
        )

    def write(self) -> tuple[Statement, ...]:
        """Grant: what a deployment needs on top of `read`: state, locks and the lease.

        Deleting leaves a version behind; the versions themselves are out of its reach.
        """
        return (
            Statement(
                sid="WriteState",
                actions=["s3:PutObject", "s3:DeleteObject"],
                resources=[pulumi.Output.concat(self.bucket_arn, "/.pulumi/*")],
            ),
            # A new stack's data key is made here and encrypted by this key (awskms://).
            Statement(
                sid="EncryptState",
                actions=["kms:Encrypt", "kms:GenerateDataKey"],
                resources=[self.key_arn],
            ),
            Statement(
                sid="HoldLease",
                actions=["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem"],
                resources=[self.table_arn],
            ),
        )

    def _create_key(self, deletion_window_days: int) -> pulumi.Output[str]:
        site = self._site
        key = aws.kms.Key(
            f"{self._name}-key",
            description=f"{site.prefix} {site.env}: state of the stacks and their secrets",
            enable_key_rotation=True,
            deletion_window_in_days=deletion_window_days,
            policy=policy_document(
                Statement(
                    sid="AccountDelegatesToIam",
                    actions=["kms:*"],
                    resources=["*"],
                    principals={"AWS": account_root(site.account_id)},
                ),
                no_foreign_keyholder(site.account_id),
            ),
            opts=self._kept,
        )
        aws.kms.Alias(
            f"{self._name}-key-alias",
            name=key_alias(site),
            target_key_id=key.key_id,
            opts=self._child,
        )
        return key.arn

    def _create_bucket(self, protection: Protection) -> None:
        config, site = self._config, self._site
        bucket = SecureBucket(
            f"{self._name}-bucket",
            bucket_name=config.bucket(site),
            protection=protection,
            retain=config.retain,
            versioned=True,
            lifecycle_rules=[_older_states(config)],
            opts=self._child,
        )
        self.bucket, self.bucket_arn = bucket.name, bucket.arn
        if config.access_log_days is not None:
            AccessLogs(
                f"{self._name}-access",
                {"state": bucket},
                # The lake's own record has the name without `-state`.
                site=replace(site, env=f"{site.env}-state"),
                protection=protection,
                keep_days=config.access_log_days,
                retain=config.retain,
                opts=self._child,
            )

    def _create_table(self) -> None:
        table = aws.dynamodb.Table(
            f"{self._name}-lease",
            name=lease_table(self._site),
            billing_mode="PAY_PER_REQUEST",
            hash_key="stack",
            attributes=[{"name": "stack", "type": "S"}],
            ttl={"attribute_name": "forget_at", "enabled": True},
            point_in_time_recovery={"enabled": True},
            server_side_encryption={"enabled": True, "kms_key_arn": self.key_arn},
            deletion_protection_enabled=self._config.retain,
            opts=self._kept,
        )
        self.table, self.table_arn = table.name, table.arn


def _older_states(config: StateConfig) -> BucketLifecycleConfigurationRuleArgsDict:
    return {
        "id": "older-states",
        "status": "Enabled",
        "filter": {"prefix": ""},
        "noncurrent_version_expiration": {
            "noncurrent_days": config.noncurrent_days,
            "newer_noncurrent_versions": config.keep_versions,
        },
    }
