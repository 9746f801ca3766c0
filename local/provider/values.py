"""Protobuf `Struct` to plain Python values and back.

Whole numbers become `int`, secrets are unwrapped, unknown values stay the SDK's sentinel string,
and assets stay the dictionaries the engine sent (signature, hash and, where given, contents): a
lost hash breaks the next update.
"""

from collections.abc import Mapping
from typing import Any, TypeAlias, TypeGuard

from google.protobuf import struct_pb2

# JSON from outside: what the engine or a service sent.
Json: TypeAlias = Any
Props: TypeAlias = dict[str, Json]

# Protocol constants of the Pulumi SDK (sdk/python/lib/pulumi/runtime/rpc.py); importing that module
# costs 0.3 s.
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRETS = "1b47061264138c4ac30d75fd1eb44270"
ASSETS = ("c44067f5952c0a294b673a41bacd8c17", "0def7320c3a5731c473e5ecbe6d01bc7")


def to_python(struct: struct_pb2.Struct) -> Props:
    return {key: _load(value) for key, value in struct.fields.items()}


def to_struct(props: Mapping[str, Json]) -> struct_pb2.Struct:
    """Absent and `None` are the same thing to the engine, so `None` is left out."""
    struct = struct_pb2.Struct()
    struct.update({key: value for key, value in props.items() if value is not None})
    return struct


def overlay(base: struct_pb2.Struct, extra: Mapping[str, Json]) -> struct_pb2.Struct:
    """`base` exactly as the engine sent it, with `extra` set on top; `None` removes a key."""
    result = struct_pb2.Struct()
    result.CopyFrom(base)
    for key, value in extra.items():
        if value is not None:
            result[key] = value
        elif key in result.fields:
            del result.fields[key]
    return result


def is_object(value: Json) -> TypeGuard[Props]:
    return isinstance(value, dict)


def is_list(value: Json) -> TypeGuard[list[Json]]:
    return isinstance(value, list)


def as_object(value: Json) -> Props:
    """An absent object is an empty one."""
    return value or {}


def as_list(value: Json) -> list[Json]:
    return value or []


def is_asset(value: Json) -> bool:
    return is_object(value) and value.get(SIGNATURE) in ASSETS


def has_unknown(value: Json) -> bool:
    if is_object(value):
        return any(has_unknown(item) for item in value.values())
    if is_list(value):
        return any(has_unknown(item) for item in value)
    return value == UNKNOWN


def _load(value: struct_pb2.Value) -> Json:
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        loaded = {key: _load(item) for key, item in value.struct_value.fields.items()}
        return loaded.get("value") if loaded.get(SIGNATURE) == _SECRETS else loaded
    if kind == "list_value":
        return [_load(item) for item in value.list_value.values]
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    if kind == "string_value":
        return value.string_value
    if kind == "bool_value":
        return value.bool_value
    return None
