"""The DAGs in real Airflow: they parse, and run against the emulator with real local engines.

One story, told once because each task takes Airflow seconds: a day, the same day again, a week, a
week in which silver was touched, a day with bad rows, and a command that runs in Lambda.
"""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from components.dag_delivery import dag_files
from pipelines.daily import daily
from pipelines.places import to_json
from pipelines.steps import Dbt
from pipelines.weekly import weekly
from tests.dags import shop_on_emulator
from tests.dags.shop_on_emulator import Stack
from tests.graph import ROOT

pytestmark = pytest.mark.airflow

PYTHON = str(ROOT / ".venv" / "bin" / "python")
SALES = "select count(*) as sales, sum(quantity) as units, sum(amount) as revenue from fct_sales"
BAD_DAY = "2020-01-31"


@dataclass
class Chapter:
    """What Airflow said, and how the stack stood then."""

    ran: dict[str, Any]
    sales: list[tuple[str, ...]]
    state: dict[str, str]
    alerts: list[tuple[str, str]]
    reports: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def places(stack: Stack):
    stack.client("logs").create_log_group(logGroupName="/pipeline")
    return stack.places(command_python=PYTHON, metrics_log_group="/pipeline")


@pytest.fixture(scope="module")
def story(stack: Stack, airflow, places) -> dict[str, Chapter]:
    day = stack.day.isoformat()

    def told(name: str, day: str = day, *, places=places, skip: str = "", retries: int = 0):
        before = set(stack.keys("results"))
        ran = airflow(places, run=name, conf={"day": day}, skip=skip, retries=retries)
        new = [key for key in stack.keys("results") if key.endswith(".csv") and key not in before]
        bodies = [stack.client("s3").get_object(Bucket="results", Key=key)["Body"] for key in new]
        reports = [body.read().decode() for body in bodies]
        return Chapter(ran, stack.rows(SALES), stack.state(), stack.alerts(), reports)

    chapters = {
        "day": told("daily_pipeline"),
        "day again": told("daily_pipeline"),
        "week": told("weekly_sync"),
    }
    body = stack.client("s3").get_object(Bucket="silver", Key="order_lines/sample.parquet")["Body"]
    sample = body.read()
    stack.client("s3").delete_object(Bucket="silver", Key="order_lines/sample.parquet")
    chapters["touched week"] = told("weekly_sync", skip="cdc_reconcile", retries=1)
    stack.put("silver", "order_lines/sample.parquet", sample)
    # Its folder is there, its rows are not.
    stack.put("bronze", "raw/events/2020/01/31/1.json", b"{}\n")
    jobs = "order_etl|crm_etl|cdc_merge"
    chapters["bad day"] = told("daily_pipeline", BAD_DAY, skip=jobs)
    in_lambda = stack.places(runner_function="runner")
    shop_on_emulator.runner(stack, in_lambda)
    stack.client("s3").delete_object(Bucket="silver", Key="order_lines/sample.parquet")
    but_order_etl = "(?!order_etl).*"
    chapters["in lambda"] = told("daily_pipeline", places=in_lambda, skip=but_order_etl)
    return chapters


def test_the_dags_parse_and_say_what_the_steps_say(airflow, places):
    bag = airflow(places, bag=True)
    assert bag["errors"] == {}
    pipelines = {"daily_pipeline": daily(places), "weekly_sync": weekly(places)}
    assert bag["dags"].keys() == pipelines.keys()
    for name, pipeline in pipelines.items():
        dag = bag["dags"][name]
        assert dag["timezone"] == "Europe/Lisbon"
        assert dag["max_active_runs"] == 1
        for step in pipeline.steps:
            task = dag["tasks"][step.name]
            assert set(task["after"]) == {_end(dag, before) for before in step.after}, step.name
            assert task["retries"] == step.retries
            assert task["seconds"] == step.timeout_seconds
            if isinstance(step.work, Dbt):
                assert task["operator"] == "BashOperator"
    tasks = bag["dags"]["daily_pipeline"]["tasks"]
    waits = {name for name, task in tasks.items() if task["deferrable"]}
    assert waits == {"await_bronze", "quality_gate"}


