"""Texts with placeholders: `raw/events/{yyyy}/{mm}/{dd}/`, and what becomes of them in Airflow
(Jinja) and in Step Functions (JSONata).

The places of a stack are known when a pipeline is made; its day is known only when it runs. An
unknown name is an error and never stays in a text, and a brace that encloses no name is a brace.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import cast

from pipelines.places import PLACES

PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
# Positions in `2026-01-31`, the only form in which a day is passed on.
DAY_PARTS = {"day": (0, 10), "yyyy": (0, 4), "mm": (5, 7), "dd": (8, 10)}


def unknown_placeholders(work: object) -> list[str]:
    """Names in the texts of a step that are neither a place nor a part of the day."""
    return [name for text in _texts(work) for name in PLACEHOLDER.findall(text) if not _known(name)]


def _known(name: str) -> bool:
    return name in DAY_PARTS or name in PLACES


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in cast("Mapping[object, object]", value).values():
            yield from _texts(item)
    elif is_dataclass(value):
        for field in fields(value):
            yield from _texts(getattr(value, field.name))


def with_places(text: str, places: Mapping[str, str]) -> str:
    """The text with the stack's names in it; the parts of the day stay."""
    return PLACEHOLDER.sub(lambda found: places.get(found[1], found[0]), text)


def with_day(text: str, day: str) -> str:
    """The text for one day, `2026-01-31`."""
    return PLACEHOLDER.sub(lambda found: day[slice(*DAY_PARTS[found[1]])], text)


def jinja(text: str, day: str) -> str:
    """For Airflow; `day` is the Jinja expression of the day."""

    def part(found: re.Match[str]) -> str:
        start, end = DAY_PARTS[found[1]]
        return f"{{{{ {day}[{start}:{end}] }}}}"

    return PLACEHOLDER.sub(part, text)


def jsonata(text: str, day: str) -> str:
    """For Step Functions; `day` is the JSONata expression of the day. A text without placeholders
    stays as it is.
    """
    parts: list[str] = []
    end = 0
    for found in PLACEHOLDER.finditer(text):
        if found.start() > end:
            parts.append(json.dumps(text[end : found.start()]))
        start, stop = DAY_PARTS[found[1]]
        parts.append(f"$substring({day}, {start}, {stop - start})")
        end = found.end()
    if not parts:
        return text
    if end < len(text):
        parts.append(json.dumps(text[end:]))
    return f"{{% {' & '.join(parts)} %}}"
