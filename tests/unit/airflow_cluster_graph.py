"""A cluster of either kind recorded by itself, and the words for what is in it."""

import json
from typing import Any

from tests.graph import Graph, Node, record
from tests.unit.airflow_stack import KEYS, SITE, config, vpc

CLUSTER = "eks:index:Cluster"
GROUP = "aws:eks/nodeGroup:NodeGroup"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
ADDON = "aws:eks/addon:Addon"
SCHEDULED_ACTION = "aws:autoscaling/schedule:Schedule"
SCHEDULE = "aws:scheduler/schedule:Schedule"
RELEASE = "kubernetes:helm.sh/v3:Release"
NODE_CLASS = "kubernetes:eks.amazonaws.com/v1:NodeClass"
NODE_POOL = "kubernetes:karpenter.sh/v1:NodePool"
POLICY = "aws:iam/rolePolicy:RolePolicy"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
IDENTITY = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
MARKER = "pulumi:index:Stash"

NAME = "shop-test-airflow"
ARN = f"arn:aws:eks:eu-west-1:123456789012:cluster/{NAME}"
AUTO_MODE: dict[str, Any] = {"kind": "auto_mode", "task_capacity": "spot", "task_cpu_limit": 64}
MANAGED: dict[str, Any] = {
    "kind": "managed",
    "core": {"instance_types": ["m6i.large"], "min": 2, "max": 4, "disk_gb": 60},
    "tasks": {"instance_types": ["m6i.large", "m6a.large"], "max": 10},
}
NIGHT = {"sleep": "0 20 * * *", "wake": "0 7 * * 1-5", "timezone": "Europe/Lisbon"}
COMPUTED: dict[str, dict[str, Any]] = {
    CLUSTER: {"kubeconfigJson": "{}", "clusterSecurityGroupId": "sg-1"},
    GROUP: {"resources": [{"autoscalingGroups": [{"name": "eks-group"}]}]},
    TEMPLATE: {"latestVersion": 3},
}


def cluster(nodes: dict[str, Any], **changes: Any) -> Graph:
    def build() -> None:
        from components.airflow.cluster import EksCluster

        EksCluster("cluster", config(nodes=nodes, **changes), site=SITE, vpc=vpc(), keys=KEYS)

    return record(
        build,
        computed=COMPUTED,
        calls={"aws:eks/getAddonVersion:getAddonVersion": {"id": "a", "version": "v1.2.3"}},
    )


def statements(graph: Graph, policy: str) -> dict[str, dict[str, Any]]:
    document = json.loads(graph.named(policy, POLICY).inputs["policy"])
    return {one["Sid"]: one for one in document["Statement"]}


def waits_for(graph: Graph, node: Node, name: str) -> bool:
    """Whether the node comes after, and so goes before, the resource of that name."""
    seen, todo = set[str](), list(node.depends_on)
    while todo:
        urn = todo.pop()
        if urn not in seen:
            seen.add(urn)
            todo += graph.nodes[urn].depends_on
    return any(graph.nodes[urn].name == name for urn in seen)
