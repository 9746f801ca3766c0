"""Builds gold where an engine keeps it in tables of its own: Athena (Iceberg), Redshift, or
Databricks (Delta).

Two commands of dbt in one process: silver and the gate first, gold only if every row passed. A test
that fails on gold itself is told too, but finds the tables as they are now: these engines have no
transaction over several tables. Not here: files of Parquet (`warehouse.build`).
"""

import os
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from warehouse import run as dbt
from warehouse.run import BuildFailed
from warehouse.targets import ready

GATE = ("--select", "path:models/staging", "tag:gate", "--indirect-selection", "cautious")
GOLD = ("--select", "path:models/marts")


@dataclass(frozen=True, kw_only=True)
class LakeResult:
    """`models`: how many tables and views of gold were made; `tests`: how many tests passed, those
    of the gate among them.
    """

    models: int
    tests: int
    warnings: list[str]
    seconds: float


def build_lake(
    name: str,
    environment: Mapping[str, str] = os.environ,
    *,
    on_event: Callable[[str, str], None] = lambda _name, _status: None,
    full_refresh: bool = False,
    max_age_hours: int | None = None,
) -> LakeResult:
    """Gold of the target, from the silver that its catalog has; `environment` says how to reach it
    (`warehouse.targets`). Raises BuildFailed.
    """
    target = ready(name, environment)
    variables: dict[str, object] = {"silver_schema": environment["WAREHOUSE_SILVER"]}
    if max_age_hours is not None:
        variables["max_age_hours"] = max_age_hours
    with TemporaryDirectory() as folder:
        return gate_and_build(
            name,
            work=Path(folder),
            variables=variables,
            python=target.python(),
            environment=environment,
            on_event=on_event,
            full_refresh=full_refresh,
        )


def gate_and_build(
    target: str,
    *,
    work: Path,
    variables: Mapping[str, object],
    python: str,
    environment: Mapping[str, str],
    on_event: Callable[[str, str], None] = lambda _name, _status: None,
    full_refresh: bool = False,
) -> LakeResult:
    """The same with the engine's settings by hand. Raises BuildFailed."""
    started = time.monotonic()
    seen: list[tuple[str, str]] = []

    def note(name: str, status: str) -> None:
        seen.append((name, status))
        on_event(name, status)

    anew = ("--full-refresh",) if full_refresh else ()
    code, said = dbt.run(
        [["parse"], ["build", *GATE, *anew], ["build", *GOLD, *anew]],
        target=target,
        work=work,
        variables=variables,
        python=python,
        environment=environment,
        on_event=note,
    )
    if (work / "run_results.json").exists():
        dbt.raise_on_failure(dbt.nodes(work), said, work, tables=target)
    if code != 0:
        raise BuildFailed(f"The warehouse was not built, dbt stopped early: {said.error}")
    statuses = Counter(status for _, status in seen)
    return LakeResult(
        models=sum(node["unique_id"].startswith("model.") for node in dbt.nodes(work)),
        tests=statuses["pass"],
        warnings=[name for name, status in seen if status == "warn"],
        seconds=time.monotonic() - started,
    )
