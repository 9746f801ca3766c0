"""A pipeline with what it works on, recorded by itself."""

import json
from typing import Any

import pulumi
from pydantic import TypeAdapter

from components.catalog import Catalog, CatalogConfig
from components.encryption import Keys, Protection
from components.lakehouse import Lakehouse, LakehouseConfig
from components.naming import Site
from components.pipeline import Pipeline
from components.pipeline_config import PipelineSection
from components.pipeline_grants import Workplace
from tests.graph import Graph, record

SITE = Site(prefix="shop", env="test", account_id="123456789012", region="eu-west-1")
KEYS = Keys(data="arn:key/data", logs="arn:key/logs", secrets="arn:key/secrets")
PROTECTION = Protection(key_arn=KEYS.data, account_id=SITE.account_id)
TOPIC = "arn:aws:sns:eu-west-1:123456789012:alerts"
IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop-test-airflow:3.2.2"
SCHEDULES = {"daily": "0 5 * * *", "weekly": "30 6 * * 1", "time_zone": "Europe/Lisbon"}
SMALL = {"environment_class": "mw1.small"}

STATE_MACHINE = "aws:sfn/stateMachine:StateMachine"
SCHEDULE = "aws:scheduler/schedule:Schedule"
FUNCTION = "aws:lambda/function:Function"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
POLICY = "aws:iam/rolePolicy:RolePolicy"


def section(engine: str = "step_functions", **values: Any) -> Any:
    """A validated section, complete but for what the test is about."""
    given: dict[str, Any] = {"schedules": SCHEDULES, "jobs": "commands"}
    if engine != "airflow":
        given["runner"] = {"image": IMAGE}
    if engine == "mwaa":
        given["mwaa"] = SMALL
    if engine == "none":
        given = {}
    return TypeAdapter(PipelineSection).validate_python({"engine": engine, **given, **values})


def made(config: Any, *, topic: bool = True) -> Pipeline:
    """Inside a recording."""
    lake = Lakehouse("lake", LakehouseConfig(retain=False), site=SITE, protection=PROTECTION)
    catalog = Catalog(
        "catalog", CatalogConfig(register_gold=False), site=SITE, lake=lake, tables={}
    )
    return Pipeline(
        "pipeline",
        config,
        site=SITE,
        work=Workplace(
            lake=lake,
            catalog=catalog,
            workgroup=pulumi.Output.from_input("shop-test-analysts"),
            results_bucket=pulumi.Output.from_input("shop-test-query-results"),
            raw_prefix="raw/events",
            order_etl_job="shop-test-order-etl",
            crm_etl_job="shop-test-crm-etl",
        ),
        keys=KEYS,
        alarm_actions=(pulumi.Output.from_input(TOPIC),) if topic else (),
    )


def pipeline(engine: str = "step_functions", *, topic: bool = True, **values: Any) -> Graph:
    return record(lambda: made(section(engine, **values), topic=topic))


def statements(graph: Graph, role: str) -> dict[str, dict[str, Any]]:
    """By id."""
    policy = json.loads(graph.named(f"{role}-policy", POLICY).inputs["policy"])
    return {one["Sid"]: one for one in policy["Statement"]}
