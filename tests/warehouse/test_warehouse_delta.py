"""Maintenance of real Delta tables: files of a folder, counted before and after."""

from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from warehouse import maintain
from warehouse.delta import maintain as maintain_delta
from warehouse.run import BuildFailed


@pytest.fixture
def table(tmp_path: Path) -> str:
    """Ten merges' worth of small files, and a row that was erased."""
    place = str(tmp_path / "events")
    for number in range(10):
        rows = pa.table({"event_id": [f"e{number}"], "customer_id": [f"c{number}"]})
        write_deltalake(place, rows, mode="append")
    DeltaTable(place).delete("event_id = 'e3'")
    return place


def files(place: str) -> set[str]:
    return {path.name for path in Path(place).glob("*.parquet")}


def rows(place: str) -> list[str]:
    return sorted(DeltaTable(place).to_pyarrow_table()["event_id"].to_pylist())


def test_small_files_become_one_and_no_row_changes(table):
    before = rows(table)
    done = maintain_delta(table)
    assert (done.files_before, done.files_after, done.expired) == (9, 1, 0)
    assert rows(table) == before


def test_old_states_stay_for_seven_days(table):
    erased = DeltaTable(table).version() - 1
    maintain_delta(table)
    then = DeltaTable(table, version=erased).to_pyarrow_table()
    assert "e3" in then["event_id"].to_pylist()


def test_expired_states_are_deleted_from_the_disk_with_what_was_erased(table):
    held = files(table)
    done = maintain_delta(table, keep_hours=0, enforce=False)
    assert done.expired == len(held) == 10  # nine small ones, and the one with the erased row
    assert len(files(table)) == 1
    assert files(table).isdisjoint(held)
    assert not any(b"c3" in path.read_bytes() for path in Path(table).glob("*.parquet"))
    assert rows(table) == [f"e{number}" for number in range(10) if number != 3]


def test_a_second_run_finds_nothing_to_do(table):
    maintain_delta(table, keep_hours=0, enforce=False)
    held = files(table)
    done = maintain_delta(table, keep_hours=0, enforce=False)
    assert (done.files_before, done.files_after) == (1, 1)
    assert files(table) == held


def test_fewer_hours_than_the_table_promises_are_refused(table):
    held = files(table)
    with pytest.raises(BuildFailed, match="was not maintained"):
        maintain_delta(table, keep_hours=1)
    assert held < files(table)


def test_the_command_maintains_each_table_it_is_given(table, capsys, monkeypatch):
    monkeypatch.setenv(maintain.PLACES, table)
    assert maintain.main(["--target", "delta"]) == 0
    assert capsys.readouterr().out == f"{table}: 9 files became 1, 0 of expired states are gone\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--target", "delta"], "No Delta table was named"),
        (["--target", "delta", "--table", "/nowhere"], "there is no Delta table at /nowhere"),
        (["--target", "oracle"], "'oracle' is no target: it is one of athena"),
        (["--target", "athena"], "athena cannot be asked, nobody said WAREHOUSE_SCHEMA"),
    ],
)
def test_a_mistake_is_one_sentence_and_an_exit_code(arguments, sentence, capsys, monkeypatch):
    for name in (maintain.PLACES, "WAREHOUSE_SCHEMA"):
        monkeypatch.delenv(name, raising=False)
    assert maintain.main(arguments) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(sentence)
    assert said.err.count("\n") == 1
