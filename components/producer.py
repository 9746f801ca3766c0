"""Producer: a Lambda function that fetches a public API on a schedule and puts what it gets on the
stream.

The same function generates shop visits on demand, for trials and load tests. It leaves out the
stream itself.
"""

from collections.abc import Sequence
from typing import Literal

import pulumi
import pulumi_aws as aws
from pydantic import Field

from components.alarms import Metric, alarm_above
from components.dead_letters import dead_letter_queue, send_to, waiting
from components.encryption import Keys, use_key
from components.function_log import function_log
from components.iam import Statement, role_with, trust
from components.lambda_code import lambda_code, wheels_layer
from components.naming import Site
from components.section import Section
from components.stream_ingest import EventStream


class ProducerConfig(Section):
    source_url: str = Field(
        pattern=r"^https?://",
        description="What to GET; a JSON object, or an array with an event an element.",
    )
    schedule: str | None = Field(
        pattern=r"^(rate|cron|at)\(.+\)$",
        description="When to fetch, as EventBridge Scheduler writes it, e.g. `rate(5 minutes)`; "
        "null: never by itself.",
    )
    put_mode: Literal["sync", "async"] = Field(
        default="sync",
        description="`sync`: one PutRecords call after the other. `async`: several at once.",
    )
    partition_groups: int = Field(
        default=8,
        ge=1,
        le=10_000,
        description="Groups in which order is kept; at least one a shard, or shards stay idle.",
    )
    memory_mb: int = Field(
        default=512, ge=128, le=10_240, description="Memory; CPU comes in proportion to it."
    )
    timeout_seconds: int = Field(default=120, ge=1, le=900, description="Time for one run.")
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


class Producer(pulumi.ComponentResource):
    function_name: pulumi.Output[str]
    dead_letter_queue: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        config: ProducerConfig,
        *,
        site: Site,
        stream: EventStream,
        keys: Keys,
        alarm_actions: Sequence[pulumi.Input[str]] = (),
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("shop:components:Producer", name, {}, opts)
        self._name = name
        self._config = config
        self._child = pulumi.ResourceOptions(parent=self)

        dead_letters = dead_letter_queue(
            f"{name}-dead-letters", key_arn=keys.data, opts=self._child
        )
        function = self._create_function(site, stream, dead_letters, keys)
        if config.schedule is not None:
            self._create_schedule(config.schedule, function, dead_letters, keys, site)
        self._create_alarms(function, dead_letters, alarm_actions)
        self.function_name = function.name
        self.dead_letter_queue = dead_letters.name
        self.register_outputs(
            {"function_name": self.function_name, "dead_letter_queue": self.dead_letter_queue}
        )

    def _create_function(
        self,
        site: Site,
        stream: EventStream,
        dead_letters: aws.sqs.Queue,
        keys: Keys,
    ) -> aws.lambda_.Function:
        config = self._config
        function_name = site.name("lambda", "producer")
        log, write_log = function_log(
            self._name,
            function_name=function_name,
            retention_days=config.log_retention_days,
            key_arn=keys.logs,
            opts=self._child,
        )
        role = role_with(
            f"{self._name}-role",
            description="Producer: puts events on the stream",
            trusted=trust({"Service": "lambda.amazonaws.com"}),
            statements=[
                *stream.write(),
                send_to(dead_letters),
                write_log,
            ],
            opts=self._child,
        )
        function = aws.lambda_.Function(
            f"{self._name}-function",
            name=function_name,
            description="Public API or generated shop visits to the event stream",
            role=role.arn,
            runtime=config.runtime,
            architectures=[config.architecture],
            handler="functions.producer.handler.handler",
            code=lambda_code("functions/producer", "contract"),
            layers=wheels_layer(
                self._name,
                config.layer_zip,
                runtime=config.runtime,
                architecture=config.architecture,
                opts=self._child,
            ),
            memory_size=config.memory_mb,
            timeout=config.timeout_seconds,
            logging_config={"log_format": "Text", "log_group": log.name},
            environment={
                "variables": {
                    "STREAM_NAME": stream.name,
                    "SOURCE_URL": config.source_url,
                    "PUT_MODE": config.put_mode,
                    "PARTITION_GROUPS": str(config.partition_groups),
                }
            },
            opts=self._child,
        )
        aws.lambda_.FunctionEventInvokeConfig(
            f"{self._name}-async",
            function_name=function.name,
            maximum_retry_attempts=2,
            maximum_event_age_in_seconds=3600,
            destination_config={"on_failure": {"destination": dead_letters.arn}},
            opts=self._child,
        )
        return function

    def _create_schedule(
        self,
        expression: str,
        function: aws.lambda_.Function,
        dead_letters: aws.sqs.Queue,
        keys: Keys,
        site: Site,
    ) -> None:
        role = role_with(
            f"{self._name}-schedule-role",
            description="Scheduler: runs the producer",
            trusted=trust(
                {"Service": "scheduler.amazonaws.com"},
                {"StringEquals": {"aws:SourceAccount": site.account_id}},
            ),
            statements=[
                Statement(sid="Run", actions=["lambda:InvokeFunction"], resources=[function.arn]),
                send_to(dead_letters),
                use_key(keys.data, write=True),
            ],
            opts=self._child,
        )
        aws.scheduler.Schedule(
            f"{self._name}-schedule",
            description="Fetches the source",
            schedule_expression=expression,
            flexible_time_window={"mode": "OFF"},
            target={
                "arn": function.arn,
                "role_arn": role.arn,
                "input": '{"source": "http"}',
                "dead_letter_config": {"arn": dead_letters.arn},
                "retry_policy": {"maximum_retry_attempts": 2, "maximum_event_age_in_seconds": 3600},
            },
            opts=self._child,
        )

    def _create_alarms(
        self,
        function: aws.lambda_.Function,
        dead_letters: aws.sqs.Queue,
        actions: Sequence[pulumi.Input[str]],
    ) -> None:
        of_function = {"FunctionName": function.name}
        alarms = {
            "failing": (
                Metric(namespace="AWS/Lambda", name="Errors", dimensions=of_function),
                "Events could not be fetched or placed: the function's log names the error.",
            ),
            "throttled": (
                Metric(namespace="AWS/Lambda", name="Throttles", dimensions=of_function),
                "The account's concurrency is used up: see which function takes it.",
            ),
            "dead-letters": (
                waiting(dead_letters),
                "Runs were given up after their retries: each message is a run to start again.",
            ),
        }
        for role, (metric, meaning) in alarms.items():
            alarm_above(
                f"{self._name}-{role}",
                metric,
                threshold=0,
                periods=1,
                meaning=meaning,
                actions=actions,
                opts=self._child,
            )
