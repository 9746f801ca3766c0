"""The estimate on the terminal, as Markdown and as JSON in `out/<stack>/`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from rich import box
from rich.markup import escape
from rich.table import Table as RichTable

from automation import markdown
from automation.cost import tables
from automation.cost.estimate import Estimate, Estimated
from automation.cost.tables import Table

if TYPE_CHECKING:
    from rich.console import Console

SCHEMA = 1
NOT_IN_IT = "List prices only: no discounts, no tax, no free tier, no support plan."


def sections(found: Estimate) -> Iterator[Table | str]:
    """Everything that is said of a stack, in order; empty tables are left out."""
    yield tables.by_service(found)
    yield tables.limits(found)
    yield tables.coverage(found)
    yield tables.prices(found)
    yield NOT_IN_IT
    every = (tables.uncounted, tables.dearest, tables.hidden, tables.saved)
    yield from (table for make in every if (table := make(found)).rows)


def show(found: Estimate, console: Console) -> None:
    for part in sections(found):
        if isinstance(part, str):
            style = "red" if "ABOVE" in part else None
            console.print(part, style=style, markup=False, soft_wrap=True)
        else:
            console.print(_rich(part))


def _rich(table: Table) -> RichTable:
    drawn = RichTable(title=escape(table.title), title_justify="left", box=box.SIMPLE_HEAD)
    for index, name in enumerate(table.head):
        drawn.add_column(
            escape(name),
            justify="right" if index in table.numeric else "left",
            overflow="fold",
            no_wrap=index in table.numeric,
        )
    for row in table.rows:
        drawn.add_row(*(escape(cell) for cell in row))
    if table.total:
        drawn.add_section()
        drawn.add_row(*(escape(cell) for cell in table.total), style="bold")
    return drawn


def text(found: Estimate, heading: str = "##") -> str:
    """The same as Markdown."""
    return "\n\n".join(as_markdown(part, heading) for part in sections(found)) + "\n"


def as_markdown(part: Table | str, heading: str = "##") -> str:
    if isinstance(part, str):
        return markdown.text(part)
    rows = [[markdown.text(cell) for cell in row] for row in part.rows]
    if part.total:
        rows.append([f"**{markdown.text(cell)}**" if cell else "" for cell in part.total])
    return f"{heading} {markdown.text(part.title)}\n\n" + markdown.table(
        part.head, rows, numeric=part.numeric
    )


def document(found: Estimate) -> dict[str, object]:
    """The estimate as plain values; amounts are decimal strings in full."""
    return {
        "schema": SCHEMA,
        "stack": found.stack,
        "region": found.context.book.region,
        "currency": "USD",
        "fixed": str(found.fixed),
        "usage": str(found.usage),
        "total": str(found.total),
        "budget": None if found.budget is None else str(found.budget),
        "resources": [_resource(one) for one in found.items],
    }


def _resource(one: Estimated) -> dict[str, object]:
    return {
        "urn": one.resource.urn,
        "type": one.resource.type,
        "state": one.state.value,
        "why": one.why,
        "range": None if one.low is None else [str(one.low), str(one.high)],
        "lines": [
            {
                "what": line.what,
                "rate": line.rate,
                "quantity": str(line.quantity),
                "unit": line.unit,
                "usd": str(line.usd),
                "by_usage": line.by_usage,
                "assuming": line.because,
            }
            for line in one.lines
        ],
    }


def write(found: Estimate, folder: Path) -> tuple[Path, Path]:
    """`cost.json` and `cost.md` in the folder; the same estimate gives the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    as_json, as_text = folder / "cost.json", folder / "cost.md"
    body = json.dumps(document(found), indent=1, ensure_ascii=False)
    as_json.write_text(f"{body}\n", encoding="utf-8")
    as_text.write_text(text(found), encoding="utf-8")
    return as_json, as_text
