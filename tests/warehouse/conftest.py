"""Starts dbt as few times as the questions allow: each start costs about ten seconds."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.warehouse import shop
from warehouse.build import BuildFailed, BuildResult, build


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "dbt_targets: compiles for other engines (skipped without `make dbt-setup`)"
    )


@dataclass(frozen=True, kw_only=True)
class Gold:
    """What one build published: the files' bytes and a connection with each file as a table."""

    result: BuildResult
    statuses: dict[str, str]
    folder: Path
    files: dict[str, bytes]
    connection: duckdb.DuckDBPyConnection

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.connection.sql(query).fetchall()

    def dicts(self, query: str) -> list[dict[str, Any]]:
        found = self.connection.sql(query)
        return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]


def published(silver: Path, gold: Path, database: Path, *, full_refresh: bool = False) -> Gold:
    statuses: dict[str, str] = {}
    result = build(
        str(silver), str(gold), database, on_event=statuses.__setitem__, full_refresh=full_refresh
    )
    connection = duckdb.connect()
    for path in gold.glob("*/*.parquet"):
        connection.read_parquet(str(path)).create(path.parent.name)
    return Gold(
        result=result,
        statuses=statuses,
        folder=gold,
        files=files_in(gold),
        connection=connection,
    )


def files_in(gold: Path) -> dict[str, bytes]:
    return {path.parent.name: path.read_bytes() for path in gold.glob("*/*.parquet")}


@dataclass(frozen=True, kw_only=True)
class Runs:
    """Builds in one database, one after the other."""

    file: Gold  # an order file and no event
    first: Gold  # and the first events
    later: Gold  # and the later ones: all there is
    again: Gold  # the same once more, beside a smoke test and a table of the shop database
    refreshed: Gold  # the same, made anew
    failure: BuildFailed  # and a line on a channel that does not exist, and an event of tomorrow
    empty: BuildFailed  # a place without any silver
    failed_statuses: dict[str, str]
    files_after_failures: dict[str, bytes]
    database: Path


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    folder = tmp_path_factory.mktemp("warehouse")
    places = silver, gold, database = folder / "silver", folder / "gold", folder / "shop.duckdb"
    shop.write_file(silver, shop.FILE)
    file = published(*places)
    shop.write_events(silver, [*shop.FIRST, shop.copy_of(shop.WHOLE_ORDER)], "shard-a")
    first = published(*places)
    shop.write_events(silver, [shop.copy_of(shop.FIRST[0]), *shop.LATER], "shard-b")
    later = published(*places)
    shop.write_events(silver, [shop.SMOKE], "shard-c")
    shop.write_changes(silver)
    again = published(*places)
    refreshed = published(*places, full_refresh=True)
    shop.write_file(silver, [shop.KIOSK], "kiosk")
    shop.write_events(silver, [shop.AHEAD], "shard-d")
    failed_statuses: dict[str, str] = {}
    with pytest.raises(BuildFailed) as failure:
        build(str(silver), str(gold), database, on_event=failed_statuses.__setitem__)
    with pytest.raises(BuildFailed) as empty:
        build(str(folder / "slver"), str(gold), folder / "empty.duckdb")
    return Runs(
        file=file,
        first=first,
        later=later,
        again=again,
        refreshed=refreshed,
        failure=failure.value,
        empty=empty.value,
        failed_statuses=failed_statuses,
        files_after_failures=files_in(gold),
        database=database,
    )


@pytest.fixture(scope="session")
def gold(runs: Runs) -> Gold:
    return runs.later
