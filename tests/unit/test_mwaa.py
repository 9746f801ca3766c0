"""MWAA: private, with the DAGs of this commit and the names of this stack, and logs that end."""

import json

import pulumi
import pytest
from pydantic import ValidationError

from components.dag_delivery import DagDelivery, dag_files
from components.mwaa import Mwaa
from components.mwaa_config import MwaaConfig
from components.network.network import Network
from pipelines.places import from_json
from tests.graph import ROOT, Graph, record
from tests.unit import network_graph
from tests.unit.pipeline_graph import (
    KEYS,
    LOG_GROUP,
    PROTECTION,
    SITE,
    made,
    section,
    statements,
)

ENVIRONMENT = "aws:mwaa/environment:Environment"
OBJECT = "aws:s3/bucketObjectv2:BucketObjectv2"


@pytest.fixture(scope="module")
def graph() -> Graph:
    def build() -> None:
        config = section("mwaa", mwaa={"environment_class": "mw1.small", "log_retention_days": 14})
        vpc = Network("network", network_graph.config(), site=SITE, keys=KEYS).vpc
        pipeline = made(config)
        Mwaa(
            "mwaa", config.mwaa, site=SITE, vpc=vpc, keys=KEYS, protection=PROTECTION,
            pipeline=pipeline,
        )  # fmt: skip

    return record(build)


def test_the_environment_is_private_and_encrypted_with_our_key(graph: Graph):
    inputs = graph.only(ENVIRONMENT).inputs
    assert inputs["webserverAccessMode"] == "PRIVATE_ONLY"
    assert inputs["kmsKey"] == KEYS.data
    assert len(inputs["networkConfiguration"]["subnetIds"]) == 2
    assert inputs["environmentClass"] == "mw1.small"
    assert graph.reaches(graph.only(ENVIRONMENT), "aws:ec2/subnet:Subnet")


def test_its_logs_are_ours_before_it_makes_its_own(graph: Graph):
    groups = {
        node.inputs["name"]: node
        for node in graph.of(LOG_GROUP)
        if node.inputs["name"].startswith("airflow-shop-test-airflow-")
    }
    assert {name.rpartition("-")[2] for name in groups} == {
        "DAGProcessing", "Scheduler", "Task", "WebServer", "Worker",
    }  # fmt: skip
    assert {node.inputs["retentionInDays"] for node in groups.values()} == {14}
    assert graph.reaches(graph.only(ENVIRONMENT), LOG_GROUP)


def test_the_dags_of_the_commit_are_delivered_with_the_names_of_the_stack(graph: Graph):
    objects = {node.inputs["key"]: node.inputs for node in graph.of(OBJECT)}
    assert {"dags/daily_pipeline.py", "dags/weekly_sync.py", "dags/.airflowignore"} <= set(objects)
    assert "dags/pipelines/airflow_dag.py" in objects
    assert not [key for key in objects if "commands" in key]
    places = from_json(objects["dags/places.json"]["content"])
    # MWAA takes no image: commands run in Lambda.
    assert places.runner_function == "shop-test-pipeline-runner"
    assert graph.reaches(graph.only(ENVIRONMENT), OBJECT)


def test_on_eks_the_same_objects_fill_the_bucket_of_the_dags():
    def build() -> None:
        places = pulumi.Output.from_input("{}")
        DagDelivery("dags", bucket="shop-test-airflow-dags", places=places)

    graph = record(build)
    keys = {node.inputs["key"] for node in graph.of(OBJECT)}
    assert keys == {*dag_files(), "places.json"}
    assert {node.inputs["bucket"] for node in graph.of(OBJECT)} == {"shop-test-airflow-dags"}


def test_what_is_delivered_imports_nothing_that_is_not():
    delivered = set(dag_files())
    for path in dag_files().values():
        if not path.endswith(".py"):
            continue
        for line in (ROOT / path).read_text().splitlines():
            if line.startswith(("from pipelines", "import pipelines")):
                module = line.split()[1].replace(".", "/")
                assert {f"{module}.py", f"{module}/__init__.py"} & delivered, line


def test_its_role_is_trusted_for_this_account_and_narrow_where_aws_can_be(graph: Graph):
    granted = statements(graph, "mwaa-role")
    environment = "arn:aws:airflow:eu-west-1:123456789012:environment/shop-test-airflow"
    assert granted["PublishMetrics"]["Resource"] == [environment]
    assert [sid for sid, one in granted.items() if "*" in one["Resource"]] == ["AccountWide"]
    assert "lambda:InvokeFunction" in granted["RunCommands"]["Action"]
    role = graph.named("mwaa-role", "aws:iam/role:Role")
    (trusted,) = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
    assert trusted["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}


def test_only_its_own_parts_and_the_vpc_reach_it(graph: Graph):
    rules = {
        node.name: node.inputs
        for node in graph.of("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
        if node.name.startswith("mwaa")
    }
    assert rules["mwaa-people"]["cidrIpv4"] == "10.20.0.0/16"
    assert rules["mwaa-people"]["fromPort"] == rules["mwaa-people"]["toPort"] == 443
    assert rules.keys() == {"mwaa-people", "mwaa-among-themselves"}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"min_workers": 3, "max_workers": 2}, "min_workers 3 is above max_workers 2"),
        ({"environment_class": "mw1.micro", "max_workers": 2}, "mw1.micro has one worker"),
        ({"airflow_version": "2.10.3"}, "airflow_version"),
        ({"max_workers": 26}, "max_workers"),
    ],
)
def test_sizes_that_mwaa_does_not_have_are_refused(values, message):
    with pytest.raises(ValidationError, match=message):
        MwaaConfig.model_validate({"environment_class": "mw1.small", **values})
