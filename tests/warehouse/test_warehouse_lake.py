"""Gate first, gold second: the two commands that engines with tables of their own get, run for real
on the one that is here (DuckDB), whose tables are then looked at.
"""

import sys
from pathlib import Path

import duckdb
import pytest

from contract.gold import gold
from tests.warehouse import shop
from warehouse.lake import LakeResult, gate_and_build
from warehouse.run import BuildFailed


def built(folder: Path) -> LakeResult:
    return gate_and_build(
        "local",
        work=folder / "dbt",
        variables={"silver": str(folder / "silver")},
        python=sys.executable,
        environment={"WAREHOUSE_DB": str(folder / "shop.duckdb")},
    )


def tables(folder: Path) -> dict[str, list[tuple]]:
    with duckdb.connect(folder / "shop.duckdb", read_only=True) as connection:
        return {
            table.name: connection.sql(f"from {table.name} order by all").fetchall()
            for table in gold()
        }


def test_bad_silver_leaves_the_tables_of_gold_as_they_were(tmp_path):
    (tmp_path / "dbt").mkdir()
    shop.write_file(tmp_path / "silver", shop.FILE)
    shop.write_events(tmp_path / "silver", shop.FIRST, "shard-a")
    result = built(tmp_path)
    assert result.models == len(gold())
    assert result.tests > 40
    before = tables(tmp_path)
    assert len(before["fct_sales"]) == 10

    shop.write_events(tmp_path / "silver", shop.LATER, "shard-b")
    shop.write_file(tmp_path / "silver", [shop.KIOSK], "kiosk")
    with pytest.raises(BuildFailed, match="K1: channel is none of the contract") as failure:
        built(tmp_path)
    assert [row.place for test in failure.value.rejected for row in test.rows] == ["shop.csv:2"]
    assert tables(tmp_path) == before  # though good events came as well
