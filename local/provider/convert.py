"""Property names and values to and from botocore's own model of a service.

A property finds its member by name without case, also in plural (`event` → `Events`), and takes the type the model
gives it. A property that finds none is an error: nothing is dropped silently. What differs from that by more than a
spelling is declared with the type (`rename`), as dotted paths: `{"bufferingSize": "BufferingHints.SizeInMBs"}`.
"""

import base64
import datetime
import json
import re
from collections.abc import Mapping
from typing import Protocol

from local.provider.errors import UserError
from local.provider.values import Json, Props


class Shape(Protocol):
    """What is used of `botocore.model.Shape`, which ships without types."""

    type_name: str
    members: Mapping[str, "Shape"]
    member: "Shape"
    key: "Shape"
    value: "Shape"


class FreeMap(dict[str, Json]):
    """A dictionary whose keys are the user's (tags, variables), not the model's."""


# Lists of such pairs are maps in Pulumi: tags, dimensions.
_PAIRS = {frozenset({"Key", "Value"}), frozenset({"TagKey", "TagValue"}), frozenset({"Name", "Value"})}
_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+")


def flat(name: str) -> str:
    return name.replace("_", "").lower()


def camel(name: str) -> str:
    """`SSEAlgorithm` → `sseAlgorithm`, as Pulumi spells it."""
    first, *rest = _WORDS.findall(name) or [name]
    return first.lower() + "".join(word.capitalize() for word in rest)


def find(name: str, candidates: Mapping[str, Json]) -> str | None:
    """The candidate that means `name`: same letters, or its plural or singular."""
    by_letters = {flat(candidate): candidate for candidate in candidates}
    letters = flat(name)
    for form in (letters, letters + "s", letters[:-1], letters[:-3] + "y", letters[:-1] + "ies"):
        if form in by_letters:
            return by_letters[form]
    return None


def to_request(shape: Shape, props: Props, what: str) -> Props:
    """Arguments for a boto3 call. Raises UserError naming every property the call does not have."""
    unmatched: list[str] = []
    request = _to_member(shape, props, "", unmatched)
    if unmatched:
        raise UserError(f"{what} has no argument for {', '.join(unmatched)}")
    return request


def _to_member(shape: Shape, value: Json, path: str, unmatched: list[str]) -> Json:
    kind = shape.type_name
    if kind == "structure":
        return _to_structure(shape, value, path, unmatched)
    if kind == "list":
        if isinstance(value, dict) and (pair := _pair(shape.member)):
            return [dict(zip(pair, (key, str(item)), strict=True)) for key, item in sorted(value.items())]
        items = value if isinstance(value, list) else [value]
        return [_to_member(shape.member, item, path, unmatched) for item in items]
    if kind == "map":
        return {key: _to_member(shape.value, item, f"{path}.{key}", unmatched) for key, item in value.items()}
    return _to_scalar(kind, value)


def _to_structure(shape: Shape, value: Json, path: str, unmatched: list[str]) -> Props:
    if isinstance(value, list):
        value = value[0] if value else {}
    if not isinstance(value, dict):
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


def _to_scalar(kind: str, value: Json) -> Json:
    if kind == "string":
        if isinstance(value, str):
            return value
        return json.dumps(value)
    if kind in ("integer", "long", "float", "double") and isinstance(value, str):
        return json.loads(value)
    if kind == "boolean":
        return value if isinstance(value, bool) else str(value).lower() == "true"
    if kind == "blob" and isinstance(value, str):
        return value.encode()
    return value


def from_response(shape: Shape, value: Json) -> Json:
    """A service's answer with the names Pulumi would give it. Streams are left out: their reader asks for them."""
    kind = shape.type_name
    if kind == "structure":
        return {
            camel(key): from_response(member, value[key])
            for key, member in shape.members.items()
            if value.get(key) is not None
        }
    if kind == "list":
        if pair := _pair(shape.member):
            return FreeMap({item[pair[0]]: item.get(pair[1]) for item in value})
        return [from_response(shape.member, item) for item in value]
    if kind == "map":
        return FreeMap({key: from_response(shape.value, item) for key, item in value.items()})
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if kind == "blob":
        return None
    if isinstance(value, dict):  # botocore parses IAM's policy documents
        return json.dumps(value)
    return value


def _pair(shape: Shape) -> tuple[str, str] | None:
    if shape.type_name != "structure" or frozenset(shape.members) not in _PAIRS:
        return None
    name, value = sorted(shape.members, key=lambda member: member.endswith("Value"))
    return name, value
