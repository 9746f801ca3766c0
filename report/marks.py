"""The shapes that several charts share, as Altair layers. What they show is decided in
`sales_charts` and `visit_charts`.

Specs carry no size of their own in width and no colour values: the page and the images supply both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast

import altair as alt

from report.periods import Periods
from report.theme.palette import parameter

Spec = dict[str, object]
Row = Mapping[str, str | int | float]

BAR_ROW = 44
BAR = 12
_NAME_ABOVE = -17
# Room for the figure at the right of a bar's name, in pixels; a longer name is cut with an
# ellipsis.
_FIGURE_ROOM = 130


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A named bar; `figure` is written out, `value` is only its length."""

    name: str
    value: float
    figure: str
    colour: str = "accent"
    details: str = ""


def colour(role: str) -> alt.ExprRef:
    return alt.ExprRef(parameter(role))


def scale(roles: Mapping[str, str]) -> alt.Scale:
    """A colour scale from values to roles of the palette, in that order."""
    return alt.Scale(domain=list(roles), range=[colour(role) for role in roles.values()])


def data(rows: Sequence[Row]) -> alt.Data:
    return alt.Data(values=[dict(row) for row in rows])


def finished(chart: alt.LayerChart | alt.Chart, *, height: int, top: int = 4) -> Spec:
    """The spec alone: no config and no schema address, as wide as its container, `top` pixels kept
    free above it.
    """
    fit = alt.AutoSizeParams(type="fit-x", contains="padding")
    padding = {"left": 2, "top": top, "right": 4, "bottom": 4}
    spec = chart.properties(
        width="container", height=height, autosize=fit, padding=padding
    ).to_dict()
    return {
        key: value for key, value in cast("Spec", spec).items() if key not in {"config", "$schema"}
    }


def bars(rows: Sequence[Bar], *, whole: float | None = None) -> Spec:
    """Horizontal bars, name and figure above each, in the given order. With `whole` each bar lies
    on a track of that length.

    The figures are written out, so there is no axis; names lie above the bars, so that long ones
    fit on a phone.
    """
    longest = max(0.0, *(row.value for row in rows), whole or 0.0) or 1.0
    lowest = min(0.0, *(row.value for row in rows))
    values = data([{"row": f"{n:03}", **vars(row)} for n, row in enumerate(rows)])
    band = alt.Y("row:O", axis=None, scale=alt.Scale(paddingInner=0, paddingOuter=0))
    length = alt.Scale(domain=[lowest, longest], nice=False)
    tooltip = (
        [alt.Tooltip("details:N", title="Details")] if any(row.details for row in rows) else []
    )
    base = alt.Chart().encode(y=band, tooltip=[alt.Tooltip("name:N", title="Name"), *tooltip])
    tracks = base.mark_bar(height=BAR, yOffset=9, cornerRadius=3, color=colour("track")).encode(
        x=alt.XDatum(longest, axis=None, scale=length), x2=alt.X2Datum(0)
    )
    roles = {row.colour: row.colour for row in rows}
    filled = base.mark_bar(height=BAR, yOffset=9, cornerRadius=3).encode(
        x=alt.X("value:Q", axis=None, scale=length),
        x2=alt.X2Datum(0),
        color=alt.Color("colour:N", scale=scale(roles), legend=None),
    )
    room = alt.ExprRef(f"max(60, width - {_FIGURE_ROOM})")
    names = base.mark_text(
        align="left", dy=_NAME_ABOVE + 9, limit=room, color=colour("ink")
    ).encode(x=alt.value(0), text="name:N")
    figures = base.mark_text(
        align="right", dy=_NAME_ABOVE + 9, color=colour("ink"), fontWeight=600
    ).encode(x=alt.value("width"), text="figure:N")
    layers = [tracks, filled, names, figures] if whole is not None else [filled, names, figures]
    return finished(alt.LayerChart(data=values, layer=layers), height=BAR_ROW * len(rows))


def period_axis(axis: Periods, *, band: bool) -> alt.X:
    """Days, weeks or months as steps. The texts are made in UTC: local time would move a day in
    half of the world.
    """
    label = {
        "day": "[utcFormat(toDate(datum.value), '%a'), utcFormat(toDate(datum.value), '%-d %b')]"
        if len(axis.starts) <= 14  # noqa: PLR2004 - two weeks: weekdays still help
        else "utcFormat(toDate(datum.value), '%-d %b')",
        "week": "utcFormat(toDate(datum.value), '%-d %b')",
        "month": "utcFormat(toDate(datum.value), '%b %Y')",
    }[axis.unit]
    padding = alt.Scale(paddingInner=0.3, paddingOuter=0.15) if band else alt.Scale(padding=0.12)
    look = alt.Axis(
        title=None, labelExpr=label, labelAngle=0, labelOverlap=True, labelSeparation=8, grid=False
    )
    return alt.X("start:O", sort=None, axis=look, scale=padding)


def value_axis(prefix: str = "", *, kind: Literal["money", "number"] = "number") -> alt.Axis:
    """A quiet value axis: few lines, 10k rather than 10,000. SI letters are for people: B, not G,
    and no milli.
    """
    digits = (
        "abs(datum.value) < 10 ? format(datum.value, ',.2~f')"
        " : replace(format(datum.value, '~s'), 'G', 'B')"
    )
    if kind == "number":
        return alt.Axis(title=None, labelExpr=digits, tickCount=4, domain=False, tickMinStep=1)
    return alt.Axis(title=None, labelExpr=f"'{prefix}' + ({digits})", tickCount=4, domain=False)
