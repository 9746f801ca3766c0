"""What is watched about the consumer: does it run, keep up, give batches up, or meet unreadable
events.

It leaves out the stream's and Firehose's own alarms (`components.stream_ingest`).
"""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from components.alarms import Expression, Metric, alarm_above, alarm_on_math
from components.dead_letters import waiting

METRICS = "ShopTrend/Consumer"
FEW_EVENTS = 5
QUARTER_HOUR = 900


def consumer_alarms(
    name: str,
    *,
    function: aws.lambda_.Function,
    stream: pulumi.Input[str],
    dead_letters: aws.sqs.Queue,
    quarantine_percent: float,
    actions: Sequence[pulumi.Input[str]],
    opts: pulumi.ResourceOptions,
) -> None:
    """Every alarm on the consumer of `stream`, a stream's name."""
    of_function = {"FunctionName": function.name}
    alarms = {
        "late": (
            Metric(
                namespace="AWS/Lambda",
                name="IteratorAge",
                dimensions=of_function,
                statistic="Maximum",
            ),
            # Milliseconds; an hour behind leaves 23 of the shortest retention for repair.
            3_600_000,
            "The consumer falls behind the stream: look for errors, then raise "
            "parallel_batches or shards.",
        ),
        "failing": (
            Metric(namespace="AWS/Lambda", name="Errors", dimensions=of_function),
            0,
            "Batches fail and are retried: see the function's log; usually a store or a "
            "permission.",
        ),
        "throttled": (
            Metric(namespace="AWS/Lambda", name="Throttles", dimensions=of_function),
            0,
            "The account's or the function's concurrency is used up: raise reserved_concurrency.",
        ),
        "dead-letters": (
            waiting(dead_letters),
            0,
            "Batches were given up: `python -m jobs.redrive` hands them over again.",
        ),
    }
    for role, (metric, threshold, meaning) in alarms.items():
        alarm_above(
            f"{name}-{role}",
            metric,
            threshold=threshold,
            periods=5 if role == "late" else 1,
            meaning=meaning,
            actions=actions,
            opts=opts,
        )
    alarm_on_math(
        f"{name}-quarantine",
        quarantine_rate(function.name, at_least=FEW_EVENTS),
        threshold=quarantine_percent,
        periods=1,
        meaning="Too large a part of the events cannot be read: query bronze.quarantined_events "
        "by reason; usually a producer's release.",
        actions=actions,
        opts=opts,
    )
    alarm_on_math(
        f"{name}-idle",
        idle(function.name, stream),
        threshold=0,
        # A window of up to 5 minutes collects a batch first, so less than 15 means nothing.
        periods=3,
        meaning="Records arrive and nobody reads them: the event source mapping is disabled or "
        "lost its rights. IteratorAge is not published then, so no other alarm tells.",
        actions=actions,
        opts=opts,
    )


def quarantine_rate(function: pulumi.Input[str], *, at_least: int = 0) -> Expression:
    """Percent of the events that were quarantined, of all that arrived, in a quarter of an hour.

    0 below `at_least` quarantined ones: at night one bad event may be half of all.
    """
    rate = "100 * bad / (good + bad)"

    def counted(metric: str) -> Metric:
        return Metric(
            namespace=METRICS,
            name=metric,
            dimensions={"FunctionName": function},
            period_seconds=QUARTER_HOUR,
        )

    return Expression(
        formula=f"IF(bad >= {at_least}, {rate}, 0)" if at_least else rate,
        label="Quarantined %",
        metrics={"bad": counted("QuarantinedEvents"), "good": counted("Events")},
    )


def idle(function: pulumi.Input[str], stream: pulumi.Input[str]) -> Expression:
    """1 in a period in which records arrived and the function did not run, else 0."""
    return Expression(
        formula="IF(FILL(arrived, 0) > 0 AND FILL(runs, 0) == 0, 1, 0)",
        label="Unread",
        metrics={
            "arrived": Metric(
                namespace="AWS/Kinesis",
                name="IncomingRecords",
                dimensions={"StreamName": stream},
                period_seconds=300,
            ),
            "runs": Metric(
                namespace="AWS/Lambda",
                name="Invocations",
                dimensions={"FunctionName": function},
                period_seconds=300,
            ),
        },
    )