def test_what_is_delivered_to_a_bucket_parses_by_itself(bundle, places, tmp_path):
    folder = tmp_path / "bundle"
    for key, path in dag_files().items():
        (folder / key).parent.mkdir(parents=True, exist_ok=True)
        (folder / key).write_bytes((ROOT / path).read_bytes())
    (folder / "places.json").write_text(to_json(places))
    assert bundle(folder) == {"dags": ["daily_pipeline", "weekly_sync"], "errors": {}}


def test_glue_jobs_and_functions_are_operators_of_the_provider(airflow, stack):
    glue = stack.places(jobs="glue", order_etl_job="o", crm_etl_job="c", runner_function="f")
    tasks = airflow(glue, bag=True)["dags"]["daily_pipeline"]["tasks"]
    assert tasks["order_etl"]["operator"] == tasks["crm_etl"]["operator"] == "GlueJobOperator"
    assert tasks["order_etl"]["deferrable"]
    assert tasks["dbt_build"]["operator"] == "LambdaInvokeFunctionOperator"


def test_a_day_goes_from_bronze_to_gold(story, stack):
    chapter = story["day"]
    assert set(chapter.ran["tasks"].values()) == {"success"}, chapter.ran
    lines = int(stack.rows("select count(*) as lines from order_lines", "silver")[0][0])
    assert lines == 398  # the file's distinct readable lines
    assert int(chapter.sales[0][0]) == lines + 3  # and three that came by event
    assert f"silver/crm_customers/day={stack.day}/customers.parquet" in chapter.state
    assert chapter.alerts == []


def test_a_backfill_of_the_same_day_makes_no_row_twice(story):
    first, again = story["day"], story["day again"]
    assert again.ran["state"] == "success"
    assert again.sales == first.sales
    assert again.state.keys() == first.state.keys()
    assert _zone(again, "silver") == _zone(first, "silver")


def test_each_run_says_how_fresh_gold_is(story, stack):
    events = stack.client("logs").filter_log_events(logGroupName="/pipeline")["events"]
    metrics = [json.loads(event["message"]) for event in events]
    sales = int(story["day"].sales[0][0])
    assert [metric["Sales"] for metric in metrics] == [sales, sales]
    (directive,) = metrics[0]["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "ShopTrend/Pipeline"


def test_a_week_finds_silver_in_order_and_reports_its_sales(story):
    chapter = story["week"]
    assert set(chapter.ran["tasks"].values()) == {"success"}, chapter.ran
    (report,) = chapter.reports
    header, row = report.split()
    assert header == "channel,currency,orders,units,revenue"
    assert row.startswith("web,EUR,2,6,")  # the day's events; the file is of 2010


def test_silver_that_was_touched_is_found_and_told(story, stack):
    chapter = story["touched week"]
    assert chapter.ran["tasks"]["order_reconcile"] == "failed"
    assert chapter.ran["tasks"]["weekly_report"] == "upstream_failed"
    ((subject, message),) = chapter.alerts  # one, although it was tried twice
    assert subject == "weekly_sync failed"
    assert f"weekly_sync failed for {stack.day}: order_reconcile" in message


def test_bad_rows_do_not_reach_gold_and_the_alert_names_the_gate(story):
    chapter = story["bad day"]
    assert chapter.ran["tasks"]["quality_gate_judge"] == "failed"
    assert chapter.ran["tasks"]["dbt_build"] == "upstream_failed"
    assert _zone(chapter, "gold") == _zone(story["week"], "gold")
    ((_, message),) = chapter.alerts
    assert f"daily_pipeline failed for {BAD_DAY}: quality_gate_judge" in message


def test_a_command_runs_in_lambda_where_the_stack_has_the_function(story):
    chapter = story["in lambda"]
    assert chapter.ran["tasks"]["order_etl"] == "success"
    sample = "silver/order_lines/sample.parquet"
    assert chapter.state[sample] == story["day"].state[sample]


def _end(dag: dict, step: str) -> str:
    return f"{step}_judge" if f"{step}_judge" in dag["tasks"] else step


def _zone(chapter: Chapter, zone: str) -> dict[str, str]:
    return {key: tag for key, tag in chapter.state.items() if key.startswith(f"{zone}/")}
