"""What a workspace stands on in our account: the role under which Databricks starts machines, and
the firewall around these.

Ids and ports are Databricks' own (Databricks on AWS, "Create a credential configuration", the
policy for a customer-managed VPC with restrictions, and "Configure a customer-managed VPC").
"""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from components.databricks.border import DATABRICKS
from components.iam import Role, Statement, role_with, trust
from components.naming import Site
from components.network import Vpc

MARK = "Databricks"
ANYWHERE = "0.0.0.0/0"
# To the control plane: REST, the metastore of old, secure relay, compliance, and internal services.
OUT = {"https": (443, 443), "mysql": (3306, 3306), "relay": (6666, 6666), "fips": (2443, 2443),
       "control": (8443, 8451)}  # fmt: skip
# Actions for which AWS knows no permission narrower than the account (Service Authorization
# Reference of EC2).
ACCOUNT_WIDE = (
    "DescribeAvailabilityZones DescribeFleetHistory DescribeFleetInstances DescribeFleets "
    "DescribeIamInstanceProfileAssociations DescribeInstanceStatus DescribeInstances "
    "DescribeInternetGateways DescribeLaunchTemplates DescribeLaunchTemplateVersions "
    "DescribeNatGateways DescribeNetworkAcls DescribePrefixLists "
    "DescribeReservedInstancesOfferings DescribeRouteTables DescribeSecurityGroups "
    "DescribeSpotInstanceRequests DescribeSpotPriceHistory DescribeSubnets DescribeVolumes "
    "DescribeVpcs GetSpotPlacementScores"
)


def cross_account_role(
    name: str,
    *,
    external_id: str,
    site: Site,
    vpc: Vpc,
    group_id: pulumi.Output[str],
    opts: pulumi.ResourceOptions,
) -> Role:
    """Starts and ends machines that bear Databricks' mark, in this VPC only."""
    return role_with(
        name,
        description="Databricks: starts and ends the machines of its jobs",
        trusted=trust(
            {"AWS": f"arn:aws:iam::{DATABRICKS}:root"},
            # Databricks works for many; this says for whom (the confused deputy).
            {"StringEquals": {"sts:ExternalId": external_id}},
        ),
        statements=_machines(site, vpc, group_id),
        opts=opts,
    )


