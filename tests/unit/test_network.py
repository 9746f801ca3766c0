"""The tiers of a network, how each leaves the VPC, and what a change of mode may touch."""

from itertools import product

import pulumi
import pytest

from components.network.cidr import LETTERS, Tier, subnet_network
from tests.graph import Graph, record
from tests.unit import network_graph as net

MODES = ("none", "instance", "single", "per_zone")
# What a change between the modes that have a NAT may add, remove or change.
OF_A_MODE = {
    net.ROUTE,
    net.GATEWAY,
    net.ADDRESS,
    net.INTERFACE,
    net.TEMPLATE,
    net.GROUP,
    net.SECURITY_GROUP,
    net.INGRESS,
    net.EGRESS,
}


@pytest.fixture(scope="module")
def modes() -> dict[str, Graph]:
    return {mode: net.network(nat=mode, zones=["a", "b", "c"]) for mode in MODES}


def test_each_zone_has_its_subnets_where_the_arithmetic_says(modes: dict[str, Graph]):
    for tier, letter in product(Tier, LETTERS[:3]):
        subnet = modes["single"].named(f"network-{tier}-{letter}", net.SUBNET)
        assert subnet.inputs["cidrBlock"] == str(subnet_network("10.20.0.0/16", tier, letter))
        assert subnet.inputs["availabilityZone"] == f"eu-west-1{letter}"
    assert len(list(modes["single"].of(net.SUBNET))) == 9


def test_nothing_gets_a_public_address_by_itself(modes: dict[str, Graph]):
    for graph in modes.values():
        assert all(one.inputs["mapPublicIpOnLaunch"] is False for one in graph.of(net.SUBNET))


def test_only_the_public_tier_is_routed_to_the_internet_gateway(modes: dict[str, Graph]):
    graph = modes["single"]
    for subnet in net.subnets(graph, "public"):
        table = net.table_of(graph, subnet)
        assert net.routes(graph, table) == {"0.0.0.0/0": "network-internet-id"}
    to_internet = [one for one in graph.of(net.ROUTE) if "gatewayId" in one.inputs]
    assert [one.inputs["routeTableId"] for one in to_internet] == ["network-public-routes-id"]


def test_databases_have_no_route_out_in_any_mode(modes: dict[str, Graph]):
    for graph in modes.values():
        for subnet in net.subnets(graph, "isolated"):
            assert net.table_of(graph, subnet) == "network-isolated-routes"
        assert net.routes(graph, "network-isolated-routes") == {}


def test_per_zone_sends_each_zone_through_a_gateway_of_its_own(modes: dict[str, Graph]):
    graph = modes["per_zone"]
    assert len(list(graph.of(net.GATEWAY))) == 3
    assert len(list(graph.of(net.ADDRESS))) == 3
    for letter in "abc":
        gateway = graph.named(f"network-nat-{letter}", net.GATEWAY)
        assert gateway.inputs["subnetId"] == f"network-public-{letter}-id"
        assert gateway.inputs["allocationId"] == f"network-nat-{letter}-address-id"
        out = net.routes(graph, f"network-private-{letter}-routes")
        assert out == {"0.0.0.0/0": f"network-nat-{letter}-id"}


def test_single_sends_all_zones_through_one_gateway(modes: dict[str, Graph]):
    graph = modes["single"]
    assert graph.only(net.GATEWAY).name == "network-nat-a"
    for letter in "abc":
        out = net.routes(graph, f"network-private-{letter}-routes")
        assert out == {"0.0.0.0/0": "network-nat-a-id"}


def test_instance_sends_all_zones_to_one_network_interface(modes: dict[str, Graph]):
    graph = modes["instance"]
    assert not list(graph.of(net.GATEWAY))
    for letter in "abc":
        out = net.routes(graph, f"network-private-{letter}-routes")
        assert out == {"0.0.0.0/0": "network-nat-interface-id"}


