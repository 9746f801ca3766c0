"""The project's SQL as another engine would get it, without that engine's dbt adapter.

Renders macros and models with Jinja alone: `adapter.dispatch` picks the engine's macro, `ref` and
`source` give plain names. What dbt wraps around a model (create table, merge) is not rendered.
"""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jinja2

PROJECT = Path(__file__).parent.parent.parent / "warehouse"
MODELS = sorted(PROJECT.glob("models/**/*.sql")) + sorted(PROJECT.glob("tests/*.sql"))
QUESTIONS = sorted(PROJECT.glob("questions/*.sql"))


def render(path: Path, engine: str, *, incremental: bool = False) -> str:
    """The SQL of a model or test for `engine`: athena, redshift or spark."""
    macros = "".join(file.read_text() for file in sorted(PROJECT.glob("macros/*.sql")))
    environment = jinja2.Environment(  # noqa: S701  SQL, not HTML
        undefined=jinja2.StrictUndefined, extensions=["jinja2.ext.do"]
    )

    @jinja2.pass_context
    def dispatch(context: jinja2.runtime.Context, name: str) -> Any:
        return context.get(f"{engine}__{name}") or context[f"default__{name}"]

    def source(_schema: str, name: str) -> str:
        return f"silver.{name}"

    template = environment.from_string(
        macros + path.read_text(),
        {
            "adapter": SimpleNamespace(dispatch=dispatch),
            "config": lambda **_settings: "",
            "execute": True,
            "is_incremental": lambda: incremental,
            "ref": lambda name: name,
            "return": lambda value: value,
            "source": source,
            "target": SimpleNamespace(type=engine),
            "this": path.stem,
        },
    )
    return template.render()
