"""QuickSight's data sets and the report are two readers of one answer."""

from datetime import date

import pytest

from components.quicksight.questions import QUESTIONS, Question
from contract.gold import gold as gold_tables
from report.charts import draw
from report.results import QueryResult
from tests.graph import ROOT
from tests.warehouse.conftest import Gold

TABLES = [table.name for table in gold_tables()]
# The three of the requirements, as the report calls their charts.
CHARTS = {"revenue_by_day", "sales_by_channel", "campaign_performance", "new_vs_returning"}


def answer(gold: Gold, question: Question, sql: str) -> QueryResult:
    found = gold.connection.sql(sql)
    return QueryResult(
        name=question.name,
        title=question.title,
        columns=tuple(found.columns),
        # In one order, since a data set has none: its tool sorts.
        rows=tuple(sorted(found.fetchall(), key=repr)),
        engine="DuckDB",
        seconds=0,
        sql=sql,
    )


@pytest.fixture(scope="module")
def answers(gold: Gold) -> tuple[list[QueryResult], list[QueryResult]]:
    """Of the questions as the report asks them, and of the dashboards' data sets."""
    asked = [
        (ROOT / "warehouse" / "questions" / f"{question.name}.sql").read_text()
        for question in QUESTIONS
    ]
    return (
        [answer(gold, question, sql) for question, sql in zip(QUESTIONS, asked, strict=True)],
        [answer(gold, question, question.sql("main", TABLES)) for question in QUESTIONS],
    )


def test_dashboards_show_the_numbers_of_the_report(answers):
    asked, shown = answers
    for one, other in zip(asked, shown, strict=True):
        assert (one.columns, one.rows) == (other.columns, other.rows)
        assert len(one.rows) > 1


def test_the_report_draws_the_same_from_either(answers):
    asked, shown = (
        {chart.name: chart for chart in draw(results) if chart.spec} for results in answers
    )
    assert asked == shown
    assert {name.partition("-")[0] for name in asked} >= CHARTS


def test_a_day_of_a_data_set_is_a_date(answers):
    _, shown = answers
    days = {row[0] for result in shown if result.columns[0] == "day" for row in result.rows}
    assert days
    assert all(type(day) is date for day in days)