def test_without_nat_there_is_nothing_public_and_no_way_out(modes: dict[str, Graph]):
    graph = modes["none"]
    assert not list(graph.of(net.INTERNET))
    assert not list(graph.of(net.ROUTE))
    assert not net.subnets(graph, "public")
    assert graph.only(net.COMPONENT).outputs["public_subnet_ids"] == []
    assert len(net.subnets(graph, "private")) == 3


def test_a_gateway_waits_for_the_way_to_the_internet(modes: dict[str, Graph]):
    for graph in (modes["single"], modes["per_zone"]):
        for gateway in graph.of(net.GATEWAY):
            assert graph.reaches(gateway, net.INTERNET)
            assert graph.reaches(gateway, net.ASSOCIATION)


@pytest.mark.parametrize(("before", "after"), [("instance", "single"), ("single", "per_zone")])
def test_another_nat_moves_routes_and_nats_and_nothing_else(
    modes: dict[str, Graph], before: str, after: str
):
    old, new = modes[before].nodes, modes[after].nodes
    changed = old.keys() ^ new.keys() | {
        urn for urn in old.keys() & new.keys() if old[urn].inputs != new[urn].inputs
    }
    assert {(old.get(urn) or new[urn]).type for urn in changed} <= OF_A_MODE
    kept = {urn for urn, node in old.items() if node.type == net.ROUTE}
    assert kept == {urn for urn, node in new.items() if node.type == net.ROUTE}


def test_from_nothing_to_a_nat_the_inner_subnets_stay(modes: dict[str, Graph]):
    nothing, nat = modes["none"].nodes, modes["single"].nodes
    assert nothing.keys() < nat.keys()
    assert all(node.inputs == nat[urn].inputs for urn, node in nothing.items())


def test_a_new_zone_leaves_the_subnets_of_the_others_alone():
    two = net.network(zones=["b", "d"])
    four = net.network(zones=["d", "a", "c", "b"])
    before = {one.urn: one.inputs for one in two.of(net.SUBNET)}
    after = {one.urn: one.inputs for one in four.of(net.SUBNET)}
    assert before.items() <= after.items()
    assert len(after) == 2 * len(before)


def test_the_order_of_the_zones_says_nothing():
    one, other = net.network(zones=["b", "a"]), net.network(zones=["a", "b"])
    assert {urn: node.inputs for urn, node in one.nodes.items()} == {
        urn: node.inputs for urn, node in other.nodes.items()
    }


def test_whoever_uses_a_subnet_waits_for_its_way_out():
    # Nodes that start before could not join their cluster; nodes that end after the way is gone
    # could not leave it.
    def build() -> None:
        vpc = net.Network("network", net.config(), site=net.SITE, keys=net.KEYS).vpc
        for tier in ("private", "isolated", "public"):
            ids = getattr(vpc, f"{tier}_subnet_ids")
            pulumi.CustomResource("test:index:Pod", tier, {"subnetId": ids[0]})

    graph = record(build)
    private, isolated, public = (
        graph.named(tier, "test:index:Pod") for tier in ("private", "isolated", "public")
    )
    assert private.inputs["subnetId"] == "network-private-a-id"
    assert {graph.nodes[urn].name for urn in private.depends_on} >= {
        "network-private-a",
        "network-private-a-association",
        "network-private-a-out",
        "network-nat-a",
        "network-s3",
    }
    assert graph.reaches(isolated, net.ASSOCIATION)
    assert not graph.reaches(isolated, net.GATEWAY)
    assert graph.reaches(public, net.INTERNET)


def test_a_pod_waits_for_the_interface_endpoints():
    def build() -> None:
        config = net.config(nat="none", interface_endpoints=["sts"])
        vpc = net.Network("network", config, site=net.SITE, keys=net.KEYS).vpc
        pulumi.CustomResource("test:index:Pod", "pod", {"subnetId": vpc.private_subnet_ids[0]})

    graph = record(build)
    needed = {graph.nodes[urn].name for urn in graph.only("test:index:Pod").depends_on}
    assert "network-sts" in needed


