"""Which charts the report has, and what stands in a chart's place when there is nothing to draw.

`draw` gives Vega-Lite specs without colours, config or width. A chart of money is drawn once per
currency: amounts of different currencies are never added up.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from report.marks import Spec
from report.results import QueryResult, Record, by_currency, currencies, records_of
from report.sales_charts import revenue_by_day, sales_by_channel, top_products
from report.visit_charts import campaign_performance, funnel, new_vs_returning

MOST_CURRENCIES = 3


@dataclass(frozen=True, kw_only=True)
class Chart:
    """`reading` says what is seen, or, without a spec, why there is nothing to see. `name` is fit
    for a file name.
    """

    name: str
    title: str
    reading: str
    spec: Spec | None = None
    wide: bool = False


@dataclass(frozen=True, kw_only=True)
class _Drawing:
    """How one question becomes charts: `money` is drawn per currency, `counts` once. One of them is
    set.
    """

    name: str
    query: str
    title: str
    why_empty: str
    money: Callable[[Sequence[Record], str], tuple[Spec, str]] | None = None
    counts: Callable[[Sequence[Record]], tuple[Spec, str]] | None = None
    wide: bool = False


_NO_SALES = "No order came in, by stream or by file."
_NO_VISITS = "An order file holds orders only; visits come as events on the stream."

_DRAWINGS = (
    _Drawing(
        name="revenue_by_day",
        query="sales_by_day",
        title="Revenue over time",
        why_empty=_NO_SALES,
        money=revenue_by_day,
        wide=True,
    ),
    _Drawing(
        name="sales_by_channel",
        query="sales_by_channel",
        title="Sales by channel",
        why_empty=_NO_SALES,
        money=sales_by_channel,
    ),
    _Drawing(
        name="new_vs_returning",
        query="new_vs_returning",
        title="Orders of new and returning customers",
        why_empty=_NO_SALES,
        counts=new_vs_returning,
    ),
    _Drawing(
        name="funnel",
        query="funnel",
        title="From visit to order",
        why_empty=f"There are no visits to follow. {_NO_VISITS}",
        counts=funnel,
    ),
    _Drawing(
        name="campaign_performance",
        query="campaign_performance",
        title="Campaigns",
        why_empty=f"No visit came from a campaign. {_NO_VISITS}",
        money=campaign_performance,
    ),
    _Drawing(
        name="top_products",
        query="top_products",
        title="Products that sold best",
        why_empty=_NO_SALES,
        money=top_products,
    ),
)

NAMES = tuple(drawing.name for drawing in _DRAWINGS)


def draw(results: Sequence[QueryResult]) -> tuple[Chart, ...]:
    """Every chart of the report in reading order; a chart without rows has no spec."""
    ranked = currencies(results)
    asked = {result.name for result in results}
    return tuple(
        chart
        for drawing in _DRAWINGS
        for chart in _charts(
            drawing, records_of(results, drawing.query), ranked, asked=drawing.query in asked
        )
    )


def _charts(
    drawing: _Drawing, rows: Sequence[Record], ranked: Sequence[str], *, asked: bool
) -> list[Chart]:
    empty = Chart(
        name=drawing.name, title=drawing.title, wide=drawing.wide, reading=drawing.why_empty
    )
    if not asked:
        return [replace(empty, reading="This question was not asked in this run.")]
    if not rows:
        return [empty]
    if drawing.counts is not None:
        spec, reading = drawing.counts(rows)
        return [replace(empty, reading=reading, spec=spec)]
    if drawing.money is None:
        raise ValueError(f"{drawing.name} draws neither counts nor money")
    split = by_currency(rows, ranked)
    charts: list[Chart] = []
    for currency in list(split)[:MOST_CURRENCIES]:
        spec, reading = drawing.money(split[currency], currency)
        charts.append(
            Chart(
                name=drawing.name if not charts else f"{drawing.name}-{_fit(currency)}",
                title=f"{drawing.title}, {currency}" if len(split) > 1 else drawing.title,
                reading=reading,
                spec=spec,
                wide=drawing.wide,
            )
        )
    left_out = list(split)[MOST_CURRENCIES:]
    if left_out:
        more = f"{charts[-1].reading} {', '.join(left_out)}: see the table."
        charts[-1] = replace(charts[-1], reading=more)
    return charts


def _fit(currency: str) -> str:
    # A currency comes from the data and becomes part of a file name: "../" is three characters too.
    return re.sub(r"[^a-z0-9]", "_", currency.lower())
