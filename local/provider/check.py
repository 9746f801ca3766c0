"""What Check adds to a resource's inputs (name, tags) and what it refuses."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from local.provider.config import ProviderConfig
from local.provider.errors import UserError
from local.provider.resource import INTERNAL, Name, ResourceType
from local.provider.values import UNKNOWN, Json, Props, as_object, has_unknown

_RANDOM_DIGITS = 7


@dataclass(frozen=True, kw_only=True)
class Naming:
    """What the engine offers for a resource without an explicit name."""

    logical: str
    seed: bytes
    proposed: str = ""
    enforced: bool = False
    disabled: bool = False


@dataclass(kw_only=True)
class Checked:
    """Inputs to set on top of the user's, and (property, reason) of each refusal; "" is the whole
    resource.
    """

    additions: Props = field(default_factory=dict[str, Json])
    failures: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])


def check(
    kind: ResourceType, config: ProviderConfig, news: Props, olds: Props, naming: Naming
) -> Checked:
    checked = Checked()
    try:
        config.endpoint(kind.service)
    except UserError as error:
        checked.failures.append(("", str(error)))
    checked.failures += [
        (key, _unsupported(kind, key))
        for key in sorted(news.keys() - kind.inputs - INTERNAL - {"tagsAll"})
    ]
    if kind.name:
        check_name(kind, kind.name, news, olds, naming, checked)
    if "tags" in kind.inputs:
        checked.additions["tagsAll"] = all_tags(config.default_tags, news.get("tags"))
    if kind.check and not has_unknown(news):
        checked.failures += kind.check(news)
    return checked


def check_name(
    kind: ResourceType, name: Name, news: Props, olds: Props, naming: Naming, checked: Checked
) -> None:
    explicit = news.get(name.property)
    if explicit == UNKNOWN:
        return
    if explicit:
        checked.failures += _too_long(kind, name, explicit)
        return
    kept = olds.get(name.property)
    if not kept and naming.disabled:
        checked.failures.append(
            (name.property, "a name is needed: this stack switches automatic names off")
        )
        return
    if not kept and naming.enforced:
        checked.failures += _too_long(kind, name, naming.proposed)
    checked.additions[name.property] = kept or _made_up(name, news, naming)
    checked.additions["__defaults"] = [name.property]


def _made_up(name: Name, news: Props, naming: Naming) -> str:
    random = naming.seed.hex()[:_RANDOM_DIGITS]
    suffix = ".fifo" if name.fifo and news.get(name.fifo) is True else ""
    room = name.limit - len(name.prefix) - len(suffix)
    if naming.proposed:
        stem = naming.proposed.removesuffix(suffix)[:room]
    else:
        stem = f"{naming.logical[: room - _RANDOM_DIGITS - 1]}-{random}"
    made = f"{name.prefix}{stem}{suffix}"
    return made.lower() if name.lower else made


def _too_long(kind: ResourceType, name: Name, value: str) -> list[tuple[str, str]]:
    if len(value) <= name.limit:
        return []
    return [
        (
            name.property,
            f"{value!r} has {len(value)} characters; the limit for a {kind.label} is {name.limit}",
        )
    ]


def _unsupported(kind: ResourceType, key: str) -> str:
    if key.endswith("Prefix") and kind.name and key.removesuffix("Prefix") == kind.name.property:
        return (
            f"the local provider knows no name prefixes: set {kind.name.property}, "
            "or neither for an automatic name"
        )
    return f"the local provider does not support this property of {kind.type}"


def all_tags(defaults: Mapping[str, str], own: Json) -> Json:
    if own == UNKNOWN:
        return UNKNOWN
    # None takes the key away: an empty map would show as a change.
    return {**defaults, **as_object(own)} or None
