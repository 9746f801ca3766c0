"""order_reconcile: counts every order file in bronze again, another way, and compares it with what
silver holds of it (`jobs.order_file.reconcile`).

It finds what no daily run can: a file that was replaced while its day was not run, and silver that
somebody touched. It mends nothing; `order_etl` for the day of the file does.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from contract.events import MICROS
from contract.tables import ORDER_LINES
from jobs.order_file.errors import OrderFileError
from jobs.order_file.names import stem_of
from jobs.order_file.plan import Settings, plan_for
from jobs.order_file.reconcile import recount
from jobs.order_file.results import Totals
from pipelines.commands.order_files import dropped, name_of
from pipelines.commands.work import CommandFailed, Work

SUMS = """
select count(*), coalesce(sum(quantity), 0)::bigint,
       coalesce(sum(quantity * unit_price_micros), 0)::bigint
from read_parquet(?)
"""


def run(work: Work) -> str:
    s3, places = work.client("s3"), work.places
    differences: list[str] = []
    files = 0
    for entry in dropped(s3, places.bronze_bucket):
        name = name_of(entry["Key"])
        files += 1
        with TemporaryDirectory() as folder:
            source = Path(folder) / name
            s3.download_file(places.bronze_bucket, entry["Key"], str(source))
            try:
                plan = plan_for(source, Settings())
            except OrderFileError:
                continue  # order_etl refuses it, and says so on its day
            counted = recount(source, plan).totals
            currency = plan.settings.currency
            held = _in_silver(s3, places.silver_bucket, name, currency, Path(folder))
        if held != counted:
            differences.append(
                f"{name} has {_words(counted, currency)}, silver {_words(held, currency)}"
            )
    if differences:
        raise CommandFailed(
            f"silver differs from {len(differences)} of {files} order files: "
            f"{'; '.join(differences)}; run order_etl for the day of each file"
        )
    return f"silver agrees with {files} order files"


def _in_silver(s3: Any, bucket: str, name: str, currency: str, folder: Path) -> Totals:  # noqa: ANN401
    stem = f"{ORDER_LINES.prefix}/{stem_of(name)}"
    parts: list[str] = []
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{stem}."):
        for entry in page.get("Contents", ()):
            path = folder / f"{len(parts)}.parquet"
            s3.download_file(bucket, entry["Key"], str(path))
            parts.append(str(path))
    if not parts:
        return Totals(lines=0, units=0, revenue={currency: Decimal(0)})
    with duckdb.connect() as connection:
        found = connection.execute(SUMS, [parts]).fetchone()
    if found is None:
        raise AssertionError("a query of sums returns a row")
    lines, units, micros = found
    return Totals(lines=lines, units=units, revenue={currency: Decimal(micros) / MICROS})


def _words(totals: Totals, currency: str) -> str:
    revenue = totals.revenue[currency]
    return f"{totals.lines} lines, {totals.units} units and {revenue:f} {currency}"
