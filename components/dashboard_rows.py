"""Which graphs stand on the dashboard of a stack: one row per question that somebody asks at night.

Does it arrive, does it get through, is it any good, what does it hold and cost. Pure. It leaves out
Airflow, and what the account does besides.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from components.alarms import Metric
from components.consumer_alarms import METRICS, quarantine_rate
from components.dashboard import Graph, Line, Row, Search

HOUR, DAY = 3600, 86_400


@dataclass(frozen=True, kw_only=True)
class Names:
    """What is looked at, by the names under which CloudWatch knows it."""

    stream: str
    delivery_stream: str
    producer: str
    consumer: str
    workgroup: str
    dead_letters: Mapping[str, str]
    """Queues by whose they are."""
    buckets: Mapping[str, str]
    """Buckets by zone."""


def rows(names: Names, *, quarantine_percent: float) -> tuple[Row, ...]:
    """Every graph, in reading order."""
    return (
        Row(heading="Does it arrive?", graphs=_stream(names)),
        Row(heading="Does it get through?", graphs=_functions(names)),
        Row(heading="Is it any good?", graphs=_quality(names, quarantine_percent)),
        Row(heading="What does it hold, and cost?", graphs=_lake(names)),
    )


def _stream(names: Names) -> tuple[Graph, ...]:
    of_stream = {"StreamName": names.stream}
    of_delivery = {"DeliveryStreamName": names.delivery_stream}

    def stream(name: str) -> Metric:
        return Metric(namespace="AWS/Kinesis", name=name, dimensions=of_stream)

    return (
        Graph(
            title="Stream: incoming",
            lines=[
                Line(label="Records", metric=stream("IncomingRecords")),
                Line(label="Bytes", metric=stream("IncomingBytes"), right=True),
            ],
        ),
        Graph(
            title="Stream: refused",
            lines=[
                Line(label="Writes", metric=stream("WriteProvisionedThroughputExceeded")),
                Line(label="Reads", metric=stream("ReadProvisionedThroughputExceeded")),
            ],
        ),
        Graph(
            title="Bronze: age of what is not delivered yet (s)",
            lines=[
                Line(
                    label="Freshness",
                    metric=Metric(
                        namespace="AWS/Firehose",
                        name="DeliveryToS3.DataFreshness",
                        dimensions=of_delivery,
                        statistic="Maximum",
                    ),
                )
            ],
        ),
    )


def _functions(names: Names) -> tuple[Graph, ...]:
    functions = {"producer": names.producer, "consumer": names.consumer}
    peaks = {"Duration": "longest run (ms)", "ConcurrentExecutions": "concurrent runs"}
    return (
        Graph(
            title="Consumer: age of the record being read (ms)",
            lines=[
                Line(
                    label="Iterator age",
                    metric=Metric(
                        namespace="AWS/Lambda",
                        name="IteratorAge",
                        dimensions={"FunctionName": names.consumer},
                        statistic="Maximum",
                    ),
                )
            ],
        ),
        *(
            Graph(
                title=f"Functions: {name.lower()}",
                lines=[
                    Line(label=label, metric=_function(function, name))
                    for label, function in functions.items()
                ],
            )
            for name in ("Invocations", "Errors", "Throttles")
        ),
        *(
            Graph(
                title=f"Functions: {title}",
                lines=[
                    Line(label=label, metric=_function(function, name, peak=True))
                    for label, function in functions.items()
                ],
            )
            for name, title in peaks.items()
        ),
    )


def _function(function: str, name: str, *, peak: bool = False) -> Metric:
    return Metric(
        namespace="AWS/Lambda",
        name=name,
        dimensions={"FunctionName": function},
        statistic="Maximum" if peak else "Sum",
    )


def _quality(names: Names, quarantine_percent: float) -> tuple[Graph, ...]:
    def counted(name: str) -> Metric:
        return Metric(namespace=METRICS, name=name, dimensions={"FunctionName": names.consumer})

    return (
        Graph(
            title="Events",
            lines=[
                Line(label="Typed", metric=counted("Events")),
                Line(label="Quarantined", metric=counted("QuarantinedEvents")),
            ],
        ),
        Graph(
            title="Events: quarantined (%)",
            lines=[quarantine_rate(names.consumer)],
            limit=quarantine_percent,
        ),
        Graph(
            title="Batches given up, still in a queue",
            lines=[
                Line(
                    label=label,
                    metric=Metric(
                        namespace="AWS/SQS",
                        name="ApproximateNumberOfMessagesVisible",
                        dimensions={"QueueName": queue},
                        statistic="Maximum",
                    ),
                )
                for label, queue in names.dead_letters.items()
            ],
        ),
    )


def _lake(names: Names) -> tuple[Graph, ...]:
    return (
        Graph(
            title="Lake: bytes",
            lines=[
                # S3 counts each storage class by itself, and objects move between them.
                _found(
                    label=label,
                    schema="AWS/S3,BucketName,StorageType",
                    name="BucketSizeBytes",
                    by={"BucketName": bucket},
                    statistic="Average",
                    period_seconds=DAY,
                )
                for label, bucket in names.buckets.items()
            ],
        ),
        Graph(
            title="Lake: objects",
            lines=[
                Line(
                    label=label,
                    metric=Metric(
                        namespace="AWS/S3",
                        name="NumberOfObjects",
                        dimensions={"BucketName": bucket, "StorageType": "AllStorageTypes"},
                        statistic="Average",
                        period_seconds=DAY,
                    ),
                )
                for label, bucket in names.buckets.items()
            ],
        ),
        Graph(
            title="Queries: bytes scanned per hour ($5 a TB)",
            lines=[
                # Athena counts each state and type of query by itself.
                _found(
                    label="Scanned",
                    schema="AWS/Athena,QueryState,QueryType,WorkGroup",
                    name="ProcessedBytes",
                    by={"WorkGroup": names.workgroup},
                    statistic="Sum",
                    period_seconds=HOUR,
                )
            ],
        ),
    )


def _found(
    *,
    label: str,
    schema: str,
    name: str,
    by: Mapping[str, str],
    statistic: str,
    period_seconds: int,
) -> Search:
    ((dimension, value),) = by.items()
    return Search(
        label=label,
        query=f'{{{schema}}} MetricName="{name}" {dimension}="{value}"',
        statistic=statistic,
        period_seconds=period_seconds,
    )
