"""Who runs the pipelines, when, with which rights, and who hears when they fail."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from pipelines.places import VARIABLE, from_json
from tests.graph import record
from tests.unit.pipeline_graph import (
    ALARM,
    FUNCTION,
    IMAGE,
    LOG_GROUP,
    SCHEDULE,
    STATE_MACHINE,
    TOPIC,
    made,
    pipeline,
    section,
    statements,
)


def test_state_machines_work_with_the_names_of_the_stack():
    graph = pipeline()
    machines = {node.inputs["name"]: node for node in graph.of(STATE_MACHINE)}
    assert machines.keys() == {"shop-test-daily-pipeline", "shop-test-weekly-sync"}
    text = machines["shop-test-daily-pipeline"].inputs["definition"]
    for name in ("shop-test-bronze", "shop_test_silver", "shop-test-pipeline-runner", TOPIC):
        assert name in text
    assert json.loads(text)["StartAt"] == "Day"
    for machine in machines.values():
        assert graph.reaches(machine, LOG_GROUP)
        assert machine.inputs["loggingConfiguration"]["level"] == "ALL"


def test_schedules_start_their_machine_in_the_time_zone_for_the_time_they_were_meant():
    graph = pipeline()
    daily = graph.named("pipeline-daily-pipeline-schedule", SCHEDULE).inputs
    assert daily["scheduleExpression"] == "cron(0 5 * * ? *)"
    assert daily["scheduleExpressionTimezone"] == "Europe/Lisbon"
    assert json.loads(daily["target"]["input"]) == {"scheduled": "<aws.scheduler.scheduled-time>"}
    assert daily["target"]["deadLetterConfig"]["arn"]
    weekly = graph.named("pipeline-weekly-sync-schedule", SCHEDULE).inputs
    assert weekly["scheduleExpression"] == "cron(30 6 ? * MON *)"


def test_without_schedules_nothing_starts_by_itself():
    graph = pipeline(schedules={"daily": None, "weekly": None, "time_zone": "UTC"})
    assert not list(graph.of(SCHEDULE))
    assert len(list(graph.of(STATE_MACHINE))) == 2


def test_a_machine_starts_steps_but_does_not_touch_data():
    granted = statements(pipeline(), "pipeline-role")
    actions = {action for one in granted.values() for action in one["Action"]}
    assert {"lambda:InvokeFunction", "athena:StartQueryExecution", "sns:Publish"} <= actions
    assert not any(action.startswith("glue:Start") for action in actions)
    # The one object it writes is the result of a query, as Athena does in its name.
    writes = [one for one in granted.values() if "s3:PutObject" in one["Action"]]
    assert [one["Resource"] for one in writes] == [["arn:aws:s3:::shop-test-query-results/*"]]
    assert granted["AwaitBronze"]["Condition"] == {"StringLike": {"s3:prefix": ["raw/events/*"]}}
    # Log deliveries know no narrower resource.
    assert [sid for sid, one in granted.items() if "*" in one["Resource"]] == ["AccountWide"]


def test_glue_jobs_are_started_by_name_where_they_do_the_work():
    granted = statements(pipeline(jobs="glue"), "pipeline-role")
    jobs = "arn:aws:glue:eu-west-1:123456789012:job/shop-test"
    assert granted["RunJobs"]["Resource"] == [f"{jobs}-order-etl", f"{jobs}-crm-etl"]


def test_commands_run_in_the_image_and_write_only_their_tables():
    graph = pipeline()
    function = graph.named("pipeline-runner-function", FUNCTION).inputs
    assert function["imageUri"] == IMAGE
    assert function["packageType"] == "Image"
    assert "runtime" not in function
    assert function["timeout"] == 900
    places = from_json(function["environment"]["variables"][VARIABLE])
    assert places.bronze_bucket == "shop-test-bronze"
    assert places.metrics_log_group == "/shop/test/pipeline"
    granted = statements(graph, "pipeline-runner-role")
    written = {one.partition("/")[2] for one in granted["WriteSilver"]["Resource"]}
    assert written == {"cdc_state/*", "crm_customers/*", "order_lines/*", "shop/*"}
    assert all("*" not in one["Resource"] for one in granted.values())


def test_without_an_image_the_archive_is_deployed_for_a_runtime_that_has_the_libraries():
    function = pipeline(runner={"image": None}).named("pipeline-runner-function", FUNCTION).inputs
    assert function["handler"] == "pipelines.commands.handler.handler"
    assert function["runtime"] == "python3.12"
    assert "imageUri" not in function


def test_failed_late_and_missed_runs_alarm():
    graph = pipeline(freshness_hours=36)
    alarms = {node.name: node.inputs for node in graph.of(ALARM)}
    assert alarms.keys() == {
        "pipeline-daily-pipeline-failed",
        "pipeline-daily-pipeline-timed-out",
        "pipeline-weekly-sync-failed",
        "pipeline-weekly-sync-timed-out",
        "pipeline-missed-runs",
        "pipeline-stale",
    }
    assert all(alarm["alarmActions"] == [TOPIC] for alarm in alarms.values())
    assert alarms["pipeline-stale"]["threshold"] == 36 * 60


@pytest.mark.parametrize("quiet", [{"alert": False}, {"topic": False}], ids=["told", "no topic"])
def test_where_nobody_is_to_hear_no_step_publishes(quiet):
    graph = pipeline(**quiet)
    (definition, _) = (node.inputs["definition"] for node in graph.of(STATE_MACHINE))
    assert "Alert" not in json.loads(definition)["States"]
    assert "TellFailures" not in statements(graph, "pipeline-role")


def test_airflow_gets_grants_and_places_and_makes_no_machine():
    seen = []
    graph = record(lambda: seen.append(made(section("airflow"))))
    assert not list(graph.of(STATE_MACHINE))
    assert not list(graph.of(FUNCTION))
    actions = {action for one in seen[0].step_statements for action in one.actions}
    assert {"s3:PutObject", "athena:StartQueryExecution", "logs:PutLogEvents"} <= actions
    assert "lambda:InvokeFunction" not in actions


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"schedules": {"daily": "0 25 * * *", "weekly": None, "time_zone": "UTC"}}, "no hour"),
        (
            {"schedules": {"daily": None, "weekly": None, "time_zone": "Lisbon"}},
            "'Lisbon' is no time zone",
        ),
        ({"runner": {"image": "docker.io/shop:1"}}, "runner.image"),
        ({"runner": {"image": IMAGE, "runtime": "python3.12"}}, "beside an image"),
        ({"engine": "airflow"}, "airflow.runner"),
        ({"jobs": "spark"}, "'glue' or 'commands'"),
    ],
)
def test_what_cannot_be_is_refused(values, message):
    given: dict[str, Any] = {"runner": {"image": IMAGE}, **values}
    with pytest.raises(ValidationError, match=message):
        section(**given)


def test_a_stack_may_have_no_pipeline():
    assert section("none").engine == "none"
    with pytest.raises(ValidationError, match="schedules"):
        section("none", schedules={"daily": None, "weekly": None, "time_zone": "UTC"})
