"""Outputs that nobody computed, the same on every run: what a pretended resource answers with.

They are made of the URN and of what the table of types or the SDK says about the outputs' shapes.
They only have to be equal on both sides of a comparison, and of a form that a program can use. No
service is asked, and no value is random.
"""

import hashlib
from collections.abc import Mapping, Sequence
from types import NoneType
from typing import Any, Union, get_args, get_origin

from local.provider import sdk
from local.provider.config import PARTITION
from local.provider.invokes import Place
from local.provider.resource import ResourceType
from local.provider.types import TABLE
from local.provider.values import Json, Props

_DIGITS = 16
_DEEPEST = 4  # structures that hold themselves end somewhere
# Kubernetes outputs repeat the inputs; what the cluster adds, no program reads.
_NO_OUTPUTS = ("kubernetes", "pulumi")
_PLAIN: Mapping[object, Json] = {bool: False, int: 1, float: 1.0}


class _Parts(dict[str, Json]):
    """Values for a template; a part that only the service knows is made up."""

    def __init__(self, known: Props, seed: str) -> None:
        super().__init__(known)
        self._seed = seed

    def __missing__(self, key: str) -> Json:
        return _text(key, self._seed)


def resource(type_: str, urn: str, inputs: Props, where: Place) -> tuple[str, Props]:
    """Id and outputs of a resource as if it had been made."""
    outputs = shaped(type_, urn)
    kind = TABLE.get(type_)
    if kind:
        parts = _Parts({**_scope(inputs, where), **inputs}, urn)
        id_, own = _from_table(kind, parts)
        outputs |= own
    else:
        id_ = _text("id", urn)
        outputs |= _usual(type_, urn, inputs, where)
    declared = sdk.outputs(type_)
    kept = {key: value for key, value in outputs.items() if not declared or key in declared}
    return id_, {**kept, **inputs}


def shaped(type_: str, seed: str) -> Props:
    """A value for each output that the SDK says is always there."""
    if type_.partition(":")[0] in _NO_OUTPUTS:
        return {}
    made = {name: value(name, hint, seed) for name, hint in sdk.hints(type_).items()}
    return {name: one for name, one in made.items() if one is not None}


def value(name: str, hint: object, seed: str, depth: int = 0) -> Json:
    """A value of the type `hint`; None for one that may be absent, or stands for a resource."""
    outer: object = get_origin(hint)
    if outer is Union and NoneType in get_args(hint):
        return None
    if hint is Any or outer is Mapping:
        return {}
    if outer is Sequence:
        inner = value(name, get_args(hint)[0], seed, depth)
        return [] if inner is None else [inner]
    if depth < _DEEPEST and isinstance(hint, type) and dict in hint.__mro__:
        made = {
            field: value(field, inner, f"{seed}.{name}", depth + 1)
            for field, inner in sdk.fields(hint).items()
        }
        return {field: one for field, one in made.items() if one is not None}
    return _text(name, seed) if hint is str else _PLAIN.get(hint)


def _from_table(kind: ResourceType, parts: _Parts) -> tuple[str, Props]:
    for name, template in kind.defaults.items():
        parts.setdefault(name, template.format_map(parts))
    id_ = kind.id.format_map(parts)
    derived = {name: template.format_map(parts) for name, template in kind.derived.items()}
    return id_, {**{name: parts[name] for name in kind.created}, **derived}


def _usual(type_: str, urn: str, inputs: Props, where: Place) -> Props:
    module, _, label = type_.partition(":")[2].partition(":")
    scope = _scope(inputs, where)
    name = inputs.get("name") or urn.rpartition("::")[2]
    service = module.partition("/")[0]
    arn = f"arn:{PARTITION}:{service}:{scope['region']}:{scope['account']}:{label.lower()}/{name}"
    return {"arn": arn, "region": scope["region"], "name": name}


def _scope(inputs: Props, where: Place) -> Props:
    region: Json = inputs.get("region") or where.config.region
    return {"account": where.account, "region": region}


def _text(name: str, seed: str) -> str:
    digits = hashlib.sha256(f"{seed}#{name}".encode()).hexdigest()[:_DIGITS]
    match name.lower():
        case lower if lower.endswith(("json", "policy", "document")):
            return "{}"
        case lower if lower.endswith(("url", "endpoint", "issuer")):
            return f"https://{digits}.invalid"
        case lower if lower.endswith("arn"):
            return f"arn:{PARTITION}:made-up:::{name}/{digits}"
        case "data":
            return digits  # of a certificate: hexadecimal digits are base64, too
        case _:
            return f"{name}-{digits}"
