"""What a service holds, in the user's own shape, so that only a real difference shows as drift.

Services answer with more than was asked for (defaults, empty objects), reformat JSON, reorder sets
and turn numbers into text. None of that is drift. Properties the user did not set are not compared.
"""

import json
from collections.abc import Collection

from local.provider.convert import FreeMap, find
from local.provider.values import Json, Props, is_asset, is_list, is_object


def same(wanted: Json, held: Json, *, ordered: Collection[str] = (), key: str = "") -> bool:
    """Whether both mean the same.

    `wanted` says what is compared: keys it lacks are not, except in free maps. `ordered` names the
    lists whose order means something.
    """
    if not wanted and not held:
        return True
    if isinstance(wanted, str) and (parsed := parse_json(wanted)) is not None:
        other = parse_json(held) if isinstance(held, str) else held
        return canonical(parsed) == canonical(other)
    if is_object(wanted):
        if is_asset(wanted):
            return is_object(held) and wanted.get("hash") == held.get("hash")
        return _same_object(wanted, held, ordered)
    if is_list(wanted):
        return _same_list(wanted, held, ordered, key)
    return _as_text(wanted) == _as_text(held)


def in_shape_of(wanted: Json, held: Json, *, ordered: Collection[str] = (), key: str = "") -> Json:
    """`wanted` where both mean the same; else `held`, cut to what `wanted` speaks about."""
    if same(wanted, held, ordered=ordered, key=key):
        return wanted
    if is_object(wanted) and not is_asset(wanted):
        return _object_in_shape(wanted, held, ordered)
    if is_list(wanted) and is_list(held):
        paired = [*wanted[: len(held)], *[None] * (len(held) - len(wanted))]
        pairs = zip(paired, held, strict=True)
        return [in_shape_of(a, b, ordered=ordered, key=key) for a, b in pairs]
    if isinstance(held, str):
        return _scalar_in_shape(wanted, held)
    if isinstance(wanted, str) and (is_object(held) or is_list(held)):
        return json.dumps(held)
    return held


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


def canonical(value: Json) -> str:
    return json.dumps(value, sort_keys=True)


def _same_object(wanted: Props, held: Json, ordered: Collection[str]) -> bool:
    if is_list(held) and len(held) == 1:
        held = held[0]
    if not is_object(held):
        return held is None and not any(wanted.values())
    if isinstance(held, FreeMap) and wanted.keys() != held.keys():
        return False
    return all(
        same(item, _lookup(held, name), ordered=ordered, key=name) for name, item in wanted.items()
    )


def _same_list(wanted: list[Json], held: Json, ordered: Collection[str], key: str) -> bool:
    if not is_list(held) or len(wanted) != len(held):
        return False
    if all(same(a, b, ordered=ordered) for a, b in zip(wanted, held, strict=True)):
        return True
    if key in ordered:
        return False
    rest = list(held)
    for item in wanted:
        match = next((i for i, b in enumerate(rest) if same(item, b, ordered=ordered)), None)
        if match is None:
            return False
        del rest[match]
    return True


def _object_in_shape(wanted: Props, held: Json, ordered: Collection[str]) -> Json:
    if is_list(held) and len(held) == 1:
        held = held[0]
    if not is_object(held):
        return held
    if isinstance(held, FreeMap):
        return {name: in_shape_of(wanted.get(name), item) for name, item in held.items()}
    shaped = {
        name: in_shape_of(item, _lookup(held, name), ordered=ordered, key=name)
        for name, item in wanted.items()
    }
    return {name: item for name, item in shaped.items() if item is not None}


def _scalar_in_shape(wanted: Json, held: str) -> Json:
    if isinstance(wanted, bool):
        return held.lower() == "true"
    return number(held) if isinstance(wanted, int | float) else held


def _lookup(held: Props, name: str) -> Json:
    key = find(name, held)
    return None if key is None else held[key]


def _as_text(value: Json) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value)
