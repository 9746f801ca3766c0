"""Writes the generated parts of docs/cost-optimisation.md and docs/pt/custos.md:
`python -m tools.optimisation`.

Two tables over all stacks: what each part of the platform costs, by estimating the stack without
it, and what another setting would save (`automation.cost.savings`). It leaves out what only a bill
can say, as docs/cost.md does.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from automation import markdown
from automation.cost import money
from automation.cost.estimate import Estimate, trying
from automation.cost.savings import Saving, savings
from automation.errors import ROOT, UserError
from automation.graph.page import filled
from tools.portuguese import portuguese

if TYPE_CHECKING:
    from pathlib import Path

Say = Callable[[str], str]
Estimates = Mapping[str, Estimate]

PAGE = ROOT / "docs" / "cost-optimisation.md"
PAGE_PT = ROOT / "docs" / "pt" / "custos.md"
REST = "it is the stream, the lake and who asks it"
TOKEN = "shop:components:"  # noqa: S105 (a type's)


@dataclass(frozen=True, kw_only=True)
class Part:
    """A component that a stack can do without."""

    component: str
    off: str
    """What to write into the stack file."""
    without: str
    """What one has then."""


PARTS = (
    Part(component="Warehouse", off="warehouse.enabled: false", without="Athena alone answers"),
    Part(
        component="Airflow",
        off="airflow.enabled: false, pipeline.engine: step_functions",
        without="needs `pipeline.runner`; a command has at most 15 minutes",
    ),
    Part(
        component="ShopDatabase",
        off="shop_database.enabled: false, change_capture.enabled: false",
        without="the shop's database is elsewhere, and nothing captures its changes",
    ),
    Part(
        component="ChangeCapture",
        off="change_capture.enabled: false",
        without="silver has no copy of the shop's tables",
    ),
    Part(component="Dashboards", off="dashboards.enabled: false", without="Power BI shows gold"),
    Part(component="Databricks", off="databricks.enabled: false", without="no Delta tables"),
    Part(
        component="BatchEtl",
        off="batch_etl.enabled: false, pipeline.jobs: commands",
        without="a day must fit into one process of 10 GB",
    ),
    Part(
        component="Network",
        off="network.enabled: false",
        without="only where no part above needs a VPC",
    ),
    Part(
        component="Observability",
        off="observability.enabled: false",
        without="no budget, trail or dashboard of the account",
    ),
    Part(
        component="DriftWatch",
        off="catalog.drift_schedule: null",
        without="nobody hears of fields that the contract does not know",
    ),
    Part(
        component="DataValidator",
        off="data_validator.enabled: false",
        without="raw objects get no verdict",
    ),
)


def generated(estimates: Estimates) -> dict[Path, str]:
    """Both pages as they must be; raises `UserError` for words without Portuguese."""
    languages: dict[Path, Say] = {PAGE: lambda text: text, PAGE_PT: portuguese}
    return {
        page: filled(
            page.read_text(encoding="utf-8"),
            {
                "parts": parts(estimates, say),
                "could": settings(estimates, say, in_force=False),
                "do": settings(estimates, say, in_force=True),
            },
        )
        for page, say in languages.items()
    }


def parts(estimates: Estimates, say: Say) -> str:
    """The dearest first, by all stacks together; a part's share is what the stack costs less."""
    costs = {
        part: {stack: _share(found, part.component) for stack, found in estimates.items()}
        for part in PARTS
    }
    rows = [
        [f"`{part.component}`", *_amounts(by_stack), f"`{part.off}`", say(part.without)]
        for part, by_stack in sorted(costs.items(), key=lambda one: -sum(one[1].values()))
    ]
    rest = {
        stack: found.total - sum((by_stack[stack] for by_stack in costs.values()), Decimal(0))
        for stack, found in estimates.items()
    }
    rows.append([say("all the rest"), *_amounts(rest), "", say(REST)])
    head = [say("part"), *estimates, say("switched off by"), say("without it")]
    return markdown.table(head, rows, numeric=_numeric(estimates))


def settings(estimates: Estimates, say: Say, *, in_force: bool) -> str:
    """The same as in docs/cost.md, over all stacks."""
    found: dict[str, dict[str, Saving]] = {}
    for stack, one in estimates.items():
        for saving in savings(one):
            if saving.in_force is in_force:
                found.setdefault(saving.what, {})[stack] = saving
    ordered = sorted(found.items(), key=lambda one: -sum(each.usd for each in one[1].values()))
    rows = [
        [
            say(what),
            *_amounts(
                {
                    stack: by_stack[stack].usd if stack in by_stack else Decimal(0)
                    for stack in estimates
                }
            ),
            say(next(iter(by_stack.values())).price),
        ]
        for what, by_stack in ordered
    ]
    head = [say("setting"), *estimates, say("at the price of")]
    return markdown.table(head, rows, numeric=_numeric(estimates))


def _share(found: Estimate, component: str) -> Decimal:
    """USD a month of what the component and those inside it register."""
    outermost = f"{TOKEN}{component}"
    without = trying(
        found,
        lambda one: None if one.urn.split("::")[2].split("$")[0] == outermost else one,
    )
    return found.total - without.total


def _amounts(by_stack: Mapping[str, Decimal]) -> Iterator[str]:
    return (markdown.text(money.usd(amount)) for amount in by_stack.values())


def _numeric(estimates: Estimates) -> range:
    return range(1, 1 + len(estimates))


def main() -> int:
    from rich.console import Console

    from automation.cost import docs

    screen = Console(stderr=True, highlight=False)
    try:
        pages = generated(docs.estimates(screen))
    except UserError as error:
        screen.print(f"error: {error}", markup=False, soft_wrap=True)
        return error.exit
    for page, text in pages.items():
        page.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
