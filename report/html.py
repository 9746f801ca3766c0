"""The report as one HTML file that needs no network: template, style, script, Vega and the data are
all inside.

The page's security policy allows just the two scripts written here, by their hashes, and no
connection at all, so that a customer name out of the data can't do harm even if escaping failed.
"""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

import vl_convert
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from report.cells import WrittenTable, written
from report.charts import Chart, draw
from report.figures import NONE
from report.kpis import kpi_cards
from report.periods import span
from report.results import Fact, Facts, QueryResult, day, records_of
from report.theme.palette import DARK, LIGHT, css_variables, vega_config

THEME = Path(__file__).parent / "theme"
MOST_ROWS = 200
_SNIPPET = "window.vegaEmbed = vegaEmbed;"


@dataclass(frozen=True, kw_only=True)
class _Answer:
    """A result as the template shows it."""

    result: QueryResult
    table: WrittenTable
    shown: int


def write_html(path: Path, results: Sequence[QueryResult], facts: Facts) -> None:
    """Writes the page. `facts` is shown under "How this was made": values as a list, mappings and
    rows as small tables.
    """
    charts = draw(results)
    script = Markup((THEME / "page.js").read_text(encoding="utf-8"))  # noqa: S704 - our own file
    bundle = _bundle()
    environment = Environment(
        loader=FileSystemLoader(THEME), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    page = environment.get_template("page.html.j2").render(
        period=span(day(row["day"]) for row in records_of(results, "sales_by_day")),
        kpis=kpi_cards(results),
        charts=charts,
        answers=[
            _Answer(result=result, table=written(result), shown=min(len(result.rows), MOST_ROWS))
            for result in results
        ],
        plain_facts=[
            (label, _written(fact)) for label, fact in facts.items() if not _is_table(fact)
        ],
        fact_tables=[(label, _fact_rows(fact)) for label, fact in facts.items() if _is_table(fact)],
        light=_declarations(LIGHT),
        dark=_declarations(DARK),
        style=Markup((THEME / "page.css").read_text(encoding="utf-8")),  # noqa: S704 - our own file
        bundle=bundle,
        script=script,
        hashes=[_hash(bundle), _hash(script)],
        data=_data(charts),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, encoding="utf-8")


@cache
def _bundle() -> Markup:
    # Bundling takes seconds and gives the same text every time.
    code = vl_convert.javascript_bundle(_SNIPPET)
    return Markup(code.replace("</script", "<\\/script"))  # noqa: S704 - Vega's own code


def _data(charts: Sequence[Chart]) -> Markup:
    document = {
        "config": vega_config(css_variables()),
        "specs": {chart.name: chart.spec for chart in charts if chart.spec is not None},
    }
    # Inside a script element only "<" can end it ("</script>", "<!--"), so it is written as JSON's
    # own escape.
    return Markup(json.dumps(document).replace("<", "\\u003c"))  # noqa: S704


def _hash(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _declarations(colours: Mapping[str, str]) -> Markup:
    return Markup(" ".join(f"--{role}: {value};" for role, value in colours.items()))  # noqa: S704 - constants


def _is_table(fact: Fact) -> bool:
    return isinstance(fact, Mapping) or (isinstance(fact, Sequence) and not isinstance(fact, str))


def _fact_rows(fact: Fact) -> list[list[tuple[str, bool]]]:
    """Rows of (text, is a number)."""
    if isinstance(fact, Mapping):
        rows: list[Sequence[object]] = [[label, value] for label, value in fact.items()]
    elif isinstance(fact, Sequence) and not isinstance(fact, str):
        rows = [
            row if isinstance(row, Sequence) and not isinstance(row, str) else [row] for row in fact
        ]
    else:
        rows = [[fact]]
    return [
        [(_written(cell), isinstance(cell, int | float | Decimal)) for cell in row] for row in rows
    ]


def _written(value: object) -> str:
    if value is None:
        return NONE
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.1f}" if isinstance(value, float) else str(value)
