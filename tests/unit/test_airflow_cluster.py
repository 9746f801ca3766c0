"""The cluster of either kind: who reaches it, what waits for what, what its parts may do."""

import json
from typing import Any

import pulumi
import pytest
from pydantic import ValidationError

from components.naming import Site
from tests.graph import Graph, record
from tests.unit.airflow_cluster_graph import (
    ADDON,
    ARN,
    ATTACHMENT,
    AUTO_MODE,
    CLUSTER,
    COMPUTED,
    GROUP,
    IDENTITY,
    MANAGED,
    MARKER,
    NAME,
    NODE_CLASS,
    NODE_POOL,
    POLICY,
    RELEASE,
    TEMPLATE,
    cluster,
    statements,
    waits_for,
)
from tests.unit.airflow_stack import SITE, config

KINDS = {"managed": MANAGED, "auto_mode": AUTO_MODE}
OFFICE = {"kind": "public", "cidrs": ["203.0.113.0/24"]}
DEPLOYER = "arn:aws:iam::123456789012:role/ci/deploy"
OPERATORS = "arn:aws:iam::123456789012:role/operators"


@pytest.fixture(scope="module")
def managed() -> Graph:
    return cluster(MANAGED)


@pytest.fixture(scope="module")
def auto_mode() -> Graph:
    return cluster(AUTO_MODE)


@pytest.fixture(scope="module", params=KINDS)
def either(request: pytest.FixtureRequest) -> Graph:
    return request.getfixturevalue(request.param)


def test_a_private_endpoint_is_not_reachable_from_outside(either: Graph):
    inputs = either.only(CLUSTER).inputs
    assert inputs["endpointPrivateAccess"] is True
    assert inputs["endpointPublicAccess"] is False
    # pulumi_eks refuses networks beside a closed endpoint.
    assert "publicAccessCidrs" not in inputs


def test_a_public_endpoint_answers_only_the_networks_that_are_named():
    inputs = cluster(MANAGED, endpoint=OFFICE).only(CLUSTER).inputs
    assert inputs["endpointPublicAccess"] is True
    assert inputs["publicAccessCidrs"] == ["203.0.113.0/24"]
    assert inputs["endpointPrivateAccess"] is True, "nodes need no way over the internet"


@pytest.mark.parametrize("world", ["0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1"])
def test_a_public_endpoint_for_the_world_is_refused(world: str):
    with pytest.raises(ValidationError, match="nearly everyone: name your networks"):
        config(endpoint={"kind": "public", "cidrs": [world]})


def test_the_control_plane_is_encrypted_guarded_and_never_pays_for_extended_support():
    inputs = cluster(MANAGED, deletion_protection=True).only(CLUSTER).inputs
    assert inputs["name"] == NAME
    assert inputs["encryptionConfigKeyArn"] == "arn:key:secrets"
    assert inputs["deletionProtection"] is True
    assert inputs["upgradePolicy"] == {"supportType": "STANDARD"}
    assert inputs["authenticationMode"] == "API"


def test_its_log_is_there_before_it_with_an_end_and_our_key(either: Graph):
    log = either.only("aws:cloudwatch/logGroup:LogGroup")
    assert log.inputs["name"] == f"/aws/eks/{NAME}/cluster", "or EKS makes another"
    assert log.inputs["retentionInDays"] == 7
    assert log.inputs["kmsKeyId"] == "arn:key:logs"
    assert waits_for(either, either.only(CLUSTER), "cluster-log")
    assert either.only(CLUSTER).inputs["enabledClusterLogTypes"] == [
        "api",
        "audit",
        "authenticator",
    ]


def test_each_admin_has_one_entry_whose_name_does_not_move_with_the_others():
    graph = cluster(MANAGED, admins=[OPERATORS, DEPLOYER], deploy_role=DEPLOYER)
    entries = graph.only(CLUSTER).inputs["accessEntries"]
    assert {name: entry["principalArn"] for name, entry in entries.items()} == {
        "123456789012-operators": OPERATORS,
        "123456789012-ci-deploy": DEPLOYER,
    }
    for entry in entries.values():
        policy = entry["accessPolicies"]["admin"]
        assert policy["policyArn"].endswith("AmazonEKSClusterAdminPolicy")
        assert policy["accessScope"] == {"type": "cluster"}
    assert graph.only(CLUSTER).inputs["providerCredentialOpts"] == {"roleArn": DEPLOYER}


