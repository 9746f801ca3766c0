"""Visuals of QuickSight as values, and their place in a sheet, in the words of its API.

Pure; the structure is that of the Amazon QuickSight API reference (DashboardVersionDefinition and
AnalysisDefinition, which are equal but for the name), and of CloudFormation, which takes the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from components.quicksight.questions import Question

Json = dict[str, Any]
Aggregation = Literal["SUM", "MAX", "AVERAGE"]

# The grid of a sheet is 36 columns wide (API reference, GridLayoutElement).
COLUMNS = 36
HEIGHT = 12


@dataclass(frozen=True, kw_only=True)
class Measure:
    """A number of a question, and what is done with it over several rows."""

    column: str
    by: Aggregation = "SUM"


@dataclass(frozen=True, kw_only=True)
class Visual:
    """A figure of one question. `along`: what stands on the axis, or in the rows of a table;
    `split`: what each colour is.
    """

    kind: Literal["bars", "lines", "number", "table"]
    id: str
    title: str
    question: Question
    values: Sequence[Measure]
    along: str | None = None
    split: str | None = None
    wide: bool = False
    """Over the whole sheet; otherwise two stand side by side."""

    def used(self) -> set[str]:
        """Columns of the question that it shows."""
        named = {measure.column for measure in self.values}
        return named | {column for column in (self.along, self.split) if column}


def as_json(visual: Visual) -> Json:
    """The visual as an element of a sheet's `Visuals`."""
    common: Json = {
        "VisualId": visual.id,
        "Title": {"Visibility": "VISIBLE", "FormatText": {"PlainText": visual.title}},
    }
    along = [_dimension(visual, visual.along)] if visual.along else []
    split = [_dimension(visual, visual.split)] if visual.split else []
    values = [_measure(visual, measure) for measure in visual.values]
    match visual.kind:
        case "bars":
            wells: Json = {"Category": along, "Values": values, "Colors": split}
            chart: Json = {
                "FieldWells": {"BarChartAggregatedFieldWells": wells},
                "Orientation": "VERTICAL",
                "BarsArrangement": "CLUSTERED",
            }
            return {"BarChartVisual": {**common, "ChartConfiguration": chart}}
        case "lines":
            wells = {"Category": along, "Values": values, "Colors": split}
            chart = {"FieldWells": {"LineChartAggregatedFieldWells": wells}, "Type": "LINE"}
            return {"LineChartVisual": {**common, "ChartConfiguration": chart}}
        case "number":
            return {
                "KPIVisual": {**common, "ChartConfiguration": {"FieldWells": {"Values": values}}}
            }
        case "table":
            wells = {"GroupBy": [*along, *split], "Values": values}
            chart = {"FieldWells": {"TableAggregatedFieldWells": wells}}
            return {"TableVisual": {**common, "ChartConfiguration": chart}}


def column_of(question: Question, column: str) -> Json:
    """A reference to a column; raises KeyError for one that the question has not."""
    if column not in question.columns:
        raise KeyError(f"{question.name} has no column {column}: {', '.join(question.columns)}")
    return {"DataSetIdentifier": question.id, "ColumnName": column}


def _dimension(visual: Visual, column: str) -> Json:
    field: Json = {
        "FieldId": f"{visual.id}-{column}",
        "Column": column_of(visual.question, column),
    }
    if visual.question.columns[column] == "DATETIME":
        return {"DateDimensionField": {**field, "DateGranularity": "DAY"}}
    return {"CategoricalDimensionField": field}


def _measure(visual: Visual, measure: Measure) -> Json:
    return {
        "NumericalMeasureField": {
            "FieldId": f"{visual.id}-{measure.column}",
            "Column": column_of(visual.question, measure.column),
            "AggregationFunction": {"SimpleNumericalAggregation": measure.by},
        }
    }


def layout(visuals: Sequence[Visual]) -> list[Json]:
    """Places in reading order, two side by side, wide ones alone; no two overlap."""
    elements: list[Json] = []
    row = column = 0
    for visual in visuals:
        width = COLUMNS if visual.wide else COLUMNS // 2
        if column + width > COLUMNS:
            row, column = row + HEIGHT, 0
        elements.append(
            {
                "ElementId": visual.id,
                "ElementType": "VISUAL",
                "ColumnIndex": column,
                "ColumnSpan": width,
                "RowIndex": row,
                "RowSpan": HEIGHT,
            }
        )
        column += width
    return elements
