"""What a run does to the tables: with less, with more, again, anew, and with something wrong."""

from pathlib import Path

import pytest

from tests.warehouse.conftest import Runs
from tests.warehouse.rendered import PROJECT
from warehouse.build import BuildFailed, build

LINES = "select line_id from fct_sales order by line_id"
CHANGING = """
    select line_id, campaign_id, source from fct_sales where line_id in ('F1', 'L5') order by all
"""


def test_an_order_file_alone_is_enough(runs: Runs):
    assert [row[0] for row in runs.file.rows(LINES)] == ["F1", "F2", "F3", "F4", "F5", "L1"]
    assert runs.file.rows("select * from fct_sessions") == []


def test_copies_of_an_event_count_once(runs: Runs):
    assert runs.first.rows("select quantity from fct_sales where line_id = 'L1'") == [(3,)]
    assert runs.later.rows("select pageviews from fct_sessions where session_id = 'S1'") == [(1,)]


def test_a_later_run_adds_what_is_new_and_mends_what_is_known_better(runs: Runs):
    assert runs.first.rows(CHANGING) == [("F1", None, "file"), ("L5", None, "event")]
    assert runs.later.rows(CHANGING) == [("F1", "mail", "event"), ("L5", "winter", "event")]
    assert set(runs.later.rows(LINES)) - set(runs.first.rows(LINES)) == {("L6",), ("L7",)}


def test_the_same_run_again_publishes_the_same_bytes(runs: Runs):
    assert runs.again.files == runs.later.files


def test_an_incremental_run_ends_where_a_full_refresh_does(runs: Runs):
    assert runs.refreshed.files == runs.later.files


def test_the_result_counts_rows_and_tests_and_names_what_ended(runs: Runs):
    result, statuses = runs.later.result, runs.later.statuses
    assert result.models == {
        name: runs.later.connection.table(name).shape[0] for name in runs.later.files
    }
    assert statuses["fct_sales"] == "success"
    assert result.tests == sum(status == "pass" for status in statuses.values()) > 40
    assert result.warnings == []


def test_a_failing_data_test_is_named_with_a_place_to_look(runs: Runs):
    name = "relationships_fct_sales_channel_key__channel_key__ref_dim_channel_"
    assert [failed for failed, _ in runs.failure.failures] == [name]
    assert name in str(runs.failure)
    query = Path(str(runs.failure).rsplit(" ", 1)[1].removesuffix("."))
    assert "dim_channel" in query.read_text()


def test_a_place_without_silver_is_a_failure(runs: Runs):
    assert [failed for failed, _ in runs.empty.failures] == ["silver_holds_events_or_order_lines"]


def test_failures_leave_gold_as_it_was(runs: Runs):
    assert runs.files_after_failures == runs.refreshed.files


def test_a_database_that_is_no_database_is_one_clear_sentence(tmp_path: Path):
    database = tmp_path / "warehouse.duckdb"
    database.write_text("not a database, and long enough to be looked at" * 1000)
    with pytest.raises(BuildFailed, match=r"DuckDB cannot open .*warehouse.duckdb"):
        build(str(tmp_path / "silver"), str(tmp_path / "gold"), database)


@pytest.mark.usefixtures("runs")
def test_nothing_is_written_into_the_project():
    strangers = {"target", "logs", "dbt_packages", ".user.yml"}
    assert strangers.isdisjoint(path.name for path in PROJECT.iterdir())
