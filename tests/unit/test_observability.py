"""The dashboard shows what exists, the budget tells and stops, nobody else writes to the trail, and
the alarms on the consumer mean what they say.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pulumi
import pytest
from pydantic import ValidationError

import settings
from components.alerts import Alerts, AlertsConfig
from components.budget import NEW_COMPUTE
from components.dashboard import Graph as Chart
from components.dashboard import Line, Row, dashboard_body
from components.dashboard_rows import Names, rows
from components.encryption import EncryptionKeys
from components.lakehouse import Lakehouse
from components.naming import Site
from components.observability import Observability, ObservabilityConfig, Watched
from components.producer import Producer
from components.stream_consumer import StreamConsumer
from components.stream_ingest import StreamIngest
from components.trail import lifecycle
from functions.consumer.metrics import Counts, embedded_metrics
from tests.graph import Graph, Node, record, stack_config

SITE = Site(prefix="shoptrend", env="dev", account_id="111111111111", region="eu-west-1")
WORKGROUP = "shoptrend-dev-analysts"
BATCH_ROLE = "arn:aws:iam::111111111111:role/transform-role-1f2e3d4"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
FULL = ObservabilityConfig(
    enabled=True,
    budget_usd_per_month=100,
    budget_action="deny_new_compute",
    budget_approval="automatic",
    trail_days=400,
    trail_data_events="write",
)
NAMES = Names(
    stream="a-stream",
    delivery_stream="a-delivery",
    producer="a-producer",
    consumer="a-consumer",
    workgroup="a-workgroup",
    dead_letters={"consumer": "a-queue"},
    buckets={"bronze": "a-bronze", "gold": "a-gold"},
)


def _platform(config: ObservabilityConfig, *, retain: bool = False) -> Graph:
    """The ingesting half of dev, and what looks at it."""

    def build() -> None:
        dev = settings.load()
        encryption = EncryptionKeys("keys", dev.encryption, site=SITE, retain=False)
        keys = encryption.keys
        heard = AlertsConfig(enabled=True, emails=["data-team@shoptrend.example"])
        actions = Alerts("alerts", heard, site=SITE, keys=keys).actions
        lake = Lakehouse("lake", dev.lakehouse, site=SITE, protection=encryption.protection)
        ingest = StreamIngest(
            "ingest", dev.ingest, site=SITE, lake=lake, keys=keys, alarm_actions=actions
        )
        consumer = StreamConsumer(
            "consumer",
            dev.consumer,
            site=SITE,
            stream=ingest.stream,
            lake=lake,
            keys=keys,
            alarm_actions=actions,
        )
        producer = Producer(
            "producer",
            dev.producer,
            site=SITE,
            stream=ingest.stream,
            keys=keys,
            alarm_actions=actions,
        )
        Observability(
            "watch",
            config,
            site=SITE,
            watched=Watched(
                stream=ingest.stream.name,
                delivery_stream=ingest.delivery_stream_name,
                producer=producer.function_name,
                consumer=consumer.function_name,
                workgroup=pulumi.Output.from_input(WORKGROUP),
                dead_letters={
                    "producer": pulumi.Output.from_input("producer-dead-letters"),
                    "consumer": consumer.dead_letter_queue,
                },
                zones={zone.value: bucket for zone, bucket in lake.zones.items()},
                batch_roles=[pulumi.Output.from_input(BATCH_ROLE)],
                quarantine_alarm_percent=dev.consumer.quarantine_alarm_percent,
            ),
            alarm_actions=actions,
            keys=keys,
            protection=encryption.protection,
            retain=retain,
        )

    return record(build, config=stack_config("dev"))


@pytest.fixture(scope="module")
def watched() -> Graph:
    return _platform(FULL)


def _body(graph: Graph) -> dict:
    node = graph.only("aws:cloudwatch/dashboard:Dashboard")
    return json.loads(node.inputs["dashboardBody"])


def _charts(body: Mapping[str, Any]) -> list[dict]:
    return [one["properties"] for one in body["widgets"] if one["type"] == "metric"]


def _shown(body: Mapping[str, Any]) -> Iterator[tuple[str, str, frozenset[tuple[str, str]]]]:
    """Namespace, name and dimensions of each metric on the dashboard."""
    for chart in _charts(body):
        for entry in chart["metrics"]:
            if isinstance(entry[0], str):
                namespace, name, *rest = entry[:-1]
                yield namespace, name, frozenset(zip(rest[::2], rest[1::2], strict=True))


def _alarmed(graph: Graph) -> Iterator[tuple[str, str, frozenset[tuple[str, str]]]]:
    for alarm in graph.of(ALARM):
        metrics = [
            query["metric"]
            for query in alarm.inputs.get("metricQueries", [alarm.inputs])
            if "expression" not in query and "metric" in query
        ] or [alarm.inputs]
        for metric in metrics:
            dimensions = frozenset(metric["dimensions"].items())
            yield metric["namespace"], metric["metricName"], dimensions


def test_every_dimension_on_the_dashboard_is_the_name_of_something_that_exists(watched: Graph):
    physical = {
        node.inputs.get(key, node.name) for node in watched.nodes.values() for key in ("name",)
    }
    buckets = {node.inputs["bucket"] for node in watched.of("aws:s3/bucket:Bucket")}
    names = physical | buckets | {"AllStorageTypes"}
    shown = list(_shown(_body(watched)))
    assert len(shown) > len(rows(NAMES, quarantine_percent=1))
    for namespace, metric, dimensions in shown:
        for dimension, value in dimensions:
            assert value in names, f"{namespace} {metric}: {dimension} {value} is nothing of ours"


def test_a_search_looks_for_a_bucket_or_workgroup_that_exists(watched: Graph):
    buckets = {node.inputs["bucket"] for node in watched.of("aws:s3/bucket:Bucket")}
    searches = re.findall(r'(BucketName|WorkGroup)=\\?"([^"\\]+)', json.dumps(_body(watched)))
    found = {value for _, value in searches}
    assert WORKGROUP in found
    assert found <= buckets | {WORKGROUP}
    assert len(found) == len("bsg") + 1, "three zones and the workgroup"


def test_every_metric_with_an_alarm_is_on_the_dashboard(watched: Graph):
    assert set(_alarmed(watched)) <= set(_shown(_body(watched)))


def test_the_dashboard_reads_the_metrics_that_the_consumer_emits(watched: Graph):
    counts = Counts(records=1, events=1, quarantined_events=0, objects=1, lag_milliseconds=0)
    function = watched.named("consumer-function", "aws:lambda/function:Function")
    namespace = function.inputs["environment"]["variables"]["METRIC_NAMESPACE"]
    line = json.loads(embedded_metrics(counts, namespace=namespace))
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    emitted = {one["Name"] for one in directive["Metrics"]}
    ours = {(metric, dims) for ns, metric, dims in _shown(_body(watched)) if ns == namespace}
    assert ours
    for metric, dimensions in ours:
        assert metric in emitted
        assert [[name for name, _ in dimensions]] == directive["Dimensions"]


def test_every_graph_is_of_the_region_of_the_stack():
    body = dashboard_body(rows(NAMES, quarantine_percent=1), region="eu-north-1")
    assert {chart["region"] for chart in _charts(body)} == {"eu-north-1"}


def test_graphs_do_not_overlap_and_stay_on_the_grid():
    graphs = [Chart(title=str(number), lines=()) for number in range(4)]
    body: dict[str, Any] = dashboard_body(
        [Row(heading="four", graphs=graphs), Row(heading="none", graphs=())], region="eu-west-1"
    )
    taken: set[tuple[int, int]] = set()
    for one in body["widgets"]:
        assert one["x"] + one["width"] <= 24
        cells = {
            (x, y)
            for x in range(one["x"], one["x"] + one["width"])
            for y in range(one["y"], one["y"] + one["height"])
        }
        assert not cells & taken
        taken |= cells


def test_ids_are_unique_in_a_graph():
    for chart in _charts(dashboard_body(rows(NAMES, quarantine_percent=1), region="eu-west-1")):
        ids = [entry[-1]["id"] for entry in chart["metrics"] if "id" in entry[-1]]
        assert len(ids) == len(set(ids)), chart["title"]


def test_a_graph_of_the_rate_has_the_line_at_which_the_alarm_goes_off():
    body = dashboard_body(rows(NAMES, quarantine_percent=2.5), region="eu-west-1")
    limits = [chart["annotations"] for chart in _charts(body) if "annotations" in chart]
    assert limits == [{"horizontal": [{"label": "Alarm", "value": 2.5}]}]


def test_two_units_stand_on_two_axes():
    (row, *_) = rows(NAMES, quarantine_percent=1)
    incoming = row.graphs[0]
    assert [(line.label, line.right) for line in incoming.lines if isinstance(line, Line)] == [
        ("Records", False),
        ("Bytes", True),
    ]


# Alarms


def _math(graph: Graph, name: str) -> str:
    (formula,) = (
        query["expression"]
        for query in graph.named(name, ALARM).inputs["metricQueries"]
        if query["returnData"]
    )
    return formula


def _evaluate(formula: str, **metrics: float) -> float:
    """CloudWatch's IF, FILL, AND for one data point, enough for the formulas here."""
    python = formula.replace(" AND ", " and ")
    known = {
        "IF": lambda condition, yes, no: yes if condition else no,
        "FILL": lambda value, _filler: value,
    }
    return eval(python, {"__builtins__": {}}, {**known, **metrics})  # noqa: S307 (our formulas)


