"""A stream that falls silent is noticed where it should, and what was given up is heard of."""

import json

import pytest

from components.stream_ingest import IngestConfig
from tests.graph import Graph, stack_file

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"


def _alarms(graph: Graph) -> dict[str, dict]:
    return {node.name: dict(node.inputs) for node in graph.of(ALARM)}


def test_a_stream_that_is_fed_all_day_is_watched_for_silence(graph: Graph, stack: str):
    minutes = stack_file(stack)["shop:ingest"].get("silence_alarm_minutes")
    alarm = _alarms(graph).get("ingest-silent")
    assert (alarm is None) is (minutes is None)
    if alarm is not None:
        periods = {
            query["metric"]["period"] for query in alarm["metricQueries"] if "metric" in query
        }
        assert [alarm["evaluationPeriods"] * period for period in periods] == [minutes * 60]
        assert "FILL" in json.dumps(alarm["metricQueries"]), "silence is missing data"


@pytest.mark.parametrize("minutes", [5, 12, 1445])
def test_a_silence_that_cloudwatch_cannot_measure_is_refused(minutes: int):
    with pytest.raises(ValueError, match="silence_alarm_minutes"):
        IngestConfig(mode="on_demand", silence_alarm_minutes=minutes)


def test_both_queues_of_given_up_work_are_watched(graph: Graph):
    watched = {
        alarm["dimensions"]["QueueName"]
        for alarm in _alarms(graph).values()
        if "QueueName" in alarm.get("dimensions", {})
    }
    assert watched == {node.name for node in graph.of("aws:sqs/queue:Queue")}
