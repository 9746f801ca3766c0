"""EksCluster: the Kubernetes cluster that Airflow has for itself, with its nodes and what makes it
fit to run pods.

Who may in is said by access entries, what pods may do by Pod Identity. It leaves out an ingress and
its load balancers (people reach the UI by port-forward), volumes (nothing keeps data in one), and
whatever runs in the cluster. Whoever made it stays its administrator, which EKS grants by itself:
deploy and destroy with the same role, on a machine that has the `aws` command (it gets the token)
and reaches the endpoint.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import pulumi
import pulumi_kubernetes as kubernetes

from components.airflow import hooks, placement
from components.airflow.auto_mode import auto_mode_nodes
from components.airflow.cluster_access import Cluster
from components.airflow.config import AirflowConfig, AutoModeNodes
from components.airflow.control_plane import ControlPlane, control_plane
from components.airflow.managed_nodes import managed_nodes

if TYPE_CHECKING:
    from components.encryption import Keys
    from components.naming import Site
    from components.network import Vpc

__all__ = ["Cluster", "EksCluster"]


class EksCluster(pulumi.ComponentResource):
    cluster: Cluster

    def __init__(
        self,
        name: str,
        config: AirflowConfig,
        *,
        site: Site,
        vpc: Vpc,
        keys: Keys,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("shop:components:EksCluster", name, {}, opts)
        self._name = name
        self._site = site
        self._child = pulumi.ResourceOptions(parent=self)
        self._physical = site.name("eks", "airflow")
        at_the_end = hooks.register(name, site=site, keep_volumes=config.database.retain)

        swept = self._marker(
            "swept", at_the_end.sweep, stands_on={"subnets": vpc.private_subnet_ids}
        )
        plane = control_plane(
            name, config, site=site, vpc=vpc, keys=keys, after=[swept], child=self._child
        )
        cluster = self._open(plane)
        parts = (
            auto_mode_nodes(
                name,
                config,
                config.nodes,
                site=site,
                vpc=vpc,
                plane=plane,
                cluster=cluster,
                child=self._child,
            )
            if isinstance(config.nodes, AutoModeNodes)
            else managed_nodes(
                name,
                config,
                config.nodes,
                site=site,
                vpc=vpc,
                plane=plane,
                cluster=cluster,
                child=self._child,
            )
        )
        drained = self._marker("drained", at_the_end.drain, after=parts)
        self.cluster = replace(cluster, ready=(drained, *parts))
        self.register_outputs(
            {"name": cluster.name, "security_group_id": cluster.security_group_id}
        )

    def _open(self, plane: ControlPlane) -> Cluster:
        """The cluster for those who put something into it; not yet ready for pods."""
        provider = kubernetes.Provider(
            f"{self._name}-kubernetes",
            kubeconfig=plane.eks.kubeconfig_json,
            # The provider is replaced, and everything in the cluster with it, only when this
            # changes: a kubeconfig that a preview does not know yet is no reason.
            cluster_identifier=self._physical,
            enable_server_side_apply=True,
            suppress_helm_hook_warnings=True,
            opts=self._child,
        )
        return Cluster(
            # What it is called we know; that it is there is what others wait for.
            name=plane.eks.eks_cluster.apply(lambda _: self._physical),
            arn=(
                f"arn:aws:eks:{self._site.region}:{self._site.account_id}:cluster/{self._physical}"
            ),
            provider=provider,
            security_group_id=plane.eks.cluster_security_group_id,
            ready=(),
            task_selector=placement.TASKS,
            task_tolerations=placement.TASK_TOLERATIONS,
        )

    def _marker(
        self,
        role: str,
        hook: pulumi.ResourceHook,
        *,
        stands_on: dict[str, Sequence[pulumi.Input[str]]] | None = None,
        after: Sequence[pulumi.Resource] = (),
    ) -> pulumi.Stash:
        """Holds a place in the order of things, for `hook` to run when that place is given up."""
        return pulumi.Stash(
            f"{self._name}-{role}",
            input={"cluster": self._physical, **(stands_on or {})},
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[*after],
                hooks=pulumi.ResourceHookBinding(before_delete=[hook]),
            ),
        )
