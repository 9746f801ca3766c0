"""Builds gold from silver with DuckDB: files in, files out, one process of dbt.

What dbt writes besides the tables goes beside the database, in `dbt/`. Not here: what the tables
are (`models/`), the engines that keep gold in their own tables (`warehouse.lake`), and who waits
for silver to be complete.

Only one build at a time may use a database file: DuckDB refuses the second.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from contract.gold import gold as gold_tables
from warehouse import run as dbt
from warehouse.run import PROJECT, BuildFailed

__all__ = ["PROJECT", "BuildFailed", "BuildResult", "S3Access", "build"]

S3 = "s3://"


@dataclass(frozen=True, kw_only=True)
class S3Access:
    """How to reach S3. Without an endpoint it is AWS's own."""

    key: str
    secret: str = field(repr=False)
    region: str
    token: str | None = field(default=None, repr=False)
    endpoint: str | None = None

    def environment(self) -> dict[str, str]:
        """The standard variables, which s3fs reads itself."""
        values = {
            "AWS_ACCESS_KEY_ID": self.key,
            "AWS_SECRET_ACCESS_KEY": self.secret,
            "AWS_SESSION_TOKEN": self.token,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_ENDPOINT_URL": self.endpoint,
        }
        return {name: value for name, value in values.items() if value is not None}


@dataclass(frozen=True, kw_only=True)
class BuildResult:
    """`models`: rows of each mart. `tests`: how many data tests passed. `warnings`: name and
    message of each test that only warns.
    """

    models: dict[str, int]
    tests: int
    warnings: list[tuple[str, str]]
    seconds: float


def build(
    silver: str,
    gold: str,
    database: Path,
    s3: S3Access | None = None,
    *,
    on_event: Callable[[str, str], None] = lambda _name, _status: None,
    full_refresh: bool = False,
    max_age_hours: int | None = None,
) -> BuildResult:
    """Run every model and test, then publish the marts to `<gold>/<model>/<model>.parquet`.

    `silver` and `gold` are folders or `s3://bucket[/prefix]`; `s3` is needed only where the
    environment does not already say how to reach S3. `on_event` is called with the name and status
    of each model and test as it ends. `full_refresh` makes incremental models anew: needed when
    their columns change, or when lines were taken out of silver. `max_age_hours` refuses silver
    whose newest event arrived longer ago. Raises BuildFailed.
    """
    started = time.monotonic()
    database = database.resolve()
    work = database.parent / "dbt"
    work.mkdir(parents=True, exist_ok=True)
    _check_usable(database)
    silver, gold = _place(silver), _place(gold)
    if not gold.startswith(S3):
        for table in gold_tables():
            (Path(gold) / table.name).mkdir(parents=True, exist_ok=True)
    variables = {"silver": silver, "gold": gold}
    if max_age_hours is not None:
        variables |= {"max_age_hours": max_age_hours}
    results = work / "run_results.json"
    results.unlink(missing_ok=True)
    code, said = dbt.run(
        [["build", *(("--full-refresh",) if full_refresh else ())]],
        target="emulator" if S3 in (silver[:5], gold[:5]) else "local",
        work=work,
        variables=variables,
        python=sys.executable,
        environment={**(s3.environment() if s3 else {}), "WAREHOUSE_DB": str(database)},
        on_event=on_event,
    )
    if not results.exists():
        raise BuildFailed(f"The warehouse was not built, dbt stopped early: {said.error}")
    nodes = dbt.nodes(work)
    dbt.raise_on_failure(nodes, said, work, tables=str(database))
    if code != 0:
        raise BuildFailed(f"The warehouse was built, but not published to {gold}: {said.error}")
    return BuildResult(
        models=_rows(database),
        tests=sum(node["status"] == "pass" for node in nodes),
        warnings=[
            (dbt.name(node), dbt.sentence(node)) for node in nodes if node["status"] == "warn"
        ],
        seconds=time.monotonic() - started,
    )


def _check_usable(database: Path) -> None:
    try:
        duckdb.connect(database).close()
    except duckdb.Error as error:
        raise BuildFailed(
            f"The warehouse was not built: DuckDB cannot open {database} ({error}). Wait for the "
            "process that uses it, or move the file away to build it anew."
        ) from error


def _place(place: str) -> str:
    """Absolute, because dbt runs in another folder than the caller."""
    return place.rstrip("/") if place.startswith(S3) else str(Path(place).resolve())


def _rows(database: Path) -> dict[str, int]:
    with duckdb.connect(database, read_only=True) as connection:
        return {table.name: connection.table(table.name).shape[0] for table in gold_tables()}
