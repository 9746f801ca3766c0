"""Versions of the event contract, and what in a change of it breaks whom.

`contract/versions/<n>.json` is what version n promises, as JSON Schema. Within a version the
contract may only grow by optional fields and wider limits: events of older producers must still be
accepted, and readers must find what they read. Anything else needs a new `VERSION`, which tells
producers, readers and whoever replays old events that there is something to do.

It leaves out who writes the files (`tools.contract`).
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from contract.events import EVENT_TYPES

ROOT = Path(__file__).parent.parent
FOLDER = Path(__file__).parent / "versions"
MODELS = ROOT / "warehouse" / "models"
# Limits that refuse an event when they get narrower, and the direction in which they do.
_FLOORS = ("minimum", "minLength", "minItems")
_CEILINGS = ("maximum", "maxLength", "maxItems")

Schema = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Breakage:
    """One thing that a change breaks: `OrderConfirmed.lines`, what happened to it."""

    field: str
    what: str

    def __str__(self) -> str:
        return f"{self.field} {self.what}"


def current() -> Schema:
    """The contract as it stands, JSON Schema by type name."""
    _, components = msgspec.json.schema_components(EVENT_TYPES)
    return json.loads(json.dumps(components))


def committed(version: int) -> Schema:
    """What a version promised; raises FileNotFoundError for one that never was."""
    return json.loads((FOLDER / f"{version}.json").read_text())


def breakages(old: Schema, new: Schema) -> list[Breakage]:
    """What in `new` breaks producers or readers of `old`; empty if it only grew."""
    found: list[Breakage] = []
    for name, promised in old.items():
        if name not in new:
            found.append(Breakage(field=name, what="is gone: its events would be refused"))
            continue
        found += _of_type(name, promised, new[name])
    return found


def _of_type(name: str, old: Schema, new: Schema) -> Iterator[Breakage]:
    before, after = set(old.get("required", [])), set(new.get("required", []))
    for field, promised in old["properties"].items():
        path = f"{name}.{field}"
        if field not in new["properties"]:
            yield Breakage(field=path, what="is gone: readers no longer find it")
            continue
        yield from _of_value(path, promised, new["properties"][field])
        if field in before - after:
            yield Breakage(field=path, what="may now be missing: readers count on it")
    for field in sorted(after - before):
        yield Breakage(
            field=f"{name}.{field}", what="is now required: events without it would be refused"
        )


def _of_value(path: str, old: Schema, new: Schema) -> Iterator[Breakage]:
    kinds = _kinds(old), _kinds(new)
    if kinds[0] != kinds[1]:
        yield Breakage(field=path, what=f"was {_and(kinds[0])} and is {_and(kinds[1])}")
        return
    gone = set(old.get("enum", [])) - set(new.get("enum", []))
    if gone:
        yield Breakage(field=path, what=f"no longer takes {_and(gone)}")
    for part, other in zip(_parts(old), _parts(new), strict=True):
        for limit in (*_FLOORS, *_CEILINGS):
            if _narrower(limit, part.get(limit), other.get(limit)):
                was = part.get(limit, "none")
                yield Breakage(field=path, what=f"{limit} was {was} and is {other[limit]}")
        if "items" in part:
            yield from _of_value(f"{path}[]", part["items"], other["items"])


def _kinds(value: Schema) -> frozenset[str]:
    return frozenset(
        str(part.get("$ref") or part.get("format") or part.get("type") or "one of a list")
        for part in _parts(value)
    )


def _parts(value: Schema) -> list[Schema]:
    return sorted(value.get("anyOf", [value]), key=lambda part: str(part.get("type")))


def _narrower(limit: str, old: float | None, new: float | None) -> bool:
    if new is None:
        return False
    if old is None:
        return True
    return new > old if limit in _FLOORS else new < old


def readers(field: str) -> list[str]:
    """The models of the warehouse that name a field, e.g. of `Checkout.items`."""
    name = field.rpartition(".")[2].removesuffix("[]")
    word = re.compile(rf"\b{re.escape(name)}\b")
    return sorted(path.stem for path in MODELS.rglob("*.sql") if word.search(path.read_text()))


def explained(found: list[Breakage]) -> str:
    """The sentences that refuse a change."""
    lines = [
        f"  {breakage}"
        + (f"; read by {', '.join(names)}" if (names := readers(breakage.field)) else "")
        for breakage in found
    ]
    return "\n".join(
        [
            "this change of contract/events.py breaks what is there already:",
            *lines,
            "Make it an addition (a new optional field, a wider limit), or raise VERSION, change "
            "the readers, and run `python -m tools.contract`",
        ]
    )


def _and(values: frozenset[str] | set[str]) -> str:
    return " or ".join(sorted(map(str, values)))
