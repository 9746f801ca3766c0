"""StreamConsumer: the Lambda function that turns the stream into typed Parquet in silver, within a
minute.

Events that cannot be processed go to quarantine in bronze by the function itself; batches that
cannot be placed at all go, after the retries, as a note to the dead-letter queue. What it leaves
out: Firehose's copy (`components.stream_ingest`).
"""

from collections.abc import Sequence
from typing import Literal, Self

import pulumi
import pulumi_aws as aws
from pydantic import Field, model_validator

from components.consumer_alarms import METRICS, consumer_alarms
from components.dead_letters import dead_letter_queue, send_to
from components.encryption import Keys, use_key
from components.function_log import function_log
from components.iam import role_with, trust
from components.lakehouse import Lakehouse, Zone
from components.lambda_code import lambda_code, wheels_layer
from components.naming import Site
from components.section import Section
from components.stream_ingest import EventStream
from contract.tables import EVENTS, QUARANTINED_EVENTS

TEXT_PREFIX = "records"


class ConsumerConfig(Section):
    mode: Literal["parquet", "text"] = Field(
        default="parquet",
        description="`parquet`: typed silver tables. `text`: one .txt object per record, under "
        "`records/`.",
    )
    batch_size: int = Field(
        default=500,
        ge=1,
        le=10_000,
        description="Records per invocation; Lambda's 6 MB limit cuts earlier.",
    )
    window_seconds: int = Field(
        default=30,
        ge=0,
        le=300,
        description="Wait this long for a full batch: fewer, larger objects.",
    )
    parallel_batches: int = Field(
        default=1, ge=1, le=10, description="Concurrent batches per shard."
    )
    retries: int = Field(
        default=10,
        ge=0,
        le=10_000,
        description="Retries of a failing batch before it goes to the queue.",
    )
    max_age_hours: int = Field(
        default=23,
        ge=1,
        le=168,
        description="Older records go to the queue instead of being retried.",
    )
    memory_mb: int = Field(
        default=1024, ge=128, le=10_240, description="Memory; CPU comes in proportion to it."
    )
    timeout_seconds: int = Field(default=60, ge=1, le=900, description="Time for one batch.")
    reserved_concurrency: int | None = Field(
        default=None, ge=0, description="Upper bound of concurrent runs; none if absent."
    )
    architecture: Literal["x86_64", "arm64"] = Field(
        default="arm64", description="Processor; arm64 costs a fifth less."
    )
    runtime: str = Field(
        default="python3.12", pattern=r"^python3\.\d+$", description="Lambda runtime."
    )
    layer_zip: str | None = Field(
        description="Layer with the native wheels, made by `make layer`, relative to the "
        "repository; "
        "null only where the runtime has them already."
    )
    log_retention_days: int = Field(
        default=30, ge=1, description="Days to keep the function's log."
    )
    quarantine_alarm_percent: float = Field(
        default=1,
        gt=0,
        lt=100,
        description="Alarm when more than this part of the events of a quarter of an hour is "
        "quarantined, in percent.",
    )

    @model_validator(mode="after")
    def _a_batch_fits_its_time(self) -> Self:
        if self.window_seconds >= self.timeout_seconds * 5:
            raise ValueError(
                f"window_seconds {self.window_seconds} collects more than timeout_seconds "
                f"{self.timeout_seconds} can "
                "work off: keep the window below five times the timeout"
            )
        return self


