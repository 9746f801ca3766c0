"""What others may know of the cluster, and how their pods get a role in AWS (Pod Identity).

It makes nothing but the roles that others ask for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

from components.iam import Statement, policy_document, role_with


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """What others may know of the cluster, and how their pods get a role."""

    name: pulumi.Output[str]
    arn: str
    provider: kubernetes.Provider
    """For everything inside the cluster."""
    security_group_id: pulumi.Output[str]
    """Of nodes and pods, for the ingress of what they call."""
    ready: Sequence[pulumi.Resource]
    """What pods wait for, and what goes only after them."""
    task_selector: Mapping[str, str]
    task_tolerations: Sequence[Mapping[str, object]]

    def identity(
        self,
        name: str,
        *,
        namespace: str,
        service_account: str,
        statements: Sequence[Statement],
        opts: pulumi.ResourceOptions,
    ) -> aws.eks.PodIdentityAssociation:
        """A role for the pods of one service account, and only those. Pods started before it have
        none: let them depend on it.
        """
        role = role_with(
            f"{name}-role",
            description=f"Pods of {namespace}/{service_account}",
            trusted=pod_trust(self.arn, namespace, service_account),
            statements=statements,
            opts=opts,
        )
        return aws.eks.PodIdentityAssociation(
            f"{name}-identity",
            cluster_name=self.name,
            namespace=namespace,
            service_account=service_account,
            role_arn=role.arn,
            opts=opts,
        )


def pod_trust(cluster_arn: str, namespace: str, service_account: str) -> pulumi.Output[str]:
    """Trust of a pod's role. EKS says in session tags for which pod it asks (EKS user guide, Pod
    Identity role trust policy); the cluster's ARN names account and region as well.
    """
    return policy_document(
        Statement(
            sid="Assume",
            actions=["sts:AssumeRole", "sts:TagSession"],
            principals={"Service": "pods.eks.amazonaws.com"},
            conditions={
                "StringEquals": {
                    "aws:RequestTag/eks-cluster-arn": cluster_arn,
                    "aws:RequestTag/kubernetes-namespace": namespace,
                    "aws:RequestTag/kubernetes-service-account": service_account,
                }
            },
        )
    )
