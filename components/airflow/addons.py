"""Add-ons that EKS installs and we order.

The VPC CNI and kube-proxy come with the cluster (`pulumi_eks`), before any node. CoreDNS must not:
made before a node it stays degraded and gives up after 20 minutes (pulumi-eks #1819, #1525), so it
waits for the first group. It leaves out the EBS CSI driver: nothing here keeps data in a volume.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws


def add_on(
    name: str,
    *,
    cluster_name: pulumi.Input[str],
    add_on_name: str,
    kubernetes_version: str,
    after: Sequence[pulumi.Resource],
    child: pulumi.ResourceOptions,
    settings: Mapping[str, object] | None = None,
) -> aws.eks.Addon:
    """The add-on in the version that AWS marks as default for the version of Kubernetes: it moves
    with the cluster, and otherwise only when AWS moves the mark.
    """
    version = aws.eks.get_addon_version_output(
        addon_name=add_on_name, kubernetes_version=kubernetes_version, most_recent=False
    ).version
    return aws.eks.Addon(
        name,
        cluster_name=cluster_name,
        addon_name=add_on_name,
        addon_version=version,
        configuration_values=json.dumps(settings, sort_keys=True) if settings else None,
        resolve_conflicts_on_create="OVERWRITE",
        resolve_conflicts_on_update="OVERWRITE",
        opts=pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=[*after])),
    )
