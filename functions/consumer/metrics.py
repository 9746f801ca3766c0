"""What a batch did, as one log line in CloudWatch's embedded metric format: no API call.

Counts only, never a payload or a key of a customer. Format: Amazon CloudWatch user guide, "Embedded
metric format".
"""

import json
import os
import time
from dataclasses import asdict, dataclass


@dataclass(frozen=True, kw_only=True)
class Counts:
    """Of one batch. `lag_milliseconds` is the age of its first record when the batch was done."""

    records: int
    events: int
    quarantined_events: int
    objects: int
    lag_milliseconds: int


_METRICS = {
    "records": ("Records", "Count"),
    "events": ("Events", "Count"),
    "quarantined_events": ("QuarantinedEvents", "Count"),
    "objects": ("Objects", "Count"),
    "lag_milliseconds": ("Lag", "Milliseconds"),
}


def embedded_metrics(counts: Counts, *, namespace: str) -> str:
    """One line of JSON for standard output; the dimension is the function's name."""
    values = {_METRICS[field][0]: value for field, value in asdict(counts).items()}
    definitions = [{"Name": name, "Unit": unit} for name, unit in _METRICS.values()]
    directive = {"Namespace": namespace, "Dimensions": [["FunctionName"]], "Metrics": definitions}
    return json.dumps(
        {
            "_aws": {"Timestamp": time.time_ns() // 1_000_000, "CloudWatchMetrics": [directive]},
            "FunctionName": os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "local"),
            **values,
        },
        separators=(",", ":"),
    )
