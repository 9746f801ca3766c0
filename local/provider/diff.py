"""What changes between the old and the new inputs of a resource, property by property."""

import json
from dataclasses import dataclass, field
from enum import Enum

from local.provider.drift import parse_json
from local.provider.resource import ResourceType
from local.provider.values import Json, Props, is_asset

_HIDDEN = frozenset({"__defaults"})


class Change(Enum):
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
    for key in sorted((old.keys() | new.keys()) - _HIDDEN):
        found = _changes(key, old.get(key), new.get(key), kind.ordered if kind else frozenset(), key)
        if key == "tagsAll":
            # Shown once: as the tag the user wrote, or as a default tag of the provider.
            found = {path: c for path, c in found.items() if f"tags{path[7:]}" not in changes}
            found = found if "tags" not in changes else {}
        changes |= found
        if kind and kind.forces_replacement(key):
            replaces |= found.keys()
    return Diff(
        changes=changes,
        replaces=frozenset(replaces),
        delete_first=bool(replaces and kind and _keeps_its_name(kind, old, new)),
    )


def _keeps_its_name(kind: ResourceType, old: Props, new: Props) -> bool:
    """The old object must go first, or its name is taken: unless the name is ours to choose anew."""
    if kind.name and kind.name.property in new.get("__defaults", []):
        return False
    identity = kind.identity | {"region"}
    return bool(kind.identity) and all(old.get(key) == new.get(key) for key in identity)


def _changes(path: str, old: Json, new: Json, ordered: frozenset[str], key: str) -> dict[str, Change]:
    if is_asset(old) and is_asset(new):
        return {} if old.get("hash") == new.get("hash") else {path: Change.UPDATE}
    if _canonical(old, ordered, key) == _canonical(new, ordered, key):
        return {}
    if old is None:
        return {path: Change.ADD}
    if new is None:
        return {path: Change.DELETE}
    if isinstance(old, dict) and isinstance(new, dict):
        found: dict[str, Change] = {}
        for name in sorted(old.keys() | new.keys()):
            step = f".{name}" if name.isidentifier() else f'["{name}"]'
            found |= _changes(path + step, old.get(name), new.get(name), ordered, name)
        return found
    if isinstance(old, list) and isinstance(new, list):
        found = {}
        for index in range(max(len(old), len(new))):
            a = old[index] if index < len(old) else None
            b = new[index] if index < len(new) else None
            found |= _changes(f"{path}[{index}]", a, b, ordered, "")
        return found
    return {path: Change.UPDATE}


def _canonical(value: Json, ordered: frozenset[str], key: str) -> Json:
    """Equal for JSON text in another layout and for sets in another order, which are no change."""
    if isinstance(value, str):
        parsed = parse_json(value)
        return value if parsed is None else json.dumps(parsed, sort_keys=True)
    if isinstance(value, dict):
        return {name: _canonical(item, ordered, name) for name, item in value.items()}
    if isinstance(value, list):
        items = [_canonical(item, ordered, "") for item in value]
        return items if key in ordered else sorted(items, key=repr)
    return value
