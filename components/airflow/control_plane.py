"""The control plane: EKS's API and its log, who may in, and what it may do in AWS.

The API is reachable from inside the VPC, and from the networks that the section names, if any. Its
secrets lie encrypted with our key. It leaves out nodes (`components.airflow.managed_nodes`,
`components.airflow.auto_mode`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws
import pulumi_eks as eks

from components.airflow import roles
from components.airflow.config import AirflowConfig, AutoModeNodes, PublicEndpoint

if TYPE_CHECKING:
    from components.encryption import Keys
    from components.naming import Site
    from components.network import Vpc

ADMIN = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
# Auto Mode's own pools of nodes.
BUILT_IN_POOLS = ("general-purpose", "system")


@dataclass(frozen=True, kw_only=True)
class ControlPlane:
    eks: eks.Cluster
    node_role: roles.ManagedRole


def control_plane(
    name: str,
    config: AirflowConfig,
    *,
    site: Site,
    vpc: Vpc,
    keys: Keys,
    after: Sequence[pulumi.Resource],
    child: pulumi.ResourceOptions,
) -> ControlPlane:
    """The cluster, and the role of the nodes to come. `after` is deleted only when it is gone."""
    physical = site.name("eks", "airflow")
    is_auto = isinstance(config.nodes, AutoModeNodes)
    # Before the cluster, or EKS makes it, with no end and no key.
    log = aws.cloudwatch.LogGroup(
        f"{name}-log",
        name=f"/aws/eks/{physical}/cluster",
        retention_in_days=config.logs.cluster_days,
        kms_key_id=keys.logs,
        opts=child,
    )
    node_role = roles.node_role(
        f"{name}-node-role",
        description=f"Nodes of {physical}",
        policies=roles.AUTO_NODE_POLICIES if is_auto else roles.NODE_POLICIES,
        opts=child,
    )
    public = config.endpoint if isinstance(config.endpoint, PublicEndpoint) else None
    made = eks.Cluster(
        f"{name}-eks",
        name=physical,
        version=config.kubernetes_version,
        vpc_id=vpc.vpc_id,
        private_subnet_ids=vpc.private_subnet_ids,
        authentication_mode=eks.AuthenticationMode.API,
        access_entries=_admins(config),
        provider_credential_opts={"role_arn": config.deploy_role} if config.deploy_role else None,
        endpoint_private_access=True,
        endpoint_public_access=public is not None,
        public_access_cidrs=public.cidrs if public else None,
        encryption_config_key_arn=keys.secrets,
        enabled_cluster_log_types=list(config.logs.cluster_types),
        deletion_protection=config.deletion_protection,
        upgrade_policy={"support_type": "STANDARD"},
        # EKS makes one security group and takes it back; more are only in the way of a destroy.
        skip_default_security_groups=True,
        skip_default_node_group=True,
        # Ours comes after the first nodes; Auto Mode has its own.
        coredns_addon_options={"enabled": False},
        vpc_cni_options=None if is_auto else {"enable_network_policy": True},
        auto_mode=_auto_mode(node_role.role.arn) if is_auto else None,
        opts=pulumi.ResourceOptions.merge(
            child,
            pulumi.ResourceOptions(
                # Nodes keep their policies until it is gone: they need them to clear up.
                depends_on=[log, *node_role.attached, *after]
            ),
        ),
    )
    return ControlPlane(eks=made, node_role=node_role)


def _auto_mode(node_role_arn: pulumi.Input[str]) -> eks.AutoModeOptionsArgsDict:
    return {
        "enabled": True,
        "create_node_role": False,
        "compute_config": {"node_pools": list(BUILT_IN_POOLS), "node_role_arn": node_role_arn},
    }


def _admins(config: AirflowConfig) -> dict[str, eks.AccessEntryArgsDict]:
    """One entry for each role, by account and path: these are names of resources."""
    roles_ = [*config.admins, *([config.deploy_role] if config.deploy_role else [])]
    entry_of: dict[str, eks.AccessEntryArgsDict] = {}
    for arn in roles_:
        name = arn.split(":", 4)[4].replace(":role/", "-").replace("/", "-")
        entry_of[name] = {
            "principal_arn": arn,
            "access_policies": {
                "admin": {"policy_arn": ADMIN, "access_scope": {"type": "cluster"}}
            },
        }
    return entry_of
