"""What a service holds, said in the user's own shape, so that only a real difference shows as drift.

Services answer with more than was asked for (defaults, empty objects), reformat JSON, reorder sets and turn numbers
into text. None of that is drift. Properties the user did not set are not compared at all.
"""

import json
from collections.abc import Collection

from local.provider.convert import FreeMap, find
from local.provider.values import Json, Props, is_asset


def same(wanted: Json, held: Json, *, ordered: Collection[str] = (), key: str = "") -> bool:
    """Whether both mean the same. `wanted` says what is compared: keys it lacks are not, except in free maps."""
    if not wanted and not held:
        return True
    if isinstance(wanted, str) and (parsed := parse_json(wanted)) is not None:
        other = parse_json(held) if isinstance(held, str) else held
        return _canonical(parsed) == _canonical(other)
    if isinstance(wanted, dict):
        return _same_object(wanted, held, ordered)
    if isinstance(wanted, list):
        return _same_list(wanted, held, ordered, key)
    if isinstance(wanted, bool) or isinstance(held, bool):
        return str(wanted).lower() == str(held).lower()
    return wanted == held or _as_text(wanted) == _as_text(held)


def in_shape_of(wanted: Json, held: Json, *, ordered: Collection[str] = (), key: str = "") -> Json:
    """`wanted` itself where it means the same as `held`; else `held`, cut to what `wanted` speaks about."""
    if same(wanted, held, ordered=ordered, key=key):
        return wanted
    if isinstance(wanted, dict) and isinstance(held, list) and len(held) == 1:
        held = held[0]
    if isinstance(wanted, dict) and isinstance(held, dict) and not is_asset(wanted):
        if isinstance(held, FreeMap):
            return {name: in_shape_of(wanted.get(name), item) for name, item in held.items()}
        shaped = {
            name: in_shape_of(item, lookup(held, name), ordered=ordered, key=name)
            for name, item in wanted.items()
        }
        return {name: item for name, item in shaped.items() if item is not None}
    if isinstance(wanted, list) and isinstance(held, list):
        paired = [*wanted[: len(held)], *[None] * (len(held) - len(wanted))]
        return [in_shape_of(a, b, ordered=ordered, key=key) for a, b in zip(paired, held, strict=True)]
    if isinstance(wanted, str) and isinstance(held, dict | list):
        return json.dumps(held)
    if isinstance(wanted, bool) and isinstance(held, str):
        return held.lower() == "true"
    if isinstance(wanted, int | float) and isinstance(held, str):
        return number(held)
    return held


def lookup(held: Props, name: str) -> Json:
    key = find(name, held)
    return None if key is None else held[key]


def number(text: str) -> Json:
    """`"30"` → 30; text that is no number stays text."""
    try:
        value = float(text)
    except ValueError:
        return text
    return int(value) if value.is_integer() else value


def parse_json(text: str) -> Json:
    """The object or array that `text` holds, or None."""
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        return json.loads(text)
    except ValueError:
        return None


def _same_object(wanted: Props, held: Json, ordered: Collection[str]) -> bool:
    if isinstance(held, list) and len(held) == 1:
        held = held[0]
    if not isinstance(held, dict):
        return held is None and all(not item for item in wanted.values())
    if isinstance(held, FreeMap) and wanted.keys() != held.keys():
        return False
    return all(
        same(item, lookup(held, name), ordered=ordered, key=name) for name, item in wanted.items()
    )


def _same_list(wanted: list[Json], held: Json, ordered: Collection[str], key: str) -> bool:
    if not isinstance(held, list) or len(wanted) != len(held):
        return False
    if all(same(a, b, ordered=ordered) for a, b in zip(wanted, held, strict=True)):
        return True
    if key in ordered:
        return False
    rest = list(held)
    for item in wanted:
        match = next((i for i, other in enumerate(rest) if same(item, other, ordered=ordered)), None)
        if match is None:
            return False
        del rest[match]
    return True


def _canonical(value: Json) -> str:
    return json.dumps(value, sort_keys=True)


def _as_text(value: Json) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value)