@pytest.mark.parametrize(
    ("good", "bad", "alarms"),
    [
        (1000, 0, False),
        (995, 5, False),  # half a percent
        (900, 100, True),
        (0, 10, True),  # nothing readable at all
        (1, 1, False),  # at night half of two events is one event
    ],
)
def test_the_quarantine_alarm_goes_by_the_rate_but_not_by_a_few(
    watched: Graph, good: int, bad: int, alarms: bool
):
    threshold = watched.named("consumer-quarantine", ALARM).inputs["threshold"]
    rate = _evaluate(_math(watched, "consumer-quarantine"), good=good, bad=bad)
    assert (rate > threshold) is alarms


@pytest.mark.parametrize(
    ("arrived", "runs", "alarms"), [(10, 0, True), (10, 1, False), (0, 0, False), (0, 1, False)]
)
def test_records_that_nobody_reads_are_noticed(
    watched: Graph, arrived: int, runs: int, alarms: bool
):
    value = _evaluate(_math(watched, "consumer-idle"), arrived=arrived, runs=runs)
    assert (value > watched.named("consumer-idle", ALARM).inputs["threshold"]) is alarms


def test_missing_data_is_filled_where_silence_is_the_failure(watched: Graph):
    assert "FILL(runs, 0)" in _math(watched, "consumer-idle")


