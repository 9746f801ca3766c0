"""When the Spark jobs start on EMR Serverless: it has no schedule of its own, so EventBridge
Scheduler calls StartJobRun.
"""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import pulumi
import pulumi_aws as aws

from components.batch_config import BatchEtlConfig
from components.dead_letters import dead_letter_queue, send_to
from components.encryption import Keys, use_key
from components.iam import Statement, role_with, trust
from components.naming import Site

if TYPE_CHECKING:
    from components.batch_etl import Scripts

PYTHON = "/usr/bin/python3.11"  # of docker/spark/
START = "arn:aws:scheduler:::aws-sdk:emrserverless:startJobRun"


@dataclass(frozen=True, kw_only=True)
class Runs:
    """Where runs take place, under which role, and where they log."""

    application_id: pulumi.Output[str]
    application_arn: pulumi.Output[str]
    role_arn: pulumi.Output[str]
    log_group: pulumi.Output[str]


def emr_schedules(
    name: str,
    config: BatchEtlConfig,
    cron: str,
    *,
    runs: Runs,
    site: Site,
    keys: Keys,
    scripts: "Scripts",
    opts: pulumi.ResourceOptions,
) -> None:
    """A schedule a script; a start that Scheduler gives up goes to a queue."""
    missed = dead_letter_queue(f"{name}-missed", key_arn=keys.data, opts=opts)
    scheduler = role_with(
        f"{name}-schedule-role",
        description="Scheduler: starts the batch jobs",
        trusted=trust(
            {"Service": "scheduler.amazonaws.com"},
            {"StringEquals": {"aws:SourceAccount": site.account_id}},
        ),
        statements=[
            Statement(
                sid="Start",
                actions=["emr-serverless:StartJobRun"],
                resources=[runs.application_arn],
            ),
            Statement(
                sid="HandOver",
                actions=["iam:PassRole"],
                resources=[runs.role_arn],
                conditions={
                    "StringEquals": {"iam:PassedToService": "emr-serverless.amazonaws.com"}
                },
            ),
            send_to(missed, sid="KeepMissed"),
            use_key(keys.data, write=True),
        ],
        opts=opts,
    )
    for job in scripts.files:
        slug = job.replace("_", "-")
        aws.scheduler.Schedule(
            f"{name}-{slug}-schedule",
            description=f"Starts {job} for the day before",
            schedule_expression=cron,
            schedule_expression_timezone="UTC",
            flexible_time_window={"mode": "OFF"},
            target={
                "arn": START,
                "role_arn": scheduler.arn,
                "input": start_input(job, config, runs=runs, logs_key=keys.logs, scripts=scripts),
                "dead_letter_config": {"arn": missed.arn},
                "retry_policy": {
                    "maximum_retry_attempts": 10,
                    "maximum_event_age_in_seconds": 3600,
                },
            },
            opts=opts,
        )


def start_input(
    job: str,
    config: BatchEtlConfig,
    *,
    runs: Runs,
    logs_key: pulumi.Input[str],
    scripts: "Scripts",
) -> pulumi.Output[str]:
    """What Scheduler hands to StartJobRun, as JSON; names begin with a capital letter there."""
    given = pulumi.Output.all(
        application_id=runs.application_id,
        role=runs.role_arn,
        log=runs.log_group,
        script=scripts.files[job],
        code=scripts.code,
        key=logs_key,
        arguments=scripts.arguments,
    )

    def written(known: dict[str, object]) -> str:
        arguments = cast("dict[str, str]", known["arguments"])
        return json.dumps(
            {
                "ApplicationId": known["application_id"],
                # A retry of Scheduler must not be a second run.
                "ClientToken": "<aws.scheduler.execution-id>",
                "Name": job,
                "ExecutionRoleArn": known["role"],
                "ExecutionTimeoutMinutes": config.timeout_minutes,
                "RetryPolicy": {"MaxAttempts": config.retries + 1},
                "JobDriver": {
                    "SparkSubmit": {
                        "EntryPoint": known["script"],
                        "EntryPointArguments": [
                            part for pair in arguments.items() for part in pair
                        ],
                        "SparkSubmitParameters": " ".join(
                            (
                                f"--py-files {known['code']}",
                                f"--conf spark.pyspark.python={PYTHON}",
                                f"--conf spark.pyspark.driver.python={PYTHON}",
                            )
                        ),
                    }
                },
                "ConfigurationOverrides": {
                    "MonitoringConfiguration": {
                        "CloudWatchLoggingConfiguration": {
                            "Enabled": True,
                            "LogGroupName": known["log"],
                            "LogStreamNamePrefix": job,
                            "EncryptionKeyArn": known["key"],
                        }
                    }
                },
            }
        )

    return given.apply(written)
