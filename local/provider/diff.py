"""What changes between the old and the new inputs of a resource, property by property."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum

from local.provider.drift import canonical, parse_json
from local.provider.resource import ResourceType
from local.provider.values import Json, Props, is_asset, is_list, is_object


class Change(Enum):
    """Spelt as the engine's kinds of difference."""

    ADD = "ADD"
    DELETE = "DELETE"
    UPDATE = "UPDATE"


@dataclass(frozen=True, kw_only=True)
class Diff:
    """Paths such as `tags["a.b"]` or `rules[0].status`, and what they mean for the resource."""

    changes: dict[str, Change] = field(default_factory=dict[str, Change])
    replaces: frozenset[str] = frozenset()  # of those paths
    delete_first: bool = False


def diff(kind: ResourceType | None, old: Props, new: Props) -> Diff:
    """`kind` is None for a simulated type, which is never replaced."""
    changes: dict[str, Change] = {}
    replaces: set[str] = set()
    ordered = kind.ordered if kind else frozenset[str]()
    for key in sorted((old.keys() | new.keys()) - {"__defaults"}):
        found = dict(_changes(key, old.get(key), new.get(key), ordered))
        if key == "tagsAll":
            found = _not_shown_yet(found, changes)
        changes |= found
        if kind and kind.forces_replacement(key):
            replaces |= found.keys()
    return Diff(
        changes=changes,
        replaces=frozenset(replaces),
        delete_first=bool(replaces and kind and _keeps_its_name(kind, old, new)),
    )


def _not_shown_yet(found: dict[str, Change], shown: dict[str, Change]) -> dict[str, Change]:
    """A tag shows once: as the tag the user wrote, or as a default tag of the provider."""
    if "tags" in shown:
        return {}
    return {path: c for path, c in found.items() if path.replace("tagsAll", "tags", 1) not in shown}


def _keeps_its_name(kind: ResourceType, old: Props, new: Props) -> bool:
    """The old object must go first, or its name is taken: unless a new name is ours to choose."""
    if kind.name and kind.name.property in new.get("__defaults", []):
        return False
    if kind.created and not kind.name:
        return False  # the service gives each object an id of its own
    return all(old.get(key) == new.get(key) for key in kind.identity | {"region"})


def _changes(
    path: str, old: Json, new: Json, ordered: frozenset[str], key: str | None = None
) -> Iterator[tuple[str, Change]]:
    key = path if key is None else key
    if is_asset(old) and is_asset(new):
        if old.get("hash") != new.get("hash"):
            yield path, Change.UPDATE
    elif _canonical(old, ordered, key) == _canonical(new, ordered, key):
        return
    elif old is None or new is None:
        yield path, Change.ADD if old is None else Change.DELETE
    elif is_object(old) and is_object(new):
        for name in sorted(old.keys() | new.keys()):
            step = f".{name}" if name.isidentifier() else f'["{name}"]'
            yield from _changes(path + step, old.get(name), new.get(name), ordered, name)
    elif is_list(old) and is_list(new):
        for index in range(max(len(old), len(new))):
            a, b = (side[index] if index < len(side) else None for side in (old, new))
            yield from _changes(f"{path}[{index}]", a, b, ordered, "")
    else:
        yield path, Change.UPDATE


def _canonical(value: Json, ordered: frozenset[str], key: str) -> Json:
    """Equal for JSON text in another layout and for sets in another order, which are no change."""
    if isinstance(value, str):
        parsed = parse_json(value)
        return value if parsed is None else json.dumps(parsed, sort_keys=True)
    if is_asset(value):
        return value.get("hash")
    if is_object(value):
        return {name: _canonical(item, ordered, name) for name, item in value.items()}
    if is_list(value):
        items = [_canonical(item, ordered, "") for item in value]
        return items if key in ordered else sorted(items, key=canonical)
    return value
