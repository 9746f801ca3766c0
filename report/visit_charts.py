"""Charts of who came and what became of it: campaigns, new and returning customers, the way to an
order.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise

import altair as alt

from report.figures import NONE, percent, short, short_money, whole
from report.marks import (
    BAR,
    Bar,
    Row,
    Spec,
    bars,
    colour,
    data,
    finished,
    period_axis,
    scale,
    value_axis,
)
from report.periods import periods
from report.results import Record, amount, count, day, text

CUSTOMERS = {"new": "new", "returning": "returning", "unknown": "unknown"}
MOST_CAMPAIGNS = 10
_PANELS = ("Visits", "Conversion", "Revenue")
# Of each panel's width, for its longest bar; the rest is for the figure behind it.
_BAR_SHARE = 0.5
_ROW = 46


def campaign_performance(rows: Sequence[Record], currency: str) -> tuple[Spec, str]:
    """Three panels beside each other, one line per campaign: a lot of visits with a short second
    bar is money badly spent.

    One view with its own arithmetic rather than three views side by side, because those can't
    follow the width of the page.
    """
    top = sorted(rows, key=lambda row: (-count(row["visits"]), text(row["campaign"])))[
        :MOST_CAMPAIGNS
    ]
    values: list[Row] = []
    for n, row in enumerate(top):
        revenue, conversion = amount(row["revenue"]), amount(row["conversion_pct"])
        shown = (
            (amount(row["visits"]), short(amount(row["visits"]))),
            (conversion, NONE if row["conversion_pct"] is None else f"{conversion:.1f}%"),
            (revenue, NONE if row["revenue"] is None else short_money(revenue, currency)),
        )
        details = f"{whole(count(row['orders']))} orders from {whole(count(row['visits']))} visits"
        for panel, (value, figure) in enumerate(shown):
            name = text(row["campaign"], missing="No campaign")
            values.append(
                {
                    "row": f"{n:03}",
                    "name": name,
                    "panel": panel,
                    "value": float(value),
                    "figure": figure,
                    "details": details,
                }
            )
    longest = {
        panel: max(float(v["value"]) for v in values if v["panel"] == panel)
        for panel in range(len(_PANELS))
    }
    drawn = [
        {
            **v,
            "end": int(v["panel"])
            + max(0.0, float(v["value"])) / (longest[int(v["panel"])] or 1) * _BAR_SHARE,
        }
        for v in values
    ]
    band = alt.Y("row:O", axis=None, scale=alt.Scale(paddingInner=0, paddingOuter=0))
    x = alt.Scale(domain=[0, len(_PANELS)], nice=False)
    tooltip = [alt.Tooltip("name:N", title="Campaign"), alt.Tooltip("details:N", title="Orders")]
    base = alt.Chart().encode(y=band, tooltip=tooltip)
    filled = base.mark_bar(height=BAR, yOffset=9, cornerRadius=3, color=colour("accent")).encode(
        x=alt.X("panel:Q", axis=None, scale=x), x2="end:Q"
    )
    figures = base.mark_text(align="left", dx=6, dy=9, fontWeight=600, color=colour("ink")).encode(
        x=alt.X("end:Q", scale=x), text="figure:N"
    )
    names = (
        base.transform_filter("datum.panel == 0")
        .mark_text(align="left", dy=-10, color=colour("ink"), limit=alt.ExprRef("width"))
        .encode(x=alt.value(0), text="name:N")
    )
    heads = (
        alt.Chart(data([{"panel": n, "head": head} for n, head in enumerate(_PANELS)]))
        .mark_text(align="left", fontSize=12, dy=-14, color=colour("muted"))
        .encode(x=alt.X("panel:Q", scale=x), y=alt.value(0), text="head:N")
    )
    return finished(
        alt.LayerChart(data=data(drawn), layer=[filled, figures, names, heads]),
        height=_ROW * len(top),
        top=24,
    ), _best_campaign(rows)


def _best_campaign(rows: Sequence[Record]) -> str:
    named = [
        row for row in rows if row["campaign"] is not None and row["conversion_pct"] is not None
    ]
    if not named:
        return "No campaign is named in these visits."
    best = max(named, key=lambda row: amount(row["conversion_pct"]))
    most = max(named, key=lambda row: count(row["visits"]))
    visits, converts = text(most["campaign"]), text(best["campaign"])
    rate = f"{amount(best['conversion_pct']):.1f}% of its visits ended in an order"
    if visits == converts:
        return f"{visits} brought the most visits and also converted best: {rate}."
    return f"{visits} brought the most visits, {converts} converted best: {rate}."


def new_vs_returning(rows: Sequence[Record]) -> tuple[Spec, str]:
    """Orders a day, stacked. Orders can be added up over currencies, money can't, so this chart
    shows no money.
    """
    axis = periods(day(row["day"]) for row in rows)
    orders: dict[str, dict[date, int]] = defaultdict(lambda: defaultdict(int))
    for row in rows:
        orders[text(row["customer_type"])][axis.start(day(row["day"]))] += count(row["orders"])
    present = {name: role for name, role in CUSTOMERS.items() if name in orders}
    present.update({name: "unknown" for name in orders if name not in present})
    values = [
        {
            "start": start.isoformat(),
            "customers": customers.capitalize(),
            "place": place,
            "orders": orders[customers][start],
            "when": f"{start.day} {start:%b %Y}",
        }
        for place, customers in enumerate(present)
        for start in axis.starts
    ]
    legend = alt.Legend(orient="top", direction="horizontal", title=None)
    columns = (
        alt.Chart(data(values))
        .mark_bar(stroke=colour("card"), strokeWidth=1)
        .encode(
            x=period_axis(axis, band=True),
            y=alt.Y("orders:Q", axis=value_axis()),
            color=alt.Color(
                "customers:N",
                scale=scale({name.capitalize(): role for name, role in present.items()}),
                legend=legend if len(present) > 1 else None,
            ),
            order=alt.Order("place:Q"),
            tooltip=[
                alt.Tooltip("when:N", title=axis.unit.capitalize()),
                alt.Tooltip("customers:N", title="Customers"),
                alt.Tooltip("orders:Q", title="Orders", format=","),
            ],
        )
    )
    return finished(columns, height=230), _who(
        {name: sum(by.values()) for name, by in orders.items()}
    )


def _who(orders: dict[str, int]) -> str:
    known = orders.get("new", 0) + orders.get("returning", 0)
    nameless = sum(orders.values()) - known
    if known <= 0:
        return f"None of the {whole(nameless)} orders names a customer."
    share = percent(orders.get("returning", 0), known)
    if nameless:
        who = f"Of the orders that name a customer, {share} came from one who had bought before"
        return f"{who}; {whole(nameless)} name none."
    return f"{share} of orders came from customers who had bought before."


def funnel(rows: Sequence[Record]) -> tuple[Spec, str]:
    """Sessions that reached each step, on a track as long as the first step."""
    steps = sorted(rows, key=lambda row: count(row["step"]))
    first = count(steps[0]["sessions"])
    drawn = [
        Bar(
            name=_step(row),
            value=float(count(row["sessions"])),
            figure=f"{whole(count(row['sessions']))} · {percent(count(row['sessions']), first)}",
        )
        for row in steps
    ]
    return bars(drawn, whole=float(first)), _loss(steps, first)


def _loss(steps: Sequence[Record], first: int) -> str:
    last = count(steps[-1]["sessions"])
    reading = f"{percent(last, first)} of {whole(first)} sessions got to the last step"
    drops: list[tuple[Decimal, str]] = []
    for before, after in pairwise(steps):
        if count(before["sessions"]) > 0:
            kept = amount(after["sessions"]) / amount(before["sessions"])
            drops.append((1 - kept, f"{_step(before)} and {_step(after)}"))
    if not drops or max(drops)[0] <= 0:
        return f"{reading}."
    share, between = max(drops)
    return f"{reading}; most leave between {between} ({percent(share, 1)})."


def _step(row: Record) -> str:
    return text(row["step_name"]).replace("_", " ").capitalize()
