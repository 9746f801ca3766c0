"""What is watched about the data validator: does it run, and what does it find.

It leaves out the consumer's own count of unreadable events (`components.consumer_alarms`).
"""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from components.alarms import Expression, Metric, alarm_above, alarm_on_math
from components.dead_letters import waiting

METRICS = "ShopTrend/Validator"
FEW_EVENTS = 5
QUARTER_HOUR = 900


def validator_alarms(
    name: str,
    *,
    function: aws.lambda_.Function,
    dead_letters: aws.sqs.Queue,
    invalid_percent: float,
    actions: Sequence[pulumi.Input[str]],
    opts: pulumi.ResourceOptions,
) -> None:
    """Every alarm on the validator."""
    of_function = {"FunctionName": function.name}
    alarms = {
        "unreadable": (
            Metric(namespace=METRICS, name="UnreadableObjects", dimensions=of_function),
            "An object of raw events is damaged: its verdict under validated/ says which; the "
            "stream may still have its records.",
        ),
        "failing": (
            Metric(namespace="AWS/Lambda", name="Errors", dimensions=of_function),
            "Objects could not be judged: see the function's log; usually a permission, memory "
            "or time.",
        ),
        "throttled": (
            Metric(namespace="AWS/Lambda", name="Throttles", dimensions=of_function),
            "The account's concurrency is used up: see which function takes it.",
        ),
        "dead-letters": (
            waiting(dead_letters),
            "Objects were given up: `python -m jobs.redrive --of validator` judges them again.",
        ),
    }
    for role, (metric, meaning) in alarms.items():
        alarm_above(
            f"{name}-{role}",
            metric,
            threshold=0,
            periods=1,
            meaning=meaning,
            actions=actions,
            opts=opts,
        )
    alarm_on_math(
        f"{name}-invalid",
        invalid_rate(function.name, at_least=FEW_EVENTS),
        threshold=invalid_percent,
        periods=1,
        meaning="Too large a part of the events in bronze breaks the contract: the metric by "
        "Fault says how, the verdicts under validated/ say in which field.",
        actions=actions,
        opts=opts,
    )


def invalid_rate(function: pulumi.Input[str], *, at_least: int) -> Expression:
    """Percent of the events that break the contract, in a quarter of an hour; 0 below `at_least`
    such events: at night one may be half of all.
    """

    def counted(metric: str) -> Metric:
        return Metric(
            namespace=METRICS,
            name=metric,
            dimensions={"FunctionName": function},
            period_seconds=QUARTER_HOUR,
        )

    return Expression(
        formula=f"IF(bad >= {at_least}, 100 * bad / (good + bad), 0)",
        label="Invalid %",
        metrics={"bad": counted("InvalidEvents"), "good": counted("ValidEvents")},
    )
