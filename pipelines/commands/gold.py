"""dbt_build: silver to gold, every model and every test (`warehouse.build`).

Gold is built from all of silver, so the day only says when it was asked for. The database is a
scratch file: what counts is published to the gold bucket, and only when every test passed.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

from pipelines.commands.work import CommandFailed, Work
from warehouse.build import BuildFailed, build


def run(work: Work) -> str:
    places = work.places
    with TemporaryDirectory() as folder:
        try:
            built = build(
                f"s3://{places.silver_bucket}",
                f"s3://{places.gold_bucket}",
                Path(folder) / "warehouse.duckdb",
            )
        except BuildFailed as error:
            raise CommandFailed(str(error)) from None
    rows = sum(built.models.values())
    return f"{rows} rows in {len(built.models)} marts, {built.tests} tests passed"
