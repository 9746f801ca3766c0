"""The cluster autoscaler: grows and shrinks the managed node groups with the pods that wait.

It is what makes a group of no nodes grow at all: EKS by itself never does. It finds the groups by
the tags that EKS puts on them, asks EKS what a node of an empty one would be like (old versions
misread its taint, #6481; those for 1.33 and newer do not), and may resize the groups of this
cluster only. Auto Mode needs none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pulumi
import pulumi_kubernetes as kubernetes

from components.airflow import placement
from components.iam import Statement

if TYPE_CHECKING:
    from components.naming import Site

NAMESPACE = "kube-system"
SERVICE_ACCOUNT = "cluster-autoscaler"
REPOSITORY = "https://kubernetes.github.io/autoscaler"
CHART_VERSION = "9.59.0"
# EC2 and Auto Scaling know no resource for these: they only describe (Service Authorization
# Reference), so their one condition is the region. The list is the autoscaler's own (README of its
# AWS provider).
DESCRIBES = (
    "autoscaling:DescribeAutoScalingGroups",
    "autoscaling:DescribeAutoScalingInstances",
    "autoscaling:DescribeLaunchConfigurations",
    "autoscaling:DescribeScalingActivities",
    "ec2:DescribeImages",
    "ec2:DescribeInstanceTypes",
    "ec2:DescribeLaunchTemplateVersions",
    "ec2:GetInstanceTypesFromInstanceRequirements",
)


def statements(site: Site, cluster_name: str) -> tuple[Statement, ...]:
    """What its role may: describe, and resize the groups that EKS tagged as this cluster's."""
    return (
        Statement(
            sid="Describe",
            actions=DESCRIBES,
            resources=["*"],
            conditions={"StringEquals": {"aws:RequestedRegion": site.region}},
        ),
        Statement(
            sid="DescribeGroups",
            actions=["eks:DescribeNodegroup"],
            resources=[f"arn:aws:eks:{site.region}:{site.account_id}:nodegroup/{cluster_name}/*/*"],
        ),
        Statement(
            sid="Resize",
            actions=[
                "autoscaling:SetDesiredCapacity",
                "autoscaling:TerminateInstanceInAutoScalingGroup",
            ],
            resources=[
                f"arn:aws:autoscaling:{site.region}:{site.account_id}:autoScalingGroup:*"
                ":autoScalingGroupName/eks-*"
            ],
            conditions={
                "StringEquals": {
                    f"aws:ResourceTag/k8s.io/cluster-autoscaler/{cluster_name}": "owned"
                }
            },
        ),
    )


def values(site: Site, cluster_name: str, kubernetes_version: str) -> dict[str, object]:
    """Values of the chart. The image is of the cluster's minor version, because the autoscaler
    simulates that version's scheduler.
    """
    return {
        "fullnameOverride": SERVICE_ACCOUNT,
        "cloudProvider": "aws",
        "awsRegion": site.region,
        "autoDiscovery": {"clusterName": cluster_name},
        "image": {"tag": f"v{kubernetes_version}.0"},
        "rbac": {"serviceAccount": {"create": True, "name": SERVICE_ACCOUNT}},
        # On the tasks' nodes it would keep the last of them alive.
        "nodeSelector": placement.CORE,
        "extraArgs": {
            "expander": "least-waste",
            "balance-similar-node-groups": True,
            # Airflow's pods have scratch volumes, and CoreDNS is a system pod: by default either
            # would hold its node for ever.
            "skip-nodes-with-local-storage": False,
            "skip-nodes-with-system-pods": False,
        },
        "resources": {
            "requests": {"cpu": "50m", "memory": "128Mi"},
            "limits": {"memory": "512Mi"},
        },
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 65534,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containerSecurityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
    }


def cluster_autoscaler(
    name: str,
    *,
    site: Site,
    cluster_name: str,
    kubernetes_version: str,
    provider: kubernetes.Provider,
    after: Sequence[pulumi.Resource],
    child: pulumi.ResourceOptions,
) -> kubernetes.helm.v3.Release:
    """`after` is what its pod needs: nodes, DNS, its role and the agent that hands it out."""
    return kubernetes.helm.v3.Release(
        name,
        name=SERVICE_ACCOUNT,
        namespace=NAMESPACE,
        chart="cluster-autoscaler",
        version=CHART_VERSION,
        repository_opts={"repo": REPOSITORY},
        values=values(site, cluster_name, kubernetes_version),
        timeout=600,
        opts=pulumi.ResourceOptions.merge(
            child, pulumi.ResourceOptions(provider=provider, depends_on=[*after])
        ),
    )
