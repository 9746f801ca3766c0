"""AuditTrail: who did what in the account, in all regions, signed, and in a bucket of its own.

It leaves out alarms on what is found, and the lake's access logs (`components.access_logs`), which
S3 delivers best effort and without identity checks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import pulumi
import pulumi_aws as aws

from components.encryption import Keys, Protection
from components.iam import Statement
from components.lakehouse import ZoneBucket
from components.naming import Site
from components.secure_bucket import SecureBucket

if TYPE_CHECKING:
    from pulumi_aws.cloudtrail import TrailEventSelectorArgsDict
    from pulumi_aws.s3 import BucketLifecycleConfigurationRuleArgsDict

DataEvents = Literal["none", "write", "all"]
# S3 moves no object to Glacier Instant Retrieval and away again without billing 90 days of it.
COLD_AFTER_DAYS = 90
COLD_AT_LEAST_DAYS = 90
RESCUE_DAYS = 30  # to notice that somebody deleted a log


class AuditTrail(pulumi.ComponentResource):
    trail_arn: pulumi.Output[str]
    bucket: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        site: Site,
        keys: Keys,
        protection: Protection,
        keep_days: int,
        data_events: DataEvents,
        lake: Mapping[str, ZoneBucket],
        retain: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`lake`: the buckets whose objects are audited too, if `data_events` says so."""
        super().__init__("shop:components:AuditTrail", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        # Spelled out, not read back: the bucket's policy must name the trail before it exists.
        trail_name = f"{site.prefix}-{site.env}-audit"
        trail_arn = f"arn:aws:cloudtrail:{site.region}:{site.account_id}:trail/{trail_name}"

        bucket = SecureBucket(
            f"{name}-logs",
            bucket_name=site.name("s3", "audit-trail"),
            protection=replace(protection, key_arn=keys.logs),
            retain=retain,
            versioned=True,  # who deletes a log leaves the version behind
            lifecycle_rules=lifecycle(keep_days),
            extra_statements=lambda arn: _delivery(arn, trail_arn, site.account_id),
            opts=child,
        )
        trail = aws.cloudtrail.Trail(
            f"{name}-trail",
            name=trail_name,
            s3_bucket_name=bucket.name,
            kms_key_id=keys.logs,
            is_multi_region_trail=True,  # a stolen key is tried where nobody looks
            include_global_service_events=True,  # IAM and STS
            enable_log_file_validation=True,
            event_selectors=selectors(data_events, [zone.arn for zone in lake.values()]),
            # The bucket's name does not wait for its policy, and CloudTrail tries a delivery.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[bucket]),
        )
        self.trail_arn = trail.arn
        self.bucket = bucket.name
        self.register_outputs({"trail_arn": self.trail_arn, "bucket": self.bucket})


def _delivery(
    bucket_arn: pulumi.Output[str], trail_arn: str, account_id: str
) -> tuple[Statement, ...]:
    """What CloudTrail checks and writes, for this trail alone (against the confused deputy)."""
    cloudtrail = {"Service": "cloudtrail.amazonaws.com"}
    return (
        Statement(
            sid="TrailChecksBucket",
            actions=["s3:GetBucketAcl"],
            resources=[bucket_arn],
            principals=cloudtrail,
            conditions={"StringEquals": {"aws:SourceArn": trail_arn}},
        ),
        Statement(
            sid="TrailDelivers",
            actions=["s3:PutObject"],
            resources=[pulumi.Output.concat(bucket_arn, f"/AWSLogs/{account_id}/*")],
            principals=cloudtrail,
            conditions={
                "StringEquals": {
                    "aws:SourceArn": trail_arn,
                    "s3:x-amz-acl": "bucket-owner-full-control",
                }
            },
        ),
    )


def lifecycle(keep_days: int) -> list[BucketLifecycleConfigurationRuleArgsDict]:
    """Rarely read after a quarter; gone `RESCUE_DAYS` after `keep_days`."""
    rule: BucketLifecycleConfigurationRuleArgsDict = {
        "id": "keep",
        "status": "Enabled",
        "filter": {"prefix": ""},
        "expiration": {"days": keep_days},
        "noncurrent_version_expiration": {"noncurrent_days": RESCUE_DAYS},
    }
    if keep_days >= COLD_AFTER_DAYS + COLD_AT_LEAST_DAYS:
        rule["transitions"] = [{"days": COLD_AFTER_DAYS, "storage_class": "GLACIER_IR"}]
    return [rule]


def selectors(
    data_events: DataEvents, bucket_arns: Sequence[pulumi.Output[str]]
) -> list[TrailEventSelectorArgsDict]:
    """Management events always; of the objects in the buckets what `data_events` says."""
    management: TrailEventSelectorArgsDict = {
        "read_write_type": "All",
        "include_management_events": True,
    }
    if data_events == "none":
        return [management]
    objects: TrailEventSelectorArgsDict = {
        "read_write_type": "WriteOnly" if data_events == "write" else "All",
        "include_management_events": False,
        "data_resources": [
            {
                "type": "AWS::S3::Object",
                # The slash ends the name: without it a bucket with a longer name matches too.
                "values": [pulumi.Output.concat(arn, "/") for arn in bucket_arns],
            }
        ],
    }
    return [management, objects]
