"""What a stack calls the things that its pipelines work on, and how that reaches a run.

The program writes it as JSON: into the definition of a state machine, into the environment of the
function that runs commands, and beside the DAGs as `places.json`. It holds names only, no secret.
"""

import json
import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Literal, cast, get_args

VARIABLE = "SHOPTREND_PLACES"
FILE = Path(__file__).parent.parent / "places.json"

Jobs = Literal["glue", "commands"]


@dataclass(frozen=True, kw_only=True)
class Places:
    """Names in one stack; an empty text where it has none."""

    bronze_bucket: str
    silver_bucket: str
    gold_bucket: str
    silver_database: str
    gold_database: str
    workgroup: str
    raw_prefix: str = "raw/events"
    """Where Firehose writes in bronze; the day follows as yyyy/MM/dd."""
    jobs: Jobs = "commands"
    """`glue`: batch jobs are Glue's; `commands`: they are commands, for a shop whose day fits into
    one process."""
    order_etl_job: str = ""
    crm_etl_job: str = ""
    maintenance_target: str = ""
    """The dbt target whose tables are compacted every week; empty: there is nothing to compact."""
    alert_topic_arn: str = ""
    metrics_log_group: str = ""
    """Where `freshness` writes its metric; empty: nowhere."""
    runner_function: str = ""
    """The Lambda function that runs commands; empty: Airflow runs them itself."""
    command_python: str = "/opt/shoptrend/bin/python"
    """The interpreter of the commands in Airflow's image, where Airflow runs them itself."""
    schedule_daily: str = "0 5 * * *"
    schedule_weekly: str = "0 6 * * 1"
    """Five cron fields, in `time_zone`; Airflow's only: elsewhere a schedule is a resource."""
    time_zone: str = "UTC"


PLACES = frozenset(field.name for field in fields(Places))


class NoPlaces(ValueError):  # noqa: N818  the callers' word for it
    """Nobody said what this stack calls its things, or said something else."""


def to_json(places: Places) -> str:
    return json.dumps(asdict(places), sort_keys=True)


def from_json(text: str) -> Places:
    """Raises `NoPlaces`, in one sentence, for a text that `to_json` did not write."""
    try:
        given = json.loads(text)
    except ValueError as error:
        raise NoPlaces(f"the places of this stack are no JSON ({error}): deploy again") from None
    if not isinstance(given, dict):
        raise NoPlaces("the places of this stack are no JSON object: deploy again")
    values = cast("dict[str, str]", given)
    if unknown := sorted(set(values) - PLACES):
        raise NoPlaces(
            f"the places of this stack name {', '.join(unknown)}, which this version does not "
            "know: deploy program and DAGs from one commit"
        )
    try:
        places = Places(**values)  # pyright: ignore[reportArgumentType] (checked below)
    except TypeError as error:
        raise NoPlaces(f"the places of this stack are incomplete ({error}): deploy again") from None
    if places.jobs not in get_args(Jobs):
        raise NoPlaces(
            f"jobs is {places.jobs!r} in the places of this stack: it is one of "
            f"{', '.join(get_args(Jobs))}"
        )
    return places


def load() -> Places:
    """From the environment, else from the file that lies beside the DAGs. Raises `NoPlaces`."""
    if text := os.environ.get(VARIABLE):
        return from_json(text)
    if FILE.exists():
        return from_json(FILE.read_text())
    raise NoPlaces(
        f"neither the variable {VARIABLE} nor {FILE} says what this stack calls its things: the "
        "deployment of `pipeline` writes one of them"
    )
