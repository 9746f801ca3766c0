"""Databricks: who may start machines and where, which places of the lake it reaches, what the jobs
run, and who hears when one fails.
"""

import json

import pytest
from pydantic import TypeAdapter, ValidationError

from components.databricks.border import DATABRICKS, through_gateway
from components.databricks.config import (
    DatabricksConfig,
    DatabricksSection,
    NoDatabricks,
    missing_for_workspace,
)
from components.encryption import Keys, Protection
from components.lakehouse import Lakehouse, LakehouseConfig
from components.naming import Site
from components.network import NetworkConfig
from tests.graph import ROOT, Graph, Node, record
from tests.unit.airflow_stack import vpc

SITE = Site(prefix="shop", env="test", account_id="123456789012", region="eu-west-1")
KEYS = Keys(data="arn:key:data", logs="arn:key:logs", secrets="arn:key:secrets")
ACCOUNT = "11111111-2222-3333-4444-555555555555"
WORKSPACE = "databricks:index/mwsWorkspaces:MwsWorkspaces"
PROVIDER = "pulumi:providers:databricks"
CREDENTIAL = "databricks:index/storageCredential:StorageCredential"
LOCATION = "databricks:index/externalLocation:ExternalLocation"
JOB = "databricks:index/job:Job"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
MINIMUM = {
    "enabled": True,
    "account_id": ACCOUNT,
    "client_id": "the-principal",
    "client_secret_name": "shop-test-databricks",
    "retain": False,
    "enrich": {"paused": False},
}
COMPUTED = {
    WORKSPACE: {"workspaceId": "4711", "workspaceUrl": "https://shop.cloud.databricks.com"},
    "databricks:index/metastore:Metastore": {"metastoreId": "metastore-1"},
    "databricks:index/mwsCredentials:MwsCredentials": {"credentialsId": "credentials-1"},
    "databricks:index/mwsNetworks:MwsNetworks": {"networkId": "network-1"},
    "databricks:index/mwsStorageConfigurations:MwsStorageConfigurations": {
        "storageConfigurationId": "storage-1"
    },
}


def config(**changes) -> DatabricksConfig:
    return DatabricksConfig.model_validate({**MINIMUM, **changes})


def made(**changes) -> Graph:
    settings = config(**changes)

    def program() -> None:
        from components.databricks.databricks import Databricks

        protection = Protection(key_arn=KEYS.data, account_id=SITE.account_id)
        lake = Lakehouse("lake", LakehouseConfig(retain=False), site=SITE, protection=protection)
        Databricks(
            "databricks",
            settings,
            site=SITE,
            vpc=vpc(),
            lake=lake,
            raw_prefix="raw/events",
            keys=KEYS,
            alarm_actions=["arn:topic"],
        )

    answer = {"id": "version", "secretString": "s3cret"}
    return record(
        program,
        computed=COMPUTED,
        calls={"aws:secretsmanager/getSecretVersion:getSecretVersion": answer},
    )


@pytest.fixture(scope="module")
def graph() -> Graph:
    return made()


def statements(graph: Graph, policy: str) -> list[dict]:
    found = graph.named(policy, "aws:iam/rolePolicy:RolePolicy").inputs["policy"]
    return json.loads(found)["Statement"]


def job(graph: Graph, name: str) -> Node:
    return graph.named(f"databricks-{name}", JOB)


def parameters(node: Node) -> dict[str, str]:
    words = node.inputs["tasks"][0]["pythonWheelTask"]["parameters"]
    return dict(zip(words[::2], words[1::2], strict=True))


def test_only_databricks_working_for_our_account_may_start_machines(graph):
    role = graph.named("databricks-launch", "aws:iam/role:Role").inputs
    (trusted,) = json.loads(role["assumeRolePolicy"])["Statement"]
    assert trusted["Principal"] == {"AWS": f"arn:aws:iam::{DATABRICKS}:root"}
    assert trusted["Condition"] == {"StringEquals": {"sts:ExternalId": ACCOUNT}}


def test_it_starts_marked_machines_in_this_vpc_and_ends_no_others(graph):
    granted = {one["Sid"]: one for one in statements(graph, "databricks-launch-policy")}
    assert granted["StartInVpc"]["Condition"] == {
        "StringEquals": {"ec2:Vpc": "arn:aws:ec2:eu-west-1:123456789012:vpc/vpc-1"}
    }
    assert granted["EndMarked"]["Condition"] == {
        "StringEquals": {"ec2:ResourceTag/Vendor": "Databricks"}
    }
    ends = [sid for sid, one in granted.items() if "ec2:TerminateInstances" in one["Action"]]
    assert ends == ["EndMarked"]


