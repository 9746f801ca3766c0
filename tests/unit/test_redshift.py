"""The warehouse: what an hour of it can cost, what it may read, who reaches it, and what outlives a
destroy.
"""

import json

import pytest
from pydantic import TypeAdapter, ValidationError

from components.catalog import Catalog, CatalogConfig
from components.encryption import Keys, Protection
from components.lakehouse import Lakehouse, LakehouseConfig
from components.naming import Site
from components.network import NetworkConfig
from components.redshift import LOGS, Warehouse
from components.redshift_config import (
    NoWarehouse,
    WarehouseConfig,
    WarehouseSection,
    missing_for_warehouse,
)
from policies.rules import network as network_rules
from tests.graph import Graph, record
from tests.unit.airflow_stack import vpc

SITE = Site(prefix="shop", env="test", account_id="123456789012", region="eu-west-1")
KEYS = Keys(data="arn:key:data", logs="arn:key:logs", secrets="arn:key:secrets")
NAMESPACE = "aws:redshiftserverless/namespace:Namespace"
WORKGROUP = "aws:redshiftserverless/workgroup:Workgroup"
LIMIT = "aws:redshiftserverless/usageLimit:UsageLimit"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
DAILY = {"rpu_hours": 40, "period": "daily", "breach": "deactivate"}
MINIMUM = {
    "enabled": True,
    "base_rpu": 8,
    "max_rpu": 16,
    "limits": [DAILY],
    "snapshot_days": 0,
    "retain": False,
}


def config(**changes) -> WarehouseConfig:
    return WarehouseConfig.model_validate({**MINIMUM, **changes})


def made(**changes) -> Graph:
    settings = config(**changes)

    def program() -> None:
        protection = Protection(key_arn=KEYS.data, account_id=SITE.account_id)
        lake = Lakehouse("lake", LakehouseConfig(retain=False), site=SITE, protection=protection)
        catalog = Catalog(
            "catalog", CatalogConfig(register_gold=False), site=SITE, lake=lake, tables={}
        )
        Warehouse(
            "warehouse",
            settings,
            site=SITE,
            vpc=vpc(),
            lake=lake,
            catalog=catalog,
            keys=KEYS,
            alarm_actions=["arn:topic"],
        )

    return record(program)


def statements(graph: Graph, role: str) -> list[dict]:
    policy = graph.named(f"{role}-policy", "aws:iam/rolePolicy:RolePolicy").inputs["policy"]
    return json.loads(policy)["Statement"]


def test_nobody_chooses_the_admin_s_password_and_all_of_it_is_under_our_keys():
    namespace = made().only(NAMESPACE).inputs
    assert namespace["manageAdminPassword"] is True
    assert "adminUserPassword" not in namespace
    assert namespace["adminPasswordSecretKmsKeyId"] == KEYS.secrets
    assert namespace["kmsKeyId"] == KEYS.data
    assert namespace["namespaceName"] == "shop-test-warehouse"


def test_logs_have_a_retention_before_the_namespace_could_make_them_without():
    graph = made(log_days=90)
    groups = {group.inputs["name"]: group for group in graph.of("aws:cloudwatch/logGroup:LogGroup")}
    assert set(groups) == {f"/aws/redshift/shop-test-warehouse/{log}" for log in LOGS}
    for group in groups.values():
        assert (group.inputs["retentionInDays"], group.inputs["kmsKeyId"]) == (90, KEYS.logs)
        assert group.urn in graph.only(NAMESPACE).depends_on
    parameters = graph.only(WORKGROUP).inputs["configParameters"]
    assert {"parameterKey": "enable_user_activity_logging", "parameterValue": "true"} in parameters


def test_the_role_reads_silver_and_gold_and_the_catalog_of_both_and_writes_nothing():
    graph = made()
    granted = statements(graph, "warehouse-spectrum")
    actions = {action for one in granted for action in one["Action"]}
    assert not {action for action in actions if "Put" in action or "Delete" in action}
    read = next(one for one in granted if one["Sid"] == "ReadGold")
    assert read["Resource"] == ["arn:aws:mock:::lake-gold/*"]
    resources = {resource for one in granted for resource in one["Resource"]}
    assert "arn:aws:glue:eu-west-1:123456789012:database/shop_test_silver" in resources
    assert not [resource for resource in resources if "bronze" in resource]
    role = graph.named("warehouse-spectrum", "aws:iam/role:Role")
    (assumed,) = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
    assert assumed["Principal"] == {
        "Service": ["redshift.amazonaws.com", "redshift-serverless.amazonaws.com"]
    }
    namespace = graph.only(NAMESPACE)
    assert namespace.inputs["iamRoles"] == [role.arn]
    assert namespace.inputs["defaultIamRoleArn"] == role.arn
    assert graph.reaches(namespace, "aws:iam/rolePolicy:RolePolicy")


def test_it_stands_in_private_subnets_and_sends_its_data_through_the_vpc():
    workgroup = made().only(WORKGROUP).inputs
    assert workgroup["publiclyAccessible"] is False
    assert workgroup["enhancedVpcRouting"] is True
    assert workgroup["subnetIds"] == ["private-a", "private-b"]
    assert network_rules.WAREHOUSE == WORKGROUP, "the policies look at another type"


