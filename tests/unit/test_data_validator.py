"""The validator hears of every raw object and of no other, and may do nothing besides."""

import json

import pytest
from pydantic import TypeAdapter, ValidationError

from components.data_validator import DataValidator, ValidatorConfig, ValidatorSection
from components.encryption import Keys, Protection
from components.lakehouse import Lakehouse, LakehouseConfig
from components.naming import Site
from functions.data_validator.verdict import verdict_key
from tests.graph import Graph, record

SITE = Site(prefix="shop", env="test", account_id="123456789012", region="eu-west-1")
KEYS = Keys(data="arn:key:data", logs="arn:key:logs", secrets="arn:key:secrets")
FUNCTION = "aws:lambda/function:Function"
NOTIFICATION = "aws:s3/bucketNotification:BucketNotification"
PERMISSION = "aws:lambda/permission:Permission"
QUEUE = "aws:sqs/queue:Queue"


@pytest.fixture(scope="module")
def graph() -> Graph:
    def program() -> None:
        lake = Lakehouse(
            "lake",
            LakehouseConfig(retain=False),
            site=SITE,
            protection=Protection(key_arn=KEYS.data, account_id=SITE.account_id),
        )
        DataValidator(
            "validator",
            ValidatorConfig(enabled=True, layer_zip=None, alarm_percent=2),
            site=SITE,
            lake=lake,
            raw_prefix="raw/events",
            keys=KEYS,
            alarm_actions=["arn:topic"],
        )

    return record(program)


def grants(graph: Graph) -> dict[str, list[str]]:
    """Resource to actions."""
    policy = graph.named("validator-role-policy", "aws:iam/rolePolicy:RolePolicy").inputs["policy"]
    found: dict[str, list[str]] = {}
    for statement in json.loads(policy)["Statement"]:
        for resource in statement["Resource"]:
            found.setdefault(resource, []).extend(statement["Action"])
    return found


def test_every_new_raw_object_starts_the_function_and_its_verdict_does_not(graph: Graph):
    notification = graph.only(NOTIFICATION)
    (target,) = notification.inputs["lambdaFunctions"]
    assert notification.inputs["bucket"] == "shop-test-bronze"
    assert target["lambdaFunctionArn"] == graph.only(FUNCTION).arn
    assert target["events"] == ["s3:ObjectCreated:*"]
    assert target["filterPrefix"] == "raw/events/"
    assert not verdict_key("raw/events/2026/11/22/a.gz").startswith(target["filterPrefix"])


def test_s3_is_asked_only_once_it_may_call(graph: Graph):
    permission = graph.only(PERMISSION)
    assert permission.inputs["principal"] == "s3.amazonaws.com"
    assert permission.inputs["sourceArn"] == graph.named("lake-bronze", "aws:s3/bucket:Bucket").arn
    assert permission.inputs["sourceAccount"] == "123456789012"
    assert graph.reaches(graph.only(NOTIFICATION), PERMISSION)


def test_it_reads_raw_events_and_writes_verdicts_and_that_is_all(graph: Graph):
    found = grants(graph)
    bronze = graph.named("lake-bronze", "aws:s3/bucket:Bucket").arn
    assert found[f"{bronze}/raw/events/*"] == ["s3:GetObject"]
    assert found[f"{bronze}/validated/*"] == ["s3:PutObject", "s3:AbortMultipartUpload"]
    assert not any("Delete" in action for actions in found.values() for action in actions)
    assert {arn for arn in found if bronze in arn} == {
        bronze,
        f"{bronze}/raw/events/*",
        f"{bronze}/validated/*",
    }


def test_what_fails_three_times_is_kept_for_two_weeks(graph: Graph):
    invoke = graph.only("aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig")
    queue = graph.only(QUEUE)
    assert invoke.inputs["maximumRetryAttempts"] == 2
    assert invoke.inputs["destinationConfig"]["onFailure"]["destination"] == queue.arn
    assert queue.inputs["messageRetentionSeconds"] == 14 * 86_400
    assert grants(graph)[queue.arn] == ["sqs:SendMessage"]


def test_the_archive_holds_all_that_the_handler_imports(graph: Graph):
    from components.lambda_code import lambda_code

    function = graph.only(FUNCTION)
    assert function.inputs["handler"] == "functions.data_validator.handler.handler"
    files = lambda_code("functions/data_validator", "functions/consumer", "contract").assets
    for module in ("data_validator/handler", "data_validator/raw", "consumer/decode"):
        assert f"functions/{module}.py" in files
    assert {"functions/__init__.py", "contract/events.py"} <= set(files)


def test_an_alarm_goes_off_for_the_part_that_is_configured_and_names_the_way_out(graph: Graph):
    alarms = {node.name: node for node in graph.of("aws:cloudwatch/metricAlarm:MetricAlarm")}
    assert set(alarms) == {
        f"validator-{role}"
        for role in ("unreadable", "failing", "throttled", "dead-letters", "invalid")
    }
    assert all(node.inputs["alarmActions"] == ["arn:topic"] for node in alarms.values())
    rate = alarms["validator-invalid"].inputs
    assert rate["threshold"] == 2
    names = {one["metric"]["metricName"] for one in rate["metricQueries"] if "metric" in one}
    assert names == {"InvalidEvents", "ValidEvents"}


@pytest.mark.parametrize(
    ("bad", "good", "alarms"), [(4, 0, False), (5, 100, True), (5, 900, False)]
)
def test_few_bad_events_are_no_alarm(bad: int, good: int, alarms: bool):
    from components.data_validator_alarms import FEW_EVENTS, invalid_rate

    formula = invalid_rate("f", at_least=FEW_EVENTS).formula
    assert formula == "IF(bad >= 5, 100 * bad / (good + bad), 0)"
    rate = 100 * bad / (good + bad) if bad >= FEW_EVENTS else 0
    assert (rate > 1) is alarms


def test_an_alarm_at_nothing_is_refused():
    with pytest.raises(ValidationError, match="greater than 0"):
        ValidatorConfig(enabled=True, layer_zip=None, alarm_percent=0)


def test_where_its_wheels_come_from_is_said_by_every_stack_that_has_it():
    section = TypeAdapter(ValidatorSection)
    assert section.validate_python({"enabled": False}).enabled is False
    with pytest.raises(ValidationError, match="layer_zip"):
        section.validate_python({"enabled": True})
