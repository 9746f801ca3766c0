"""The pipelines as state machines, on the emulator: real functions, real queries, real messages."""

import json
import time
from dataclasses import replace
from typing import Any

import pytest

from pipelines.asl import state_machine
from pipelines.daily import daily
from pipelines.places import Places
from pipelines.steps import AthenaQuery, Pipeline, Step, WaitForObject
from pipelines.weekly import weekly
from tests.dags import shop_on_emulator
from tests.dags.shop_on_emulator import Stack

PATIENCE_SECONDS = 90


@pytest.fixture(scope="module")
def places(stack: Stack) -> Places:
    """With the function that runs the commands."""
    stack.client("logs").create_log_group(logGroupName="/pipeline")
    described = stack.places(runner_function="runner", metrics_log_group="/pipeline")
    shop_on_emulator.runner(stack, described)
    return described


def hurried(pipeline: Pipeline) -> Pipeline:
    """The same steps, with pauses of a second."""

    def quick(step: Step) -> Step:
        work = step.work
        if isinstance(work, WaitForObject | AthenaQuery):
            work = replace(work, poll_seconds=1)
        return replace(step, work=work, retry_seconds=1)

    return replace(pipeline, steps=tuple(quick(step) for step in pipeline.steps))


def ran(stack: Stack, definition: str, given: dict[str, str]) -> dict[str, Any]:
    """The finished execution."""
    machines = stack.client("stepfunctions")
    machine = machines.create_state_machine(
        name=f"machine-{time.monotonic_ns()}", definition=definition, roleArn=stack.role
    )["stateMachineArn"]
    execution = machines.start_execution(stateMachineArn=machine, input=json.dumps(given))
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        found = machines.describe_execution(executionArn=execution["executionArn"])
        if found["status"] != "RUNNING":
            return found
        time.sleep(0.2)
    pytest.fail(f"it still runs after {PATIENCE_SECONDS} s")


def test_both_pipelines_run_and_a_backfill_makes_no_row_twice(stack: Stack, places: Places):
    definition = state_machine(hurried(daily(places)), places)
    day = stack.day.isoformat()

    first = ran(stack, definition, {"day": day})
    assert first["status"] == "SUCCEEDED", first
    assert json.loads(first["output"]) == {"day": day}
    lines = stack.rows("select count(*) as lines from order_lines", "silver")
    sales = stack.rows("select count(*) as sales, sum(quantity) as units from fct_sales")
    assert int(sales[0][0]) == int(lines[0][0]) + 3  # the order file's, and the events' three
    state = stack.state()
    assert f"silver/crm_customers/day={day}/customers.parquet" in state

    assert ran(stack, definition, {"day": day})["status"] == "SUCCEEDED"
    assert stack.rows("select count(*) as sales, sum(quantity) as units from fct_sales") == sales
    silver = {key: tag for key, tag in state.items() if key.startswith("silver/")}
    assert {key: stack.state()[key] for key in silver} == silver
    assert stack.state().keys() == state.keys()

    metrics = stack.client("logs").filter_log_events(logGroupName="/pipeline")["events"]
    assert [json.loads(event["message"])["Sales"] for event in metrics] == [int(sales[0][0])] * 2

    before = set(stack.keys("results"))
    weeks = ran(stack, state_machine(hurried(weekly(places)), places), {"day": day})
    assert weeks["status"] == "SUCCEEDED", weeks
    (report,) = (key for key in set(stack.keys("results")) - before if key.endswith(".csv"))
    text = stack.client("s3").get_object(Bucket="results", Key=report)["Body"].read().decode()
    assert "web" in text
    assert stack.alerts() == []


def test_a_day_with_bad_rows_stops_before_gold_and_tells_so(stack: Stack, places: Places):
    gold = _gold(stack)
    # A day before the shop opened: its folder is there, its rows are not.
    stack.put("bronze", "raw/events/2020/01/31/1.json", b"{}\n")
    ended = ran(stack, state_machine(hurried(daily(places)), places), {"day": "2020-01-31"})
    assert ended["status"] == "FAILED"
    assert _gold(stack) == gold
    ((subject, message),) = stack.alerts()
    assert subject == "daily_pipeline failed"
    assert "2020-01-31" in message
    assert "quality_gate: 1 bad rows" in message


def test_a_command_that_fails_is_tried_again_and_its_sentence_arrives(stack: Stack, places: Places):
    gold = _gold(stack)
    stack.put("bronze", "drop/order_files/broken.csv", b"not an order file\n")
    ended = ran(stack, state_machine(hurried(daily(places)), places), {"day": str(stack.day)})
    stack.client("s3").delete_object(Bucket="bronze", Key="drop/order_files/broken.csv")
    assert ended["status"] == "FAILED"
    ((_, message),) = stack.alerts()
    assert "1 order files cannot be read: broken.csv" in message
    pages = stack.client("stepfunctions").get_paginator("get_execution_history")
    told = [
        event
        for page in pages.paginate(executionArn=ended["executionArn"])
        for event in page["events"]
        if "cannot be read" in event.get("taskFailedEventDetails", {}).get("cause", "")
    ]
    assert len(told) == 3  # the first attempt, and two more
    assert _gold(stack) == gold


def test_a_day_that_does_not_come_ends_the_wait(stack: Stack):
    places = stack.places()
    patient = Pipeline(
        name="patient",
        description="",
        steps=(
            Step(
                name="wait",
                work=WaitForObject(bucket="{bronze_bucket}", prefix="never/{day}", poll_seconds=1),
                retries=0,
                timeout_seconds=2,
            ),
        ),
    )
    assert ran(stack, state_machine(patient, places), {"day": "2026-01-31"})["status"] == "FAILED"
    ((_, message),) = stack.alerts()
    assert "TooLate: wait was not done within 2 s" in message


def test_without_a_day_it_is_the_one_before_the_schedule(stack: Stack):
    stack.put("bronze", "seen/2026-02-28/1", b"x")
    looking = Pipeline(
        name="looking",
        description="",
        steps=(
            Step(
                name="look",
                work=WaitForObject(bucket="bronze", prefix="seen/{day}/", poll_seconds=1),
                timeout_seconds=2,
                retries=0,
            ),
        ),
    )
    definition = state_machine(looking, stack.places())
    ended = ran(stack, definition, {"scheduled": "2026-03-01T05:00:00Z"})
    assert json.loads(ended["output"]) == {"day": "2026-02-28"}


def _gold(stack: Stack) -> dict[str, str]:
    return {key: tag for key, tag in stack.state().items() if key.startswith("gold/")}
