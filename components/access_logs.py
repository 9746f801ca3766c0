"""AccessLogs: S3's own record of every request to a group of buckets, in a bucket that expires it.

It leaves out the trail of API calls on the account (`components.observability`).
"""

from collections.abc import Mapping
from dataclasses import replace

import pulumi
import pulumi_aws as aws

from components.encryption import Protection
from components.iam import Statement
from components.naming import Site
from components.secure_bucket import SecureBucket


class AccessLogs(pulumi.ComponentResource):
    bucket: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        buckets: Mapping[str, SecureBucket],
        *,
        site: Site,
        protection: Protection,
        keep_days: int,
        retain: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("shop:components:AccessLogs", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)

        logs = SecureBucket(
            f"{name}-logs",
            bucket_name=site.name("s3", "access-logs"),
            protection=replace(protection, own_key=False),
            retain=retain,
            versioned=False,  # a log is written once
            lifecycle_rules=[
                {
                    "id": "expiry",
                    "status": "Enabled",
                    "filter": {"prefix": ""},
                    "expiration": {"days": keep_days},
                }
            ],
            extra_statements=lambda arn: [
                Statement(
                    sid="S3DeliversLogs",
                    actions=["s3:PutObject"],
                    resources=[pulumi.Output.concat(arn, "/*")],
                    principals={"Service": "logging.s3.amazonaws.com"},
                    conditions={"StringEquals": {"aws:SourceAccount": site.account_id}},
                )
            ],
            opts=child,
        )
        for role, bucket in buckets.items():
            aws.s3.BucketLogging(
                f"{name}-{role}",
                bucket=bucket.name,
                target_bucket=logs.name,
                target_prefix=f"{role}/",
                opts=child,
            )
        self.bucket = logs.name
        self.register_outputs({"bucket": self.bucket})
