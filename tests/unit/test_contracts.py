"""What holds for every component of every stack, whatever it is."""

import ast
import json
import re
import subprocess
import sys

import pytest

from automation.graph import page as architecture
from automation.graph.command import PLATFORM, Source
from components.airflow.autoscaler import DESCRIBES
from tests.graph import FOUNDATION, ROOT, Graph, Node, recorded, stack_file
from tests.urns import inventory

BUCKET = "aws:s3/bucket:Bucket"
OF_EVERY_BUCKET = (
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    "aws:s3/bucketPolicy:BucketPolicy",
)


def _components(graph: Graph) -> list[Node]:
    return [node for node in graph.nodes.values() if node.type.startswith("shop:")]


def _statements(graph: Graph) -> list[tuple[str, dict]]:
    return [
        (node.name, statement)
        for type_ in ("aws:iam/rolePolicy:RolePolicy", "aws:iam/policy:Policy")
        for node in graph.of(type_)
        for statement in json.loads(node.inputs["policy"])["Statement"]
        if node.name != "ci-boundary"  # a border of what others grant; it grants nothing
    ]


def test_every_resource_belongs_to_one_of_our_components(either: Graph):
    for node in either.nodes.values():
        if node.type.startswith("aws:"):
            parent = either.nodes[node.parent]
            owner = parent if parent.type.startswith("shop:") else either.nodes[parent.parent]
            assert owner.type.startswith("shop:components:"), node.urn


def test_component_tokens_follow_the_scheme(either: Graph):
    for node in _components(either):
        assert re.fullmatch(r"shop:components:[A-Z]\w+", node.type)


def test_components_register_outputs_and_none_is_empty(either: Graph):
    for node in _components(either):
        assert node.outputs, node.urn
        assert all(value is not None for value in node.outputs.values()), node.urn


def test_every_bucket_is_encrypted_private_and_tls_only(either: Graph):
    for bucket in either.of(BUCKET):
        siblings = {node.type for node in either.nodes.values() if node.parent == bucket.parent}
        assert siblings.issuperset(OF_EVERY_BUCKET), bucket.urn


def test_plain_http_is_refused_everywhere_but_on_loopback(either: Graph):
    for policy in either.of("aws:s3/bucketPolicy:BucketPolicy"):
        statements = json.loads(policy.inputs["policy"])["Statement"]
        (statement,) = (one for one in statements if one["Sid"] == "TlsOnly")
        assert statement["Effect"] == "Deny"
        assert statement["Condition"]["Bool"] == {"aws:SecureTransport": "false"}
        excepted = statement["Condition"].get("NotIpAddress", {"aws:SourceIp": []})
        assert all(cidr.startswith("127.") for cidr in excepted["aws:SourceIp"])


def test_buckets_of_the_lake_are_kept_exactly_when_the_stack_says_so(graph: Graph, stack: str):
    retain = stack_file(stack)["shop:lakehouse"]["retain"]
    for bucket in graph.of(BUCKET):
        if bucket.name.startswith("lake-"):
            assert bucket.protect is retain
            assert bucket.retain_on_delete is retain
            assert bucket.inputs["forceDestroy"] is not retain


def _narrow(statement: dict) -> bool:
    """It denies; or it names actions and resources; or AWS knows no resource for its actions."""
    if statement["Effect"] == "Deny":
        return True
    actions = statement["Action"]
    if any("*" in action for action in actions):
        return False
    return (
        "*" not in statement["Resource"]
        or set(actions) <= set(DESCRIBES)
        or re.fullmatch(r"AccountWide\d*", statement["Sid"]) is not None
    )


def test_no_role_has_a_wildcard_action_or_resource(either: Graph):
    for name, statement in _statements(either):
        assert _narrow(statement), (name, statement)


def test_statement_ids_are_unique_in_a_policy(either: Graph):
    for node in either.of("aws:iam/rolePolicy:RolePolicy"):
        ids = [one["Sid"] for one in json.loads(node.inputs["policy"])["Statement"]]
        assert len(ids) == len(set(ids)), node.urn


def test_event_sources_report_partial_failures_and_have_a_dead_letter_queue(graph: Graph):
    for mapping in graph.of("aws:lambda/eventSourceMapping:EventSourceMapping"):
        assert mapping.inputs["functionResponseTypes"] == ["ReportBatchItemFailures"]
        assert mapping.inputs["destinationConfig"]["onFailure"]["destinationArn"]
        assert graph.reaches(mapping, "aws:sqs/queue:Queue")
        assert graph.reaches(mapping, "aws:kinesis/stream:Stream")


def test_roles_are_handed_over_only_with_their_policy_attached(graph: Graph):
    for type_ in (
        "aws:lambda/function:Function",
        "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream",
    ):
        for node in graph.of(type_):
            assert graph.reaches(node, "aws:iam/rolePolicy:RolePolicy"), node.urn


