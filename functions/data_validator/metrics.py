"""A verdict as log lines in CloudWatch's embedded metric format: one with the counts, one for each
kind of fault.

Format: Amazon CloudWatch user guide, "Embedded metric format".
"""

import json
import os
import time
from collections.abc import Iterator, Mapping

from functions.data_validator.verdict import Verdict


def embedded_metrics(verdict: Verdict, *, namespace: str) -> Iterator[str]:
    """Lines for standard output. `InvalidEvents` stands by function, and by function and fault."""
    yield _line(
        namespace,
        {},
        {
            "Objects": 1,
            "UnreadableObjects": int(not verdict.readable),
            "ValidEvents": verdict.valid,
            "InvalidEvents": verdict.invalid,
        },
    )
    for fault, count in sorted(verdict.faults.items()):
        yield _line(namespace, {"Fault": fault.value}, {"InvalidEvents": count})


def _line(namespace: str, dimensions: Mapping[str, str], values: Mapping[str, int]) -> str:
    named = {
        "FunctionName": os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "local"),
        **dimensions,
    }
    directive = {
        "Namespace": namespace,
        "Dimensions": [list(named)],
        "Metrics": [{"Name": name, "Unit": "Count"} for name in values],
    }
    return json.dumps(
        {
            "_aws": {"Timestamp": time.time_ns() // 1_000_000, "CloudWatchMetrics": [directive]},
            **named,
            **values,
        },
        separators=(",", ":"),
    )
