"""The state machines of the pipelines, their log, their schedules, and the alarms on their runs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from components.airflow.cron import scheduler_expression
from components.alarms import Metric, alarm_above
from components.dead_letters import dead_letter_queue, send_to, waiting
from components.encryption import Keys, use_key
from components.iam import Statement, role_with, trust
from components.naming import Site
from pipelines.asl import state_machine
from pipelines.daily import NAME as DAILY
from pipelines.daily import daily
from pipelines.places import Places, from_json
from pipelines.steps import Pipeline
from pipelines.weekly import NAME as WEEKLY
from pipelines.weekly import weekly

if TYPE_CHECKING:
    from components.pipeline_config import Schedules

PIPELINES: Mapping[str, Callable[[Places], Pipeline]] = {DAILY: daily, WEEKLY: weekly}
# Step Functions hands logs to CloudWatch through deliveries, and IAM knows no resource for these
# but all (Service authorization reference, CloudWatch Logs; Step Functions developer guide, logging
# with CloudWatch Logs).
LOG_DELIVERY = Statement(
    sid="AccountWide",
    actions=[
        "logs:CreateLogDelivery",
        "logs:GetLogDelivery",
        "logs:UpdateLogDelivery",
        "logs:DeleteLogDelivery",
        "logs:ListLogDeliveries",
        "logs:PutResourcePolicy",
        "logs:DescribeResourcePolicies",
        "logs:DescribeLogGroups",
    ],
    resources=["*"],
)
ENDINGS = {
    "failed": (
        "ExecutionsFailed",
        "A step failed after its retries: the alert names it; the run in Step Functions says more.",
    ),
    "timed-out": (
        "ExecutionsTimedOut",
        "A run took longer than all its steps may: see which one still waits.",
    ),
}


def pipeline_machines(
    name: str,
    schedules: Schedules,
    *,
    places: pulumi.Output[str],
    site: Site,
    keys: Keys,
    statements: Sequence[Statement],
    log_retention_days: int,
    alarm_actions: Sequence[pulumi.Input[str]],
    opts: pulumi.ResourceOptions,
) -> dict[str, pulumi.Output[str]]:
    """ARNs by the name of the pipeline. `statements` is what the steps do."""
    log = aws.cloudwatch.LogGroup(
        f"{name}-log",
        # Under this prefix one resource policy of CloudWatch serves all groups; otherwise it grows
        # with each, up to its limit of 5,120 characters.
        name=f"/aws/vendedlogs/states/{site.name('states', 'pipelines')}",
        retention_in_days=log_retention_days,
        kms_key_id=keys.logs,
        opts=opts,
    )
    role = role_with(
        f"{name}-role",
        description="State machines: the steps of the pipelines",
        trusted=trust(
            {"Service": "states.amazonaws.com"},
            {"StringEquals": {"aws:SourceAccount": site.account_id}},
        ),
        statements=[*statements, LOG_DELIVERY],
        opts=opts,
    )
    machines: dict[str, pulumi.Output[str]] = {}
    for pipeline, steps in PIPELINES.items():
        slug = pipeline.replace("_", "-")
        machine = aws.sfn.StateMachine(
            f"{name}-{slug}",
            name=site.name("states", slug),
            role_arn=role.arn,
            definition=places.apply(_definition(steps)),
            logging_configuration={
                "level": "ALL",
                # Data are names and days.
                "include_execution_data": True,
                "log_destination": pulumi.Output.concat(log.arn, ":*"),
            },
            opts=opts,
        )
        machines[pipeline] = machine.arn
        for ending, (metric, meaning) in ENDINGS.items():
            alarm_above(
                f"{name}-{slug}-{ending}",
                Metric(
                    namespace="AWS/States",
                    name=metric,
                    dimensions={"StateMachineArn": machine.arn},
                    period_seconds=300,
                ),
                threshold=0,
                periods=1,
                meaning=meaning,
                actions=alarm_actions,
                opts=opts,
            )
    _schedules(name, schedules, machines, site=site, keys=keys, actions=alarm_actions, opts=opts)
    return machines


def _definition(steps: Callable[[Places], Pipeline]) -> Callable[[str], str]:
    def define(text: str) -> str:
        places = from_json(text)
        return state_machine(steps(places), places)

    return define


def _schedules(
    name: str,
    schedules: Schedules,
    machines: dict[str, pulumi.Output[str]],
    *,
    site: Site,
    keys: Keys,
    actions: Sequence[pulumi.Input[str]],
    opts: pulumi.ResourceOptions,
) -> None:
    wanted = {DAILY: schedules.daily, WEEKLY: schedules.weekly}
    if not any(wanted.values()):
        return
    missed = dead_letter_queue(f"{name}-missed", key_arn=keys.data, opts=opts)
    role = role_with(
        f"{name}-schedule-role",
        description="Scheduler: starts the pipelines",
        trusted=trust(
            {"Service": "scheduler.amazonaws.com"},
            {"StringEquals": {"aws:SourceAccount": site.account_id}},
        ),
        statements=[
            Statement(
                sid="Start", actions=["states:StartExecution"], resources=list(machines.values())
            ),
            send_to(missed, sid="KeepMissed"),
            use_key(keys.data, write=True),
        ],
        opts=opts,
    )
    for pipeline, cron in wanted.items():
        if cron is None:
            continue
        aws.scheduler.Schedule(
            f"{name}-{pipeline.replace('_', '-')}-schedule",
            description=f"Starts {pipeline}",
            schedule_expression=scheduler_expression(cron),
            schedule_expression_timezone=schedules.time_zone,
            flexible_time_window={"mode": "OFF"},
            target={
                "arn": machines[pipeline],
                "role_arn": role.arn,
                # The time it was meant for, not that of a retry: the day follows from it.
                "input": json.dumps({"scheduled": "<aws.scheduler.scheduled-time>"}),
                "dead_letter_config": {"arn": missed.arn},
                "retry_policy": {
                    "maximum_retry_attempts": 10,
                    "maximum_event_age_in_seconds": 3600,
                },
            },
            opts=opts,
        )
    alarm_above(
        f"{name}-missed-runs",
        waiting(missed),
        threshold=0,
        periods=1,
        meaning="A pipeline could not be started: each message is a run to start by hand.",
        actions=actions,
        opts=opts,
    )
