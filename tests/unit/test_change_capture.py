"""Change capture: what it may do, what files it makes, and that nothing moves unless it must."""

import json
from typing import Literal

import pulumi
import pytest
from pydantic import ValidationError

from components.change_capture import ChangeCapture
from components.change_capture_config import (
    ChangeCaptureConfig,
    Selection,
    missing_for_capture,
)
from components.change_capture_rules import normal, table_mappings, task_settings
from components.encryption import Keys, Protection
from components.lakehouse import Lakehouse, LakehouseConfig
from components.naming import Site
from components.shop_database import ChangeSource
from components.shop_database_engines import EngineName
from contract.shop_changes import BEFORE, CDC_PREFIX, CHANGE_SEQ, COMMITTED_AT
from tests.graph import Graph, record
from tests.unit.airflow_stack import vpc
from tests.unit.network_graph import config as network

SITE = Site(prefix="shop", env="test", account_id="123456789012", region="eu-west-1")
KEYS = Keys(data="arn:key:data", logs="arn:key:logs", secrets="arn:key:secrets")
TASK = "aws:dms/replicationTask:ReplicationTask"
ENDPOINT = "aws:dms/endpoint:Endpoint"
BRONZE = "aws:dms/s3Endpoint:S3Endpoint"
ROLE = "aws:iam/role:Role"
POLICY = "aws:iam/rolePolicy:RolePolicy"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
ARNS = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:"
MINIMUM = {
    "enabled": True,
    "multi_az": False,
    "start": True,
    "selections": [{"schema": "shop", "table": "%"}],
}
REDSHIFT = {"database": "shop", "secret_arn": f"{ARNS}warehouse-AbCdEf"}
TASK_ARN = "arn:aws:dms:eu-west-1:123456789012:task:ABCDEF"


def config(**changes) -> ChangeCaptureConfig:
    return ChangeCaptureConfig.model_validate({**MINIMUM, **changes})


def source(engine: EngineName = "postgres", port=5432) -> ChangeSource:
    return ChangeSource(
        engine=engine,
        database="shop",
        port=port,
        secret_arn=pulumi.Output.from_input(f"{ARNS}capture-AbCdEf"),
        group_id=pulumi.Output.from_input("sg-database"),
    )


def made(engine: EngineName = "postgres", **changes) -> Graph:
    settings = config(**changes)

    def program() -> None:
        lake = Lakehouse(
            "lake",
            LakehouseConfig(retain=False),
            site=SITE,
            protection=Protection(key_arn=KEYS.data, account_id=SITE.account_id),
        )
        ChangeCapture(
            "cdc",
            settings,
            site=SITE,
            source=source(engine),
            vpc=vpc(),
            lake=lake,
            keys=KEYS,
            alarm_actions=["arn:topic"],
        )

    return record(
        program,
        computed={
            TASK: {"replicationTaskArn": TASK_ARN},
            ENDPOINT: {"endpointArn": "arn:endpoint"},
            BRONZE: {"endpointArn": "arn:bronze-endpoint"},
            "aws:dms/replicationInstance:ReplicationInstance": {
                "replicationInstanceArn": "arn:instance"
            },
            "aws:dms/certificate:Certificate": {"certificateArn": "arn:certificate"},
        },
    )


def rules(selections, target: Literal["s3", "redshift"] = "s3") -> list[dict]:
    chosen = [Selection.model_validate(one) for one in selections]
    return json.loads(table_mappings(chosen, target=target))["rules"]


def statements(graph: Graph, role: str) -> list[dict]:
    return json.loads(graph.named(f"{role}-policy", POLICY).inputs["policy"])["Statement"]


