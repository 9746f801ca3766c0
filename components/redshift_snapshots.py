"""A snapshot of the warehouse each night, which expires by itself.

AWS keeps recovery points of the last 24 hours without being asked; a fault found later needs these.
EventBridge Scheduler calls the API itself: no function is needed.
"""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from components.alarms import alarm_above
from components.dead_letters import dead_letter_queue, send_to, waiting
from components.encryption import Keys, use_key
from components.iam import Statement, role_with, trust
from components.naming import Site

NIGHTLY = "cron(30 2 * * ? *)"
# EventBridge Scheduler user guide, "Using universal targets".
TARGET = "arn:aws:scheduler:::aws-sdk:redshiftserverless:createSnapshot"
# It fills this in, so that no two snapshots have one name ("Adding context attributes").
UNIQUE = "<aws.scheduler.execution-id>"


def nightly_snapshots(
    name: str,
    namespace: aws.redshiftserverless.Namespace,
    *,
    keep_days: int,
    site: Site,
    keys: Keys,
    alarm_actions: Sequence[pulumi.Input[str]],
    opts: pulumi.ResourceOptions,
) -> None:
    dead_letters = dead_letter_queue(f"{name}-dead-letters", key_arn=keys.data, opts=opts)
    role = role_with(
        f"{name}-snapshot-role",
        description="Scheduler: takes the warehouse's snapshot",
        trusted=trust(
            {"Service": "scheduler.amazonaws.com"},
            {"StringEquals": {"aws:SourceAccount": site.account_id}},
        ),
        statements=[
            Statement(
                sid="TakeSnapshot",
                actions=["redshift-serverless:CreateSnapshot"],
                resources=[
                    namespace.arn,
                    # A snapshot's id is drawn by AWS.
                    f"arn:aws:redshift-serverless:{site.region}:{site.account_id}:snapshot/*",
                ],
            ),
            send_to(dead_letters),
            use_key(keys.data, write=True),
        ],
        opts=opts,
    )
    aws.scheduler.Schedule(
        f"{name}-snapshot",
        description="Takes the warehouse's snapshot",
        schedule_expression=NIGHTLY,
        flexible_time_window={"mode": "OFF"},
        target={
            "arn": TARGET,
            "role_arn": role.arn,
            "input": pulumi.Output.json_dumps(
                {
                    "NamespaceName": namespace.namespace_name,
                    "SnapshotName": f"nightly-{UNIQUE}",
                    "RetentionPeriod": keep_days,
                }
            ),
            "dead_letter_config": {"arn": dead_letters.arn},
            "retry_policy": {"maximum_retry_attempts": 3, "maximum_event_age_in_seconds": 3600},
        },
        opts=opts,
    )
    alarm_above(
        f"{name}-snapshot-failed",
        waiting(dead_letters),
        threshold=0,
        periods=1,
        meaning="A night's snapshot was not taken: the message names the error; take one by hand "
        "before the next night.",
        actions=alarm_actions,
        opts=opts,
    )
