"""A network recorded by itself, and the words for what is in it."""

import json
from typing import Any

from components.encryption import Keys
from components.naming import Site
from components.network import NetworkConfig, Vpc
from components.network.network import Network
from tests.graph import Graph, Node, record

SITE = Site(prefix="shoptrend", env="test", account_id="111111111111", region="eu-west-1")
KEYS = Keys(data="arn:data", logs="arn:logs", secrets="arn:secrets")

SUBNET = "aws:ec2/subnet:Subnet"
ROUTE = "aws:ec2/route:Route"
TABLE = "aws:ec2/routeTable:RouteTable"
ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"
GATEWAY = "aws:ec2/natGateway:NatGateway"
INTERNET = "aws:ec2/internetGateway:InternetGateway"
ADDRESS = "aws:ec2/eip:Eip"
INTERFACE = "aws:ec2/networkInterface:NetworkInterface"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
GROUP = "aws:autoscaling/group:Group"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup"
COMPONENT = "shop:components:Network"

MINIMUM: dict[str, Any] = {
    "enabled": True,
    "cidr": "10.20.0.0/16",
    "zones": ["a", "b"],
    "nat": "single",
    "flow_log_days": 30,
}


def config(**values: Any) -> NetworkConfig:
    return NetworkConfig.model_validate({**MINIMUM, **values})


def network(**values: Any) -> Graph:
    return record(lambda: Network("network", config(**values), site=SITE, keys=KEYS))


def vpc_of(**values: Any) -> tuple[Graph, Vpc]:
    seen: list[Vpc] = []
    graph = record(
        lambda: seen.append(Network("network", config(**values), site=SITE, keys=KEYS).vpc)
    )
    return graph, seen[0]


def routes(graph: Graph, table: str) -> dict[str, str]:
    """Where the table sends what: destination to target."""
    return {
        route.inputs["destinationCidrBlock"]: next(
            route.inputs[key]
            for key in ("gatewayId", "natGatewayId", "networkInterfaceId")
            if key in route.inputs
        )
        for route in graph.of(ROUTE)
        if route.inputs["routeTableId"] == f"{table}-id"
    }


def table_of(graph: Graph, subnet: Node) -> str:
    (association,) = (
        one for one in graph.of(ASSOCIATION) if one.inputs["subnetId"] == f"{subnet.name}-id"
    )
    return str(association.inputs["routeTableId"]).removesuffix("-id")


def subnets(graph: Graph, tier: str) -> list[Node]:
    return [one for one in graph.of(SUBNET) if one.name.startswith(f"network-{tier}-")]


def statements(policy: str) -> dict[str, dict[str, Any]]:
    return {one["Sid"]: one for one in json.loads(policy)["Statement"]}
