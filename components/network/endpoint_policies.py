"""What may pass through an endpoint: a border around the account, which grants nothing by itself.

Only identities of this account (and AWS itself, acting in its own name) get through, and data only
to what this account owns: credentials that a stranger brings into the VPC, or a bucket of his, are
of no use here. Roles still need their own grants, hence the wildcards.

The pattern is AWS's "Building a data perimeter"; the exceptions are those of
github.com/aws-samples/data-perimeter-policy-examples, folder vpc_endpoint_policies.
"""

from collections.abc import Sequence

import pulumi

from components.iam import Statement, policy_document
from components.naming import Site
from components.network.config import InterfaceService

# They carry data, and nobody calls them on resources of AWS. Not here: AWS's own images (ecr.*,
# ec2), public parameters (ssm), and calls that name no resource.
OWN_RESOURCES_ONLY: frozenset[InterfaceService] = frozenset(
    {
        "aps-workspaces",
        "athena",
        "glue",
        "kinesis-firehose",
        "kinesis-streams",
        "kms",
        "logs",
        "redshift-data",
        "secretsmanager",
        "sns",
        "sqs",
        "states",
    }
)
# AWS documents policies for the endpoint `eks`, not for this one; it hands out credentials of the
# cluster's own Pod Identity associations and nothing else.
WITHOUT_POLICY: frozenset[InterfaceService] = frozenset({"eks-auth"})


def gateway_policy(
    site: Site,
    service: str,
    public_buckets: Sequence[str],
    s3_statements: Sequence[Statement] = (),
) -> pulumi.Output[str]:
    """The policy of the gateway endpoint `s3` or `dynamodb`. `s3_statements`: what else passes."""
    statements = [_ours(site, f"{service}:*", own_resources=True), _of_aws(f"{service}:*")]
    if service == "s3":
        statements += [_public_objects(site, public_buckets), *s3_statements]
    return policy_document(*statements)


def interface_policy(site: Site, service: InterfaceService) -> pulumi.Output[str] | None:
    """The policy of an interface endpoint; none: AWS's own, which lets everyone through."""
    if service in WITHOUT_POLICY:
        return None
    statements = [_ours(site, "*", own_resources=service in OWN_RESOURCES_ONLY), _of_aws("*")]
    if service == "sts":
        statements.append(_federated(site))
    return policy_document(*statements)


def _ours(site: Site, action: str, *, own_resources: bool) -> Statement:
    conditions: dict[str, dict[str, str]] = {
        "StringEquals": {"aws:PrincipalAccount": site.account_id}
    }
    if own_resources:
        # IfExists: a call that names no resource (ListBuckets, GenerateRandom) has no owner.
        conditions["StringEqualsIfExists"] = {"aws:ResourceAccount": site.account_id}
    return Statement(
        sid="OursToOurs" if own_resources else "OursToAny",
        actions=[action],
        resources=["*"],
        principals="*",
        conditions=conditions,
    )


def _of_aws(action: str) -> Statement:
    """Services that act in the VPC under their own name, such as a CloudFormation signal."""
    return Statement(
        sid="AwsItself",
        actions=[action],
        resources=["*"],
        principals="*",
        conditions={"Bool": {"aws:PrincipalIsAWSService": "true"}},
    )


def _federated(site: Site) -> Statement:
    """Who shows a token instead of keys has no account before the call is answered."""
    return Statement(
        sid="TokensForOurRoles",
        actions=["sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML"],
        resources=[f"arn:aws:iam::{site.account_id}:role/*"],
        principals="*",
    )


def _public_objects(site: Site, buckets: Sequence[str]) -> Statement:
    """Software that nodes download without credentials, or with a link that AWS signed.

    Blocked here it would not go through the NAT instead: the route of the endpoint wins.
    """
    region = site.region
    known = [
        # Layers of ECR images: Amazon ECR user guide, "Minimum Amazon S3 bucket permissions".
        f"prod-{region}-starport-layer-bucket",
        # Amazon Linux 2023 packages and live patches: AL2023 user guide, "Kernel Live Patching".
        f"al2023-repos-{region}-de612dc2",
        f"al2023-{region}",
        # Layers of registry.k8s.io, which sends callers in AWS to a bucket of their region
        # (github.com/kubernetes/k8s.io/issues/4214: refused by such a policy).
        "prod-registry-k8s-io-*",
    ]
    return Statement(
        sid="PublicSoftware",
        actions=["s3:GetObject"],
        resources=[f"arn:aws:s3:::{bucket}/*" for bucket in (*known, *buckets)],
        principals="*",
    )
