"""DataValidator: a Lambda function that sets every new object of raw events in bronze against the
event contract, and leaves its verdict in bronze under `validated/`.

It reads Firehose's copy, not the stream: it still tells when the consumer is down, and what of
bronze a rebuild could use. It changes and holds back nothing (that is the consumer's quarantine).
The bucket's notifications are all here, since S3 keeps one configuration a bucket.
"""

from collections.abc import Sequence
from typing import Annotated, Literal

import pulumi
import pulumi_aws as aws
from pydantic import Field

from components.data_validator_alarms import METRICS, validator_alarms
from components.dead_letters import dead_letter_queue, send_to
from components.encryption import Keys, use_key
from components.function_log import function_log
from components.iam import role_with, trust
from components.lakehouse import Lakehouse, Zone
from components.lambda_code import lambda_code, wheels_layer
from components.naming import Site
from components.section import Section
from functions.data_validator.verdict import PREFIX


class NoValidator(Section):
    enabled: Literal[False] = Field(description="Raw events are not judged in bronze.")


class ValidatorConfig(Section):
    enabled: Literal[True] = Field(
        description="Judge every new object of raw events; a run an object, so at most one each "
        "`ingest.buffer_seconds`."
    )
    alarm_percent: float = Field(
        default=1,
        gt=0,
        lt=100,
        description="Alarm when more than this part of the events of a quarter of an hour breaks "
        "the contract, in percent.",
    )
    memory_mb: int = Field(
        default=1024,
        ge=512,
        le=10_240,
        description="Memory (512 to 10,240); it holds one object of at most `ingest.buffer_mb`, "
        "and CPU comes in proportion.",
    )
    timeout_seconds: int = Field(
        default=300, ge=1, le=900, description="Time for one object (Lambda allows 900)."
    )
    architecture: Literal["x86_64", "arm64"] = Field(
        default="arm64", description="Processor; arm64 costs a fifth less."
    )
    runtime: str = Field(
        default="python3.12", pattern=r"^python3\.\d+$", description="Lambda runtime."
    )
    layer_zip: str | None = Field(
        description="Layer with the native wheels, made by `make layer`, relative to the "
        "repository; null only where the runtime has them already.",
    )
    log_retention_days: int = Field(
        default=30, ge=1, description="Days to keep the function's log."
    )


ValidatorSection = Annotated[NoValidator | ValidatorConfig, Field(discriminator="enabled")]


class DataValidator(pulumi.ComponentResource):
    function_name: pulumi.Output[str]
    dead_letter_queue: pulumi.Output[str]
    dead_letter_url: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        config: ValidatorConfig,
        *,
        site: Site,
        lake: Lakehouse,
        raw_prefix: str,
        keys: Keys,
        alarm_actions: Sequence[pulumi.Input[str]] = (),
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`raw_prefix` is where Firehose writes in bronze, without a trailing slash."""
        super().__init__("shop:components:DataValidator", name, {}, opts)
        self._name = name
        self._config = config
        self._child = pulumi.ResourceOptions(parent=self)

        dead_letters = dead_letter_queue(
            f"{name}-dead-letters", key_arn=keys.data, opts=self._child
        )
        function = self._create_function(site, lake, raw_prefix, dead_letters, keys)
        self._notify(function, lake, raw_prefix, site)
        validator_alarms(
            name,
            function=function,
            dead_letters=dead_letters,
            invalid_percent=config.alarm_percent,
            actions=alarm_actions,
            opts=self._child,
        )
        self.function_name = function.name
        self.dead_letter_queue = dead_letters.name
        self.dead_letter_url = dead_letters.url
        self.register_outputs(
            {
                "function_name": self.function_name,
                "dead_letter_queue": self.dead_letter_queue,
                "dead_letter_url": self.dead_letter_url,
            }
        )

    def _create_function(
        self,
        site: Site,
        lake: Lakehouse,
        raw_prefix: str,
        dead_letters: aws.sqs.Queue,
        keys: Keys,
    ) -> aws.lambda_.Function:
        config = self._config
        function_name = site.name("lambda", "data-validator")
        log, write_log = function_log(
            self._name,
            function_name=function_name,
            retention_days=config.log_retention_days,
            key_arn=keys.logs,
            opts=self._child,
        )
        role = role_with(
            f"{self._name}-role",
            description="Validator: reads raw events, writes verdicts",
            trusted=trust({"Service": "lambda.amazonaws.com"}),
            statements=[
                *lake.read(Zone.BRONZE, raw_prefix),
                *lake.write(Zone.BRONZE, PREFIX),
                send_to(dead_letters),
                use_key(keys.data, write=True),
                write_log,
            ],
            opts=self._child,
        )
        function = aws.lambda_.Function(
            f"{self._name}-function",
            name=function_name,
            description="Sets raw events against the contract",
            role=role.arn,
            runtime=config.runtime,
            architectures=[config.architecture],
            handler="functions.data_validator.handler.handler",
            code=lambda_code("functions/data_validator", "functions/consumer", "contract"),
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
            environment={"variables": {"METRIC_NAMESPACE": METRICS}},
            opts=self._child,
        )
        aws.lambda_.FunctionEventInvokeConfig(
            f"{self._name}-async",
            function_name=function.name,
            maximum_retry_attempts=2,
            maximum_event_age_in_seconds=21_600,  # 6 hours, the longest that Lambda keeps an event
            destination_config={"on_failure": {"destination": dead_letters.arn}},
            opts=self._child,
        )
        return function

    def _notify(
        self, function: aws.lambda_.Function, lake: Lakehouse, raw_prefix: str, site: Site
    ) -> None:
        bronze = lake.zones[Zone.BRONZE]
        permission = aws.lambda_.Permission(
            f"{self._name}-permission",
            action="lambda:InvokeFunction",
            function=function.name,
            principal="s3.amazonaws.com",
            source_arn=bronze.arn,
            # A bucket's ARN names no account, and its name may be another's one day.
            source_account=site.account_id,
            opts=self._child,
        )
        aws.s3.BucketNotification(
            f"{self._name}-notification",
            bucket=bronze.name,
            lambda_functions=[
                {
                    "lambda_function_arn": function.arn,
                    "events": ["s3:ObjectCreated:*"],
                    # The slash keeps verdicts and neighbours (`raw/events-old`) out.
                    "filter_prefix": f"{raw_prefix}/",
                }
            ],
            # S3 tries the permission when it takes the configuration.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[permission]),
        )
