"""The shop's database: what it must be told so that changes can be read, who reaches it, and what
outlives a destroy.
"""

import json

import pytest
from pydantic import TypeAdapter, ValidationError

from components.encryption import Keys
from components.naming import Site
from components.shop_database import (
    ChangeSource,
    NoShopDatabase,
    ShopDatabase,
    ShopDatabaseConfig,
    ShopDatabaseSection,
)
from tests.graph import Graph, record
from tests.unit.airflow_stack import vpc

SITE = Site(prefix="shop", env="test", account_id="123456789012", region="eu-west-1")
KEYS = Keys(data="arn:key:data", logs="arn:key:logs", secrets="arn:key:secrets")
INSTANCE = "aws:rds/instance:Instance"
PARAMETERS = "aws:rds/parameterGroup:ParameterGroup"
COMPUTED = {
    INSTANCE: {
        "address": "shop.rds.example",
        "masterUserSecrets": [{"secretArn": "arn:aws:secretsmanager:eu-west-1:1:secret:rds!db-1"}],
    },
    "random:index/randomPassword:RandomPassword": {"result": "Pa55word"},
}
MINIMUM = {
    "enabled": True,
    "engine": "postgres",
    "engine_version": "17",
    "instance_class": "db.t4g.small",
    "multi_az": False,
    "backup_days": 1,
    "retain": False,
}
MYSQL = {"engine": "mysql", "engine_version": "8.4"}


def config(**changes) -> ShopDatabaseConfig:
    return ShopDatabaseConfig.model_validate({**MINIMUM, **changes})


def made(**changes) -> Graph:
    settings = config(**changes)
    return record(
        lambda: ShopDatabase(
            "shop-db", settings, site=SITE, vpc=vpc(), keys=KEYS, alarm_actions=["arn:topic"]
        ),
        computed=COMPUTED,
    )


def parameters(graph: Graph) -> dict[str, str]:
    return {each["name"]: each["value"] for each in graph.only(PARAMETERS).inputs["parameters"]}


def test_postgres_writes_a_log_from_which_changes_can_be_read_and_bounds_what_it_keeps():
    graph = made(slot_wal_gb=8, storage_gb=20)
    assert graph.only(PARAMETERS).inputs["family"] == "postgres17"
    assert parameters(graph) == {
        "rds.force_ssl": "1",
        "rds.logical_replication": "1",
        "wal_sender_timeout": "0",
        "max_slot_wal_keep_size": str(8 * 1024),
    }
    static = [p for p in graph.only(PARAMETERS).inputs["parameters"] if "applyMethod" in p]
    assert [p["name"] for p in static] == ["rds.logical_replication"]
    assert graph.only(INSTANCE).inputs["port"] == 5432


def test_mysql_writes_whole_rows_to_its_binlog_and_takes_nobody_without_tls():
    graph = made(**MYSQL)
    assert graph.only(PARAMETERS).inputs["family"] == "mysql8.4"
    assert parameters(graph) == {
        "require_secure_transport": "1",
        "binlog_format": "ROW",
        "binlog_row_image": "full",
        "binlog_checksum": "NONE",
    }
    instance = graph.only(INSTANCE).inputs
    assert (instance["engine"], instance["port"], instance["dbName"]) == ("mysql", 3306, "shop")
    assert instance["enabledCloudwatchLogsExports"] == ["error", "slowquery"]
    assert not [node for node in graph.nodes.values() if node.name == "shop-db-slot-lag"]


@pytest.mark.parametrize(
    ("engine", "version", "follows_fixes"),
    [
        ("postgres", "17", True),
        ("postgres", "17.4", False),
        ("mysql", "8.4", True),
        ("mysql", "8.4.3", False),
    ],
)
def test_whoever_names_a_minor_version_keeps_it(engine, version, follows_fixes):
    instance = made(engine=engine, engine_version=version).only(INSTANCE).inputs
    assert instance["autoMinorVersionUpgrade"] is follows_fixes