# Budget


def _statement(graph: Graph, policy: str, type_: str = ROLE_POLICY) -> dict:
    (statement,) = json.loads(graph.named(policy, type_).inputs["policy"])["Statement"]
    return statement


def test_the_budget_tells_the_topic_at_each_threshold(watched: Graph):
    budget = watched.only("aws:budgets/budget:Budget")
    told = {(one["threshold"], one["notificationType"]) for one in budget.inputs["notifications"]}
    assert told == {(50, "ACTUAL"), (80, "ACTUAL"), (100, "ACTUAL"), (100, "FORECASTED")}
    for one in budget.inputs["notifications"]:
        assert one["subscriberSnsTopicArns"] == ["arn:aws:mock:::alerts-topic"]
        assert one["thresholdType"] == "PERCENTAGE"
    assert watched.reaches(budget, "aws:sns/topicPolicy:TopicPolicy")


def test_the_budget_is_the_money_of_the_stack_file_a_month(watched: Graph):
    budget = watched.only("aws:budgets/budget:Budget").inputs
    assert (budget["limitAmount"], budget["limitUnit"]) == ("100", "USD")
    assert budget["timeUnit"] == "MONTHLY"
    assert budget["costTypes"]["includeCredit"] is False


def test_the_action_takes_new_compute_from_the_batch_roles_at_the_limit(watched: Graph):
    action = watched.only("aws:budgets/budgetAction:BudgetAction").inputs
    assert action["definition"]["iamActionDefinition"] == {
        "policyArn": "arn:aws:mock:::watch-budget-denial",
        "roles": ["transform-role-1f2e3d4"],
    }
    assert action["actionThreshold"]["actionThresholdValue"] == 100
    assert action["notificationType"] == "ACTUAL"
    assert action["approvalModel"] == "AUTOMATIC"
    assert action["budgetName"] == watched.only("aws:budgets/budget:Budget").inputs["name"]
    assert action["subscribers"] == [
        {"subscriptionType": "SNS", "address": "arn:aws:mock:::alerts-topic"}
    ]


