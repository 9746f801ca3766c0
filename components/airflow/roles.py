"""The roles of nodes, and what the control plane's role needs beyond what `pulumi_eks` gives it.

Nodes carry AWS's own managed policies, unlike every other role here: EKS changes what it needs with
each version, and their actions (`ec2:Describe…`, `ecr:Get…`) have no narrower resource. It leaves
out the roles of pods (`components.airflow.cluster_access`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.iam import Statement, policy_document, trust
from components.naming import Site

AUTO_NODE_POLICIES = ("AmazonEKSWorkerNodeMinimalPolicy", "AmazonEC2ContainerRegistryPullOnly")
# The VPC CNI acts as the node: with a role of its own it could not start before the agent that
# hands out roles, which needs the network.
NODE_POLICIES = (
    "AmazonEKSWorkerNodePolicy",
    "AmazonEC2ContainerRegistryPullOnly",
    "AmazonEKS_CNI_Policy",
)


@dataclass(frozen=True, kw_only=True)
class ManagedRole:
    """A role and what attaches its policies: whoever uses it waits for these, and goes first."""

    role: aws.iam.Role
    attached: Sequence[pulumi.Resource]


def node_role(
    name: str, *, description: str, policies: Sequence[str], opts: pulumi.ResourceOptions
) -> ManagedRole:
    role = aws.iam.Role(
        name,
        assume_role_policy=trust({"Service": "ec2.amazonaws.com"}),
        description=description,
        opts=opts,
    )
    return ManagedRole(
        role=role,
        attached=[
            aws.iam.RolePolicyAttachment(
                f"{name}-{policy}",
                role=role.name,
                policy_arn=f"arn:aws:iam::aws:policy/{policy}",
                opts=opts,
            )
            for policy in policies
        ],
    )


def may_tag_nodes(
    name: str,
    *,
    site: Site,
    cluster_name: str,
    eks_cluster: pulumi.Output[aws.eks.Cluster],
    opts: pulumi.ResourceOptions,
) -> aws.iam.RolePolicy:
    """Lets Auto Mode put our tags on nodes: the managed policies of its role allow EKS's own only,
    and refuse a node that carries others (EKS user guide, custom tags for Auto resources).
    """
    return aws.iam.RolePolicy(
        name,
        role=eks_cluster.apply(_role_of),
        policy=policy_document(*_tagging(site, cluster_name)),
        opts=opts,
    )


def _role_of(cluster: aws.eks.Cluster | None) -> pulumi.Output[str]:
    # A destroy that is run again hands out nothing for what is already gone (pulumi #23921).
    if cluster is None:
        return pulumi.Output.from_input("")
    return cluster.role_arn.apply(lambda arn: str(arn).rpartition("/")[2])


def _tagging(site: Site, cluster_name: str) -> tuple[Statement, ...]:
    ec2 = f"arn:aws:ec2:{site.region}:{site.account_id}"
    of_cluster = {"aws:RequestTag/eks:eks-cluster-name": cluster_name}
    return (
        Statement(
            sid="TagNodes",
            actions=["ec2:CreateFleet", "ec2:RunInstances", "ec2:CreateLaunchTemplate"],
            resources=[
                f"{ec2}:{kind}/*"
                for kind in (
                    "fleet",
                    "instance",
                    "launch-template",
                    "network-interface",
                    "spot-instances-request",
                    "volume",
                )
            ],
            conditions={
                "StringEquals": of_cluster,
                "StringLike": {
                    "aws:RequestTag/eks:kubernetes-node-class-name": "*",
                    "aws:RequestTag/eks:kubernetes-node-pool-name": "*",
                },
            },
        ),
        Statement(
            sid="TagInterfaces",
            actions=["ec2:CreateNetworkInterface"],
            resources=[f"{ec2}:network-interface/*"],
            conditions={
                "StringEquals": of_cluster,
                "StringLike": {"aws:RequestTag/eks:kubernetes-cni-node-name": "*"},
            },
        ),
    )
