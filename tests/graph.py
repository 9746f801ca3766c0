"""The recorded graph of the committed stack files, for tests."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import bootstrap
import program
import settings
from automation import stackfile
from automation.errors import ROOT
from automation.graph import command
from automation.recording import Graph, Node, as_config, record

__all__ = [
    "FOUNDATION",
    "MANAGED_AIRFLOW",
    "ROOT",
    "STACKS",
    "STATE_MACHINES",
    "Graph",
    "Node",
    "record",
    "recorded",
    "stack_config",
    "stack_file",
]

STACKS = stackfile.stacks()


FOUNDATION = command.Source(
    project=bootstrap.PROJECT,
    build=lambda stack, sections: bootstrap.build(bootstrap.parse(stack, sections)),
)


def _with(**changes: dict[str, Any]) -> command.Source:
    """The platform with other sections than the stack file's."""

    def build(stack: str, sections: Mapping[str, Any]) -> object:
        return program.build(settings.parse(stack, {**sections, **changes}))

    return command.Source(project=command.NAMESPACE, build=build)


_RUNNER = {"image": "333333333333.dkr.ecr.eu-west-1.amazonaws.com/shoptrend-prod-airflow:1"}
_RUN = {
    "schedules": {"daily": "0 5 * * *", "weekly": "0 6 * * 1", "time_zone": "Europe/Lisbon"},
    "jobs": "glue",
    "runner": _RUNNER,
}
# A stack has one of three ways to run its pipelines, and one of two to run Spark: what holds for
# its own holds for the others.
MANAGED_AIRFLOW = _with(
    pipeline={**_RUN, "engine": "mwaa", "mwaa": {"environment_class": "mw1.small"}}
)
STATE_MACHINES = _with(
    pipeline={**_RUN, "engine": "step_functions", "jobs": "commands"},
    batch_etl={
        "enabled": True,
        "spark": {"engine": "emr_serverless", **_RUNNER},
        "timeout_minutes": 60,
    },
)


@cache
def recorded(stack: str, source: command.Source = command.PLATFORM) -> Graph:
    """The graph of a committed stack file; once is enough, nobody changes it."""
    return command.recorded(stack, source=source)


def stack_file(stack: str) -> dict[str, Any]:
    """The `config:` of the committed stack file, as plain values."""
    return stackfile.read(stack)["config"]


def stack_config(stack: str) -> dict[str, str]:
    """The same as the engine hands it to the program."""
    return as_config(stack_file(stack))