def test_the_denial_allows_nothing_and_leaves_ingestion_and_cleaning_up_alone(watched: Graph):
    statement = _statement(watched, "watch-budget-denial", "aws:iam/policy:Policy")
    assert statement["Effect"] == "Deny"
    services = {action.partition(":")[0] for action in statement["Action"]}
    assert not services & {"kinesis", "firehose", "lambda", "s3", "kms", "logs"}
    assert not any(re.search(r":(Delete|Stop|Terminate|Get|List)", one) for one in NEW_COMPUTE)
    assert not any("*" in action for action in statement["Action"])


def test_the_executor_of_the_budget_attaches_the_denial_and_nothing_else(watched: Graph):
    statement = _statement(watched, "watch-budget-executor-policy")
    assert statement["Resource"] == [BATCH_ROLE]
    assert statement["Condition"] == {
        "ArnEquals": {"iam:PolicyARN": "arn:aws:mock:::watch-budget-denial"}
    }
    trusted = json.loads(
        watched.named("watch-budget-executor", "aws:iam/role:Role").inputs["assumeRolePolicy"]
    )["Statement"][0]
    assert trusted["Principal"] == {"Service": "budgets.amazonaws.com"}
    assert trusted["Condition"]["StringEquals"] == {"aws:SourceAccount": "111111111111"}


def test_a_budget_without_action_only_tells():
    graph = _platform(FULL.model_copy(update={"budget_action": "none"}))
    assert graph.only("aws:budgets/budget:Budget")
    assert not [node for node in graph.nodes.values() if "budgetAction" in node.type]
    assert not list(graph.of("aws:iam/policy:Policy"))


# Trail


def _trail(graph: Graph) -> Node:
    return graph.only("aws:cloudtrail/trail:Trail")


def test_the_trail_covers_all_regions_and_is_signed_and_encrypted(watched: Graph):
    trail = _trail(watched).inputs
    assert trail["isMultiRegionTrail"] is True
    assert trail["includeGlobalServiceEvents"] is True
    assert trail["enableLogFileValidation"] is True
    assert trail["kmsKeyId"] == "arn:aws:mock:::keys-logs"
    key = watched.named("keys-logs", "aws:kms/key:Key").inputs["policy"]
    assert "cloudtrail.amazonaws.com" in key


def test_only_this_trail_writes_to_its_bucket_and_only_below_its_account(watched: Graph):
    trail = _trail(watched)
    arn = f"arn:aws:cloudtrail:eu-west-1:111111111111:trail/{trail.inputs['name']}"
    policy = watched.named("watch-audit-logs-tls", "aws:s3/bucketPolicy:BucketPolicy")
    statements = {one["Sid"]: one for one in json.loads(policy.inputs["policy"])["Statement"]}
    for sid in ("TrailChecksBucket", "TrailDelivers"):
        assert statements[sid]["Principal"] == {"Service": "cloudtrail.amazonaws.com"}
        assert statements[sid]["Condition"]["StringEquals"]["aws:SourceArn"] == arn
    assert statements["TrailDelivers"]["Resource"] == [
        "arn:aws:mock:::watch-audit-logs/AWSLogs/111111111111/*"
    ]
    assert policy.urn in trail.depends_on, "CloudTrail tries a delivery when it is made"