def _machines(site: Site, vpc: Vpc, group_id: pulumi.Output[str]) -> list[Statement]:
    here = f"arn:aws:ec2:{site.region}:{site.account_id}"

    def of(*kinds: str) -> list[pulumi.Input[str]]:
        return [f"{here}:{kind}/*" for kind in kinds]

    marked = {"StringEquals": {"ec2:ResourceTag/Vendor": MARK}}
    marking = {"StringEquals": {"aws:RequestTag/Vendor": MARK}}
    in_vpc: Mapping[str, Mapping[str, pulumi.Input[str]]] = {
        "StringEquals": {"ec2:Vpc": pulumi.Output.concat(f"{here}:vpc/", vpc.vpc_id)}
    }
    machines = ("instance", "volume")
    image = f"arn:aws:ec2:{site.region}::image/*"  # Databricks' own: an image's ARN has no account
    return [
        Statement(sid="AccountWide", actions=_ec2(ACCOUNT_WIDE), resources=["*"]),
        Statement(
            sid="LookAtVpc",
            actions=_ec2("DescribeVpcAttribute"),
            resources=[pulumi.Output.concat(f"{here}:vpc/", vpc.vpc_id)],
        ),
        Statement(
            sid="StartMarked",
            actions=_ec2("RunInstances CreateVolume"),
            resources=of(*machines),
            conditions=marking,
        ),
        Statement(
            sid="StartInVpc",
            actions=_ec2("RunInstances"),
            resources=of("network-interface", "subnet", "security-group"),
            conditions=in_vpc,
        ),
        Statement(
            sid="StartOf",
            actions=_ec2("RunInstances"),
            resources=[image, *of("key-pair", "launch-template", "placement-group", "snapshot")],
        ),
        Statement(
            sid="EndMarked",
            actions=_ec2("TerminateInstances AttachVolume DetachVolume DeleteVolume"),
            resources=of(*machines),
            conditions=marked,
        ),
        Statement(
            # Without a condition, as Databricks documents it: it tries this on machines that do not
            # exist when it takes the role, and those bear no mark.
            sid="Mark",
            actions=_ec2("CreateTags DeleteTags"),
            resources=of(*machines, "spot-instances-request", "fleet", "launch-template"),
        ),
        Statement(
            sid="Fleets",
            actions=_ec2(
                "RequestSpotInstances CancelSpotInstanceRequests CreateFleet ModifyFleet "
                "DeleteFleets CreateLaunchTemplate CreateLaunchTemplateVersion "
                "ModifyLaunchTemplate DeleteLaunchTemplate DeleteLaunchTemplateVersions "
                "GetLaunchTemplateData"
            ),
            # A request names all that its machines would be made of.
            resources=[
                image,
                *of(
                    *machines,
                    "fleet",
                    "key-pair",
                    "launch-template",
                    "network-interface",
                    "placement-group",
                    "security-group",
                    "snapshot",
                    "spot-instances-request",
                    "subnet",
                ),
            ],
        ),
        Statement(
            sid="Addresses",
            actions=_ec2("AssignPrivateIpAddresses"),
            resources=of("network-interface"),
        ),
        Statement(
            sid="OwnFirewall",
            actions=_ec2(
                "AuthorizeSecurityGroupEgress AuthorizeSecurityGroupIngress "
                "RevokeSecurityGroupEgress RevokeSecurityGroupIngress"
            ),
            resources=[pulumi.Output.concat(f"{here}:security-group/", group_id)],
        ),
        Statement(
            sid="SpotRole",
            actions=["iam:CreateServiceLinkedRole", "iam:PutRolePolicy"],
            resources=[
                f"arn:aws:iam::{site.account_id}:role/aws-service-role/spot.amazonaws.com/"
                "AWSServiceRoleForEC2Spot"
            ],
            conditions={"StringLike": {"iam:AWSServiceName": "spot.amazonaws.com"}},
        ),
    ]


def _ec2(words: str) -> list[str]:
    return [f"ec2:{word}" for word in words.split()]


def machines_group(
    name: str, *, vpc: Vpc, opts: pulumi.ResourceOptions
) -> tuple[pulumi.Output[str], pulumi.Output[str]]:
    """The security group of the machines: its id, and the same once its rules are there."""
    group = aws.ec2.SecurityGroup(
        name,
        description="Machines of Databricks: among themselves, and out to its control plane",
        vpc_id=vpc.vpc_id,
        opts=opts,
    )
    rules: list[pulumi.Output[str]] = []
    for protocol in ("tcp", "udp"):
        for way in (aws.vpc.SecurityGroupIngressRule, aws.vpc.SecurityGroupEgressRule):
            direction = "in" if way is aws.vpc.SecurityGroupIngressRule else "out"
            rule = way(
                f"{name}-{direction}-{protocol}",
                security_group_id=group.id,
                description="The machines of a cluster speak to each other",
                referenced_security_group_id=group.id,
                ip_protocol=protocol,
                from_port=0,
                to_port=65_535,
                opts=opts,
            )
            rules.append(rule.id)
    for what, (first, last) in OUT.items():
        out = aws.vpc.SecurityGroupEgressRule(
            f"{name}-to-{what}",
            security_group_id=group.id,
            description="Databricks' control plane, and S3 through its gateway",
            cidr_ipv4=ANYWHERE,
            ip_protocol="tcp",
            from_port=first,
            to_port=last,
            opts=opts,
        )
        rules.append(out.id)
    ready = pulumi.Output.all(group.id, *rules).apply(lambda known: str(known[0]))
    return group.id, ready