def test_there_is_no_security_group_of_ours_to_trip_over_in_a_destroy(either: Graph):
    assert either.only(CLUSTER).inputs["skipDefaultSecurityGroups"] is True
    assert not [node for node in either.nodes.values() if "securityGroup" in node.type]
    assert either.named("cluster", "shop:components:EksCluster").outputs == {
        "name": NAME,
        "security_group_id": "sg-1",
    }


def test_a_kubeconfig_that_a_preview_does_not_know_replaces_nothing(either: Graph):
    provider = either.only("pulumi:providers:kubernetes")
    assert provider.inputs["clusterIdentifier"] == NAME
    assert waits_for(either, provider, "cluster-eks")


def test_network_policies_are_enforced(managed: Graph, auto_mode: Graph):
    assert managed.only(CLUSTER).inputs["vpcCniOptions"] == {"enableNetworkPolicy": True}
    switch = auto_mode.only("kubernetes:core/v1:ConfigMap").inputs
    assert switch["metadata"] == {"name": "amazon-vpc-cni", "namespace": "kube-system"}
    assert switch["data"] == {"enable-network-policy-controller": "true"}
    assert auto_mode.only(NODE_CLASS).inputs["spec"]["networkPolicy"] == "DefaultAllow"


def test_groups_wait_for_the_network_add_on_and_every_policy_of_their_role(managed: Graph):
    policies = {node.name for node in managed.of(ATTACHMENT)}
    assert len(policies) == 3
    for group in managed.of(GROUP):
        assert waits_for(managed, group, "cluster-eks")
        for policy in policies:
            assert waits_for(managed, group, policy), f"{group.name} without {policy}"


def test_add_ons_are_made_in_an_order_that_ends(managed: Graph):
    dns = managed.named("cluster-coredns", ADDON)
    agent = managed.named("cluster-eks-pod-identity-agent", ADDON)
    assert waits_for(managed, dns, "cluster-core"), "without a node it gives up after 20 minutes"
    assert waits_for(managed, managed.named("cluster-metrics-server", ADDON), "cluster-core")
    assert not waits_for(managed, agent, "cluster-core"), "pods have roles from the first on"
    assert managed.only(CLUSTER).inputs["corednsAddonOptions"] == {"enabled": False}
    for add_on in managed.of(ADDON):
        assert add_on.inputs["addonVersion"] == "v1.2.3"
        assert not waits_for(managed, add_on, "cluster-tasks"), "a group of no nodes runs nothing"


def test_auto_mode_brings_its_own_dns_network_and_agent(auto_mode: Graph):
    assert [node.inputs["addonName"] for node in auto_mode.of(ADDON)] == ["metrics-server"]
    assert auto_mode.only(CLUSTER).inputs["corednsAddonOptions"] == {"enabled": False}
    assert auto_mode.only(CLUSTER).inputs["autoMode"] == {
        "enabled": True,
        "createNodeRole": False,
        "computeConfig": {
            "nodePools": ["general-purpose", "system"],
            "nodeRoleArn": "arn:aws:mock:::cluster-node-role",
        },
    }
    assert not list(auto_mode.of(GROUP))


def test_core_nodes_are_on_demand_and_task_nodes_are_spot_from_zero(managed: Graph):
    core, tasks = (managed.named(f"cluster-{name}", GROUP).inputs for name in ("core", "tasks"))
    assert core["capacityType"] == "ON_DEMAND"
    assert core["scalingConfig"] == {"minSize": 2, "desiredSize": 2, "maxSize": 4}
    assert "taints" not in core
    assert tasks["capacityType"] == "SPOT"
    assert tasks["scalingConfig"] == {"minSize": 0, "desiredSize": 0, "maxSize": 10}
    assert tasks["taints"] == [{"key": "airflow-tasks", "value": "true", "effect": "NO_SCHEDULE"}]
    assert tasks["subnetIds"] == ["private-a", "private-b"]


def test_the_autoscaler_may_ask_what_a_node_of_an_empty_group_would_be_like(managed: Graph):
    ask = statements(managed, "cluster-autoscaler-role-policy")["DescribeGroups"]
    assert ask["Action"] == ["eks:DescribeNodegroup"]
    assert ask["Resource"] == [f"arn:aws:eks:eu-west-1:123456789012:nodegroup/{NAME}/*/*"]
    assert managed.named("cluster-tasks", GROUP).inputs["labels"] == {"workload": "airflow-tasks"}


def test_arm_types_get_the_image_for_arm():
    arm = {**MANAGED, "core": {"instance_types": ["m7g.large", "t4g.large"], "min": 1, "max": 2}}
    graph = cluster(arm)
    assert graph.named("cluster-core", GROUP).inputs["amiType"] == "AL2023_ARM_64_STANDARD"
    assert graph.named("cluster-tasks", GROUP).inputs["amiType"] == "AL2023_x86_64_STANDARD"


