"""crm_etl: the day's export of the CRM, from JSON in bronze to active customers in silver.

Reads `crm/yyyy/mm/dd/*.json` (one object a line, or an array), keeps `status` `active`, and writes
`customer_id`, `email` and `created_date` as one Parquet file for the day, which a second run
replaces. The Glue job of the same name is for exports that do not fit into one process.
"""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pipelines.commands.work import CommandFailed, Work

SOURCE = "crm"
TABLE = "crm_customers"

# One row a customer: an export that is split may repeat one at its seams.
ACTIVE = """
copy (
  select customer_id, email, cast(created_at as date) as created_date
  from read_json(?, columns = {
    customer_id: 'varchar', email: 'varchar', status: 'varchar', created_at: 'timestamp'
  }, format = 'auto')
  where status = 'active'
  qualify row_number() over (partition by customer_id order by created_at desc, email) = 1
  order by customer_id
) to '{target}' (format parquet, compression zstd)
"""


def run(work: Work) -> str:
    import duckdb

    s3, places, day = work.client("s3"), work.places, work.day
    key = f"{TABLE}/day={day}/customers.parquet"
    with TemporaryDirectory() as name:
        folder = Path(name)
        files = list(_download(s3, places.bronze_bucket, f"{SOURCE}/{day:%Y/%m/%d}/", folder))
        if not files:
            return f"the CRM exported nothing on {day}"
        target = folder / "customers.parquet"
        with duckdb.connect() as connection:
            try:
                # A folder of our own making: no quote can be in it.
                connection.execute(ACTIVE.replace("{target}", str(target)), [files])
            except duckdb.Error as error:
                reason = str(error).splitlines()[0].replace(f"{folder}/", "")
                raise CommandFailed(f"the CRM's export of {day} cannot be read: {reason}") from None
            rows = len(connection.read_parquet(str(target)))
        s3.upload_file(str(target), places.silver_bucket, key)
    return f"{rows} active customers of {len(files)} files on {day}"


def _download(s3: Any, bucket: str, prefix: str, folder: Path) -> Iterator[str]:  # noqa: ANN401
    """In order, under names that tell the key in an error."""
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for entry in page.get("Contents", ()):
            if not entry["Key"].endswith((".json", ".json.gz")):
                continue
            path = folder / entry["Key"].replace("/", "_")
            s3.download_file(bucket, entry["Key"], str(path))
            yield str(path)
