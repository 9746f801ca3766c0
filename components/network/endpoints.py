"""Ways to AWS services that never leave the VPC.

S3 and DynamoDB by gateway, always: routes that cost nothing, and most bytes of a lake go to S3. All
else by interface, where a stack asks for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi_aws as aws

from components.network.endpoint_policies import gateway_policy, interface_policy
from components.network.labels import label

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pulumi

    from components.iam import Statement
    from components.naming import Site
    from components.network.config import InterfaceService

GATEWAYS = ("s3", "dynamodb")
HTTPS = 443


def gateway_endpoints(
    name: str,
    *,
    site: Site,
    vpc_id: pulumi.Input[str],
    route_table_ids: Sequence[pulumi.Input[str]],
    public_buckets: Sequence[str],
    s3_statements: Sequence[Statement],
    opts: pulumi.ResourceOptions,
) -> list[aws.ec2.VpcEndpoint]:
    """AWS adds their routes to the tables."""
    return [
        aws.ec2.VpcEndpoint(
            f"{name}-{service}",
            vpc_id=vpc_id,
            service_name=f"com.amazonaws.{site.region}.{service}",
            vpc_endpoint_type="Gateway",
            route_table_ids=route_table_ids,
            policy=gateway_policy(site, service, public_buckets, s3_statements),
            tags=label(site, service),
            opts=opts,
        )
        for service in GATEWAYS
    ]


def interface_endpoints(
    name: str,
    services: Sequence[InterfaceService],
    *,
    site: Site,
    vpc_id: pulumi.Input[str],
    cidr: str,
    subnet_ids: Sequence[pulumi.Input[str]],
    opts: pulumi.ResourceOptions,
) -> list[aws.ec2.VpcEndpoint]:
    """They answer to the service's usual name, for everyone in the VPC."""
    if not services:
        return []
    group = aws.ec2.SecurityGroup(
        f"{name}-endpoints",
        description="Interface endpoints: HTTPS from inside the VPC",
        vpc_id=vpc_id,
        tags=label(site, "endpoints"),
        opts=opts,
    )
    aws.vpc.SecurityGroupIngressRule(
        f"{name}-endpoints-https",
        security_group_id=group.id,
        description="HTTPS from inside the VPC",
        cidr_ipv4=cidr,
        ip_protocol="tcp",
        from_port=HTTPS,
        to_port=HTTPS,
        opts=opts,
    )
    return [
        aws.ec2.VpcEndpoint(
            f"{name}-{service.replace('.', '-')}",
            vpc_id=vpc_id,
            service_name=f"com.amazonaws.{site.region}.{service}",
            vpc_endpoint_type="Interface",
            private_dns_enabled=True,
            subnet_ids=subnet_ids,
            security_group_ids=[group.id],
            policy=interface_policy(site, service),
            tags=label(site, service),
            opts=opts,
        )
        for service in services
    ]
