"""The consumer's Lambda handler: wiring only. Records in, objects out, one line of metrics.

Environment: MODE (`parquet` or `text`), SILVER_BUCKET, BRONZE_BUCKET (quarantine),
METRIC_NAMESPACE.

Poison is dealt with inside a batch, so what is left to fail is the store or this code: then every
record of the batch is equally concerned, and the handler raises. Lambda retries the batch whole (or
bisected), never skips it, and the objects already written are written again with the same keys.
Raising says the same as naming the first record in `batchItemFailures`, and also holds where
partial responses are not understood.
"""

import os
import sys
import time
from collections.abc import Callable, Iterable
from functools import cache

from functions.consumer.metrics import Counts, embedded_metrics
from functions.consumer.objects import Outcome
from functions.consumer.records import Event, Record, arrival_of
from functions.consumer.s3 import put_all, s3_store


def handler(event: Event, _context: object) -> dict[str, list[object]]:
    """Raises what the store raises; otherwise all of the batch is stored, none is reported."""
    records = event["Records"]
    outcome = _mode(os.environ["MODE"])(records)
    silver, bronze = os.environ["SILVER_BUCKET"], os.environ["BRONZE_BUCKET"]
    objects = [(silver, new) for new in outcome.silver] + [(bronze, new) for new in outcome.bronze]
    put_all(s3_store(), objects)
    counts = Counts(
        records=len(records),
        events=outcome.events,
        quarantined_events=outcome.quarantined_events,
        objects=len(objects),
        lag_milliseconds=_lag_milliseconds(records),
    )
    # Not through logging: Lambda's formatter puts a prefix before the line, and it is JSON no more.
    sys.stdout.write(embedded_metrics(counts, namespace=os.environ["METRIC_NAMESPACE"]) + "\n")
    return {"batchItemFailures": []}


@cache
def _mode(name: str) -> Callable[[Iterable[Record]], Outcome]:
    match name:
        case "parquet":
            from functions.consumer.typed import process
        case "text":
            from functions.consumer.text import process
        case _:
            raise ValueError(f"MODE is {name!r}: set it to parquet or text")
    return process


def _lag_milliseconds(records: list[Record]) -> int:
    """Of the first record: a shard is read in order of arrival."""
    now = time.time_ns() // 1_000_000
    return max(0, now - arrival_of(records[0]) // 1000) if records else 0
