"""Managed node groups: on-demand nodes for Airflow's own pods, spot nodes for its tasks.

Each has a launch template of ours, because a group's own settings neither tag nodes and disks nor
shut pods off from the node's role. It leaves out a security group: without one EKS uses the
cluster's, which it removes itself (our own is what destroys trip over: pulumi-eks #194, #640,
#1226). New images come with a new `kubernetes_version`; between those AWS patches nothing here, as
it does in Auto Mode.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

import pulumi
import pulumi_aws as aws

from components.airflow import placement
from components.airflow.config import CoreNodes, ManagedNodes, TaskNodes, is_arm
from components.airflow.roles import ManagedRole
from components.naming import Site


@dataclass(frozen=True, kw_only=True)
class Group:
    """A node group, and the sizes between which the autoscaler moves it."""

    resource: aws.eks.NodeGroup
    min: int
    max: int

    @property
    def scaling_group(self) -> pulumi.Output[str]:
        """Name of the Auto Scaling group that EKS made for it."""
        return self.resource.resources.apply(_scaling_group)


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What every group of a cluster stands on."""

    site: Site
    cluster_name: str
    kubernetes_version: str
    subnet_ids: Sequence[pulumi.Input[str]]
    role: ManagedRole
    sizes_belong_to_night: bool
    """Then `up` does not resize: the schedules carry the sizes."""
    after: Sequence[pulumi.Resource]
    """The cluster with its network add-on: a node without it is never ready, and nodes that
    outlive it leave interfaces behind.
    """
    child: pulumi.ResourceOptions = field(default_factory=pulumi.ResourceOptions)


def core_group(name: str, nodes: ManagedNodes, ground: Ground) -> Group:
    return _group(
        name, nodes.core, ground, capacity="ON_DEMAND", labels=placement.CORE, tainted=False
    )


def task_group(name: str, nodes: ManagedNodes, ground: Ground) -> Group:
    return _group(name, nodes.tasks, ground, capacity="SPOT", labels=placement.TASKS, tainted=True)


def _group(
    name: str,
    nodes: CoreNodes | TaskNodes,
    ground: Ground,
    *,
    capacity: str,
    labels: dict[str, str],
    tainted: bool,
) -> Group:
    template = _launch_template(name, nodes.disk_gb, ground)
    ignored = "scalingConfig" if ground.sizes_belong_to_night else "scalingConfig.desiredSize"
    group = aws.eks.NodeGroup(
        name,
        cluster_name=ground.cluster_name,
        version=ground.kubernetes_version,
        node_role_arn=ground.role.role.arn,
        subnet_ids=ground.subnet_ids,
        ami_type="AL2023_ARM_64_STANDARD"
        if is_arm(nodes.instance_types[0])
        else "AL2023_x86_64_STANDARD",
        capacity_type=capacity,
        instance_types=nodes.instance_types,
        labels=labels,
        taints=[{"key": placement.TASK_TAINT, "value": "true", "effect": "NO_SCHEDULE"}]
        if tainted
        else None,
        scaling_config={
            "min_size": nodes.min,
            "desired_size": nodes.min,
            "max_size": nodes.max,
        },
        update_config={"max_unavailable": 1},
        node_repair_config={"enabled": True},
        launch_template={
            "id": template.id,
            "version": template.latest_version.apply(str),
        },
        opts=pulumi.ResourceOptions.merge(
            ground.child,
            pulumi.ResourceOptions(
                depends_on=[*ground.role.attached, *ground.after],
                # The autoscaler's number, which every `up` would otherwise set back.
                ignore_changes=[ignored],
            ),
        ),
    )
    return Group(resource=group, min=nodes.min, max=nodes.max)


def _launch_template(name: str, disk_gb: int, ground: Ground) -> aws.ec2.LaunchTemplate:
    tags = placement.tags(ground.site, f"{ground.cluster_name}-{name.rpartition('-')[2]}")
    return aws.ec2.LaunchTemplate(
        f"{name}-template",
        description=f"Nodes of {ground.cluster_name}",
        update_default_version=True,
        block_device_mappings=[
            {
                "device_name": "/dev/xvda",
                "ebs": {
                    "volume_size": disk_gb,
                    "volume_type": "gp3",
                    # With the account's default key: one of ours would have to admit the service
                    # role of Auto Scaling, and nothing but images and scratch lies here.
                    "encrypted": "true",
                    "delete_on_termination": "true",
                },
            }
        ],
        metadata_options={
            "http_endpoint": "enabled",
            "http_tokens": "required",
            # One hop ends at the node: a pod does not get at the node's role.
            "http_put_response_hop_limit": 1,
        },
        tag_specifications=[
            {"resource_type": kind, "tags": tags}
            for kind in ("instance", "volume", "network-interface")
        ],
        opts=ground.child,
    )


def _scaling_group(resources: Sequence[object] | None) -> str:
    """Empty where EKS has made none, or the engine no longer knows: a destroy that is run again
    hands out nothing for what is already gone (pulumi #23921).
    """
    first = cast("Sequence[aws.eks.outputs.NodeGroupResource] | None", resources)
    groups = first[0].autoscaling_groups if first else None
    return (groups[0].name or "") if groups else ""
