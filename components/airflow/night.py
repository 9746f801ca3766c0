"""Night: nodes go to zero on a schedule and come back, and Airflow's pods with them.

The schedules are AWS's, outside the cluster, because nothing inside could wake it: there is no node
to run on. Pods are not touched. Those that lose their node wait as Pending, which costs nothing,
and start by themselves when nodes come back, with whatever number of replicas they had. A task that
runs at that moment is lost, and retried after the wake-up.

Managed groups: scheduled actions of the Auto Scaling groups, whose largest size also goes to zero.
EKS's own API refuses a largest size below 1, and then the cluster autoscaler, in its last seconds,
would fetch a node for the pods that wait; the group's largest size is its limit. Node groups ignore
changes of their sizes, so an `up` wakes nobody; a new `min` or `max` counts from the next wake-up.

Auto Mode: EventBridge Scheduler switches the built-in pools off and on (EKS user guide, enable or
disable built-in NodePools). The task pool needs no schedule: without a scheduler nobody asks it for
nodes, and empty ones go within minutes. A refresh by night would note the pools as gone, and the
next `up` would bring them back.

By night an `up` that changes a release waits in vain for its pods: wake first. It leaves out the
control plane and the database, which cost the same day and night.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from components.airflow.config import Night
from components.airflow.control_plane import BUILT_IN_POOLS
from components.airflow.cron import scheduler_expression
from components.airflow.nodes import Group
from components.airflow.roles import ManagedRole
from components.iam import Statement, role_with, trust
from components.naming import Site


def managed_night(
    name: str, night: Night, groups: Mapping[str, Group], *, child: pulumi.ResourceOptions
) -> None:
    """`groups` by their role: `core`, `tasks`."""
    for role, group in groups.items():
        sizes = {"sleep": (0, 0), "wake": (group.min, group.max)}
        for action, cron in (("sleep", night.sleep), ("wake", night.wake)):
            least, most = sizes[action]
            aws.autoscaling.Schedule(
                f"{name}-{role}-{action}",
                scheduled_action_name=action,
                autoscaling_group_name=group.scaling_group,
                recurrence=cron,
                time_zone=night.timezone,
                min_size=least,
                desired_capacity=least,
                max_size=most,
                opts=child,
            )


def auto_mode_night(
    name: str,
    night: Night,
    *,
    site: Site,
    cluster_name: pulumi.Output[str],
    cluster_arn: str,
    node_role: ManagedRole,
    child: pulumi.ResourceOptions,
) -> None:
    role = role_with(
        f"{name}-role",
        description="Scheduler: switches the cluster's nodes off at night and on in the morning",
        trusted=trust(
            {"Service": "scheduler.amazonaws.com"},
            {"StringEquals": {"aws:SourceAccount": site.account_id}},
        ),
        statements=[
            Statement(
                sid="SwitchPools", actions=["eks:UpdateClusterConfig"], resources=[cluster_arn]
            ),
            Statement(
                sid="HandOverNodeRole",
                actions=["iam:PassRole"],
                resources=[node_role.role.arn],
                conditions={"StringEquals": {"iam:PassedToService": "eks.amazonaws.com"}},
            ),
        ],
        opts=child,
    )
    for action, cron, pools in (
        ("sleep", night.sleep, ()),
        ("wake", night.wake, BUILT_IN_POOLS),
    ):
        aws.scheduler.Schedule(
            f"{name}-{action}",
            description=f"{action.title()}: the nodes of Airflow's cluster",
            schedule_expression=scheduler_expression(cron),
            schedule_expression_timezone=night.timezone,
            flexible_time_window={"mode": "OFF"},
            target={
                "arn": "arn:aws:scheduler:::aws-sdk:eks:updateClusterConfig",
                "role_arn": role.arn,
                "input": pulumi.Output.all(cluster_name, node_role.role.arn).apply(
                    lambda known, pools=pools: json.dumps(
                        pool_switch(str(known[0]), str(known[1]), pools)
                    )
                ),
                # The cluster refuses a second change while one is under way.
                "retry_policy": {
                    "maximum_retry_attempts": 20,
                    "maximum_event_age_in_seconds": 3600,
                },
            },
            opts=child,
        )


def pool_switch(cluster: str, node_role_arn: str, pools: tuple[str, ...]) -> dict[str, object]:
    """The request that leaves on exactly `pools` of the built-in ones.

    EKS wants compute, load balancing and storage in one request, and refuses a node role without
    pools.
    """
    compute: dict[str, object] = {"Enabled": True, "NodePools": list(pools)}
    if pools:
        compute["NodeRoleArn"] = node_role_arn
    return {
        "Name": cluster,
        "ComputeConfig": compute,
        "KubernetesNetworkConfig": {"ElasticLoadBalancing": {"Enabled": True}},
        "StorageConfig": {"BlockStorage": {"Enabled": True}},
    }