def test_files_come_as_the_contract_says():
    target = made().only(BRONZE).inputs
    assert target["bucketFolder"] == CDC_PREFIX
    assert target["dataFormat"] == "parquet"
    assert target["includeOpForFullLoad"] is True
    assert target["timestampColumnName"] == COMMITTED_AT
    assert target["useTaskStartTimeForFullLoadTimestamp"] is True
    assert target["parquetTimestampInMillisecond"] is False
    assert (target["datePartitionEnabled"], target["datePartitionDelimiter"]) == (True, "SLASH")
    assert target["datePartitionSequence"] == "yyyymmdd"
    assert target["encryptionMode"] == "SSE_KMS"
    assert target["serverSideEncryptionKmsKeyId"] == KEYS.data
    assert target["expectedBucketOwner"] == SITE.account_id
    assert target["cdcMinFileSize"] == 32_000


def test_whole_transactions_come_as_csv_in_their_order_when_a_stack_wants_them():
    target = made(transaction_order="files").only(BRONZE).inputs
    assert target["preserveTransactions"] is True
    assert target["cdcPath"] == "transactions"
    assert target["dataFormat"] == "csv"
    assert target["datePartitionEnabled"] is False
    assert "datePartitionSequence" not in target


def test_every_change_is_numbered_and_says_which_key_it_had_before():
    selection, numbered, before = rules([{"schema": "shop", "table": "%"}])
    assert selection["rule-action"] == "include"
    assert (numbered["value"], numbered["expression"]) == (CHANGE_SEQ, "$AR_H_CHANGE_SEQ")
    assert before["before-image-def"] == {
        "column-filter": "pk-only",
        "column-prefix": BEFORE,
        "column-suffix": "",
    }
    # DMS applies the changes to a warehouse by itself.
    assert [
        rule["rule-type"] for rule in rules([{"schema": "shop", "table": "%"}], "redshift")
    ] == ["selection"]


def test_rules_take_what_the_stack_selects_and_only_the_columns_that_it_names():
    found = rules(
        [
            {"schema": "shop", "table": "%"},
            {"schema": "shop", "table": "sessions", "action": "exclude"},
            {
                "schema": "crm",
                "table": "people",
                "action": "explicit",
                "columns": ["person_id", "country"],
            },
        ]
    )
    places = [
        (rule["rule-action"], rule["object-locator"]["table-name"])
        for rule in found
        if rule["rule-type"] == "selection"
    ]
    assert places == [("include", "%"), ("exclude", "sessions"), ("explicit", "people")]
    columns = [
        rule["object-locator"]["column-name"]
        for rule in found
        if rule["rule-action"] == "include-column"
    ]
    assert columns == ["person_id", "country"]
    numbers = [rule["rule-id"] for rule in found]
    assert numbers == [str(number) for number in range(1, len(found) + 1)]
    assert not [
        rule
        for rule in found
        if rule["rule-action"] == "add-column"
        and rule["object-locator"]["table-name"] == "sessions"
    ]


def test_the_same_meaning_has_the_same_text_so_that_previews_stay_quiet():
    assert normal({"b": 1, "a": {"d": 2, "c": 3}}) == normal({"a": {"c": 3, "d": 2}, "b": 1})
    task = made().only(TASK).inputs
    for key in ("tableMappings", "replicationTaskSettings"):
        assert task[key] == normal(json.loads(task[key]))
    logging = json.loads(task_settings())["Logging"]
    # DMS refuses these two at creation and adds them by itself.
    assert not {"CloudWatchLogGroup", "CloudWatchLogStream"} & logging.keys()


def test_a_changed_task_is_stopped_and_resumed_by_the_provider():
    graph = made()
    assert graph.only(TASK).inputs["startReplicationTask"] is True
    assert graph.named("cdc-source", ENDPOINT).inputs["pauseReplicationTasks"] is True
    assert made(start=False).only(TASK).inputs["startReplicationTask"] is False


