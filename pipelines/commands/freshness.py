"""freshness: how old the newest sale in gold is, as a metric that an alarm can watch.

`Age` in minutes and `Sales`, in CloudWatch's embedded metric format: a line in a log group of ours,
because PutMetricData takes no narrower resource than all. It asks Athena, as analysts do, so that a
table they cannot read counts as a failure too. Format: Amazon CloudWatch user guide, "Embedded
metric format".
"""

import json
import time
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from pipelines.commands.work import CommandFailed, Work

NAMESPACE = "ShopTrend/Pipeline"
PATIENCE_SECONDS = 120
QUERY = "select count(*) as sales, max(sold_at) as newest from fct_sales"


def run(work: Work) -> str:
    sales, newest = _ask(work)
    age = max(0.0, (datetime.now(UTC) - newest).total_seconds() / 60)
    if group := work.places.metrics_log_group:
        _publish(work.client("logs"), group, embedded(work.places.gold_database, sales, age))
    return f"{sales} sales in gold, the newest {age:.0f} minutes old"


def embedded(database: str, sales: int, age_minutes: float) -> str:
    """The metrics as one line of JSON; the dimension is the database."""
    directive = {
        "Namespace": NAMESPACE,
        "Dimensions": [["Database"]],
        # CloudWatch knows no minutes.
        "Metrics": [{"Name": "Age", "Unit": "None"}, {"Name": "Sales", "Unit": "Count"}],
    }
    return json.dumps(
        {
            "_aws": {"Timestamp": _now(), "CloudWatchMetrics": [directive]},
            "Database": database,
            "Age": round(age_minutes, 1),
            "Sales": sales,
        }
    )


def _publish(logs: Any, group: str, line: str) -> None:  # noqa: ANN401
    stream = f"freshness-{uuid4()}"
    logs.create_log_stream(logGroupName=group, logStreamName=stream)
    logs.put_log_events(
        logGroupName=group,
        logStreamName=stream,
        logEvents=[{"timestamp": _now(), "message": line}],
    )


def _now() -> int:
    return time.time_ns() // 1_000_000


def _ask(work: Work) -> tuple[int, datetime]:
    athena, places = work.client("athena"), work.places
    query = athena.start_query_execution(
        QueryString=QUERY,
        QueryExecutionContext={"Database": places.gold_database},
        WorkGroup=places.workgroup,
    )["QueryExecutionId"]
    _wait(athena, query)
    rows = athena.get_query_results(QueryExecutionId=query)["ResultSet"]["Rows"]
    # The first row repeats the names of the columns.
    sales, newest = (cell.get("VarCharValue") for cell in rows[1]["Data"])
    if not newest:
        raise CommandFailed("gold holds no sale: see whether silver does, and what dbt_build said")
    return int(sales), datetime.fromisoformat(newest).replace(tzinfo=UTC)


def _wait(athena: Any, query: str) -> None:  # noqa: ANN401
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        status = athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"]
        if status["State"] == "SUCCEEDED":
            return
        if status["State"] in ("FAILED", "CANCELLED"):
            raise CommandFailed(
                f"Athena could not read gold: {status.get('StateChangeReason', 'no reason given')}"
            )
        if time.monotonic() > deadline:
            raise CommandFailed(f"Athena did not answer within {PATIENCE_SECONDS} s")
        time.sleep(0.5)
