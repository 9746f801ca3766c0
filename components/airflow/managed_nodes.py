"""Nodes that we choose: managed groups, the add-ons that EKS leaves to us, and the autoscaler, in
the order in which none waits for another that waits for it.
"""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from components.airflow import autoscaler, nodes
from components.airflow.addons import add_on
from components.airflow.cluster_access import Cluster
from components.airflow.config import AirflowConfig, ManagedNodes
from components.airflow.control_plane import ControlPlane
from components.airflow.night import managed_night
from components.naming import Site
from components.network import Vpc


def managed_nodes(
    name: str,
    config: AirflowConfig,
    groups: ManagedNodes,
    *,
    site: Site,
    vpc: Vpc,
    plane: ControlPlane,
    cluster: Cluster,
    child: pulumi.ResourceOptions,
) -> list[pulumi.Resource]:
    """Everything that pods need to run; they wait for all of it."""

    def add(kind: str, *, after: Sequence[pulumi.Resource]) -> aws.eks.Addon:
        return add_on(
            f"{name}-{kind}",
            cluster_name=cluster.name,
            add_on_name=kind,
            kubernetes_version=config.kubernetes_version,
            after=after,
            child=child,
        )

    physical = site.name("eks", "airflow")
    ground = nodes.Ground(
        site=site,
        cluster_name=physical,
        kubernetes_version=config.kubernetes_version,
        subnet_ids=vpc.private_subnet_ids,
        role=plane.node_role,
        sizes_belong_to_night=config.night is not None,
        after=[plane.eks],
        child=child,
    )
    # A DaemonSet is complete without nodes, so it is there when the first one comes.
    agent = add("eks-pod-identity-agent", after=[plane.eks])
    core = nodes.core_group(f"{name}-core", groups, ground)
    tasks = nodes.task_group(f"{name}-tasks", groups, ground)
    dns = add("coredns", after=[core.resource])
    metrics = add("metrics-server", after=[core.resource])
    identity = cluster.identity(
        f"{name}-autoscaler",
        namespace=autoscaler.NAMESPACE,
        service_account=autoscaler.SERVICE_ACCOUNT,
        statements=autoscaler.statements(site, physical),
        opts=child,
    )
    release = autoscaler.cluster_autoscaler(
        f"{name}-autoscaler",
        site=site,
        cluster_name=physical,
        kubernetes_version=config.kubernetes_version,
        provider=cluster.provider,
        after=[identity, agent, dns, core.resource, tasks.resource],
        child=child,
    )
    if config.night is not None:
        managed_night(f"{name}-night", config.night, {"core": core, "tasks": tasks}, child=child)
    return [agent, core.resource, tasks.resource, dns, metrics, release]
