"""EKS Auto Mode: AWS picks, patches and removes the nodes; ours are only the rules for task nodes.

Airflow's own pods run on the built-in pools, which cannot be changed: their nodes carry EKS's tag
`eks:eks-cluster-name`, not ours. It leaves out pools for other workloads: the cluster is Airflow's
alone.
"""

from __future__ import annotations

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

from components.airflow import placement
from components.airflow.addons import add_on
from components.airflow.cluster_access import Cluster
from components.airflow.config import AirflowConfig, AutoModeNodes
from components.airflow.control_plane import ControlPlane
from components.airflow.night import auto_mode_night
from components.airflow.roles import AUTO_NODE_POLICIES, may_tag_nodes, node_role
from components.naming import Site
from components.network import Vpc

POOL = "airflow-tasks"
NODE_POLICY = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSAutoNodePolicy"
# A node that goes waits this long for its tasks; then they end, and Airflow retries them.
DRAIN_MINUTES = 60


def auto_mode_nodes(
    name: str,
    config: AirflowConfig,
    nodes: AutoModeNodes,
    *,
    site: Site,
    vpc: Vpc,
    plane: ControlPlane,
    cluster: Cluster,
    child: pulumi.ResourceOptions,
) -> list[pulumi.Resource]:
    """Everything that pods need to run; they wait for all of it. DNS, the network and the agent of
    Pod Identity are AWS's part.
    """
    tagging = may_tag_nodes(
        f"{name}-tagging",
        site=site,
        cluster_name=site.name("eks", "airflow"),
        eks_cluster=plane.eks.eks_cluster,
        opts=child,
    )
    pool = _task_pool(
        f"{name}-tasks",
        nodes,
        site=site,
        vpc=vpc,
        cluster=cluster,
        after=tagging,
        child=child,
    )
    policies = _network_policy(f"{name}-network-policy", cluster=cluster, child=child)
    metrics = add_on(
        f"{name}-metrics-server",
        cluster_name=cluster.name,
        add_on_name="metrics-server",
        kubernetes_version=config.kubernetes_version,
        after=[plane.eks],
        child=child,
    )
    if config.night is not None:
        auto_mode_night(
            f"{name}-night",
            config.night,
            site=site,
            cluster_name=cluster.name,
            cluster_arn=cluster.arn,
            node_role=plane.node_role,
            child=child,
        )
    return [pool, policies, metrics]


def _task_pool(
    name: str,
    nodes: AutoModeNodes,
    *,
    site: Site,
    vpc: Vpc,
    cluster: Cluster,
    after: pulumi.Resource,
    child: pulumi.ResourceOptions,
) -> pulumi.Resource:
    """The pool of task nodes. Its role is not that of the built-in pools, whose access EKS grants
    and takes back with them.
    """
    physical = site.name("eks", "airflow")
    role = node_role(
        f"{name}-node-role",
        description=f"Task nodes of {physical}",
        policies=AUTO_NODE_POLICIES,
        opts=child,
    )
    entry = aws.eks.AccessEntry(
        f"{name}-access",
        cluster_name=cluster.name,
        principal_arn=role.role.arn,
        type="EC2",
        opts=pulumi.ResourceOptions.merge(
            child, pulumi.ResourceOptions(depends_on=[*role.attached])
        ),
    )
    allowed = aws.eks.AccessPolicyAssociation(
        f"{name}-access-policy",
        cluster_name=cluster.name,
        principal_arn=entry.principal_arn,
        policy_arn=NODE_POLICY,
        access_scope={"type": "cluster"},
        opts=child,
    )
    inside = pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(provider=cluster.provider))
    node_class = kubernetes.apiextensions.CustomResource(
        f"{name}-class",
        api_version="eks.amazonaws.com/v1",
        kind="NodeClass",
        metadata={"name": POOL},
        spec={
            "role": role.role.name,
            "subnetSelectorTerms": [{"id": subnet} for subnet in vpc.private_subnet_ids],
            "securityGroupSelectorTerms": [{"id": cluster.security_group_id}],
            "networkPolicy": "DefaultAllow",
            "tags": placement.tags(site, f"{physical}-tasks"),
        },
        opts=pulumi.ResourceOptions.merge(
            inside, pulumi.ResourceOptions(depends_on=[allowed, after])
        ),
    )
    return kubernetes.apiextensions.CustomResource(
        name,
        api_version="karpenter.sh/v1",
        kind="NodePool",
        metadata={"name": POOL},
        spec=pool_spec(nodes),
        opts=pulumi.ResourceOptions.merge(
            inside,
            pulumi.ResourceOptions(
                depends_on=[node_class],
                # Gone once its nodes are, which wait for their tasks.
                custom_timeouts=pulumi.CustomTimeouts(delete=f"{DRAIN_MINUTES + 15}m"),
            ),
        ),
    )


def pool_spec(nodes: AutoModeNodes) -> dict[str, object]:
    """The pool's rules: what a node may be, for whom, how many CPUs all together, when it goes."""
    return {
        "limits": {"cpu": str(nodes.task_cpu_limit)},
        # A node with a task on it is never emptied to save money.
        "disruption": {"consolidationPolicy": "WhenEmpty", "consolidateAfter": "60s"},
        "template": {
            "metadata": {"labels": placement.TASKS},
            "spec": {
                "nodeClassRef": {
                    "group": "eks.amazonaws.com",
                    "kind": "NodeClass",
                    "name": POOL,
                },
                "taints": [{"key": placement.TASK_TAINT, "value": "true", "effect": "NoSchedule"}],
                "terminationGracePeriod": f"{DRAIN_MINUTES}m",
                "requirements": [
                    {
                        "key": "karpenter.sh/capacity-type",
                        "operator": "In",
                        "values": [nodes.task_capacity],
                    },
                    # As in the built-in pool, so that one image serves both.
                    {"key": "kubernetes.io/arch", "operator": "In", "values": ["amd64"]},
                    {
                        "key": "eks.amazonaws.com/instance-category",
                        "operator": "In",
                        "values": ["c", "m", "r"],
                    },
                    {
                        "key": "eks.amazonaws.com/instance-generation",
                        "operator": "Gt",
                        "values": ["4"],
                    },
                ],
            },
        },
    }


def _network_policy(
    name: str, *, cluster: Cluster, child: pulumi.ResourceOptions
) -> pulumi.Resource:
    """Switches on what enforces network policies: without it they are accepted and do nothing (EKS
    user guide, network policies with Auto Mode).
    """
    return kubernetes.core.v1.ConfigMap(
        name,
        metadata={"name": "amazon-vpc-cni", "namespace": "kube-system"},
        data={"enable-network-policy-controller": "true"},
        opts=pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(provider=cluster.provider)),
    )