def test_a_group_of_both_architectures_is_refused():
    mixed = {**MANAGED, "core": {"instance_types": ["m7g.large", "m6i.large"], "min": 1, "max": 2}}
    with pytest.raises(ValidationError, match=r"core.instance_types m7g.large, m6i.large mix ARM"):
        config(nodes=mixed)


def test_nodes_and_their_disks_and_interfaces_carry_our_tags(managed: Graph, auto_mode: Graph):
    for template in managed.of(TEMPLATE):
        tagged = {one["resourceType"]: one["tags"] for one in template.inputs["tagSpecifications"]}
        assert set(tagged) == {"instance", "volume", "network-interface"}
        for tags in tagged.values():
            assert tags["environment"] == "test"
            assert tags["project"] == "shop"
    tags = auto_mode.only(NODE_CLASS).inputs["spec"]["tags"]
    assert tags == {
        "Name": f"{NAME}-tasks",
        "project": "shop",
        "environment": "test",
        "component": "airflow",
    }


def test_auto_mode_may_put_our_tags_on_this_clusters_nodes_only(auto_mode: Graph):
    tagging = statements(auto_mode, "cluster-tagging")
    for statement in tagging.values():
        of_cluster = statement["Condition"]["StringEquals"]
        assert of_cluster == {"aws:RequestTag/eks:eks-cluster-name": NAME}
        assert all(
            arn.startswith("arn:aws:ec2:eu-west-1:123456789012:") for arn in statement["Resource"]
        )
    assert "ec2:RunInstances" in tagging["TagNodes"]["Action"]
    assert waits_for(auto_mode, auto_mode.only(NODE_CLASS), "cluster-tagging"), (
        "a node that carries a tag it may not is refused"
    )


def test_a_pod_does_not_reach_the_role_of_its_node(managed: Graph):
    for template in managed.of(TEMPLATE):
        options = template.inputs["metadataOptions"]
        assert options["httpTokens"] == "required"
        assert options["httpPutResponseHopLimit"] == 1


def test_disks_are_encrypted_and_go_with_their_node(managed: Graph):
    (disk,) = managed.named("cluster-core-template", TEMPLATE).inputs["blockDeviceMappings"]
    assert disk["ebs"]["encrypted"] == "true"
    assert disk["ebs"]["deleteOnTermination"] == "true"
    assert disk["ebs"]["volumeSize"] == 60


def test_the_pool_of_tasks_has_a_brake_and_spares_running_tasks(auto_mode: Graph):
    pool = auto_mode.only(NODE_POOL).inputs
    assert pool["apiVersion"] == "karpenter.sh/v1"
    spec = pool["spec"]
    assert spec["limits"] == {"cpu": "64"}
    assert spec["disruption"]["consolidationPolicy"] == "WhenEmpty"
    wanted = {one["key"]: one["values"] for one in spec["template"]["spec"]["requirements"]}
    assert wanted["karpenter.sh/capacity-type"] == ["spot"]
    assert (
        spec["template"]["spec"]["nodeClassRef"]["name"]
        == (auto_mode.only(NODE_CLASS).inputs["metadata"]["name"])
    )


def test_task_nodes_of_auto_mode_may_join_before_they_come(auto_mode: Graph):
    entry = auto_mode.only("aws:eks/accessEntry:AccessEntry")
    assert entry.inputs["type"] == "EC2"
    assert entry.inputs["principalArn"] == "arn:aws:mock:::cluster-tasks-node-role"
    node_class = auto_mode.only(NODE_CLASS)
    assert node_class.inputs["spec"]["role"] == "cluster-tasks-node-role"
    assert node_class.inputs["spec"]["securityGroupSelectorTerms"] == [{"id": "sg-1"}]
    assert waits_for(auto_mode, node_class, "cluster-tasks-access-policy")
    assert waits_for(auto_mode, auto_mode.only(NODE_POOL), "cluster-tasks-class")


@pytest.mark.parametrize("nodes", KINDS.values(), ids=KINDS)
def test_task_pods_find_the_task_nodes_and_only_they_do(nodes: dict[str, Any]):
    seen = _handle(nodes)
    assert seen["selector"] == {"workload": "airflow-tasks"}
    assert seen["tolerations"] == [
        {"key": "airflow-tasks", "operator": "Exists", "effect": "NoSchedule"}
    ]
    graph = cluster(nodes)
    if nodes is MANAGED:
        labels = graph.named("cluster-tasks", GROUP).inputs["labels"]
    else:
        template = graph.only(NODE_POOL).inputs["spec"]["template"]
        labels = template["metadata"]["labels"]
        assert template["spec"]["taints"][0]["key"] == "airflow-tasks"
    assert labels == seen["selector"]