def test_every_log_group_has_a_retention_and_our_key(either: Graph):
    for group in either.of("aws:cloudwatch/logGroup:LogGroup"):
        assert group.inputs["retentionInDays"] > 0
        assert either.reaches(group, "aws:kms/key:Key"), group.urn


def test_nothing_deprecated_is_used(either: Graph):
    assert either.warnings == []


@pytest.mark.parametrize(("source", "suffix"), [(PLATFORM, ""), (FOUNDATION, "-bootstrap")])
def test_the_inventory_is_the_committed_one(stack: str, source: Source, suffix: str):
    committed = (ROOT / "tests" / "urns" / f"{stack}{suffix}.txt").read_text()
    found = inventory(recorded(stack, source))
    assert found == committed, "a URN changed: `make urns`, and read the diff"


def test_the_account_of_the_program_is_the_only_one_the_provider_takes(stack: str):
    config = stack_file(stack)
    assert config["aws:allowedAccountIds"] == [config["shop:platform"]["account_id"]]
    assert config["aws:region"] == config["shop:platform"]["region"]


@pytest.mark.parametrize("path", sorted((ROOT / "components").rglob("*.py")), ids=lambda p: p.stem)
def test_components_know_nothing_of_stacks(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names] + [getattr(node, "module", "") or ""]
            assert "settings" not in names
        if isinstance(node, ast.Attribute):
            assert node.attr not in ("get_stack", "Config"), f"{path.name}:{node.lineno}"


def test_every_component_annotates_what_it_gives_out():
    for name, (file, _) in architecture.purposes().items():
        (found,) = (
            node
            for node in ast.parse(file.read_text()).body
            if isinstance(node, ast.ClassDef) and node.name == name
        )
        assert any(isinstance(node, ast.AnnAssign) for node in found.body), name


# What a stack may have and another may not: each is a switch or a number of its file.
DIFFER = {
    "aws:cloudwatch/metricAlarm:MetricAlarm",
    "shop:components:AccessLogs",
    "shop:components:AirflowMonitoring",
    "shop:components:ChangeCapture",
    "shop:components:DagDelivery",
    "shop:components:DriftWatch",
    "shop:components:Grafana",
    "shop:components:ShopDatabase",
}
# Where no cluster runs the pipelines, Lambda runs their commands.
DEV_ONLY = {"shop:components:PipelineRunner"}
SAME_EVERYWHERE = {
    "shop:components:Airflow",
    "shop:components:Alerts",
    "shop:components:BatchEtl",
    "shop:components:Catalog",
    "shop:components:Dashboards",
    "shop:components:DataValidator",
    "shop:components:EncryptionKeys",
    "shop:components:Lakehouse",
    "shop:components:Network",
    "shop:components:Observability",
    "shop:components:Pipeline",
    "shop:components:Producer",
    "shop:components:QueryLayer",
    "shop:components:StreamConsumer",
    "shop:components:StreamIngest",
    "shop:components:Transform",
}


def _component_types(stack: str) -> set[str]:
    return {node.type for node in _components(recorded(stack))}


def test_staging_has_every_component_that_prod_has():
    assert _component_types("staging") == _component_types("prod")


def test_dev_lacks_only_what_its_file_switches_off():
    assert _component_types("dev") - _component_types("prod") == DEV_ONLY
    assert _component_types("prod") - _component_types("dev") <= DIFFER
    assert _component_types("dev") >= SAME_EVERYWHERE


HEAVY = ("pulumi_eks", "pulumi_kubernetes", "pulumi_random", "pulumi_databricks", "boto3")
# What the data goes through, and a program that only names things need not load.
ENGINES = {"pyarrow", "duckdb", "dbt", "pyspark", "deltalake"}
# The services themselves are there from the start, as empty shells.
PART = re.compile(r"^pulumi_aws\.(eks|rds|ec2|amp|dms|redshiftserverless|mwaa|quicksight)\.")
PROBE = """
import sys, program
from automation.graph import command
command.recorded(sys.argv[1])
print("\\n".join(sys.modules))
"""


def _loaded(stack: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", PROBE, stack], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(done.stdout.splitlines())


def test_no_stack_loads_the_engines_of_its_data():
    assert not _loaded("prod") & ENGINES


def test_what_is_switched_off_is_not_imported():
    """The stack `local` has no network, no cluster, no database: it must not wait for them."""
    loaded = _loaded("local")
    assert "pulumi_aws.kinesis.stream" in loaded, "the probe looks in the wrong place"
    assert not loaded & set(HEAVY)
    assert not [name for name in loaded if PART.match(name)]