class StreamConsumer(pulumi.ComponentResource):
    function_name: pulumi.Output[str]
    dead_letter_url: pulumi.Output[str]
    dead_letter_queue: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        config: ConsumerConfig,
        *,
        site: Site,
        stream: EventStream,
        lake: Lakehouse,
        keys: Keys,
        alarm_actions: Sequence[pulumi.Input[str]] = (),
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("shop:components:StreamConsumer", name, {}, opts)
        self._name = name
        self._config = config
        self._child = pulumi.ResourceOptions(parent=self)

        dead_letters = self._create_dead_letters(keys)
        function = self._create_function(site, stream, lake, dead_letters, keys)
        self._create_mapping(function, stream, dead_letters)
        consumer_alarms(
            name,
            function=function,
            stream=stream.name,
            dead_letters=dead_letters,
            quarantine_percent=config.quarantine_alarm_percent,
            actions=alarm_actions,
            opts=self._child,
        )
        self.function_name = function.name
        self.dead_letter_url = dead_letters.url
        self.dead_letter_queue = dead_letters.name
        self.register_outputs(
            {
                "function_name": self.function_name,
                "dead_letter_url": self.dead_letter_url,
                "dead_letter_queue": self.dead_letter_queue,
            }
        )

    def _create_dead_letters(self, keys: Keys) -> aws.sqs.Queue:
        return dead_letter_queue(f"{self._name}-dead-letters", key_arn=keys.data, opts=self._child)

    def _create_function(
        self,
        site: Site,
        stream: EventStream,
        lake: Lakehouse,
        dead_letters: aws.sqs.Queue,
        keys: Keys,
    ) -> aws.lambda_.Function:
        config = self._config
        function_name = site.name("lambda", "kinesis-to-s3-consumer")
        log, write_log = function_log(
            self._name,
            function_name=function_name,
            retention_days=config.log_retention_days,
            key_arn=keys.logs,
            opts=self._child,
        )
        output = EVENTS.prefix if config.mode == "parquet" else TEXT_PREFIX
        role = role_with(
            f"{self._name}-role",
            description="Consumer: from the event stream to silver and quarantine",
            trusted=trust({"Service": "lambda.amazonaws.com"}),
            statements=[
                *stream.read(),
                *lake.write(Zone.SILVER, output),
                *lake.write(Zone.BRONZE, QUARANTINED_EVENTS.prefix),
                send_to(dead_letters),
                use_key(keys.data, write=True),
                write_log,
            ],
            opts=self._child,
        )
        return aws.lambda_.Function(
            f"{self._name}-function",
            name=function_name,
            description="Event stream to typed Parquet in silver",
            role=role.arn,
            runtime=config.runtime,
            architectures=[config.architecture],
            handler="functions.consumer.handler.handler",
            code=lambda_code("functions/consumer", "contract"),
            layers=wheels_layer(
                self._name,
                config.layer_zip,
                runtime=config.runtime,
                architecture=config.architecture,
                opts=self._child,
            ),
            memory_size=config.memory_mb,
            timeout=config.timeout_seconds,
            reserved_concurrent_executions=config.reserved_concurrency,
            logging_config={"log_format": "Text", "log_group": log.name},
            environment={
                "variables": {
                    "MODE": config.mode,
                    "SILVER_BUCKET": lake.zones[Zone.SILVER].name,
                    "BRONZE_BUCKET": lake.zones[Zone.BRONZE].name,
                    "METRIC_NAMESPACE": METRICS,
                }
            },
            opts=self._child,
        )

    def _create_mapping(
        self, function: aws.lambda_.Function, stream: EventStream, dead_letters: aws.sqs.Queue
    ) -> None:
        config = self._config
        aws.lambda_.EventSourceMapping(
            f"{self._name}-mapping",
            event_source_arn=stream.arn,
            function_name=function.name,
            # From the oldest record: LATEST loses what arrives while the mapping is being made.
            starting_position="TRIM_HORIZON",
            batch_size=config.batch_size,
            maximum_batching_window_in_seconds=config.window_seconds,
            parallelization_factor=config.parallel_batches,
            bisect_batch_on_function_error=True,
            maximum_retry_attempts=config.retries,
            maximum_record_age_in_seconds=config.max_age_hours * 3600,
            function_response_types=["ReportBatchItemFailures"],
            destination_config={"on_failure": {"destination_arn": dead_letters.arn}},
            opts=self._child,
        )
