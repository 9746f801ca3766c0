"""Declared renames, applied in both directions.

A rule maps the dotted path of a property (list positions left out) to where it sits in AWS's
structure, relative to where its parent went: `{"metric": "MetricStat", "metric.name":
"Metric.MetricName"}`. A number in a target picks an item of a list (`Destinations.0.S3`), which
only makes sense when reading.
"""

from collections.abc import Mapping

from local.provider.convert import FreeMap, find
from local.provider.values import Json, Props, is_list, is_object

Rules = Mapping[str, str]


def apply(value: Props, rules: Rules) -> Props:
    """Pulumi's structure to AWS's."""
    return _apply(value, rules, "")


def restore(value: Props, rules: Rules) -> Props:
    """AWS's structure to Pulumi's."""
    return _restore(value, rules, "")


def _apply(value: Json, rules: Rules, path: str) -> Json:
    if is_list(value):
        return [_apply(item, rules, path) for item in value]
    if not is_object(value):
        return value
    result: Props = {}
    for key, item in value.items():
        here = f"{path}.{key}".lstrip(".")
        # A key without a rule may hold dots of its own (`serialization.format`).
        *parents, leaf = rules[here].split(".") if here in rules else [key]
        place = result
        for parent in parents:
            place = place.setdefault(parent, {})
        place[leaf] = _apply(item, rules, here)
    return result


def _restore(value: Json, rules: Rules, path: str) -> Json:
    if is_list(value):
        return [_restore(item, rules, path) for item in value]
    if not is_object(value) or isinstance(value, FreeMap):
        return value
    rest: Json = dict(value)
    result: Props = {}
    for rule, target in rules.items():
        parent, _, leaf = rule.rpartition(".")
        if parent != path:
            continue
        found, rest = _take(rest, target.split("."))
        if found is not None:
            result[leaf] = _restore(found, rules, rule)
    for key, item in rest.items():
        result.setdefault(key, _restore(item, rules, f"{path}.{key}".lstrip(".")))
    return result


def _take(value: Json, steps: list[str]) -> tuple[Json, Json]:
    """The item at the end of `steps`, and `value` without it and without what became empty."""
    step, *more = steps
    if is_list(value):
        if int(step) >= len(value):
            return None, value
        item = value[int(step)]
        return (_take(item, more)[0] if more else item), value
    if not is_object(value) or (key := find(step, value)) is None:
        return None, value
    kept = {name: item for name, item in value.items() if name != key}
    rest: Props = FreeMap(kept) if isinstance(value, FreeMap) else kept
    if not more:
        return value[key], rest
    found, remaining = _take(value[key], more)
    if remaining or found is None:
        rest[key] = remaining
    return found, rest
