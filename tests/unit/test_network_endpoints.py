"""Ways to AWS inside the VPC: who they reach, who may use them, and for what."""

import json

import pytest

from components.network.config import INTERFACE_SERVICES
from components.network.endpoint_policies import OWN_RESOURCES_ONLY, WITHOUT_POLICY
from tests.graph import Graph, Node
from tests.unit import network_graph as net

OURS = {"aws:PrincipalAccount": "111111111111"}


@pytest.fixture(scope="module")
def graph() -> Graph:
    return net.network(
        nat="none",
        zones=["a", "b", "c"],
        interface_endpoints=list(INTERFACE_SERVICES),
        public_buckets=["vendor-downloads"],
    )


def _interfaces(graph: Graph) -> dict[str, Node]:
    return {
        one.inputs["serviceName"].removeprefix("com.amazonaws.eu-west-1."): one
        for one in graph.of(net.ENDPOINT)
        if one.inputs["vpcEndpointType"] == "Interface"
    }


def _policy(graph: Graph, name: str) -> dict[str, dict]:
    return net.statements(graph.named(name, net.ENDPOINT).inputs["policy"])


def test_s3_and_dynamodb_are_in_every_table_of_the_inner_tiers(graph: Graph):
    tables = {
        "network-private-a-routes-id",
        "network-private-b-routes-id",
        "network-private-c-routes-id",
        "network-isolated-routes-id",
    }
    for service in ("s3", "dynamodb"):
        endpoint = graph.named(f"network-{service}", net.ENDPOINT)
        assert endpoint.inputs["serviceName"] == f"com.amazonaws.eu-west-1.{service}"
        assert endpoint.inputs["vpcEndpointType"] == "Gateway"
        assert set(endpoint.inputs["routeTableIds"]) == tables


def test_gateways_are_there_without_being_asked_for():
    plain = net.network()
    assert {one.name for one in plain.of(net.ENDPOINT)} == {"network-s3", "network-dynamodb"}
    assert not list(plain.of(net.SECURITY_GROUP))


def test_each_chosen_service_answers_to_its_own_name_in_every_zone(graph: Graph):
    interfaces = _interfaces(graph)
    assert set(interfaces) == set(INTERFACE_SERVICES)
    for endpoint in interfaces.values():
        assert endpoint.inputs["privateDnsEnabled"] is True
        assert endpoint.inputs["subnetIds"] == [f"network-private-{x}-id" for x in "abc"]
    vpc = graph.only("aws:ec2/vpc:Vpc")
    assert vpc.inputs["enableDnsSupport"] is vpc.inputs["enableDnsHostnames"] is True


def test_they_take_https_from_the_vpc_and_nothing_else(graph: Graph):
    rule = graph.only(net.INGRESS)
    assert rule.inputs["cidrIpv4"] == "10.20.0.0/16"
    assert rule.inputs["ipProtocol"] == "tcp"
    assert (rule.inputs["fromPort"], rule.inputs["toPort"]) == (443, 443)
    assert not list(graph.of(net.EGRESS))
    for endpoint in _interfaces(graph).values():
        assert endpoint.inputs["securityGroupIds"] == ["network-endpoints-id"]


def test_every_way_is_for_this_account_and_aws_itself(graph: Graph):
    for endpoint in graph.of(net.ENDPOINT):
        if endpoint.name.removeprefix("network-") in WITHOUT_POLICY:
            assert "policy" not in endpoint.inputs
            continue
        policy = net.statements(endpoint.inputs["policy"])
        exceptions = policy.keys() - {"OursToOurs", "OursToAny", "AwsItself"}
        assert exceptions <= {"PublicSoftware", "TokensForOurRoles"}, endpoint.name
        ours = policy.get("OursToOurs") or policy["OursToAny"]
        assert ours["Condition"]["StringEquals"] == OURS
        assert policy["AwsItself"]["Condition"] == {"Bool": {"aws:PrincipalIsAWSService": "true"}}


@pytest.mark.parametrize("name", ["s3", "dynamodb", *sorted(OWN_RESOURCES_ONLY)])
def test_data_goes_to_what_this_account_owns(graph: Graph, name: str):
    policy = _policy(graph, f"network-{name}")
    assert policy["OursToOurs"]["Condition"]["StringEqualsIfExists"] == {
        "aws:ResourceAccount": "111111111111"
    }
    assert "OursToAny" not in policy


@pytest.mark.parametrize("name", ["ecr-api", "ecr-dkr", "ec2", "ssm", "eks"])
def test_what_nodes_need_of_aws_itself_is_not_cut_off(graph: Graph, name: str):
    # Images of add-ons, machine images and public parameters belong to accounts of AWS.
    assert "OursToAny" in _policy(graph, f"network-{name}")


def test_strangers_write_nowhere_through_s3(graph: Graph):
    policy = _policy(graph, "network-s3")
    open_to_all = [
        one
        for one in policy.values()
        if "aws:PrincipalAccount" not in json.dumps(one) and one["Sid"] != "AwsItself"
    ]
    assert [one["Sid"] for one in open_to_all] == ["PublicSoftware"]
    assert policy["PublicSoftware"]["Action"] == ["s3:GetObject"]
    assert all(arn.endswith("/*") for arn in policy["PublicSoftware"]["Resource"])


@pytest.mark.parametrize(
    "bucket",
    [
        "prod-eu-west-1-starport-layer-bucket",
        "al2023-repos-eu-west-1-de612dc2",
        "prod-registry-k8s-io-*",
        "vendor-downloads",
    ],
)
def test_nodes_can_fetch_images_and_packages(graph: Graph, bucket: str):
    assert f"arn:aws:s3:::{bucket}/*" in _policy(graph, "network-s3")["PublicSoftware"]["Resource"]


def test_dynamodb_has_no_public_exception(graph: Graph):
    assert set(_policy(graph, "network-dynamodb")) == {"OursToOurs", "AwsItself"}


def test_a_pod_with_a_token_can_become_a_role_of_this_account_and_no_other(graph: Graph):
    tokens = _policy(graph, "network-sts")["TokensForOurRoles"]
    assert tokens["Resource"] == ["arn:aws:iam::111111111111:role/*"]
    assert "sts:AssumeRole" not in tokens["Action"]


def test_a_policy_fits_into_what_aws_takes(graph: Graph):
    for endpoint in graph.of(net.ENDPOINT):
        assert len(endpoint.inputs.get("policy", "")) < 20_480
