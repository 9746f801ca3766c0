"""The project's SQL as another engine would get it, without that engine's dbt adapter.

Renders macros and models with Jinja alone: `adapter.dispatch` picks the engine's macro, `ref` and
`source` give plain names. What dbt wraps around a model (create table, merge) is not rendered.
"""

import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jinja2
import yaml

PROJECT = Path(__file__).parent.parent.parent / "warehouse"
MODELS = sorted(PROJECT.glob("models/**/*.sql")) + sorted(PROJECT.glob("tests/**/*.sql"))
QUESTIONS = sorted(PROJECT.glob("questions/*.sql"))
STARTED = datetime.datetime(2026, 1, 7, 5, tzinfo=datetime.UTC)


def _sources() -> dict[str, SimpleNamespace]:
    (silver,) = yaml.safe_load((PROJECT / "models/staging/silver.yml").read_text())["sources"]
    return {
        table["name"]: SimpleNamespace(
            name=table["name"],
            columns={column["name"]: SimpleNamespace(**column) for column in table["columns"]},
        )
        for table in silver["tables"]
    }


SOURCES = _sources()


def render(path: Path, engine: str, *, incremental: bool = False) -> str:
    """The SQL of a model or test for `engine`: athena, redshift, spark or duckdb."""
    # `is_incremental` is given below: without dbt a macro returns text, and every text is true.
    files = (file for file in sorted(PROJECT.glob("macros/*.sql")) if file.stem != "offline")
    macros = "".join(file.read_text() for file in files)
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
            "graph": SimpleNamespace(sources=SOURCES),
            "is_incremental": lambda: incremental,
            "modules": SimpleNamespace(datetime=datetime),
            "ref": lambda name: name,
            "return": lambda value: value,
            "run_started_at": STARTED,
            "source": source,
            "target": SimpleNamespace(type=engine),
            "this": path.stem,
            "var": lambda name, default=None: {"max_age_hours": 36}.get(name, default),
        },
    )
    return template.render()
