"""dbt_build: silver to gold, every model and every test, the gate before all others.

Gold is built from all of silver, so the day only says when it was asked for. DuckDB builds it in a
scratch file and publishes to the gold bucket what passed every test; where the stack has a target
whose tables are maintained, gold is these tables (`warehouse.lake`).
"""

import os
from pathlib import Path
from tempfile import TemporaryDirectory

from pipelines.commands.work import CommandFailed, Work
from pipelines.places import Places
from warehouse.build import build
from warehouse.lake import build_lake
from warehouse.run import BuildFailed
from warehouse.targets import TARGETS

# A daily run finds events of the day before: the newest arrived at most 24 hours before midnight,
# and a night has room for a run that is twelve hours late. Older silver means that nothing arrives.
MAX_AGE_HOURS = 36


def run(work: Work) -> str:
    target = work.places.maintenance_target
    try:
        if target in TARGETS:
            return _in_tables(target, work.places)
        return _in_files(work.places)
    except BuildFailed as error:
        raise CommandFailed(str(error)) from None


def environment(places: Places) -> dict[str, str]:
    """What a target is told of this stack. What the environment says already counts: hosts, logins,
    and schemas that are called otherwise than the catalog's databases (Redshift, Databricks).
    """
    return {
        "WAREHOUSE_DATA": f"s3://{places.gold_bucket}/",
        "WAREHOUSE_SCHEMA": places.gold_database,
        "WAREHOUSE_SILVER": places.silver_database,
        "WAREHOUSE_WORKGROUP": places.workgroup,
        **os.environ,
    }


def _in_tables(target: str, places: Places) -> str:
    built = build_lake(target, environment(places), max_age_hours=MAX_AGE_HOURS)
    return f"{built.models} marts in {target}, {built.tests} tests passed"


def _in_files(places: Places) -> str:
    with TemporaryDirectory() as folder:
        built = build(
            f"s3://{places.silver_bucket}",
            f"s3://{places.gold_bucket}",
            Path(folder) / "warehouse.duckdb",
            max_age_hours=MAX_AGE_HOURS,
        )
    rows = sum(built.models.values())
    return f"{rows} rows in {len(built.models)} marts, {built.tests} tests passed"
