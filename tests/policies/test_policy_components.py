"""The rules before components that not every stack has: our network, and our Airflow."""

import pytest

from components.network.network import Network
from tests.graph import stack_file
from tests.policies.bench import GONE, Bench, bench, broken
from tests.unit import airflow_stack, network_graph

NODES = "aws:ec2/launchTemplate:LaunchTemplate"


@pytest.mark.parametrize("nat", ["none", "instance", "single", "per_zone"])
def test_our_network_keeps_the_rules_whatever_its_way_out(nat):
    checked = bench(our_network(nat))
    assert list(checked.graph.of("aws:ec2/vpc:Vpc"))
    assert broken(checked) == set()


def test_our_network_without_its_endpoint_for_s3_breaks_one():
    checked = bench(our_network("single"))
    (s3,) = (
        node
        for node in checked.graph.of("aws:ec2/vpcEndpoint:VpcEndpoint")
        if node.inputs["serviceName"].endswith(".s3")
    )
    spoilt = checked.without(s3.name, s3.type)
    assert broken(spoilt) == {("private-path-to-aws", "network-vpc")}


def our_network(nat: str):
    config = network_graph.config(nat=nat)
    return lambda: Network("network", config, site=network_graph.SITE, keys=network_graph.KEYS)


@pytest.fixture(scope="module")
def airflow() -> Bench:
    """Our Airflow as prod would have it."""
    nodes = {
        "kind": "managed",
        "core": {"instance_types": ["m7g.large"], "min": 2, "max": 4},
        "tasks": {"instance_types": ["m7g.large", "m6g.large"], "max": 10},
    }
    kept = airflow_stack.database(retain=True, backup_days=14, multi_az=True)
    graph = airflow_stack.airflow(deletion_protection=True, nodes=nodes, database=kept)
    return Bench(stack="prod", graph=graph, config=stack_file("prod"))


EKS = "eks:index:Cluster"


@pytest.mark.parametrize(
    ("rule", "type_", "path", "change"),
    [
        ("encrypted-at-rest", "aws:rds/instance:Instance", "storageEncrypted", False),
        ("backups", "aws:rds/instance:Instance", "backupRetentionPeriod", 1),
        ("no-data-loss-switches", "aws:rds/instance:Instance", "skipFinalSnapshot", True),
        ("deletion-protection", "aws:rds/instance:Instance", "protect", False),
        ("no-public-endpoints", EKS, "endpointPublicAccess", True),
        ("customer-managed-keys", EKS, "encryptionConfigKeyArn", GONE),
        ("clusters-audited", EKS, "enabledClusterLogTypes", ["api"]),
    ],
)
def test_a_rule_fires_where_our_airflow_breaks_it(airflow, rule, type_, path, change):
    node = airflow.graph.only(type_)
    spoilt = airflow.changed(node.name, type_, path, change)
    assert spoilt.newly_broken(airflow) == {(rule, node.name)}


def test_the_machines_of_our_airflow_ask_for_a_token(airflow):
    templates = list(airflow.graph.of(NODES))
    assert templates
    for one in templates:
        spoilt = airflow.changed(one.name, NODES, "metadataOptions.httpTokens", "optional")
        assert spoilt.newly_broken(airflow) == {("metadata-needs-a-token", one.name)}


def test_cluster_database_and_machines_of_our_airflow_keep_the_rules(airflow):
    of_interest = {"eks:index:Cluster", "aws:rds/instance:Instance", NODES}
    urns = {node.urn for type_ in of_interest for node in airflow.graph.of(type_)}
    assert [one for one in airflow.verdict(entries=[]).violations if one.urn in urns] == []
