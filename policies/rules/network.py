"""Nothing listens to the whole internet, and data reaches AWS without crossing it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import ip_network
from typing import Any, cast

from policies.rule import Context, Rule, Severity
from policies.subject import Subject, related, texts

VPC = "aws:ec2/vpc:Vpc"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
WAREHOUSE = "aws:redshiftserverless/workgroup:Workgroup"
FUNCTION_URL = "aws:lambda/functionUrl:FunctionUrl"
DMS = "aws:dms/replicationInstance:ReplicationInstance"
PUBLIC = frozenset(
    {
        DMS,
        "aws:rds/clusterInstance:ClusterInstance",
        "aws:rds/instance:Instance",
        "aws:redshift/cluster:Cluster",
        WAREHOUSE,
    }
)
CLUSTERS = {"aws:eks/cluster:Cluster": "vpcConfig.", "eks:index:Cluster": ""}
GROUPS = frozenset(
    {"aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", "aws:ec2/securityGroup:SecurityGroup"}
)
GROUP_RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"
INGRESS_RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
# A network this wide or wider is nearly everyone: two halves of the internet are its whole.
NEARLY_EVERYONE = 8


def _everyone(cidr: str) -> bool:
    return ip_network(cidr, strict=False).prefixlen < NEARLY_EVERYONE


def _not_public(subject: Subject, _context: Context) -> Iterator[str]:
    if subject.type in CLUSTERS:
        yield from _api_server(subject, CLUSTERS[subject.type])
    elif subject.type == FUNCTION_URL:
        if subject.get("authorizationType") != "AWS_IAM":
            yield "authorizationType is not AWS_IAM: anyone may call the function; set it"
    elif subject.get("publiclyAccessible") not in (
        (False,) if subject.type == DMS else (False, None)
    ):
        # DMS makes an instance public unless told otherwise.
        yield "publiclyAccessible is not false: the internet may try passwords; set it to false"


def _api_server(subject: Subject, inside: str) -> Iterator[str]:
    """EKS opens the API server to everyone unless told otherwise."""
    if subject.get(f"{inside}endpointPublicAccess") is False:
        return
    cidrs = texts(subject.get(f"{inside}publicAccessCidrs")) or ["0.0.0.0/0"]
    for cidr in cidrs:
        if _everyone(cidr):
            yield (
                f"the API server answers {cidr}: set endpointPublicAccess to false, or name your "
                "networks in publicAccessCidrs"
            )


def _no_open_ingress(subject: Subject, _context: Context) -> Iterator[str]:
    for rule in _ingress(subject):
        for cidr in (
            one
            for name in ("cidrBlocks", "ipv6CidrBlocks", "cidrIpv4", "cidrIpv6")
            for one in texts(rule.get(name))
        ):
            if _everyone(cidr):
                yield f"lets {cidr} in: name the security group or the network that may come"


def _ingress(subject: Subject) -> list[Mapping[str, Any]]:
    if subject.type in GROUPS:
        return list(cast("list[Mapping[str, Any]]", subject.get("ingress") or []))
    if subject.type == GROUP_RULE and subject.get("type") != "ingress":
        return []
    return [subject.inputs]


def _private_path(subject: Subject, context: Context) -> Iterator[str]:
    if subject.type == WAREHOUSE:
        if subject.get("enhancedVpcRouting") is not True:
            yield "enhancedVpcRouting is not true: COPY and UNLOAD cross the internet; set it"
        return
    endpoints = related(context.subjects, subject, ENDPOINT, by="vpcId")
    there = {str(one.get("serviceName")).split(".", 3)[-1] for one in endpoints}
    if missing := [name for name in context.limits.endpoints if name not in there]:
        yield f"has no endpoint for {', '.join(missing)}: its traffic crosses the internet; add one"


RULES = (
    Rule(
        name="no-public-endpoints",
        says="Databases, warehouses, clusters and functions do not answer the whole internet.",
        severity=Severity.CRITICAL,
        types=frozenset({*PUBLIC, *CLUSTERS, FUNCTION_URL}),
        check=_not_public,
    ),
    Rule(
        name="no-open-ingress",
        says="No security group lets everyone in.",
        severity=Severity.CRITICAL,
        types=frozenset({*GROUPS, GROUP_RULE, INGRESS_RULE}),
        check=_no_open_ingress,
    ),
    Rule(
        name="private-path-to-aws",
        says="A VPC reaches the AWS services that hold data without the internet.",
        severity=Severity.MEDIUM,
        types=frozenset({VPC, WAREHOUSE}),
        check=_private_path,
        whole_stack=True,
    ),
)
