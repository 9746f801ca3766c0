"""Who hears of an alarm, who may say something on the topic, and that no alarm is mute."""

import json

import pulumi
import pytest
from pydantic import ValidationError

from components.alarms import Expression, Metric, alarm_on_math
from components.alerts import Alerts, AlertsConfig
from components.encryption import EncryptionConfig, EncryptionKeys
from components.naming import Site
from tests.graph import Graph, Node, record

SITE = Site(prefix="shoptrend", env="dev", account_id="111111111111", region="eu-west-1")
MAIL = "data-team@shoptrend.example"
PAGER = "https://events.pager.example/integration/s3cr3t/enqueue"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"


def _alerts(*, emails: list[str], pager_urls: list[str]) -> Graph:
    config = AlertsConfig(enabled=True, emails=emails, pager_urls=pager_urls)

    def build() -> None:
        encryption = EncryptionConfig(deletion_window_days=7)
        keys = EncryptionKeys("keys", encryption, site=SITE, retain=False).keys
        Alerts("alerts", config, site=SITE, keys=keys)

    return record(build)


@pytest.fixture(scope="module")
def alerts() -> Graph:
    return _alerts(emails=[MAIL], pager_urls=[PAGER])


def _statements(node: Node) -> dict[str, dict]:
    return {one["Sid"]: one for one in json.loads(node.inputs["policy"])["Statement"]}


def _topic_policy(graph: Graph) -> dict[str, dict]:
    return _statements(graph.only("aws:sns/topicPolicy:TopicPolicy"))


def test_the_topic_is_encrypted_with_a_key_that_lets_its_publishers_encrypt(alerts: Graph):
    topic = alerts.only("aws:sns/topic:Topic")
    key_name = topic.inputs["kmsMasterKeyId"].rpartition(":")[2]
    allowed = _statements(alerts.named(key_name, "aws:kms/key:Key"))["AlertsEncrypt"]
    publishers = {
        one["Principal"]["Service"]
        for one in _topic_policy(alerts).values()
        if one["Effect"] == "Allow"
    }
    assert publishers == set(allowed["Principal"]["Service"])
    assert {"kms:Decrypt", "kms:GenerateDataKey*"} <= set(allowed["Action"])


@pytest.mark.parametrize(
    ("sid", "source"),
    [
        ("CloudwatchPublishes", "arn:aws:cloudwatch:eu-west-1:111111111111:alarm:*"),
        ("BudgetsPublishes", "arn:aws:budgets::111111111111:*"),
    ],
)
def test_a_service_publishes_for_this_account_only(alerts: Graph, sid: str, source: str):
    condition = _topic_policy(alerts)[sid]["Condition"]
    assert condition == {
        "StringEquals": {"aws:SourceAccount": "111111111111"},
        "ArnLike": {"aws:SourceArn": source},
    }


def test_nobody_publishes_without_tls(alerts: Graph):
    denied = _topic_policy(alerts)["TlsOnly"]
    assert denied["Effect"] == "Deny"
    assert denied["Principal"] == "*"
    assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_actions_wait_for_the_policy_of_the_topic():
    def build() -> None:
        encryption = EncryptionConfig(deletion_window_days=7)
        keys = EncryptionKeys("keys", encryption, site=SITE, retain=False).keys
        config = AlertsConfig(enabled=True, emails=[MAIL])
        (action,) = Alerts("alerts", config, site=SITE, keys=keys).actions
        _quiet_alarm(action)

    graph = record(build)
    alarm = graph.only(ALARM)
    assert graph.reaches(alarm, "aws:sns/topicPolicy:TopicPolicy")
    assert alarm.inputs["alarmActions"] == ["arn:aws:mock:::alerts-topic"]


def _quiet_alarm(action: pulumi.Input[str]) -> None:
    metric = Metric(namespace="N", name="M", period_seconds=300)
    alarm_on_math(
        "alarm",
        Expression(formula="2 * half", label="Whole", metrics={"half": metric}),
        threshold=1,
        periods=1,
        meaning="Nothing",
        actions=[action],
        opts=pulumi.ResourceOptions(),
    )


def test_an_alarm_on_math_returns_the_formula_alone():
    graph = record(lambda: _quiet_alarm("arn:topic"))
    returned = {
        query["id"]: query["returnData"] for query in graph.only(ALARM).inputs["metricQueries"]
    }
    assert returned == {"value": True, "half": False}


def test_mail_and_pager_are_subscribed(alerts: Graph):
    protocols = {node.inputs["protocol"] for node in alerts.of(SUBSCRIPTION)}
    assert protocols == {"email", "https"}
    mail = alerts.named("alerts-email-data-team-shoptrend-example", SUBSCRIPTION)
    assert mail.inputs["endpoint"] == MAIL


def test_the_url_of_a_pager_is_secret_and_in_no_name(alerts: Graph):
    (pager,) = (node for node in alerts.of(SUBSCRIPTION) if node.inputs["protocol"] == "https")
    assert pager.inputs["endpoint"] != PAGER, "not marked as secret"
    assert PAGER in json.dumps(pager.inputs["endpoint"])
    assert "s3cr3t" not in pager.urn
    assert pager.inputs["endpointAutoConfirms"] is True


def test_a_new_receiver_leaves_the_others_alone(alerts: Graph):
    more = _alerts(emails=["early@shoptrend.example", MAIL], pager_urls=[PAGER])
    before = {node.urn for node in alerts.of(SUBSCRIPTION)}
    assert before < {node.urn for node in more.of(SUBSCRIPTION)}


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"enabled": True}, "nobody hears them"),
        ({"enabled": True, "emails": ["data team"]}, "'data team' is no mail address"),
        ({"enabled": True, "emails": [MAIL, MAIL]}, "stands there twice"),
        ({"enabled": True, "pager_urls": ["http://pager.example/x"]}, "HTTPS only"),
        ({"enabled": True, "pager_urls": ["pager.example"]}, "HTTPS only"),
    ],
)
def test_what_nobody_would_hear_is_refused(config: dict, message: str):
    with pytest.raises(ValidationError, match=message):
        AlertsConfig.model_validate(config)


def test_an_error_does_not_tell_the_key_of_a_pager():
    with pytest.raises(ValidationError) as refused:
        AlertsConfig(enabled=True, pager_urls=[PAGER.replace("https", "http")])
    (error,) = refused.value.errors()
    assert "s3cr3t" not in error["msg"]
    assert error["type"] == "value_error", "settings.explain() shows no input for this type"


def test_switched_off_alerts_need_no_receiver():
    assert not AlertsConfig(enabled=False).emails


def test_every_alarm_says_what_to_do_and_ends_when_it_is_over(graph: Graph):
    for alarm in graph.of(ALARM):
        assert len(alarm.inputs["alarmDescription"]) > len("what it means"), alarm.urn
        assert alarm.inputs["treatMissingData"] == "notBreaching", alarm.urn
        assert alarm.inputs.get("okActions") == alarm.inputs.get("alarmActions"), alarm.urn


def test_no_alarm_is_mute_in_a_stack_that_has_a_topic(graph: Graph):
    somebody_hears = any(graph.of("aws:sns/topic:Topic"))
    for alarm in graph.of(ALARM):
        assert bool(alarm.inputs["alarmActions"]) is somebody_hears, alarm.urn
        if somebody_hears:
            assert graph.reaches(alarm, "aws:sns/topic:Topic"), alarm.urn
