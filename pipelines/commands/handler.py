"""A function of Lambda that runs one command: `{"command": "order_etl", "day": "2026-01-31"}`.

The places are in its environment. A command that fails makes the call fail, with its sentence.
"""

from collections.abc import Mapping
from typing import Any

from pipelines.commands import Work, run
from pipelines.commands.work import day_of
from pipelines.places import load


def handler(event: Mapping[str, str], _context: Any) -> dict[str, str]:  # noqa: ANN401
    """Raises `CommandFailed` or `NoPlaces`; Lambda passes name and text on."""
    work = Work(day=day_of(event.get("day", "")), places=load())
    return {"said": run(event.get("command", ""), work)}
