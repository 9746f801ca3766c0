"""One CloudWatch alarm as all alarms here are made: silent without data unless told otherwise, and
routed to the given topics.

Without data nothing happened: most metrics here are published only while there is work. Where
silence itself is the failure, the expression fills it (`FILL`). It leaves out topics
(`components.alerts`) and dashboards (`components.dashboard`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import pulumi
import pulumi_aws as aws


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A CloudWatch metric and how it is summed up over `period_seconds`."""

    namespace: str
    name: str
    dimensions: Mapping[str, pulumi.Input[str]] = field(
        default_factory=dict[str, pulumi.Input[str]]
    )
    statistic: Literal["Sum", "Maximum", "Average"] = "Sum"
    period_seconds: int = 60


@dataclass(frozen=True, kw_only=True)
class Expression:
    """Metric math: `formula` over the metrics by their ids (lower-case first letter)."""

    formula: str
    label: str
    metrics: Mapping[str, Metric]


def alarm_above(
    name: str,
    metric: Metric,
    *,
    threshold: float,
    periods: int,
    meaning: str,
    actions: Sequence[pulumi.Input[str]],
    opts: pulumi.ResourceOptions,
) -> aws.cloudwatch.MetricAlarm:
    """Alarm while the metric stays above the threshold for `periods` periods. `meaning` says what
    to do about it.
    """
    return aws.cloudwatch.MetricAlarm(
        name,
        alarm_description=meaning,
        namespace=metric.namespace,
        metric_name=metric.name,
        dimensions=metric.dimensions,
        statistic=metric.statistic,
        period=metric.period_seconds,
        evaluation_periods=periods,
        comparison_operator="GreaterThanThreshold",
        threshold=threshold,
        treat_missing_data="notBreaching",
        alarm_actions=list(actions),
        ok_actions=list(actions),
        opts=opts,
    )


def alarm_on_math(
    name: str,
    expression: Expression,
    *,
    threshold: float,
    periods: int,
    meaning: str,
    actions: Sequence[pulumi.Input[str]],
    opts: pulumi.ResourceOptions,
) -> aws.cloudwatch.MetricAlarm:
    """The same for the value of an expression."""
    return aws.cloudwatch.MetricAlarm(
        name,
        alarm_description=meaning,
        metric_queries=[
            {
                "id": "value",
                "expression": expression.formula,
                "label": expression.label,
                "return_data": True,
            },
            *(
                {
                    "id": id_,
                    "metric": {
                        "namespace": metric.namespace,
                        "metric_name": metric.name,
                        "dimensions": metric.dimensions,
                        "stat": metric.statistic,
                        "period": metric.period_seconds,
                    },
                    "return_data": False,
                }
                for id_, metric in expression.metrics.items()
            ),
        ],
        evaluation_periods=periods,
        comparison_operator="GreaterThanThreshold",
        threshold=threshold,
        treat_missing_data="notBreaching",
        alarm_actions=list(actions),
        ok_actions=list(actions),
        opts=opts,
    )
