"""Who the replication instance may speak to: the database, the warehouse and AWS; nobody to it."""

import pulumi
import pulumi_aws as aws

from components.network import Vpc
from components.shop_database import ChangeSource

ANYWHERE = "0.0.0.0/0"
HTTPS = 443


def firewall(
    name: str,
    *,
    vpc: Vpc,
    source: ChangeSource,
    warehouse_port: int | None,
    opts: pulumi.ResourceOptions,
) -> pulumi.Output[str]:
    """The instance's security group, given out once it may reach the database."""
    group = aws.ec2.SecurityGroup(
        f"{name}-group",
        description="Change capture: out to its endpoints, in from nowhere",
        vpc_id=vpc.vpc_id,
        opts=opts,
    )
    into = aws.vpc.SecurityGroupIngressRule(
        f"{name}-into-database",
        security_group_id=source.group_id,
        description="Change capture",
        referenced_security_group_id=group.id,
        ip_protocol="tcp",
        from_port=source.port,
        to_port=source.port,
        opts=opts,
    )
    out = aws.vpc.SecurityGroupEgressRule(
        f"{name}-to-database",
        security_group_id=group.id,
        description="The shop's database",
        referenced_security_group_id=source.group_id,
        ip_protocol="tcp",
        from_port=source.port,
        to_port=source.port,
        opts=opts,
    )
    # The gateway of S3 answers under S3's public addresses.
    ways = {"aws": (ANYWHERE, HTTPS, "HTTPS to AWS services")}
    if warehouse_port is not None:
        ways["warehouse"] = (vpc.cidr, warehouse_port, "The warehouse")
    for role, (cidr, port, description) in ways.items():
        aws.vpc.SecurityGroupEgressRule(
            f"{name}-to-{role}",
            security_group_id=group.id,
            description=description,
            cidr_ipv4=cidr,
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            opts=opts,
        )
    return pulumi.Output.all(group.id, into.id, out.id).apply(lambda known: str(known[0]))
