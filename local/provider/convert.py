"""Property names and values to and from botocore's own model of a service.

A property finds its member by name without case, also in plural (`event` → `Events`), and takes the
type the model gives it. A property that finds none is an error: nothing is dropped silently. What
differs by more than a spelling is declared with the type (`rename.py`).
"""

import base64
import datetime
import json
import re
from collections.abc import Collection, Mapping
from typing import Protocol

from local.provider.errors import UserError
from local.provider.values import Json, Props, is_list, is_object


class Shape(Protocol):
    """What is used of `botocore.model.Shape`, which ships without types."""

    @property
    def type_name(self) -> str: ...
    @property
    def members(self) -> Mapping[str, "Shape"]: ...
    @property
    def member(self) -> "Shape": ...
    @property
    def value(self) -> "Shape": ...


class FreeMap(dict[str, Json]):
    """A dictionary whose keys are the user's (tags, variables), not the model's."""


# Lists of such pairs are maps in Pulumi: tags, dimensions. Name of the key, name of the value.
_PAIRS = (("Key", "Value"), ("TagKey", "TagValue"), ("Name", "Value"))
_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+")


def flat(name: str) -> str:
    return name.replace("_", "").lower()


def camel(name: str) -> str:
    """`SSEAlgorithm` → `sseAlgorithm`, as Pulumi spells it."""
    first, *rest = _WORDS.findall(name) or [name]
    return first.lower() + "".join(word.capitalize() for word in rest)


def find(name: str, candidates: Collection[str]) -> str | None:
    """The candidate that means `name`: same letters, or its plural or singular."""
    by_letters = {flat(candidate): candidate for candidate in candidates}
    letters = flat(name)
    forms = (letters, letters + "s", letters[:-1], letters[:-3] + "y", letters[:-1] + "ies")
    return next((by_letters[form] for form in forms if form in by_letters), None)


def to_request(shape: Shape, props: Props, what: str) -> Props:
    """Arguments for a boto3 call. Raises UserError naming every property the call does not have."""
    unmatched: list[str] = []
    request = _to_structure(shape, props, "", unmatched)
    if unmatched:
        raise UserError(f"{what} has no argument for {', '.join(unmatched)}")
    return request


def _to_member(shape: Shape, value: Json, path: str, unmatched: list[str]) -> Json:
    kind = shape.type_name
    if kind == "structure":
        return _to_structure(shape, value, path, unmatched)
    if kind == "list":
        return _to_list(shape, value, path, unmatched)
    if kind == "map":
        return {
            key: _to_member(shape.value, item, f"{path}.{key}", unmatched)
            for key, item in value.items()
        }
    return _to_scalar(kind, value)


def _to_structure(shape: Shape, value: Json, path: str, unmatched: list[str]) -> Props:
    if is_list(value):
        value = value[0] if value else {}
    if not is_object(value):
        unmatched.append(f"{path} = {value!r} (an object is needed)")
        return {}
    members: Props = {}
    for key, item in value.items():
        if item is None:
            continue
        where = f"{path}.{key}".lstrip(".")
        member = find(key, shape.members)
        if member is None:
            unmatched.append(where)
        else:
            members[member] = _to_member(shape.members[member], item, where, unmatched)
    return members


def _to_list(shape: Shape, value: Json, path: str, unmatched: list[str]) -> list[Json]:
    if is_object(value) and (pair := _pair(shape.member)):
        key, content = pair
        return [{key: name, content: str(item)} for name, item in sorted(value.items())]
    items = value if is_list(value) else [value]
    return [_to_member(shape.member, item, path, unmatched) for item in items]


def _to_scalar(kind: str, value: Json) -> Json:
    if kind == "string":
        return value if isinstance(value, str) else json.dumps(value)
    if kind in ("integer", "long", "float", "double") and isinstance(value, str):
        return json.loads(value)
    if kind == "boolean":
        return value if isinstance(value, bool) else str(value).lower() == "true"
    if kind == "blob" and isinstance(value, str):
        return value.encode()
    return value


def from_response(shape: Shape, value: Json) -> Json:
    """A service's answer with the names Pulumi would give it, without the streams in it."""
    kind = shape.type_name
    if kind == "structure":
        return {
            camel(key): from_response(member, value[key])
            for key, member in shape.members.items()
            if value.get(key) is not None
        }
    if kind == "list":
        if pair := _pair(shape.member):
            key, content = pair
            return FreeMap({item[key]: item.get(content) for item in value})
        return [from_response(shape.member, item) for item in value]
    if kind == "map":
        items = {key: from_response(shape.value, item) for key, item in value.items()}
        return FreeMap(items)
    return _from_scalar(kind, value)


def _from_scalar(kind: str, value: Json) -> Json:
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if kind == "blob":
        return None
    if is_object(value):  # botocore parses IAM's policy documents
        return json.dumps(value)
    return value


def _pair(shape: Shape) -> tuple[str, str] | None:
    if shape.type_name != "structure":
        return None
    return next((pair for pair in _PAIRS if set(pair) == set(shape.members)), None)
