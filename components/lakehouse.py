"""Lakehouse: the three buckets of the medallion, the record of who read them, and the grants.

Bronze is the untouched copy from which everything can be rebuilt, silver is typed, gold is
modelled. It leaves out tables (`components.catalog`) and who reads what: it gives out statements,
which others attach to their own roles.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Self

import pulumi
from pydantic import Field, model_validator

from components.access_logs import AccessLogs
from components.encryption import Protection, use_key
from components.iam import Statement
from components.naming import Site, checked
from components.replication import Replication
from components.section import Section
from components.secure_bucket import SecureBucket

if TYPE_CHECKING:
    from pulumi_aws.s3 import BucketLifecycleConfigurationRuleArgsDict


class Zone(StrEnum):
    BRONZE = "bronze"
    SILVER = "silver"
    GOLD = "gold"


class LakehouseConfig(Section):
    retain: bool = Field(
        description="Protect the buckets and the key, and keep them on destroy. Losing data takes "
        "this to be false "
        "and a stack other than prod."
    )
    versioned: bool = Field(
        default=True, description="Keep replaced and deleted objects for `noncurrent_days`."
    )
    noncurrent_days: int = Field(
        default=30, ge=1, description="Days until a replaced or deleted object is gone."
    )
    hot_days: int = Field(
        default=90,
        ge=30,
        description="Days until bronze moves to Glacier Flexible Retrieval (S3 refuses fewer than "
        "30 for rarer tiers).",
    )
    access_log_days: int | None = Field(
        default=None,
        ge=1,
        description="Keep S3's record of every request to the lake for this many days, in a bucket "
        "of its own; none: not recorded.",
    )
    replica_region: str | None = Field(
        default=None,
        pattern=r"^[a-z]{2}(-[a-z]+)+-\d$",
        description="Copy bronze, from which all else can be rebuilt, to this region as it comes; "
        "doubles its storage bill and adds transfer between regions.",
    )
    bucket_names: dict[Zone, str] = Field(
        default_factory=dict[Zone, str],
        description="Names instead of `{prefix}-{env}-{zone}`, e.g. `bronze: "
        "shoptrend-datalake-landing`.",
    )

    @model_validator(mode="after")
    def _a_replica_needs_versions(self) -> Self:
        if self.replica_region is not None and not self.versioned:
            raise ValueError(
                f"replica_region {self.replica_region} needs versioned: true (S3 replicates "
                "between versioned buckets only); set it, or remove replica_region"
            )
        return self


@dataclass(frozen=True, kw_only=True)
class ZoneBucket:
    """What other components may know of a zone."""

    name: pulumi.Output[str]
    arn: pulumi.Output[str]


class Lakehouse(pulumi.ComponentResource):
    zones: dict[Zone, ZoneBucket]

    def __init__(
        self,
        name: str,
        config: LakehouseConfig,
        *,
        site: Site,
        protection: Protection,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("shop:components:Lakehouse", name, {}, opts)
        self._name = name
        self._config = config
        self._child = pulumi.ResourceOptions(parent=self)
        self._key_arn = protection.key_arn
        self.zones = {}
        buckets = {zone: self._create_zone(zone, site, protection) for zone in Zone}
        if config.access_log_days is not None:
            AccessLogs(
                f"{name}-access",
                {zone.value: bucket for zone, bucket in buckets.items()},
                site=site,
                protection=protection,
                keep_days=config.access_log_days,
                retain=config.retain,
                opts=self._child,
            )
        if config.replica_region is not None:
            Replication(
                f"{name}-bronze-copy",
                site=site,
                region=config.replica_region,
                source=buckets[Zone.BRONZE],
                replica_name=site.name("s3", "bronze-replica"),
                protection=protection,
                retain=config.retain,
                opts=self._child,
            )
        self.register_outputs({f"{zone}_bucket": ref.name for zone, ref in self.zones.items()})

    def _create_zone(self, zone: Zone, site: Site, protection: Protection) -> SecureBucket:
        config = self._config
        override = config.bucket_names.get(zone)
        bucket = SecureBucket(
            f"{self._name}-{zone}",
            bucket_name=checked("s3", override) if override else site.name("s3", zone),
            protection=protection,
            retain=config.retain,
            versioned=config.versioned,
            lifecycle_rules=_lifecycle(zone, config),
            opts=self._child,
        )
        self.zones[zone] = ZoneBucket(name=bucket.name, arn=bucket.arn)
        return bucket

    def read(self, zone: Zone, *prefixes: str) -> tuple[Statement, ...]:
        """Grant: list and read the objects under the prefixes (no prefix: the whole zone)."""
        return (
            self._list(zone, prefixes),
            Statement(
                sid=f"Read{zone.title()}",
                actions=["s3:GetObject"],
                resources=self._objects(zone, prefixes),
            ),
            use_key(self._key_arn, write=False),
        )

    def write(self, zone: Zone, *prefixes: str) -> tuple[Statement, ...]:
        """Grant: add or replace objects under the prefixes, without reading or deleting any."""
        return (
            Statement(
                sid=f"Write{zone.title()}",
                actions=["s3:PutObject", "s3:AbortMultipartUpload"],
                resources=self._objects(zone, prefixes),
            ),
            use_key(self._key_arn, write=True),
        )

    def delete(self, zone: Zone, *prefixes: str) -> tuple[Statement, ...]:
        """Grant: delete objects under the prefixes (a version stays if versioned)."""
        return (
            Statement(
                sid=f"Delete{zone.title()}",
                actions=["s3:DeleteObject"],
                resources=self._objects(zone, prefixes),
            ),
        )

    def _list(self, zone: Zone, prefixes: Sequence[str]) -> Statement:
        within = {
            "StringLike": {"s3:prefix": [p for prefix in prefixes for p in (prefix, f"{prefix}/*")]}
        }
        return Statement(
            sid=f"List{zone.title()}",
            actions=["s3:ListBucket", "s3:GetBucketLocation"],
            resources=[self.zones[zone].arn],
            conditions=within if prefixes else {},
        )

    def _objects(self, zone: Zone, prefixes: Sequence[str]) -> list[pulumi.Input[str]]:
        arn = self.zones[zone].arn
        return [
            pulumi.Output.concat(arn, f"/{prefix}/*" if prefix else "/*")
            for prefix in prefixes or [""]
        ]


def _lifecycle(
    zone: Zone, config: LakehouseConfig
) -> list[BucketLifecycleConfigurationRuleArgsDict]:
    rules: list[BucketLifecycleConfigurationRuleArgsDict] = []
    if config.versioned:
        rules.append(
            {
                "id": "noncurrent",
                "status": "Enabled",
                "filter": {"prefix": ""},
                "noncurrent_version_expiration": {"noncurrent_days": config.noncurrent_days},
            }
        )
    # Bronze is read once and then only to rebuild; silver and gold are read by people,
    # unpredictably.
    cold = {
        Zone.BRONZE: (config.hot_days, "GLACIER"),
        Zone.SILVER: (0, "INTELLIGENT_TIERING"),
        Zone.GOLD: (0, "INTELLIGENT_TIERING"),
    }
    days, storage_class = cold[zone]
    rules.append(
        {
            "id": "tiering",
            "status": "Enabled",
            "filter": {"prefix": ""},
            "transitions": [{"days": days, "storage_class": storage_class}],
        }
    )
    return rules
