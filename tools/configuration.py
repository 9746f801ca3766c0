"""Writes docs/configuration.md from the typed settings: `python -m tools.configuration`.

A knob is described once, beside the code that uses it; this page only repeats it.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from settings import SECTIONS, Settings

PAGE = Path(__file__).parent.parent / "docs" / "configuration.md"
HEAD = """# Configuration

What a stack file `Pulumi.<stack>.yaml` may say. Generated from the typed settings by
`python -m tools.configuration`; a test fails when this page is stale. Unknown keys are refused.
"""


def page() -> str:
    """The whole page as Markdown."""
    schema = Settings.model_json_schema()
    return "\n".join([HEAD, *(line for name in SECTIONS for line in _section(name, schema))]) + "\n"


def _section(name: str, schema: dict[str, Any]) -> Iterator[str]:
    definition = schema["$defs"][schema["properties"][name]["$ref"].rsplit("/", 1)[-1]]
    required = definition.get("required", [])
    yield f"## `shop:{name}`"
    yield ""
    yield "| key | type | default | what it does |"
    yield "|---|---|---|---|"
    for key, value in definition.get("properties", {}).items():
        default = "**required**" if key in required else f"`{_shown(value.get('default'))}`"
        yield f"| `{key}` | {_type(value)} | {default} | {value.get('description', '')} |"
    yield ""


def _shown(default: object) -> str:
    return "none" if default is None else str(default)


def _type(value: dict[str, Any]) -> str:
    if "anyOf" in value:
        return " or ".join(_type(part) for part in value["anyOf"])
    if "enum" in value:
        return ", ".join(f"`{choice}`" for choice in value["enum"])
    bounds = [
        f"{word} {value[key]}"
        for key, word in (("minimum", "from"), ("maximum", "to"))
        if key in value
    ]
    return " ".join([str(value.get("type", "map")), *bounds])


if __name__ == "__main__":
    PAGE.write_text(page())
