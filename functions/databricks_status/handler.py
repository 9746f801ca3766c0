"""The Lambda handler: wiring only. A period in, metrics of each job out.

Environment: WORKSPACE_URL, CLIENT_ID, CLIENT_SECRET_NAME (of a secret in Secrets Manager), JOBS
(ids by name, as JSON), PERIOD_MINUTES, METRIC_NAMESPACE. It raises what fails: its errors are an
alarm.
"""

import json
import os
import sys
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Protocol, TypedDict, cast

from functions.databricks_status.api import Workspace
from functions.databricks_status.runs import Health, health

# Longer than any alarm waits (`history.alarm_hours` is 47 at most).
LOOK_BACK = timedelta(hours=48)


class Event(TypedDict):
    until: str  # ISO 8601; the end of the period


class Secrets(Protocol):
    """What this function uses of boto3's client."""

    def get_secret_value(self, *, SecretId: str) -> dict[str, Any]: ...  # noqa: N803


def handler(event: Event, _context: object) -> None:
    until = datetime.fromisoformat(event["until"])
    since = until - timedelta(minutes=int(os.environ["PERIOD_MINUTES"]))
    looked_back = until - LOOK_BACK
    found = secrets().get_secret_value(SecretId=os.environ["CLIENT_SECRET_NAME"])
    workspace = Workspace(
        os.environ["WORKSPACE_URL"], os.environ["CLIENT_ID"], found["SecretString"]
    )
    jobs: Mapping[str, str] = json.loads(os.environ["JOBS"])
    for job, id_ in jobs.items():
        one = health(
            workspace.runs(id_),
            since=_ms(since),
            until=_ms(until),
            looked_back=_ms(looked_back),
        )
        # Not through logging: Lambda's formatter puts a prefix before the line.
        sys.stdout.write(embedded_metrics(job, one, until) + "\n")


def embedded_metrics(job: str, one: Health, until: datetime) -> str:
    """A line in CloudWatch's embedded metric format (Amazon CloudWatch user guide)."""
    named = {"FunctionName": os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "local"), "Job": job}
    values = {"FailedRuns": one.failed_runs, "MinutesSinceGood": one.minutes_since_good}
    directive = {
        "Namespace": os.environ["METRIC_NAMESPACE"],
        "Dimensions": [list(named)],
        "Metrics": [{"Name": name, "Unit": "None"} for name in values],
    }
    about = {"_aws": {"Timestamp": _ms(until), "CloudWatchMetrics": [directive]}}
    return json.dumps({**about, **named, **values}, separators=(",", ":"))


def _ms(when: datetime) -> int:
    return round(when.timestamp() * 1000)


@cache
def secrets() -> Secrets:
    """Made once: a warm function keeps its connection."""
    import boto3

    create = cast("Callable[[str], Secrets]", boto3.client)
    return create("secretsmanager")