def test_the_value_object_carries_what_the_component_registers():
    graph, vpc = net.vpc_of(nat="per_zone", zones=["a", "b", "c"])
    outputs = graph.only(net.COMPONENT).outputs
    assert vpc.cidr == outputs["cidr"] == "10.20.0.0/16"
    assert outputs["vpc_id"] == "network-vpc-id"
    for tier in Tier:
        ids = outputs[f"{tier}_subnet_ids"]
        assert ids == [f"network-{tier}-{letter}-id" for letter in "abc"]
        assert len(getattr(vpc, f"{tier}_subnet_ids")) == 3
    assert outputs["private_route_table_ids"] == [
        f"network-private-{letter}-routes-id" for letter in "abc"
    ]


def test_load_balancers_find_their_subnets_and_none_of_the_databases(modes: dict[str, Graph]):
    graph = modes["per_zone"]
    marks = {
        tier: {
            key
            for one in net.subnets(graph, tier)
            for key in one.inputs["tags"]
            if key.startswith("kubernetes.io/")
        }
        for tier in ("public", "private", "isolated")
    }
    assert marks == {
        "public": {"kubernetes.io/role/elb"},
        "private": {"kubernetes.io/role/internal-elb"},
        "isolated": set(),
    }


def test_the_default_security_group_lets_nothing_pass(modes: dict[str, Graph]):
    group = modes["single"].only("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")
    assert group.inputs["ingress"] == []
    assert group.inputs["egress"] == []
    assert group.inputs["vpcId"] == "network-vpc-id"


def test_nobody_comes_in_from_outside_the_vpc(modes: dict[str, Graph]):
    graphs = [*modes.values(), net.network(nat="none", interface_endpoints=["sts", "ec2"])]
    for graph in graphs:
        assert all(one.inputs["cidrIpv4"].startswith("10.20.") for one in graph.of(net.INGRESS))
        assert all("ingress" not in one.inputs for one in graph.of(net.SECURITY_GROUP))


def test_flows_are_recorded_with_retention_and_our_key(modes: dict[str, Graph]):
    for graph in modes.values():
        flows = graph.only("aws:ec2/flowLog:FlowLog")
        assert flows.inputs["vpcId"] == "network-vpc-id"
        assert flows.inputs["trafficType"] == "ALL"
        group = graph.only("aws:cloudwatch/logGroup:LogGroup")
        assert flows.inputs["logDestination"] == "arn:aws:mock:::network-flow-log"
        assert group.inputs["retentionInDays"] == 30
        assert group.inputs["kmsKeyId"] == "arn:logs"
        assert group.inputs["logGroupClass"] == "INFREQUENT_ACCESS"
        assert graph.reaches(flows, "aws:iam/rolePolicy:RolePolicy")


def test_the_role_of_flow_logs_writes_to_their_group_for_this_account_only(
    modes: dict[str, Graph],
):
    graph = modes["single"]
    grants = net.statements(graph.only("aws:iam/rolePolicy:RolePolicy").inputs["policy"])
    assert grants["WriteFlows"]["Resource"] == [
        "arn:aws:mock:::network-flow-log",
        "arn:aws:mock:::network-flow-log:log-stream:*",
    ]
    assert all("*" not in action for one in grants.values() for action in one["Action"])
    assert all("*" not in one["Resource"] for one in grants.values())
    (trusted,) = net.statements(graph.only("aws:iam/role:Role").inputs["assumeRolePolicy"]).values()
    assert trusted["Principal"] == {"Service": "vpc-flow-logs.amazonaws.com"}
    assert trusted["Condition"]["StringEquals"] == {"aws:SourceAccount": "111111111111"}


def test_everything_belongs_to_the_component_and_nothing_is_deprecated(modes: dict[str, Graph]):
    for graph in modes.values():
        component = graph.only(net.COMPONENT)
        assert all(
            node.parent == component.urn for node in graph.nodes.values() if node is not component
        )
        assert graph.warnings == []
