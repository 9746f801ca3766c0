"""Night: who sends nodes to sleep, who wakes them, and in whose time."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from components.airflow.cron import WEEKDAYS, checked, scheduler_expression, values
from tests.graph import Graph
from tests.unit.airflow_cluster_graph import (
    ARN,
    AUTO_MODE,
    GROUP,
    MANAGED,
    NAME,
    NIGHT,
    SCHEDULE,
    SCHEDULED_ACTION,
    cluster,
    statements,
    waits_for,
)
from tests.unit.airflow_stack import config


@pytest.fixture(scope="module")
def managed() -> Graph:
    return cluster(MANAGED, night=NIGHT)


@pytest.fixture(scope="module")
def auto_mode() -> Graph:
    return cluster(AUTO_MODE, night=NIGHT)


def test_groups_sleep_at_zero_with_a_largest_size_that_the_autoscaler_cannot_pass(managed: Graph):
    sleeping = [
        node.inputs
        for node in managed.of(SCHEDULED_ACTION)
        if node.inputs["scheduledActionName"] == "sleep"
    ]
    assert len(sleeping) == len(list(managed.of(GROUP))), "tasks too: nobody is up to shrink them"
    for action in sleeping:
        assert (action["minSize"], action["desiredCapacity"], action["maxSize"]) == (0, 0, 0)
        assert action["recurrence"] == "0 20 * * *"
        assert action["timeZone"] == "Europe/Lisbon"
        assert action["autoscalingGroupName"] == "eks-group"


def test_groups_wake_with_the_sizes_of_the_section(managed: Graph):
    core = managed.named("cluster-night-core-wake", SCHEDULED_ACTION).inputs
    assert (core["minSize"], core["desiredCapacity"], core["maxSize"]) == (2, 2, 4)
    tasks = managed.named("cluster-night-tasks-wake", SCHEDULED_ACTION).inputs
    assert (tasks["minSize"], tasks["desiredCapacity"], tasks["maxSize"]) == (0, 0, 10)
    assert core["recurrence"] == tasks["recurrence"] == "0 7 * * 1-5"


def test_auto_mode_sleeps_without_pools_and_wakes_with_both(auto_mode: Graph):
    requests = {
        action: json.loads(
            auto_mode.named(f"cluster-night-{action}", SCHEDULE).inputs["target"]["input"]
        )
        for action in ("sleep", "wake")
    }
    for request in requests.values():
        assert request["Name"] == NAME
        # EKS takes the three together or not at all.
        assert request["KubernetesNetworkConfig"] == {"ElasticLoadBalancing": {"Enabled": True}}
        assert request["StorageConfig"] == {"BlockStorage": {"Enabled": True}}
    # EKS refuses a node role without pools.
    assert requests["sleep"]["ComputeConfig"] == {"Enabled": True, "NodePools": []}
    assert requests["wake"]["ComputeConfig"] == {
        "Enabled": True,
        "NodePools": ["general-purpose", "system"],
        "NodeRoleArn": "arn:aws:mock:::cluster-node-role",
    }


def test_the_schedules_of_auto_mode_run_in_the_time_zone_of_the_section(auto_mode: Graph):
    wake = auto_mode.named("cluster-night-wake", SCHEDULE).inputs
    assert wake["scheduleExpression"] == "cron(0 7 ? * MON,TUE,WED,THU,FRI *)"
    assert wake["scheduleExpressionTimezone"] == "Europe/Lisbon"
    assert wake["target"]["arn"] == "arn:aws:scheduler:::aws-sdk:eks:updateClusterConfig"
    assert wake["target"]["retryPolicy"]["maximumRetryAttempts"] > 0
    for schedule in auto_mode.of(SCHEDULE):
        assert waits_for(auto_mode, schedule, "cluster-night-role-policy")


def test_the_role_of_the_schedules_changes_this_cluster_and_hands_over_one_role(auto_mode: Graph):
    may = statements(auto_mode, "cluster-night-role-policy")
    assert {sid: one["Action"] for sid, one in may.items()} == {
        "SwitchPools": ["eks:UpdateClusterConfig"],
        "HandOverNodeRole": ["iam:PassRole"],
    }
    assert may["SwitchPools"]["Resource"] == [ARN]
    assert may["HandOverNodeRole"]["Resource"] == ["arn:aws:mock:::cluster-node-role"]
    assert may["HandOverNodeRole"]["Condition"] == {
        "StringEquals": {"iam:PassedToService": "eks.amazonaws.com"}
    }


@pytest.mark.parametrize("nodes", [MANAGED, AUTO_MODE], ids=["managed", "auto_mode"])
def test_without_a_night_nothing_sleeps(nodes):
    graph = cluster(nodes)
    assert not list(graph.of(SCHEDULED_ACTION))
    assert not list(graph.of(SCHEDULE))


@pytest.mark.parametrize(
    ("sleep", "told"),
    [
        ("0 20 * *", "is not a schedule: five fields"),
        ("0 24 * * *", "'24' is no hour: numbers from 0 to 23"),
        ("0 20 * * MON", "'MON' is no day of the week: numbers from 0 to 7"),
        ("*/0 20 * * *", "'*/0' is no minute"),
        ("0 20 31-1 * *", "'31-1' is no day of the month"),
        ("0 20 1 * 1", "names days of the month and of the week"),
    ],
)
def test_a_schedule_that_cannot_be_is_refused_with_the_field_that_is_wrong(sleep: str, told: str):
    with pytest.raises(ValidationError, match=re.escape(told)):
        config(night={**NIGHT, "sleep": sleep})


@pytest.mark.parametrize(
    ("cron", "expression"),
    [
        ("0 20 * * *", "cron(0 20 * * ? *)"),
        ("30 6 1 * *", "cron(30 6 1 * ? *)"),
        ("0 7 * * 1-5", "cron(0 7 ? * MON,TUE,WED,THU,FRI *)"),
        ("0 7 * * 0", "cron(0 7 ? * SUN *)"),
        ("0 7 * * 7", "cron(0 7 ? * SUN *)"),
        ("0 7 * * 5-7", "cron(0 7 ? * SUN,FRI,SAT *)"),
        ("0,30 8-10 * 1,7 *", "cron(0,30 8,9,10 * 1,7 ? *)"),
        ("*/20 20 * * *", "cron(0,20,40 20 * * ? *)"),
    ],
)
def test_scheduler_gets_the_same_days_although_it_counts_them_from_one(cron: str, expression: str):
    assert scheduler_expression(cron) == expression


@given(
    least=st.integers(0, 6),
    length=st.integers(0, 6),
    step=st.integers(1, 7),
)
def test_a_day_is_in_the_expression_exactly_when_it_is_in_the_cron(least, length, step):
    most = min(least + length, 7)
    cron = f"0 7 * * {least}-{most}/{step}"
    meant = {WEEKDAYS[day % 7] for day in range(least, most + 1, step)}
    days = scheduler_expression(cron).split()[4]
    assert set(days.split(",")) == meant


@given(st.text(alphabet="0123456789*,/- x", max_size=20))
def test_any_text_is_a_schedule_or_a_sentence(text: str):
    try:
        assert checked(text).split() == text.split()
    except ValueError as error:
        assert "`0 20 * * *`" in str(error) or "leave the other" in str(error)  # noqa: PT017


def test_steps_from_a_number_go_to_the_end():
    assert values("5/10", 0, 59) == [5, 15, 25, 35, 45, 55]