def test_the_instance_is_private_encrypted_and_as_large_as_the_guide_says():
    graph = made()
    instance = graph.only("aws:dms/replicationInstance:ReplicationInstance")
    assert instance.inputs["replicationInstanceClass"] == "dms.t3.large"
    assert instance.inputs["allocatedStorage"] == 100
    assert instance.inputs["publiclyAccessible"] is False
    assert instance.inputs["kmsKeyArn"] == KEYS.secrets
    log = graph.only("aws:cloudwatch/logGroup:LogGroup")
    assert log.inputs["name"] == "dms-tasks-shop-test-cdc"
    assert log.inputs["kmsKeyId"] == KEYS.logs
    assert log.urn in instance.depends_on
    subnets = graph.only("aws:dms/replicationSubnetGroup:ReplicationSubnetGroup").inputs
    assert subnets["subnetIds"] == ["private-a", "private-b"]


def test_passwords_are_read_from_secrets_manager_and_stand_nowhere_else():
    graph = made()
    endpoint = graph.named("cdc-source", ENDPOINT).inputs
    assert endpoint["secretsManagerArn"] == f"{ARNS}capture-AbCdEf"
    assert not {"password", "username", "serverName", "port"} & endpoint.keys()
    read, decrypt = statements(graph, "cdc-secrets-role")
    assert read["Resource"] == [f"{ARNS}capture-AbCdEf"]
    assert decrypt["Resource"] == [KEYS.secrets]
    trusted = json.loads(graph.named("cdc-secrets-role", ROLE).inputs["assumeRolePolicy"])
    (statement,) = trusted["Statement"]
    assert statement["Principal"] == {"Service": "dms.eu-west-1.amazonaws.com"}
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": SITE.account_id}}


@pytest.mark.parametrize("engine", ["postgres", "mysql"])
def test_the_database_is_verified_against_the_root_of_rds(engine):
    graph = made(engine)
    endpoint = graph.named("cdc-source", ENDPOINT).inputs
    assert (endpoint["engineName"], endpoint["sslMode"]) == (engine, "verify-full")
    assert endpoint["certificateArn"] == "arn:certificate"
    pem = graph.only("aws:dms/certificate:Certificate").inputs["certificatePem"]
    text = pem["value"] if isinstance(pem, dict) else pem
    assert text.startswith("-----BEGIN CERTIFICATE-----")
    assert ("postgresSettings" in endpoint) is (engine == "postgres")


def test_a_quiet_postgres_gets_a_heartbeat_or_its_log_would_be_kept_for_ever():
    postgres = made().named("cdc-source", ENDPOINT).inputs["postgresSettings"]
    assert postgres["heartbeatEnable"] is True
    assert postgres["captureDdls"] is True


def test_files_are_written_under_the_prefix_and_nowhere_else():
    written = {
        statement["Sid"]: statement["Resource"]
        for statement in statements(made(), "cdc-files-role")
    }
    for sid in ("ReadBronze", "WriteBronze", "DeleteBronze", "TagObjects"):
        assert all(arn.endswith(f"/{CDC_PREFIX}/*") for arn in written[sid]), sid


def test_the_account_s_roles_are_there_before_dms_looks_for_them():
    graph = made()
    roles = {node.inputs.get("name") for node in graph.of(ROLE)}
    assert {"dms-vpc-role", "dms-cloudwatch-logs-role"} <= roles
    subnets = graph.only("aws:dms/replicationSubnetGroup:ReplicationSubnetGroup")
    attached = list(graph.of("aws:iam/rolePolicyAttachment:RolePolicyAttachment"))
    assert {node.urn for node in attached} <= set(subnets.depends_on)
    assert sorted(node.inputs["policyArn"].rsplit("/", 1)[1] for node in attached) == [
        "AmazonDMSCloudWatchLogsRole",
        "AmazonDMSVPCManagementRole",
    ]


def test_roles_that_the_account_has_already_are_left_alone():
    graph = made(account_roles="existing")
    assert not {"dms-vpc-role", "dms-cloudwatch-logs-role"} & {
        node.inputs.get("name") for node in graph.of(ROLE)
    }
    assert not list(graph.of("aws:iam/rolePolicyAttachment:RolePolicyAttachment"))


