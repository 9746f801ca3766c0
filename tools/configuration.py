"""Writes docs/configuration.md from the typed settings: `python -m tools.configuration`.

A knob is described once, beside the code that uses it; this page only repeats it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from settings import SECTIONS, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = Path(__file__).parent.parent / "docs" / "configuration.md"
HEAD = """# Configuration

What a stack file `Pulumi.<stack>.yaml` may say. Generated from the typed settings by
`python -m tools.configuration`; a test fails when this page is stale. Unknown keys are refused.
`a.b` is the key `b` below `a`; a row with *if* counts only for that choice.
"""

Schema = dict[str, Any]


def page() -> str:
    """The whole page as Markdown."""
    schema = Settings.model_json_schema()
    sections = (line for name in SECTIONS for line in _section(name, schema))
    return "\n".join([HEAD, *sections]) + "\n"


def _section(name: str, schema: Schema) -> Iterator[str]:
    yield f"## `shop:{name}`"
    yield ""
    yield "| key | type | default | what it does |"
    yield "|---|---|---|---|"
    yield from _rows(schema["properties"][name], "", schema, "")
    yield ""


def _rows(value: Schema, path: str, schema: Schema, only: str) -> Iterator[str]:
    """A row for each key below `value`; `only` says for which choice the rows count."""
    for choice, definition in _choices(value, schema):
        required = definition.get("required", [])
        within = f"*if {choice}:* " if choice else only
        for key, inner in definition.get("properties", {}).items():
            here = f"{path}.{key}" if path else key
            if "const" in inner and key == _discriminator(value):
                default = "**required**"
                yield _row(here, f"`{_plain(inner['const'])}`", default, _said(inner, ""))
                continue
            default = "**required**" if key in required else f"`{_shown(inner)}`"
            yield _row(here, _type(inner, schema), default, _said(inner, within))
            yield from _rows(inner, here, schema, within)


def _row(key: str, type_: str, default: str, what: str) -> str:
    return f"| `{key}` | {type_} | {default} | {what} |"


def _choices(value: Schema, schema: Schema) -> list[tuple[str, Schema]]:
    """The objects that may stand here, each with its choice of the discriminator, or without."""
    discriminator = _discriminator(value)
    found: list[tuple[str, Schema]] = []
    for part in value.get("oneOf") or value.get("anyOf") or [value]:
        if "$ref" in part:
            definition: Schema = schema["$defs"][part["$ref"].rsplit("/", 1)[-1]]
            if "properties" in definition:
                chosen = definition["properties"].get(discriminator, {}).get("const")
                label = "" if discriminator is None else f"{discriminator} is {_plain(chosen)}"
                found.append((label, definition))
        elif "oneOf" in part:
            found += _choices(part, schema)
    return found


def _discriminator(value: Schema) -> str | None:
    for part in (value, *value.get("anyOf", [])):
        if "discriminator" in part:
            return part["discriminator"]["propertyName"]
    return None


def _said(value: Schema, only: str) -> str:
    text = f"{only}{value.get('description', '')}".strip()
    return " ".join(text.split()).replace("|", "\\|")


def _shown(value: Schema) -> str:
    default = value.get("default")
    return "none" if default is None else _plain(default)


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _type(value: Schema, schema: Schema) -> str:
    if "$ref" in value:
        definition = schema["$defs"][value["$ref"].rsplit("/", 1)[-1]]
        return "map" if "properties" in definition else _type(definition, schema)
    if "oneOf" in value:
        return "map"
    if "anyOf" in value:
        kinds = dict.fromkeys(_type(part, schema) for part in value["anyOf"])
        return " or ".join(kind for kind in kinds if kind != "null") or "null"
    if "enum" in value or "const" in value:
        choices = value["enum"] if "enum" in value else [value["const"]]
        return ", ".join(f"`{_plain(choice)}`" for choice in choices)
    if value.get("type") == "array":
        return f"list of {_type(value.get('items', {}), schema)}"
    bounds = [
        f"{word} {value[key]}"
        for key, word in (("minimum", "from"), ("maximum", "to"))
        if key in value
    ]
    return " ".join([str(value.get("type", "map")), *bounds])


if __name__ == "__main__":
    PAGE.write_text(page())
