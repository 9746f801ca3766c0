"""StreamIngest: the event stream, and Firehose keeping the untouched copy of everything in bronze.

It leaves out who writes to the stream (`components.producer`) and who types the events
(`components.stream_consumer`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Self

import pulumi
import pulumi_aws as aws
from pydantic import Field, model_validator

from components.encryption import Keys, use_key
from components.iam import Statement, role_with, trust
from components.ingest_alarms import SILENCE_PERIOD_MINUTES, ingest_alarms
from components.lakehouse import Lakehouse, Zone
from components.naming import Site, checked
from components.section import Section


class IngestConfig(Section):
    mode: Literal["on_demand", "provisioned"] = Field(
        description="`provisioned` bills each shard-hour; `on_demand` scales by itself and bills "
        "by GB."
    )
    shards: int | None = Field(
        default=None,
        ge=1,
        le=500,
        description="Shards, in `provisioned` mode only; each takes 1 MB or 1,000 records a "
        "second.",
    )
    retention_hours: int = Field(
        default=24,
        ge=24,
        le=8760,
        description="Hours that the stream keeps a record (Kinesis allows 24 to 8,760).",
    )
    stream_name: str | None = Field(
        default=None,
        description="Name instead of `{prefix}-{env}-events-stream`, e.g. "
        "`shoptrend-events-stream`.",
    )
    prefix: str = Field(
        default="raw/events/!{timestamp:yyyy}/!{timestamp:MM}/!{timestamp:dd}/",
        description="Where Firehose writes in bronze; its own expressions are allowed.",
    )
    error_prefix: str = Field(
        default="raw/errors/!{firehose:error-output-type}/",
        description="Where Firehose writes what it could not deliver.",
    )
    buffer_seconds: int = Field(
        default=60, ge=0, le=900, description="Firehose writes an object at the latest after this."
    )
    buffer_mb: int = Field(
        default=64,
        ge=1,
        le=128,
        description="Firehose writes an object once it holds this many MiB.",
    )
    log_retention_days: int = Field(
        default=30, ge=1, description="Days to keep Firehose's error log."
    )
    silence_alarm_minutes: int | None = Field(
        default=None,
        ge=10,
        le=1440,
        multiple_of=SILENCE_PERIOD_MINUTES,
        description="Alarm after so many minutes without a record (steps of 5); null: never.",
    )

    @model_validator(mode="after")
    def _shards_belong_to_provisioned(self) -> Self:
        if self.mode == "provisioned" and self.shards is None:
            raise ValueError("mode provisioned needs `shards`, e.g. shards: 1")
        if self.mode == "on_demand" and self.shards is not None:
            raise ValueError(
                f"mode on_demand takes no `shards` (found {self.shards}): remove it, or set mode: "
                "provisioned"
            )
        return self

    @property
    def raw_prefix(self) -> str:
        """The fixed part of `prefix`, without a trailing slash: `raw/events`."""
        return self.prefix.partition("!{")[0].rstrip("/")


@dataclass(frozen=True, kw_only=True)
class EventStream:
    """What other components may know of the stream, and the grants on it."""

    name: pulumi.Output[str]
    arn: pulumi.Output[str]
    key_arn: pulumi.Input[str]

    def write(self) -> tuple[Statement, ...]:
        """Grant: put records."""
        return (
            Statement(
                sid="PutEvents",
                actions=["kinesis:PutRecord", "kinesis:PutRecords"],
                resources=[self.arn],
            ),
            use_key(self.key_arn, write=True),
        )

    def read(self) -> tuple[Statement, ...]:
        """Grant: read records as an event source mapping or Firehose does."""
        return (
            Statement(
                sid="ReadStream",
                actions=[
                    "kinesis:DescribeStream",
                    "kinesis:DescribeStreamSummary",
                    "kinesis:GetRecords",
                    "kinesis:GetShardIterator",
                    "kinesis:ListShards",
                ],
                resources=[self.arn],
            ),
            use_key(self.key_arn, write=False),
        )


class StreamIngest(pulumi.ComponentResource):
    stream: EventStream
    delivery_stream_name: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        config: IngestConfig,
        *,
        site: Site,
        lake: Lakehouse,
        keys: Keys,
        alarm_actions: Sequence[pulumi.Input[str]] = (),
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("shop:components:StreamIngest", name, {}, opts)
        self._name = name
        self._config = config
        self._child = pulumi.ResourceOptions(parent=self)

        self.stream = self._create_stream(site, keys.data)
        self.delivery_stream_name = self._create_delivery(site, lake, keys.logs)
        ingest_alarms(
            name,
            stream=self.stream.name,
            delivery_stream=self.delivery_stream_name,
            buffer_seconds=config.buffer_seconds,
            silence_minutes=config.silence_alarm_minutes,
            actions=alarm_actions,
            opts=self._child,
        )
        self.register_outputs(
            {"stream": self.stream.name, "delivery_stream_name": self.delivery_stream_name}
        )

    def _create_stream(self, site: Site, key_arn: pulumi.Input[str]) -> EventStream:
        config = self._config
        stream = aws.kinesis.Stream(
            f"{self._name}-stream",
            name=checked("kinesis", config.stream_name)
            if config.stream_name
            else site.name("kinesis", "events-stream"),
            stream_mode_details={"stream_mode": config.mode.upper()},
            shard_count=config.shards,
            retention_period=config.retention_hours,
            encryption_type="KMS",
            kms_key_id=key_arn,
            enforce_consumer_deletion=True,
            opts=self._child,
        )
        return EventStream(name=stream.name, arn=stream.arn, key_arn=key_arn)

    def _create_delivery(
        self, site: Site, lake: Lakehouse, logs_key_arn: pulumi.Input[str]
    ) -> pulumi.Output[str]:
        config = self._config
        delivery_name = site.name("kinesis", "events-to-bronze")
        log_group = aws.cloudwatch.LogGroup(
            f"{self._name}-delivery-log",
            name=f"/aws/kinesisfirehose/{delivery_name}",
            retention_in_days=config.log_retention_days,
            kms_key_id=logs_key_arn,
            opts=self._child,
        )
        log_stream = aws.cloudwatch.LogStream(
            f"{self._name}-delivery-errors",
            name="errors",
            log_group_name=log_group.name,
            opts=self._child,
        )
        role = role_with(
            f"{self._name}-delivery-role",
            description="Firehose: from the event stream to bronze",
            # Firehose passes the account id as external id, against the confused deputy.
            trusted=trust(
                {"Service": "firehose.amazonaws.com"},
                {"StringEquals": {"sts:ExternalId": site.account_id}},
            ),
            statements=[
                *self.stream.read(),
                *lake.write(Zone.BRONZE, "raw"),
                Statement(
                    sid="PlaceObjects",
                    actions=[
                        "s3:GetBucketLocation",
                        "s3:ListBucket",
                        "s3:ListBucketMultipartUploads",
                    ],
                    resources=[lake.zones[Zone.BRONZE].arn],
                ),
                Statement(
                    sid="WriteErrorLog",
                    actions=["logs:PutLogEvents"],
                    resources=[pulumi.Output.concat(log_group.arn, ":log-stream:*")],
                ),
            ],
            opts=self._child,
        )
        delivery = aws.kinesis.FirehoseDeliveryStream(
            f"{self._name}-delivery",
            name=delivery_name,
            destination="extended_s3",
            kinesis_source_configuration={
                "kinesis_stream_arn": self.stream.arn,
                "role_arn": role.arn,
            },
            extended_s3_configuration={
                "role_arn": role.arn,
                "bucket_arn": lake.zones[Zone.BRONZE].arn,
                "prefix": config.prefix,
                "error_output_prefix": config.error_prefix,
                "buffering_interval": config.buffer_seconds,
                "buffering_size": config.buffer_mb,
                "compression_format": "GZIP",
                "cloudwatch_logging_options": {
                    "enabled": True,
                    "log_group_name": log_group.name,
                    "log_stream_name": log_stream.name,
                },
            },
            opts=self._child,
        )
        return delivery.name