def test_the_autoscaler_resizes_the_groups_of_this_cluster_and_no_others(managed: Graph):
    resize = statements(managed, "cluster-autoscaler-role-policy")["Resize"]
    assert resize["Condition"]["StringEquals"] == {
        f"aws:ResourceTag/k8s.io/cluster-autoscaler/{NAME}": "owned"
    }
    (arn,) = resize["Resource"]
    assert arn.startswith("arn:aws:autoscaling:eu-west-1:123456789012:autoScalingGroup:")


def test_what_the_autoscaler_may_everywhere_is_only_to_describe(managed: Graph):
    everywhere = [
        statement
        for node in managed.of(POLICY)
        for statement in statements(managed, node.name).values()
        if "*" in statement["Resource"]
    ]
    (describe,) = everywhere
    assert all(
        action.partition(":")[2].startswith(("Describe", "Get")) for action in describe["Action"]
    )
    assert describe["Condition"] == {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}


def test_the_autoscaler_runs_the_clusters_version_on_core_nodes_with_its_role(managed: Graph):
    release = managed.only(RELEASE)
    values = release.inputs["values"]
    assert values["image"] == {"tag": "v1.35.0"}
    assert values["autoDiscovery"] == {"clusterName": NAME}
    assert values["nodeSelector"] == {"workload": "airflow-core"}
    association = managed.only(IDENTITY).inputs
    assert values["rbac"]["serviceAccount"]["name"] == association["serviceAccount"]
    assert release.inputs["namespace"] == association["namespace"] == "kube-system"
    for needed in ("cluster-autoscaler-identity", "cluster-coredns", "cluster-core"):
        assert waits_for(managed, release, needed)


def test_a_pods_role_is_for_one_service_account_of_this_cluster(managed: Graph):
    role = managed.named("cluster-autoscaler-role", "aws:iam/role:Role")
    (trust,) = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
    assert trust["Principal"] == {"Service": "pods.eks.amazonaws.com"}
    assert trust["Action"] == ["sts:AssumeRole", "sts:TagSession"]
    assert trust["Condition"]["StringEquals"] == {
        "aws:RequestTag/eks-cluster-arn": ARN,
        "aws:RequestTag/kubernetes-namespace": "kube-system",
        "aws:RequestTag/kubernetes-service-account": "cluster-autoscaler",
    }


def test_everything_in_the_cluster_goes_before_it_and_the_markers_stand_between(either: Graph):
    drained = either.named("cluster-drained", MARKER)
    for part in either.nodes.values():
        if part.type in (ADDON, GROUP, NODE_POOL, RELEASE):
            assert waits_for(either, drained, part.name), f"{part.name} would go first"
    assert waits_for(either, either.only(CLUSTER), "cluster-swept")
    swept = either.named("cluster-swept", MARKER)
    assert swept.inputs["input"]["subnets"] == ["private-a", "private-b"]


@pytest.mark.parametrize("nodes", KINDS.values(), ids=KINDS)
def test_pods_wait_for_the_marker_that_is_drained_after_them(nodes: dict[str, Any]):
    assert _handle(nodes)["ready"][0] == "cluster-drained"


def test_a_name_too_long_for_eks_is_refused():
    site = Site(prefix="s" * 92, env="test", account_id="123456789012", region="eu-west-1")
    with pytest.raises(ValueError, match=r"eks name .* has 105 characters, the limit is 100"):
        site.name("eks", "airflow")


def _handle(nodes: dict[str, Any]) -> dict[str, Any]:
    """What the cluster gives out."""
    seen: dict[str, Any] = {}

    def build() -> None:
        from components.airflow.cluster import EksCluster
        from tests.unit.airflow_stack import KEYS, vpc

        made = EksCluster("cluster", config(nodes=nodes), site=SITE, vpc=vpc(), keys=KEYS).cluster
        seen["selector"] = dict(made.task_selector)
        seen["tolerations"] = [dict(one) for one in made.task_tolerations]
        seen["ready"] = [pulumi_name(one) for one in made.ready]

    record(
        build,
        computed=COMPUTED,
        calls={"aws:eks/getAddonVersion:getAddonVersion": {"id": "a", "version": "v1.2.3"}},
    )
    return seen


def pulumi_name(resource: pulumi.Resource) -> str:
    return resource.pulumi_resource_name