def test_what_it_may_do_in_the_whole_account_changes_nothing(graph):
    for one in statements(graph, "databricks-launch-policy"):
        assert not [action for action in one["Action"] if "*" in action]
        if "*" in one["Resource"]:
            assert one["Sid"] == "AccountWide"
            verbs = {action.split(":")[1][:3] for action in one["Action"]}
            assert verbs == {"Des", "Get"}


def test_the_root_bucket_is_open_to_databricks_for_our_account_there_and_to_nobody_else(graph):
    policy = graph.named("databricks-root-tls", "aws:s3/bucketPolicy:BucketPolicy")
    granted = {one["Sid"]: one for one in json.loads(policy.inputs["policy"])["Statement"]}
    denied = granted["OtherAccountsDenied"]["Condition"]["StringNotEquals"]
    assert denied == {"aws:PrincipalAccount": [SITE.account_id, DATABRICKS]}
    allowed = [one for one in granted.values() if one["Effect"] == "Allow"]
    for one in allowed:
        assert one["Principal"] == {"AWS": f"arn:aws:iam::{DATABRICKS}:root"}
        assert one["Condition"]["StringEquals"] == {
            "aws:PrincipalTag/DatabricksAccountId": [ACCOUNT]
        }
    assert granted["TlsOnly"]["Effect"] == "Deny"
    storage = graph.only("databricks:index/mwsStorageConfigurations:MwsStorageConfigurations")
    assert graph.reaches(storage, "aws:s3/bucketPolicy:BucketPolicy")


def test_the_workspace_is_made_of_parts_that_are_ready(graph):
    workspace = graph.only(WORKSPACE)
    assert workspace.inputs["credentialsId"] == "credentials-1"
    assert workspace.inputs["networkId"] == "network-1"
    assert workspace.inputs["storageConfigurationId"] == "storage-1"
    for type_ in (
        "aws:iam/rolePolicy:RolePolicy",
        "aws:s3/bucketPolicy:BucketPolicy",
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
    ):
        assert graph.reaches(workspace, type_), type_
    network = graph.only("databricks:index/mwsNetworks:MwsNetworks").inputs
    assert network["subnetIds"] == ["private-a", "private-b"]