def test_nobody_connects_but_the_clients_that_the_stack_names():
    assert not list(made().of(INGRESS))
    graph = made(client_group_ids=["sg-bi"], client_cidrs=["10.99.0.0/16"])
    rules = [rule.inputs for rule in graph.of(INGRESS)]
    assert {(rule["fromPort"], rule["toPort"]) for rule in rules} == {(5439, 5439)}
    known = {(rule.get("referencedSecurityGroupId"), rule.get("cidrIpv4")) for rule in rules}
    assert known == {("sg-bi", None), (None, "10.99.0.0/16")}


def test_limits_are_made_as_the_stack_says_them():
    monthly = {"rpu_hours": 300, "period": "monthly", "breach": "emit-metric"}
    graph = made(limits=[DAILY, monthly])
    found = {
        (node.inputs["period"], node.inputs["amount"], node.inputs["breachAction"])
        for node in graph.of(LIMIT)
    }
    assert found == {("daily", 40, "deactivate"), ("monthly", 300, "emit-metric")}
    assert all(graph.reaches(node, WORKGROUP) for node in graph.of(LIMIT))


def test_somebody_hears_before_a_limit_refuses_queries():
    monthly = {"rpu_hours": 300, "period": "monthly", "breach": "emit-metric"}
    graph = made(limits=[DAILY, monthly])
    for role, threshold in (("daily-deactivate", 32), ("monthly-emit-metric", 240)):
        alarm = graph.named(f"warehouse-use-{role}", ALARM)
        limit = graph.named(f"warehouse-limit-{role}", LIMIT)
        assert alarm.inputs["metricName"] == "UsageLimitConsumed"
        assert alarm.inputs["dimensions"] == {
            "UsageLimitId": f"{limit.name}-id",
            "UsageType": "SERVERLESS_COMPUTE",
            "Workgroup": "shop-test-warehouse",
        }
        assert alarm.inputs["threshold"] == threshold
        assert alarm.inputs["alarmActions"] == ["arn:topic"]
        assert graph.reaches(alarm, LIMIT)


def test_one_that_cannot_grow_has_no_alarm_for_being_full():
    full = made().named("warehouse-full", ALARM).inputs
    assert (full["metricName"], full["threshold"]) == ("ComputeCapacity", 15)
    fixed = made(base_rpu=16, max_rpu=16)
    assert not [node for node in fixed.of(ALARM) if node.name == "warehouse-full"]


def test_what_is_kept_is_protected_and_copied_each_night():
    graph = made(retain=True, snapshot_days=14)
    namespace = graph.only(NAMESPACE)
    assert namespace.protect
    assert namespace.retain_on_delete
    target = graph.only("aws:scheduler/schedule:Schedule").inputs["target"]
    assert target["arn"].endswith(":aws-sdk:redshiftserverless:createSnapshot")
    asked = json.loads(target["input"])
    assert asked == {
        "NamespaceName": "shop-test-warehouse",
        "SnapshotName": "nightly-<aws.scheduler.execution-id>",
        "RetentionPeriod": 14,
    }
    assert graph.only("aws:sqs/queue:Queue").arn == target["deadLetterConfig"]["arn"]
    alarm = graph.named("warehouse-snapshot-failed", ALARM).inputs
    assert alarm["dimensions"] == {"QueueName": "warehouse-dead-letters"}


def test_what_is_not_kept_goes_with_the_stack_and_costs_no_snapshots():
    graph = made()
    assert not graph.only(NAMESPACE).protect
    assert not list(graph.of("aws:scheduler/schedule:Schedule"))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"base_rpu": 12}, "12 RPU do not exist.*the next is 16"),
        ({"base_rpu": 32}, "max_rpu 16 is below base_rpu 32"),
        ({"retain": True}, "snapshot_days is 0"),
        ({"limits": []}, "at least 1 item"),
        ({"limits": [DAILY, DAILY]}, "daily deactivate twice"),
        (
            {"limits": [{**DAILY, "rpu_hours": 385}]},
            r"never reached with max_rpu 16 \(at most 384\)",
        ),
        ({"client_cidrs": ["8.8.8.0/24"]}, "8.8.8.0/24 is on the internet"),
    ],
)
def test_a_slip_is_told_with_its_limit_and_the_way_out(changes, said):
    with pytest.raises(ValidationError, match=said):
        config(**changes)


def test_a_stack_may_have_none():
    section = TypeAdapter(WarehouseSection).validate_python({"enabled": False})
    assert isinstance(section, NoWarehouse)


def network(**changes) -> NetworkConfig:
    given = {
        "enabled": True,
        "cidr": "10.20.0.0/16",
        "zones": ["a", "b", "c"],
        "nat": "none",
        "flow_log_days": 7,
    }
    return NetworkConfig.model_validate({**given, **changes})


def test_a_network_in_which_it_could_not_stand_or_look_up_tables_is_refused():
    assert "network.zones has 2" in (missing_for_warehouse(network(zones=["a", "b"])) or "")
    assert "lacks glue" in (missing_for_warehouse(network()) or "")
    assert missing_for_warehouse(network(interface_endpoints=["glue"])) is None
    assert missing_for_warehouse(network(nat="single")) is None
