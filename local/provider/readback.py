"""Between a resource's inputs and what the service holds: what is sent, what is given back.

Inputs that the service does not give back are believed; all others are compared, in the user's own
shape (`drift.py`).
"""

from local.provider.clients import Api
from local.provider.drift import in_shape_of, same
from local.provider.resource import INTERNAL, ResourceType
from local.provider.values import Json, Props, as_object, is_list, is_object


def effective(kind: ResourceType, inputs: Props) -> Props:
    """What a service is to hold: `tags` with the provider's default tags, nothing of our own."""
    wanted = {
        key: value
        for key, value in inputs.items()
        if key not in INTERNAL | kind.local and key != "tagsAll" and value is not None
    }
    if "tagsAll" in inputs:
        wanted["tags"] = inputs["tagsAll"]
    return wanted


def outputs(kind: ResourceType, inputs: Props, held: Props) -> Props:
    """Inputs as the user wrote them, and what the service adds to them."""
    shown = kind.inputs | kind.computed | frozenset(kind.derived) | {"region"}
    extra = {key: _plain(held[key]) for key in sorted(shown) if held.get(key) is not None}
    if "tags" in kind.inputs:
        extra["tagsAll"] = extra.get("tags", {})
        if "tags" not in inputs:
            extra.pop("tags", None)
    return {**extra, **{key: value for key, value in inputs.items() if key != "__defaults"}}


def imported(kind: ResourceType, api: Api, held: Props) -> Props:
    """Everything the service gives back, but for what an absent property means anyway."""
    usual = kind.defaults_for({"account": api.account, "region": api.region})
    return {
        key: _plain(held[key])
        for key in sorted(kind.inputs)
        if held.get(key) and held[key] != usual.get(key)
    }


def drifted(kind: ResourceType, api: Api, inputs: Props, held: Props) -> Props:
    """The inputs as the service holds them; exactly `inputs` when nothing is different."""
    believed = INTERNAL | kind.local | kind.unread | {"tagsAll"}
    found: Props = {}
    for key, wanted in inputs.items():
        if key in believed or key not in kind.inputs or means(kind, key, wanted, held.get(key)):
            found[key] = wanted
        elif key != "tags":
            found[key] = in_shape_of(wanted, held.get(key), ordered=kind.ordered, key=key)
    if "tags" in kind.inputs:
        found |= _drifted_tags(api, inputs, as_object(held.get("tags")))
    return {key: _plain(value) for key, value in found.items() if value is not None}


def means(kind: ResourceType, key: str, wanted: Json, held: Json) -> bool:
    """Whether a property as wanted is the same as it is held."""
    if key in kind.same:
        return kind.same[key](wanted, held)
    return same(wanted, held, ordered=kind.ordered, key=key)


def _drifted_tags(api: Api, inputs: Props, held: Props) -> Props:
    own = as_object(inputs.get("tags"))
    inherited = {
        key for key, value in api.default_tags.items() if key not in own and held.get(key) == value
    }
    found: Props = {}
    if "tags" in inputs:
        found["tags"] = {key: value for key, value in held.items() if key not in inherited}
    if "tagsAll" in inputs:
        found["tagsAll"] = held
    return found


def _plain(value: Json) -> Json:
    if is_object(value):
        return {key: _plain(item) for key, item in value.items() if item is not None}
    return [_plain(item) for item in value] if is_list(value) else value