def test_capture_reaches_the_database_and_aws_and_is_reached_by_nobody():
    graph = made(redshift=REDSHIFT)
    (into,) = graph.of("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    assert into.inputs["securityGroupId"] == "sg-database"
    assert into.inputs["referencedSecurityGroupId"] == "cdc-group-id"
    out = {
        rule.name: (rule.inputs["fromPort"], rule.inputs.get("cidrIpv4"))
        for rule in graph.of("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule")
    }
    assert out == {
        "cdc-to-database": (5432, None),
        "cdc-to-aws": (443, "0.0.0.0/0"),
        "cdc-to-warehouse": (5439, "10.20.0.0/16"),
    }


def test_a_warehouse_gets_the_same_changes_by_a_task_of_its_own():
    graph = made(redshift=REDSHIFT)
    endpoint = graph.named("cdc-warehouse", ENDPOINT).inputs
    assert endpoint["engineName"] == "redshift-serverless"
    assert endpoint["secretsManagerArn"] == REDSHIFT["secret_arn"]
    assert endpoint["redshiftSettings"]["bucketFolder"] == "cdc-staging"
    assert {task.name for task in graph.of(TASK)} == {"cdc-task", "cdc-warehouse-task"}
    secrets = statements(graph, "cdc-secrets-role")[0]["Resource"]
    assert secrets == [f"{ARNS}capture-AbCdEf", REDSHIFT["secret_arn"]]
    trusted = json.loads(graph.named("cdc-staging-role", ROLE).inputs["assumeRolePolicy"])
    assert trusted["Statement"][0]["Principal"]["Service"] == [
        "dms.amazonaws.com",
        "redshift.amazonaws.com",
    ]


def test_somebody_hears_of_late_changes_a_full_disk_and_a_failed_task():
    graph = made(latency_alarm_minutes=10)
    alarms = {node.name: node.inputs for node in graph.of(ALARM)}
    assert set(alarms) == {"cdc-storage", "cdc-s3-source-latency", "cdc-s3-target-latency"}
    assert alarms["cdc-s3-source-latency"]["threshold"] == 600
    assert alarms["cdc-s3-target-latency"]["metricName"] == "CDCLatencyTarget"
    assert alarms["cdc-s3-source-latency"]["dimensions"] == {
        "ReplicationInstanceIdentifier": "shop-test-cdc",
        "ReplicationTaskIdentifier": "ABCDEF",
    }
    assert all(alarm["alarmActions"] == ["arn:topic"] for alarm in alarms.values())
    told = graph.only("aws:dms/eventSubscription:EventSubscription").inputs
    assert told["snsTopicArn"] == "arn:topic"
    assert told["sourceIds"] == ["shop-test-cdc-s3"]
    assert told["eventCategories"] == ["failure"]


@pytest.mark.parametrize(
    ("selection", "says"),
    [
        (
            {"schema": "shop", "table": "%", "action": "explicit"},
            r"shop.% is explicit but has a wild",
        ),
        ({"schema": "shop", "table": "%", "columns": ["a"]}, r"shop.% lists columns"),
        ({"schema": "shop", "table": "a", "columns": ["a%"]}, r"'a%' of shop.a is no name"),
        ({"schema": "shop", "table": "a", "columns": ["a", "a"]}, r"shop.a lists a column twice"),
        ({"schema": "shop", "table": "a; drop"}, r"String should match pattern"),
        ({"schema": "shop", "table": "a", "action": "exclude"}, r"selections only exclude"),
    ],
)
def test_a_selection_that_dms_would_misread_is_refused_with_the_way_out(selection, says):
    with pytest.raises(ValidationError, match=says):
        config(selections=[selection])


def test_a_table_that_is_selected_twice_is_refused():
    with pytest.raises(ValidationError, match=r"selections name shop.% twice: remove one"):
        config(selections=[{"schema": "shop", "table": "%"}] * 2)


def test_a_network_without_nat_needs_a_way_to_secrets_manager():
    assert missing_for_capture(network(nat="single")) == ()
    assert missing_for_capture(network(nat="none")) == ("secretsmanager",)
    assert missing_for_capture(network(nat="none", interface_endpoints=["secretsmanager"])) == ()