def test_only_the_servers_that_the_stack_names_reach_it_and_it_reaches_nobody():
    graph = made(client_group_ids=["sg-web"])
    rule = graph.only("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule").inputs
    assert rule["referencedSecurityGroupId"] == "sg-web"
    assert (rule["fromPort"], rule["toPort"]) == (5432, 5432)
    group = graph.only("aws:ec2/securityGroup:SecurityGroup").inputs
    assert "ingress" not in group
    assert "egress" not in group
    assert graph.only("aws:rds/subnetGroup:SubnetGroup").inputs["subnetIds"] == [
        "isolated-a",
        "isolated-b",
    ]
    assert graph.only(INSTANCE).inputs["publiclyAccessible"] is False


def test_the_capture_user_s_secret_holds_all_that_dms_reads_and_is_secret():
    graph = made()
    version = graph.only("aws:secretsmanager/secretVersion:SecretVersion")
    marked = version.inputs["secretString"]
    assert isinstance(marked, dict), "the password would stand in the state as plain text"
    assert json.loads(marked["value"]) == {
        "username": "dms",
        "password": "Pa55word",
        "host": "shop.rds.example",
        "port": 5432,
    }
    secret = graph.only("aws:secretsmanager/secret:Secret").inputs
    assert secret["name"] == "shop-test/shop-capture"
    assert secret["kmsKeyId"] == KEYS.secrets
    instance = graph.only(INSTANCE).inputs
    assert instance["manageMasterUserPassword"] is True
    assert "password" not in instance


def test_change_capture_learns_of_the_secret_only_when_something_is_in_it():
    given: list[ChangeSource] = []
    graph = record(
        lambda: given.append(
            ShopDatabase("shop-db", config(**MYSQL), site=SITE, vpc=vpc(), keys=KEYS).source
        ),
        computed=COMPUTED,
    )
    assert (given[0].engine, given[0].database, given[0].port) == ("mysql", "shop", 3306)
    (component,) = (node for node in graph.nodes.values() if node.type.startswith("shop:"))
    assert component.outputs["capture_secret_arn"]


def test_what_is_to_be_kept_survives_a_destroy():
    kept = made(retain=True, backup_days=14, multi_az=True)
    instance = kept.only(INSTANCE)
    assert instance.protect
    assert instance.retain_on_delete
    assert instance.inputs["deletionProtection"] is True
    assert instance.inputs["finalSnapshotIdentifier"] == "shop-test-shop-final"
    assert instance.inputs["multiAz"] is True
    assert kept.only("aws:ec2/securityGroup:SecurityGroup").retain_on_delete
    gone = made().only(INSTANCE)
    assert not gone.protect
    assert gone.inputs["skipFinalSnapshot"] is True


def test_somebody_is_told_before_a_reader_that_stands_still_is_cut_off():
    graph = made(slot_wal_gb=10)
    alarm = graph.named("shop-db-slot-lag", "aws:cloudwatch/metricAlarm:MetricAlarm").inputs
    assert alarm["metricName"] == "OldestReplicationSlotLag"
    assert alarm["threshold"] == 5 * 1024**3
    assert alarm["alarmActions"] == ["arn:topic"]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"engine_version": "8.4"}, r"8.4 is none of postgres: give 14 to 18"),
        ({"engine": "mysql"}, r"17 is none of mysql: give 8.0 or 8.4"),
        ({**MYSQL, "backup_days": 0}, r"binlog, which change capture reads, only with backups"),
        ({"retain": True, "backup_days": 0}, r"what must be kept needs backups; give 1 to 35"),
        ({"storage_gb": 100}, r"max_storage_gb 100 is less than 10 % above storage_gb 100"),
        ({"slot_wal_gb": 11}, r"slot_wal_gb 11 is more than half of storage_gb 20"),
        ({"databse": "x"}, r"Extra inputs are not permitted"),
    ],
)
def test_what_rds_would_refuse_is_refused_before_with_the_way_out(changes, says):
    with pytest.raises(ValidationError, match=says):
        config(**changes)


def test_a_stack_without_a_database_says_so_and_nothing_else():
    section = TypeAdapter(ShopDatabaseSection)
    assert section.validate_python({"enabled": False}) == NoShopDatabase(enabled=False)
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        section.validate_python({"enabled": False, "engine": "mysql"})
