"""CloudWatch alarms, EventBridge rules and their targets."""

from local.provider.resource import Call, Name, Read, ResourceType, Task, words
from local.provider.tags import tags

_METRIC = "metricQueries.metric"

ALARM = ResourceType(
    type="aws:cloudwatch/metricAlarm:MetricAlarm",
    service="cloudwatch",
    inputs=words(
        "name actionsEnabled alarmActions alarmDescription comparisonOperator datapointsToAlarm "
        "dimensions evaluateLowSampleCountPercentiles evaluationPeriods extendedStatistic "
        "insufficientDataActions metricName metricQueries namespace okActions period statistic "
        "threshold thresholdMetricId treatMissingData unit tags"
    ),
    name=Name(limit=255),
    id="{name}",
    create=Call(operation="put_metric_alarm"),
    update=Call(operation="put_metric_alarm"),
    read=Read(operation="describe_alarms", at="metricAlarms"),
    delete=Call(operation="delete_alarms"),
    rename={
        "name": "AlarmName",
        "arn": "AlarmArn",
        "okActions": "OKActions",
        "metricQueries": "Metrics",
        _METRIC: "MetricStat",
        f"{_METRIC}.metricName": "Metric.MetricName",
        f"{_METRIC}.namespace": "Metric.Namespace",
        f"{_METRIC}.dimensions": "Metric.Dimensions",
    },
    # The emulator takes metric queries but does not give them back.
    unread=words("metricQueries"),
    derived={"arn": "arn:aws:cloudwatch:{region}:{account}:alarm:{name}"},
    parts=(tags(),),
)


def _delete_rule(task: Task) -> None:
    task.call("delete_rule", force=bool(task.want.get("forceDestroy")))


RULE = ResourceType(
    type="aws:cloudwatch/eventRule:EventRule",
    service="events",
    inputs=words(
        "name eventBusName description eventPattern scheduleExpression roleArn state forceDestroy "
        "tags"
    ),
    name=Name(limit=64),
    id="{eventBusName}/{name}",
    defaults={"eventBusName": "default"},
    create=Call(operation="put_rule"),
    update=Call(operation="put_rule"),
    read=Read(operation="describe_rule"),
    delete=_delete_rule,
    local=words("forceDestroy"),
    computed=words("arn"),
    parts=(tags(),),
)

TARGET = ResourceType(
    type="aws:cloudwatch/eventTarget:EventTarget",
    service="events",
    inputs=words(
        "rule eventBusName targetId arn roleArn input inputPath inputTransformer deadLetterConfig "
        "retryPolicy kinesisTarget sqsTarget forceDestroy"
    ),
    name=Name(property="targetId", limit=64),
    id="{eventBusName}/{rule}/{targetId}",
    defaults={"eventBusName": "default"},
    create=Call(operation="put_targets", under="targets", beside=words("rule eventBusName")),
    update=Call(operation="put_targets", under="targets", keep=words("targetId")),
    read=Read(
        operation="list_targets_by_rule",
        at="targets",
        match=("id", "targetId"),
    ),
    delete=Call(operation="remove_targets", by={"ids": "targetId"}),
    rename={
        "targetId": "Id",
        "inputTransformer.inputPaths": "InputPathsMap",
        "kinesisTarget": "KinesisParameters",
        "sqsTarget": "SqsParameters",
    },
    local=words("forceDestroy"),
)

TYPES = (ALARM, RULE, TARGET)
