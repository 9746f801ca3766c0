"""When somebody must look after change capture: changes come late, a task failed, the disk of its
instance fills.

A task that stopped publishes no metric, so that its latency alarm is silent: DMS's events tell.
"""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from components.alarms import Expression, Metric, alarm_above, alarm_on_math

GIGABYTE = 1024**3
LEAST_FREE_GB = 5
PERIOD_SECONDS = 300
LATENCIES = {
    "source": "the task reads the database too slowly: look for a long transaction, or a small "
    "instance",
    "target": "the task writes too slowly: look at the instance's CPU and memory, and at the "
    "task's log",
}


def instance_alarm(
    name: str,
    *,
    instance_id: pulumi.Input[str],
    actions: Sequence[pulumi.Input[str]],
    opts: pulumi.ResourceOptions,
) -> None:
    """The disk of the replication instance does not grow by itself."""
    free = Metric(
        namespace="AWS/DMS",
        name="FreeStorageSpace",
        dimensions={"ReplicationInstanceIdentifier": instance_id},
        statistic="Average",
        period_seconds=PERIOD_SECONDS,
    )
    alarm_on_math(
        f"{name}-storage",
        Expression(
            formula=f"{LEAST_FREE_GB * GIGABYTE} - free",
            label="Bytes short of the least free space",
            metrics={"free": free},
        ),
        threshold=0,
        periods=2,
        meaning=f"The replication instance has less than {LEAST_FREE_GB} GB free: a full disk "
        "stops its tasks; raise change_capture.storage_gb.",
        actions=actions,
        opts=opts,
    )


def task_alarms(
    name: str,
    *,
    instance_id: pulumi.Input[str],
    task_arn: pulumi.Output[str],
    latency_minutes: int,
    actions: Sequence[pulumi.Input[str]],
    opts: pulumi.ResourceOptions,
) -> None:
    """Both latencies of a task; its metrics know it by the last part of its ARN."""
    for side, cause in LATENCIES.items():
        alarm_above(
            f"{name}-{side}-latency",
            Metric(
                namespace="AWS/DMS",
                name=f"CDCLatency{side.title()}",
                dimensions={
                    "ReplicationInstanceIdentifier": instance_id,
                    "ReplicationTaskIdentifier": task_arn.apply(lambda arn: arn.split(":")[-1]),
                },
                statistic="Maximum",
                period_seconds=PERIOD_SECONDS,
            ),
            threshold=latency_minutes * 60,
            periods=2,
            meaning=f"Changes of the shop come more than {latency_minutes} minutes late: {cause}.",
            actions=actions,
            opts=opts,
        )


def failures(
    name: str,
    *,
    task_ids: Sequence[pulumi.Input[str]],
    actions: Sequence[pulumi.Input[str]],
    opts: pulumi.ResourceOptions,
) -> None:
    """DMS tells every topic of `actions` of tasks that failed; their policy must let it publish."""
    for number, topic_arn in enumerate(actions, start=1):
        aws.dms.EventSubscription(
            f"{name}-failures" if number == 1 else f"{name}-failures-{number}",
            source_type="replication-task",
            source_ids=list(task_ids),
            event_categories=["failure"],
            sns_topic_arn=topic_arn,
            opts=opts,
        )
