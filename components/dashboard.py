"""A CloudWatch dashboard as a value: rows of graphs in, the "dashboard body" out.

Pure; the structure is in Amazon CloudWatch's API reference ("Dashboard body structure and syntax").
It leaves out which graphs there are (`components.dashboard_rows`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from components.alarms import Expression, Metric

# CloudWatch's grid is 24 wide; three graphs stand in a row.
COLUMNS, WIDTH, HEIGHT, HEADING = 3, 8, 6, 1


@dataclass(frozen=True, kw_only=True)
class Line:
    """A metric in a graph, under its label."""

    label: str
    metric: Metric
    right: bool = False
    """On an axis of its own: another unit than the rest of the graph."""


@dataclass(frozen=True, kw_only=True)
class Search:
    """The sum of all metrics that `query` finds, for dimensions that are not known beforehand."""

    label: str
    query: str
    statistic: str
    period_seconds: int


@dataclass(frozen=True, kw_only=True)
class Graph:
    title: str
    lines: Sequence[Line | Search | Expression]
    limit: float | None = None
    """A red line at the value that means trouble."""


@dataclass(frozen=True, kw_only=True)
class Row:
    heading: str
    graphs: Sequence[Graph]


def dashboard_body(rows: Sequence[Row], *, region: str) -> dict[str, object]:
    """The body, to be dumped as JSON: each row under its heading."""
    widgets: list[dict[str, object]] = []
    y = 0
    for row in rows:
        heading = {"markdown": f"## {row.heading}", "background": "transparent"}
        widgets.append(
            {
                "type": "text",
                "x": 0,
                "y": y,
                "width": COLUMNS * WIDTH,
                "height": HEADING,
                "properties": heading,
            }
        )
        y += HEADING
        for index, graph in enumerate(row.graphs):
            line, column = divmod(index, COLUMNS)
            widgets.append(
                {
                    "type": "metric",
                    "x": column * WIDTH,
                    "y": y + line * HEIGHT,
                    "width": WIDTH,
                    "height": HEIGHT,
                    "properties": _properties(graph, region),
                }
            )
        y += HEIGHT * -(-len(row.graphs) // COLUMNS)
    return {"widgets": widgets}


def _properties(graph: Graph, region: str) -> dict[str, object]:
    metrics: list[list[object]] = []
    for number, line in enumerate(graph.lines):
        match line:
            case Line():
                side = "right" if line.right else "left"
                metrics.append(_entry(line.metric, {"label": line.label, "yAxis": side}))
            case Search():
                found = f"SEARCH('{line.query}', '{line.statistic}', {line.period_seconds})"
                metrics.append(
                    [{"expression": f"SUM({found})", "label": line.label, "id": f"sum{number}"}]
                )
            case Expression():
                metrics.append(
                    [{"expression": line.formula, "label": line.label, "id": f"value{number}"}]
                )
                metrics += [
                    _entry(metric, {"id": id_, "visible": False})
                    for id_, metric in line.metrics.items()
                ]
    properties: dict[str, object] = {
        "title": graph.title,
        "region": region,
        "view": "timeSeries",
        "metrics": metrics,
        "yAxis": {"left": {"min": 0}, "right": {"min": 0}},
    }
    if graph.limit is not None:
        properties["annotations"] = {"horizontal": [{"label": "Alarm", "value": graph.limit}]}
    return properties


def _entry(metric: Metric, options: Mapping[str, object]) -> list[object]:
    """CloudWatch's array form: namespace, name, dimensions in pairs, options last."""
    pairs = [part for pair in metric.dimensions.items() for part in pair]
    settings = {"stat": metric.statistic, "period": metric.period_seconds, **options}
    return [metric.namespace, metric.name, *pairs, settings]
