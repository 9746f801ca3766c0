"""JobStatus: the status of the jobs as metrics of CloudWatch, so that the same topic hears of them
as of everything else.

A function looks it up every few minutes. That also tells of runs whose cluster never started, and
of a Databricks that does not answer, which a job cannot; and it needs no address of ours that
Databricks could call.
"""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from components.alarms import Metric, alarm_above
from components.databricks.config import DatabricksConfig
from components.databricks.login import read_login
from components.dead_letters import dead_letter_queue, send_to, waiting
from components.encryption import Keys, use_key
from components.function_log import function_log
from components.iam import Role, Statement, role_with, trust
from components.lambda_code import lambda_code
from components.naming import Site

METRICS = "ShopTrend/Databricks"
RUNTIME = "python3.12"
TIMEOUT_SECONDS = 90


class JobStatus(pulumi.ComponentResource):
    function_name: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        config: DatabricksConfig,
        *,
        site: Site,
        workspace_url: pulumi.Output[str],
        jobs: dict[str, pulumi.Output[str]],
        keys: Keys,
        alarm_actions: Sequence[pulumi.Input[str]],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`jobs`: ids by name."""
        super().__init__("shop:components:JobStatus", name, {}, opts)
        self._name = name
        self._config = config
        self._child = pulumi.ResourceOptions(parent=self)
        dead_letters = dead_letter_queue(
            f"{name}-dead-letters", key_arn=keys.data, opts=self._child
        )
        function_name = site.name("lambda", "databricks-status")
        log, write_log = function_log(
            name,
            function_name=function_name,
            retention_days=config.log_days,
            key_arn=keys.logs,
            opts=self._child,
        )
        role = role_with(
            f"{name}-role",
            description="Databricks status: logs in, and looks at the jobs",
            trusted=trust({"Service": "lambda.amazonaws.com"}),
            statements=[
                *read_login(config, site=site, keys=keys),
                write_log,
            ],
            opts=self._child,
        )
        function = aws.lambda_.Function(
            f"{name}-function",
            name=function_name,
            description="Status of the jobs at Databricks, as metrics",
            role=role.arn,
            runtime=RUNTIME,
            architectures=["arm64"],
            handler="functions.databricks_status.handler.handler",
            code=lambda_code("functions/databricks_status"),
            memory_size=256,
            timeout=TIMEOUT_SECONDS,
            logging_config={"log_format": "Text", "log_group": log.name},
            environment={
                "variables": {
                    "WORKSPACE_URL": workspace_url,
                    "CLIENT_ID": config.client_id,
                    "CLIENT_SECRET_NAME": config.client_secret_name,
                    "JOBS": pulumi.Output.json_dumps(jobs),
                    "PERIOD_MINUTES": str(config.status_minutes),
                    "METRIC_NAMESPACE": METRICS,
                }
            },
            opts=self._child,
        )
        self._create_schedule(function, dead_letters, keys, site)
        self._create_alarms(function, dead_letters, alarm_actions)
        self.function_name = function.name
        self.register_outputs({"function_name": self.function_name})

    def _create_schedule(
        self, function: aws.lambda_.Function, dead_letters: aws.sqs.Queue, keys: Keys, site: Site
    ) -> None:
        role: Role = role_with(
            f"{self._name}-schedule-role",
            description="Scheduler: has the jobs at Databricks looked at",
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
        minutes = self._config.status_minutes
        unit = "minute" if minutes == 1 else "minutes"
        aws.scheduler.Schedule(
            f"{self._name}-schedule",
            description="Looks at the jobs at Databricks",
            schedule_expression=f"rate({minutes} {unit})",
            flexible_time_window={"mode": "OFF"},
            target={
                "arn": function.arn,
                "role_arn": role.arn,
                # The period ends where the last one began, however late the function starts.
                "input": '{"until": "<aws.scheduler.scheduled-time>"}',
                "dead_letter_config": {"arn": dead_letters.arn},
                "retry_policy": {"maximum_retry_attempts": 2, "maximum_event_age_in_seconds": 900},
            },
            opts=self._child,
        )

    def _create_alarms(
        self,
        function: aws.lambda_.Function,
        dead_letters: aws.sqs.Queue,
        actions: Sequence[pulumi.Input[str]],
    ) -> None:
        config = self._config
        period = config.status_minutes * 60

        def of_job(job: str, metric: str) -> Metric:
            return Metric(
                namespace=METRICS,
                name=metric,
                dimensions={"FunctionName": function.name, "Job": job},
                statistic="Maximum",
                period_seconds=period,
            )

        limits = {"history": config.history.alarm_hours * 60}
        if not config.enrich.paused:
            limits["enrich"] = config.enrich.alarm_minutes
        alarms = {
            "blind": (
                Metric(
                    namespace="AWS/Lambda",
                    name="Errors",
                    dimensions={"FunctionName": function.name},
                    period_seconds=period,
                ),
                0,
                3,
                "The status of the jobs at Databricks cannot be looked up: the function's log says "
                "whether the login or Databricks itself fails.",
            ),
            "dead-letters": (
                waiting(dead_letters),
                0,
                1,
                "Scheduler could not start the look at the jobs: the message names the error.",
            ),
        }
        for job, minutes in limits.items():
            alarms |= {
                f"{job}-failed": (
                    of_job(job, "FailedRuns"),
                    0,
                    1,
                    f"A run of {job} failed: the workspace shows which step; bronze still has all "
                    "of it, so that the next run brings it.",
                ),
                f"{job}-late": (
                    of_job(job, "MinutesSinceGood"),
                    minutes,
                    1,
                    f"No run of {job} succeeded for {minutes} minutes, and none is at work: start "
                    "it in the workspace.",
                ),
            }
        for role, (metric, threshold, periods, meaning) in alarms.items():
            alarm_above(
                f"{self._name}-{role}",
                metric,
                threshold=threshold,
                periods=periods,
                meaning=meaning,
                actions=actions,
                opts=self._child,
            )