def test_its_machines_reach_no_stranger_s_bucket_through_the_vpc(graph):
    granted = {one.sid: one for one in through_gateway(SITE)}
    for one in granted.values():
        accounts = one.conditions["StringEquals"]
        assert set(accounts.values()) == {DATABRICKS}
        if "*" in one.resources:
            assert set(accounts) == {"aws:PrincipalAccount", "aws:ResourceAccount"}
    root = granted["DatabricksToItsRootBucket"]
    bucket = graph.named("databricks-root", "aws:s3/bucket:Bucket").inputs["bucket"]
    assert root.resources == [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    readable = [s for s, one in granted.items() if "s3:PutObject" not in one.actions]
    assert readable == ["SoftwareOfDatabricks"]


def test_nothing_reaches_its_machines_but_themselves(graph):
    rules = list(graph.of("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"))
    assert {rule.inputs["ipProtocol"] for rule in rules} == {"tcp", "udp"}
    for rule in rules:
        assert rule.inputs["referencedSecurityGroupId"] == rule.inputs["securityGroupId"]


def test_the_login_comes_from_secrets_manager_and_is_secret_in_the_state(graph):
    account = graph.named("databricks-account", PROVIDER)
    marked = account.inputs["clientSecret"]
    assert isinstance(marked, dict), "it would stand in the state as plain text"
    assert marked["value"] == "s3cret"
    assert account.inputs["clientId"] == "the-principal"
    assert account.inputs["host"] == "https://accounts.cloud.databricks.com"
    workspace = graph.named("databricks-workspace-login", PROVIDER)
    assert workspace.inputs["host"] == "https://shop.cloud.databricks.com"
    assert graph.reaches(workspace, WORKSPACE)


def test_a_preview_does_not_read_the_login(monkeypatch):
    monkeypatch.setattr("pulumi.runtime.is_dry_run", lambda: True)
    for provider in made().of(PROVIDER):
        assert "s3cret" not in json.dumps(provider.inputs)


def test_bronze_and_gold_can_be_read_and_only_delta_in_silver_be_written(graph):
    locations = {node.name: node.inputs for node in graph.of(LOCATION)}
    assert {name: (one["url"], one["readOnly"]) for name, one in locations.items()} == {
        "databricks-unity-raw": ("s3://shop-test-bronze/raw/events", True),
        "databricks-unity-delta": ("s3://shop-test-silver/delta", False),
        "databricks-unity-gold": ("s3://shop-test-gold/", True),
    }
    granted = statements(graph, "databricks-unity-role-policy")
    written = [
        resource
        for one in granted
        for resource in one["Resource"]
        if {"s3:PutObject", "s3:DeleteObject"} & set(one["Action"])
    ]
    assert set(written) == {"arn:aws:mock:::lake-silver/delta/*"}


def test_the_lake_s_role_trusts_unity_catalog_by_its_drawn_id_and_itself(graph):
    role = graph.named("databricks-unity-role", "aws:iam/role:Role")
    catalog, itself = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
    assert catalog["Principal"]["AWS"].startswith(f"arn:aws:iam::{DATABRICKS}:role/unity-catalog")
    assert set(catalog["Condition"]["StringEquals"]) == {"sts:ExternalId"}
    assert graph.reaches(role, CREDENTIAL), "the id is drawn with the credential"
    arn = "arn:aws:iam::123456789012:role/shop-test-databricks-lake"
    assert itself["Condition"]["ArnEquals"] == {"aws:PrincipalArn": arn}
    credential = graph.only(CREDENTIAL)
    assert credential.inputs["awsIamRole"] == {"roleArn": arn}
    for location in graph.of(LOCATION):
        assert graph.reaches(location, "aws:iam/rolePolicy:RolePolicy"), location.name


def test_unity_waits_until_the_workspace_has_its_metastore(graph):
    credential = graph.only(CREDENTIAL)
    assert graph.reaches(credential, "databricks:index/metastoreAssignment:MetastoreAssignment")
    assert graph.reaches(credential, WORKSPACE)
    assert all(graph.reaches(location, CREDENTIAL) for location in graph.of(LOCATION))
    assert graph.only("databricks:index/metastore:Metastore").inputs["region"] == "eu-west-1"
    given = made(metastore_id="metastore-of-others")
    assert not list(given.of("databricks:index/metastore:Metastore"))
    assignment = given.only("databricks:index/metastoreAssignment:MetastoreAssignment")
    assert assignment.inputs["metastoreId"] == "metastore-of-others"


def test_both_jobs_run_the_wheel_that_is_there_with_libraries_as_pinned(graph):
    file = graph.only("databricks:index/workspaceFile:WorkspaceFile")
    pins = "\n".join(
        (ROOT / name).read_text() for name in ("requirements.txt", "requirements-local.txt")
    ).splitlines()
    for name in ("history", "enrich"):
        (task,) = job(graph, name).inputs["tasks"]
        libraries = task["libraries"]
        assert libraries[0] == {"whl": f"/Workspace{file.inputs['path']}"}
        assert {library["pypi"]["package"] for library in libraries[1:]} <= set(pins)
        assert task["pythonWheelTask"]["entryPoint"] == name


def test_both_jobs_read_what_firehose_lands_and_write_one_catalog(graph):
    history, enrich = parameters(job(graph, "history")), parameters(job(graph, "enrich"))
    assert history["--raw"] == enrich["--raw"] == "s3://shop-test-bronze/raw/events"
    assert history["--catalog"] == enrich["--catalog"] == "shop_test_delta"
    assert enrich["--checkpoints"] == "s3://shop-test-silver/delta/_checkpoints"
    for name in ("history", "enrich"):
        assert graph.reaches(job(graph, name), LOCATION)


def test_the_stream_runs_day_and_night_unless_the_stack_lets_it_stand(graph):
    assert job(graph, "enrich").inputs["continuous"] == {"pauseStatus": "UNPAUSED"}
    paused = made(enrich={"paused": True})
    assert job(paused, "enrich").inputs["continuous"] == {"pauseStatus": "PAUSED"}
    names = {node.name for node in paused.of(ALARM)}
    assert "databricks-status-enrich-late" not in names, "what stands on purpose is not late"


def test_clusters_are_bound_to_the_policy_in_size_machines_and_tags(graph):
    policy = graph.only("databricks:index/clusterPolicy:ClusterPolicy")
    rules = json.loads(policy.inputs["definition"])
    assert rules["autoscale.max_workers"] == {"type": "range", "maxValue": 4}
    assert rules["aws_attributes.availability"]["value"] == "SPOT_WITH_FALLBACK"
    assert rules["custom_tags.environment"]["value"] == "test"
    for name in ("history", "enrich"):
        (cluster,) = job(graph, name).inputs["jobClusters"]
        new = cluster["newCluster"]
        assert new["policyId"] == f"{policy.name}-id"
        for key, path in (("sparkVersion", "spark_version"), ("nodeTypeId", "node_type_id")):
            assert new[key] == rules[path]["value"], "the policy would refuse its own job"


def test_a_failed_or_late_job_and_a_blind_look_tell_the_topic_of_all_alarms(graph):
    alarms = {
        node.name.removeprefix("databricks-status-"): node.inputs
        for node in graph.of(ALARM)
        if node.name.startswith("databricks-status-")
    }
    assert set(alarms) == {
        "blind",
        "dead-letters",
        "enrich-failed",
        "enrich-late",
        "history-failed",
        "history-late",
    }
    assert all(alarm["alarmActions"] == ["arn:topic"] for alarm in alarms.values())
    assert alarms["history-late"]["threshold"] == 30 * 60
    assert alarms["enrich-failed"]["dimensions"] == {
        "FunctionName": "shop-test-databricks-status",
        "Job": "enrich",
    }


def test_the_status_function_knows_the_jobs_and_reads_one_secret(graph):
    function = graph.named("databricks-status-function", "aws:lambda/function:Function")
    variables = function.inputs["environment"]["variables"]
    assert json.loads(variables["JOBS"]) == {
        "history": "databricks-history-id",
        "enrich": "databricks-enrich-id",
    }
    assert "s3cret" not in json.dumps(variables)
    granted = {one["Sid"]: one for one in statements(graph, "databricks-status-role-policy")}
    assert granted["ReadLogin"]["Resource"] == [
        "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop-test-databricks-??????"
    ]
    schedule = graph.named("databricks-status-schedule", "aws:scheduler/schedule:Schedule").inputs
    assert schedule["scheduleExpression"] == "rate(5 minutes)"
    assert json.loads(schedule["target"]["input"]) == {"until": "<aws.scheduler.scheduled-time>"}


@pytest.mark.parametrize("retain", [True, False])
def test_what_holds_tables_outlives_a_destroy_exactly_when_the_stack_says_so(retain):
    graph = made(retain=retain)
    for type_ in (WORKSPACE, "databricks:index/metastore:Metastore"):
        assert graph.only(type_).protect is retain
        assert graph.only(type_).retain_on_delete is retain
    assert graph.only("databricks:index/catalog:Catalog").protect is retain
    assert (
        graph.named("databricks-root", "aws:s3/bucket:Bucket").inputs["forceDestroy"] is not retain
    )


def test_readers_read_and_nobody_else_is_named():
    graph = made(readers=["analysts"])
    (grant,) = graph.only("databricks:index/grants:Grants").inputs["grants"]
    assert grant == {"principal": "analysts", "privileges": ["USE_CATALOG", "USE_SCHEMA", "SELECT"]}
    assert not list(made().of("databricks:index/grants:Grants"))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"account_id": "1234"}, "account_id"),
        ({"history": {"schedule": "0 3 * * *"}}, r"'0 3 \* \* \*' is no Quartz expression"),
        ({"enrich": {"paused": False, "alarm_minutes": 10}, "status_minutes": 6}, "two looks"),
        ({"cluster": {"spark_version": "latest"}}, "spark_version"),
        ({"client_secret": "s3cret"}, "Extra inputs"),
    ],
)
def test_a_slip_is_told(changes, said):
    with pytest.raises(ValidationError, match=said):
        config(**changes)


def test_a_stack_may_have_none_and_a_network_without_a_way_out_is_refused():
    section = TypeAdapter(DatabricksSection).validate_python({"enabled": False})
    assert isinstance(section, NoDatabricks)
    given = {
        "enabled": True,
        "cidr": "10.20.0.0/16",
        "zones": ["a", "b"],
        "nat": "none",
        "flow_log_days": 7,
    }
    assert "network.nat is none" in (
        missing_for_workspace(NetworkConfig.model_validate(given)) or ""
    )
    assert missing_for_workspace(NetworkConfig.model_validate({**given, "nat": "single"})) is None
