"""What a run does to the tables: with less, with more, again, anew, and with something wrong."""

from pathlib import Path

import duckdb
import pytest

from automation import smoke
from tests.warehouse import shop
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


def test_the_gate_says_which_rows_of_silver_it_stopped(runs: Runs):
    found = {row.place: row for test in runs.failure.rejected for row in test.rows}
    assert {(row.source, row.id, row.rule) for row in found.values()} == {
        ("order_lines", "K1", "channel is none of the contract"),
        ("events", "e15", "occurred_at is over an hour after its arrival"),
    }
    assert found["shop.csv:2"].found == "kiosk"
    assert found["shard-d/0000/0"].found is not None
    assert found["shard-d/0000/0"].found.startswith("2027-02-27")
    for words in ("shop.csv:2", "K1", "kiosk", "shard-d/0000/0", "gold is as it was"):
        assert words in str(runs.failure)
    assert {failed for failed, _ in runs.failure.failures} == {
        "order_lines_keep_the_contract",
        "events_keep_the_contract",
    }


def test_the_gate_tells_no_customer_data(runs: Runs):
    told = f"{runs.failure} {runs.failure.rejected}"
    for private in ("C3", "C9", "United Kingdom", "Portugal", "/p/1"):
        assert private not in told


def test_stopped_rows_are_kept_beside_the_tables(runs: Runs):
    with duckdb.connect(runs.database, read_only=True) as connection:
        kept = connection.sql(
            "select id, rule from main_dbt_test__audit.order_lines_keep_the_contract"
        ).fetchall()
    assert kept == [("K1", "channel is none of the contract")]


def test_no_table_of_gold_was_made_behind_the_gate(runs: Runs):
    made = {name for name, status in runs.failed_statuses.items() if status == "success"}
    assert made == {"base_events", "base_order_lines", "dim_channel"}  # the last reads no silver


def test_a_smoke_test_and_a_table_of_the_shop_database_change_no_byte_of_gold(runs: Runs):
    assert runs.again.files == runs.later.files
    assert shop.SMOKE.session_id.startswith(smoke.MARK)
    staged = (PROJECT / "models" / "staging" / "base_events.sql").read_text()
    assert f"not like '{smoke.MARK}%'" in staged


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