def test_the_trail_keeps_data_events_of_the_lake_and_not_of_its_own_bucket(watched: Graph):
    management, objects = _trail(watched).inputs["eventSelectors"]
    assert management == {"readWriteType": "All", "includeManagementEvents": True}
    assert objects["readWriteType"] == "WriteOnly"
    (resource,) = objects["dataResources"]
    zones = {f"arn:aws:mock:::lake-{zone}/" for zone in ("bronze", "silver", "gold")}
    assert set(resource["values"]) == zones


def test_the_trail_needs_no_data_events():
    graph = _platform(FULL.model_copy(update={"trail_data_events": "none"}))
    (management,) = _trail(graph).inputs["eventSelectors"]
    assert management["includeManagementEvents"] is True


@pytest.mark.parametrize("retain", [True, False])
def test_the_logs_of_the_trail_are_kept_as_the_data_is(retain: bool):
    graph = _platform(FULL, retain=retain)
    bucket = graph.named("watch-audit-logs", "aws:s3/bucket:Bucket")
    assert bucket.protect is retain
    assert bucket.inputs["forceDestroy"] is not retain


def test_logs_go_cold_only_if_they_stay_long_enough_to_pay():
    (short,), (long,) = lifecycle(90), lifecycle(400)
    assert "transitions" not in short
    assert long.get("transitions") == [{"days": 90, "storage_class": "GLACIER_IR"}]
    assert long.get("expiration") == {"days": 400}


# The section


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ({"enabled": True, "trail_days": 90}, "without budget_usd_per_month"),
        ({"enabled": True, "budget_usd_per_month": 1}, "without trail_days"),
        ({"enabled": True, "budget_usd_per_month": 0}, "greater than or equal to 1"),
        (
            {"enabled": True, "budget_usd_per_month": 1, "trail": False, "trail_days": 9},
            "mean nothing",
        ),
        (
            {"enabled": True, "budget_usd_per_month": 1, "trail": False}
            | {"trail_data_events": "all"},
            "mean nothing",
        ),
    ],
)
def test_what_costs_or_is_lost_must_be_said(section: dict, message: str):
    with pytest.raises(ValidationError, match=message):
        ObservabilityConfig.model_validate(section)


def test_switched_off_it_needs_nothing_said():
    assert not ObservabilityConfig(enabled=False).enabled


def test_dashboard_and_trail_can_be_left_out_by_themselves():
    config = ObservabilityConfig(enabled=True, budget_usd_per_month=5, dashboard=False, trail=False)
    graph = _platform(config)
    (component,) = graph.of("shop:components:Observability")
    assert set(component.outputs) == {"budget"}
    assert not list(graph.of("aws:cloudtrail/trail:Trail"))
    assert not list(graph.of("aws:cloudwatch/dashboard:Dashboard"))


def test_a_budget_that_would_tell_nobody_is_refused():
    def build() -> None:
        dev = settings.load()
        encryption = EncryptionKeys("keys", dev.encryption, site=SITE, retain=False)
        name = pulumi.Output.from_input("x")
        nothing = Watched(
            stream=name,
            delivery_stream=name,
            producer=name,
            consumer=name,
            workgroup=name,
            dead_letters={},
            zones={},
            batch_roles=(),
            quarantine_alarm_percent=1,
        )
        Observability(
            "watch",
            FULL,
            site=SITE,
            watched=nothing,
            alarm_actions=(),
            keys=encryption.keys,
            protection=encryption.protection,
            retain=False,
        )

    with pytest.raises(ValueError, match="somebody to tell"):
        record(build, config=stack_config("dev"))
