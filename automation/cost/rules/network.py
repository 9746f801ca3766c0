"""What the network costs: NAT, endpoints, addresses, instances, flow logs, balancers.

Gateway endpoints, subnets and routes are free. Traffic between zones is left out: no input of a
preview says how much of it there is.
"""

from __future__ import annotations

from decimal import Decimal

from automation.cost.model import Context, Line, NotKnownError, Resource, Rule
from automation.cost.rules.storage import disk

NAT = "aws:ec2/natGateway:NatGateway"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
FLOW_LOG = "aws:ec2/flowLog:FlowLog"
VPC = "aws:ec2/vpc:Vpc"
INSTANCE = "aws:ec2/instance:Instance"
GROUP = "aws:autoscaling/group:Group"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
IMAGE_DISK_GB = 8  # the root volume of Amazon Linux 2023 where nothing else is said


def vpc(resource: Resource, ctx: Context) -> list[Line]:
    """The network itself is free; what leaves it for the internet is counted here, once."""
    if not ctx.is_first(resource, VPC):
        return []
    use = ctx.usage.network.internet_gb_per_month
    return [ctx.used("sent to the internet", "transfer.internet_gb", use.value, use.source)]


def nat_gateway(resource: Resource, ctx: Context) -> list[Line]:
    use = ctx.usage.network.nat_gb_per_month
    share = use.value / len(ctx.of(NAT))
    return [
        ctx.fixed("gateway", "nat.hour", ctx.hours),
        ctx.used("data through it", "nat.gb", share, use.source),
    ]


def endpoint(resource: Resource, ctx: Context) -> list[Line]:
    if not _is_interface(resource):
        return []
    interfaces = [one for one in ctx.of(ENDPOINT) if _is_interface(one)]
    use = ctx.usage.network.endpoint_gb_per_month
    zones = len(resource.items("subnetIds")) or 1
    return [
        ctx.fixed(f"endpoint in {zones} zones", "endpoint.hour", ctx.hours * zones),
        ctx.used("data through it", "endpoint.gb", use.value / len(interfaces), use.source),
    ]


def _is_interface(resource: Resource) -> bool:
    return resource.text("vpcEndpointType", "Gateway") == "Interface"


def address(resource: Resource, ctx: Context) -> list[Line]:
    return [ctx.fixed("public address", "ipv4.hour", ctx.hours)]


def flow_log(resource: Resource, ctx: Context) -> list[Line]:
    use = ctx.usage.network.flow_log_gb_per_month
    to_s3 = resource.text("logDestinationType") == "s3"
    rate = "cloudwatch.vended_s3_gb" if to_s3 else "cloudwatch.vended_logs_gb"
    return [ctx.used("flow log", rate, use.value, use.source)]


def instance(resource: Resource, ctx: Context) -> list[Line]:
    return machine(resource, ctx, Decimal(1))


def group(resource: Resource, ctx: Context) -> list[Line]:
    """Instances of the launch template that the same component made."""
    templates = ctx.siblings(resource, TEMPLATE)
    stem = resource.name.removesuffix("-group")
    templates = [one for one in templates if one.name == f"{stem}-template"] or templates
    if len(templates) != 1:
        raise NotKnownError("launchTemplate", "does not tell which template it is")
    count = resource.number("desiredCapacity", resource.number("minSize"))
    return machine(templates[0], ctx, count)


def machine(resource: Resource, ctx: Context, count: Decimal) -> list[Line]:
    """So many instances, on demand, all month, each with its disk."""
    kind = resource.text("instanceType")
    size = resource.number(
        "rootBlockDevice.volumeSize",
        resource.number("blockDeviceMappings.0.ebs.volumeSize", IMAGE_DISK_GB),
    )
    volume = resource.text(
        "rootBlockDevice.volumeType", resource.text("blockDeviceMappings.0.ebs.volumeType", "gp3")
    )
    lines = [
        ctx.fixed(f"{count} x {kind}", f"ec2.{kind}_hour", ctx.hours * count),
        *disk(volume, size, ctx, count),
    ]
    public = "associatePublicIpAddress"
    if resource.flag(public) or resource.flag(f"networkInterfaces.0.{public}"):
        lines.append(ctx.fixed("public address", "ipv4.hour", ctx.hours * count))
    return lines


def balancer(resource: Resource, ctx: Context) -> list[Line]:
    if resource.text("loadBalancerType", "application") == "network":
        return [ctx.fixed("balancer", "elb.nlb_hour", ctx.hours)]
    return application_balancer(resource, ctx)


def application_balancer(resource: Resource, ctx: Context) -> list[Line]:
    use = ctx.usage.of("balancers", ctx.usage.balancers, resource.name).lcu
    return [
        ctx.fixed("balancer", "elb.alb_hour", ctx.hours),
        ctx.used("capacity units", "elb.alb_lcu_hour", use.value * ctx.hours, use.source),
    ]


RULES: dict[str, Rule] = {
    VPC: vpc,
    NAT: nat_gateway,
    ENDPOINT: endpoint,
    FLOW_LOG: flow_log,
    INSTANCE: instance,
    GROUP: group,
    "aws:ec2/eip:Eip": address,
    "aws:lb/loadBalancer:LoadBalancer": balancer,
}
