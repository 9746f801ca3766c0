"""Charts of what was sold: by channel, by day and channel, and the products on top. One chart per
currency.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

import altair as alt

from report.figures import SYMBOLS, money, percent, short_money, whole
from report.marks import Bar, Spec, bars, data, finished, period_axis, scale, value_axis
from report.periods import periods
from report.results import Record, amount, count, day, text

CHANNELS = {"web": "web", "app": "app", "store": "store"}
MOST_PRODUCTS = 10
_LINES = 260
_LABEL_GAP = 16


def sales_by_channel(rows: Sequence[Record], currency: str) -> tuple[Spec, str]:
    ordered = sorted(rows, key=lambda row: (-amount(row["revenue"]), text(row["channel"])))
    total = sum((amount(row["revenue"]) for row in rows), Decimal(0))
    honest = all(
        amount(row["revenue"]) >= 0 for row in rows
    )  # a share of a sum with negative parts means nothing
    drawn: list[Bar] = []
    for row in ordered:
        revenue, channel = amount(row["revenue"]), text(row["channel"])
        share = f" · {percent(revenue, total)}" if honest and len(rows) > 1 else ""
        drawn.append(
            Bar(
                name=f"{channel.capitalize()} · {text(row['channel_type'])}",
                value=float(revenue),
                figure=f"{short_money(revenue, currency)}{share}",
                colour=CHANNELS.get(channel, "unknown"),
                details=(
                    f"{whole(count(row['orders']))} orders, {whole(count(row['units']))} units, "
                    f"{money(revenue, currency)}"
                ),
            )
        )
    return bars(drawn), _by_type(
        rows, total, currency
    ) if honest else f"{money(total, currency)} in all."


def _by_type(rows: Sequence[Record], total: Decimal, currency: str) -> str:
    types: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows:
        types[text(row["channel_type"])] += amount(row["revenue"])
    if len(types) == 1:
        return f"All {money(total, currency)} were sold {_where(next(iter(types)))}."
    shares = sorted(types.items(), key=lambda item: (-item[1], item[0]))
    listed = ", ".join(f"{name} {percent(revenue, total)}" for name, revenue in shares)
    return f"{listed[:1].upper()}{listed[1:]} of {money(total, currency)}."


def _where(channel_type: str) -> str:
    return {"online": "online", "physical": "in physical stores"}.get(
        channel_type, f"on the channel type {channel_type}"
    )


def revenue_by_day(rows: Sequence[Record], currency: str) -> tuple[Spec, str]:
    """A line per channel, named at its end. The last names are moved apart where lines end close to
    each other.
    """
    axis = periods(day(row["day"]) for row in rows)
    revenue: dict[str, dict[date, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for row in rows:
        revenue[text(row["channel"])][axis.start(day(row["day"]))] += amount(row["revenue"])
    values = [
        {
            "start": start.isoformat(),
            "channel": channel,
            "revenue": float(by_start[start]),
            "when": f"{start.day} {start:%b %Y}",
            "figure": money(by_start[start], currency),
        }
        for channel, by_start in revenue.items()
        for start in axis.starts
    ]
    ends = {channel: float(by_start[axis.starts[-1]]) for channel, by_start in revenue.items()}
    amounts = [float(value) for by_start in revenue.values() for value in by_start.values()]
    height = max(0.0, *amounts) - min(0.0, *amounts) or 1.0
    names = [
        {
            "start": axis.starts[-1].isoformat(),
            "channel": channel,
            "at": at,
            "name": channel.capitalize(),
        }
        for channel, at in apart(ends, gap=height * _LABEL_GAP / _LINES).items()
    ]
    prefix = SYMBOLS.get(currency, "")
    x, roles = period_axis(axis, band=False), _roles(revenue)
    tint = alt.Color("channel:N", scale=scale(roles), legend=None)
    tooltip = [
        alt.Tooltip("when:N", title=axis.unit.capitalize()),
        alt.Tooltip("channel:N", title="Channel"),
        alt.Tooltip("figure:N", title="Revenue"),
    ]
    y = alt.Y("revenue:Q", axis=value_axis(prefix, kind="money"))
    dots = len(axis.starts) <= 31  # noqa: PLR2004 - beyond a month, dots hide the line
    lines = (
        alt.Chart(data(values))
        .mark_line(
            strokeWidth=2.5, point=alt.OverlayMarkDef(size=45, filled=True) if dots else False
        )
        .encode(x=x, y=y, color=tint, tooltip=tooltip)
    )
    labels = (
        alt.Chart(data(names))
        .mark_text(align="left", dx=10, fontWeight=600)
        .encode(x=x, y=alt.Y("at:Q"), text="name:N", color=tint)
    )
    per_start = {
        start: sum((by[start] for by in revenue.values()), Decimal(0)) for start in axis.starts
    }
    best = max(per_start, key=lambda start: per_start[start])
    most = money(per_start[best], currency)
    reading = f"The best {axis.unit} was {_named(best, axis.unit)} with {most}."
    if axis.partial:
        reading += f" The first or last {axis.unit} has only some of its days."
    return finished(alt.LayerChart(layer=[lines, labels]), height=_LINES), reading


def apart(ends: Mapping[str, float], *, gap: float) -> dict[str, float]:
    """Positions at least `gap` from each other, as near to the wanted ones as going upwards from
    the lowest allows.
    """
    placed: dict[str, float] = {}
    for name, wanted in sorted(ends.items(), key=lambda item: item[1]):
        placed[name] = max(wanted, max(placed.values()) + gap) if placed else wanted
    return placed


def top_products(rows: Sequence[Record], currency: str) -> tuple[Spec, str]:
    revenue: dict[str, Decimal] = defaultdict(Decimal)
    units: dict[str, int] = defaultdict(int)
    categories: dict[str, str] = {}
    for row in rows:
        product = text(row["product"])
        revenue[product] += amount(row["revenue"])
        units[product] += count(row["units"])
        categories[product] = text(row["category"], missing="no category")
    top = sorted(revenue, key=lambda product: (-revenue[product], product))[:MOST_PRODUCTS]
    drawn = [
        Bar(
            name=product,
            value=float(revenue[product]),
            figure=f"{short_money(revenue[product], currency)} · {whole(units[product])} pcs",
            details=f"{categories[product]}, {money(revenue[product], currency)}",
        )
        for product in top
    ]
    first = top[0]
    return bars(
        drawn
    ), f"{first} leads with {money(revenue[first], currency)} from {whole(units[first])} units."


def _roles(channels: Mapping[str, object]) -> dict[str, str]:
    return {channel: CHANNELS.get(channel, "unknown") for channel in channels}


def _named(start: date, unit: str) -> str:
    month = f"{start:%B %Y}"
    return {
        "day": f"{start:%A}, {start.day} {month}",
        "week": f"that of {start.day} {month}",
        "month": month,
    }[unit]
