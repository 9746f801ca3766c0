"""What is watched about ingestion: are producers refused, are readers, does bronze fall behind, has
the stream fallen silent.

It leaves out the consumer's alarms (`components.consumer_alarms`).
"""

from collections.abc import Sequence

import pulumi

from components.alarms import Expression, Metric, alarm_above, alarm_on_math

SILENCE_PERIOD_MINUTES = 5


def ingest_alarms(
    name: str,
    *,
    stream: pulumi.Input[str],
    delivery_stream: pulumi.Input[str],
    buffer_seconds: int,
    silence_minutes: int | None,
    actions: Sequence[pulumi.Input[str]],
    opts: pulumi.ResourceOptions,
) -> None:
    """Every alarm on a stream and on Firehose reading it, by their names."""
    refused = {
        "write-throttled": (
            "WriteProvisionedThroughputExceeded",
            "Producers are refused: add shards or switch the stream to on demand.",
        ),
        "read-throttled": (
            "ReadProvisionedThroughputExceeded",
            "Readers share 2 MB a second and shard: one reader too many, or add shards.",
        ),
    }
    for role, (metric, meaning) in refused.items():
        alarm_above(
            f"{name}-{role}",
            Metric(namespace="AWS/Kinesis", name=metric, dimensions={"StreamName": stream}),
            threshold=0,
            periods=5,
            meaning=meaning,
            actions=actions,
            opts=opts,
        )
    alarm_above(
        f"{name}-delivery-late",
        Metric(
            namespace="AWS/Firehose",
            name="DeliveryToS3.DataFreshness",
            dimensions={"DeliveryStreamName": delivery_stream},
            statistic="Maximum",
        ),
        # Twice the buffer is late, below a quarter of an hour is noise.
        threshold=max(900, 2 * buffer_seconds),
        periods=3,
        meaning="Bronze falls behind: see Firehose's error log, its role and the bucket policy.",
        actions=actions,
        opts=opts,
    )
    if silence_minutes is not None:
        alarm_on_math(
            f"{name}-silent",
            silence(stream),
            threshold=0,
            periods=silence_minutes // SILENCE_PERIOD_MINUTES,
            meaning="No record arrives, which no error elsewhere would tell: see the producer's "
            "log, its schedule, and whether the source answers.",
            actions=actions,
            opts=opts,
        )


def silence(stream: pulumi.Input[str]) -> Expression:
    """1 in a period without any record, else 0."""
    return Expression(
        formula="IF(FILL(arrived, 0) == 0, 1, 0)",
        label="Silent",
        metrics={
            "arrived": Metric(
                namespace="AWS/Kinesis",
                name="IncomingRecords",
                dimensions={"StreamName": stream},
                period_seconds=SILENCE_PERIOD_MINUTES * 60,
            )
        },
    )
