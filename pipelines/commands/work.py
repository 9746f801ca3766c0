"""What every command is given: the day, the places of the stack, and clients of AWS."""

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from pipelines.places import Places

DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class CommandFailed(Exception):  # noqa: N818  the callers' word for it
    """A command could not do its work; the text is for whoever reads the alert."""


@dataclass(frozen=True, kw_only=True)
class Work:
    """`day` is one of UTC. Credentials, region and endpoint are the environment's."""

    day: date
    places: Places

    def client(self, service: str) -> Any:  # noqa: ANN401 (boto3 has no types)
        import boto3

        create = cast("Callable[..., Any]", boto3.client)
        return create(service)


def day_of(text: str) -> date:
    """Raises `CommandFailed` for what is no day."""
    with suppress(ValueError):
        if DAY.fullmatch(text):
            return date.fromisoformat(text)
    raise CommandFailed(f"{text!r} is no day: write it as 2026-01-31")
