"""Loads an order file: from its place in bronze to order lines in silver and rejected lines in
quarantine.

Loading a file again, or a corrected file of the same name, replaces everything that the earlier
load wrote. Decides nothing about lines (`lines`) and does not say whether the numbers are right
(`reconcile`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol, TypedDict

from contract.events import MICROS
from contract.order_lines import FileOrderLine
from contract.tables import ORDER_LINES, QUARANTINED_LINES
from jobs.order_file.lines import Duplicate, Rejected, read_lines
from jobs.order_file.names import drop_key, stem_of
from jobs.order_file.plan import Plan, Settings, plan_for
from jobs.order_file.results import Loaded, Totals
from jobs.order_file.silver import ROWS_A_PART, QuarantineFile, parquet_parts


class ListedKey(TypedDict):
    """One object in a listing."""

    Key: str


class Listing(TypedDict, total=False):
    """What S3 answers to list_objects_v2; without `Contents` if nothing was found."""

    Contents: list[ListedKey]


class S3(Protocol):
    """What this job uses of boto3's S3 client."""

    def upload_file(self, Filename: str, Bucket: str, Key: str) -> None: ...  # noqa: N803
    def download_file(self, Bucket: str, Key: str, Filename: str) -> None: ...  # noqa: N803
    def put_object(self, *, Bucket: str, Key: str, Body: bytes) -> object: ...  # noqa: N803
    def delete_object(self, *, Bucket: str, Key: str) -> object: ...  # noqa: N803
    def list_objects_v2(self, *, Bucket: str, Prefix: str) -> Listing: ...  # noqa: N803


def drop(s3: S3, *, bronze: str, path: Path) -> str:
    """Puts a local file where `load` looks for it, and returns its key."""
    key = drop_key(path.name)
    s3.upload_file(str(path), bronze, key)
    return key


def load(
    s3: S3,
    *,
    bronze: str,
    silver: str,
    file_name: str,
    settings: Settings | None = None,
    rows_a_part: int = ROWS_A_PART,
) -> Loaded:
    """Loads the file that lies under `drop_key(file_name)`; `bronze` and `silver` are names of
    buckets.

    Writes `order_lines/<stem>.parquet` (further parts: `<stem>.part-0002.parquet`, …) and, if
    lines were rejected, `quarantine/order_lines/<stem>.json.gz`. Raises OrderFileError, before
    it writes anything, for a file that can't be read.
    """
    stem = stem_of(file_name)
    first_key = f"{ORDER_LINES.prefix}/{stem}.parquet"
    part_prefix = f"{ORDER_LINES.prefix}/{stem}.part-"
    quarantine_key = f"{QUARANTINED_LINES.prefix}/{stem}.json.gz"
    with TemporaryDirectory() as folder:
        local = Path(folder) / "orders.csv"
        s3.download_file(bronze, drop_key(file_name), str(local))
        plan = plan_for(local, settings or Settings())
        count = _Count()
        keys: list[str] = []
        for number, part in enumerate(
            parquet_parts(count.accepted(local, plan, file_name), rows_a_part), start=1
        ):
            key = first_key if number == 1 else f"{part_prefix}{number:04}.parquet"
            s3.put_object(Bucket=silver, Key=key, Body=part)
            keys.append(key)
    # One page of a listing has 1,000 keys, so this holds for 500 million lines.
    for found in s3.list_objects_v2(Bucket=silver, Prefix=part_prefix).get("Contents", []):
        if found["Key"] not in keys:
            s3.delete_object(Bucket=silver, Key=found["Key"])
    if count.rejected.count:
        s3.put_object(Bucket=bronze, Key=quarantine_key, Body=count.rejected.finish())
    else:
        s3.delete_object(Bucket=bronze, Key=quarantine_key)
    return Loaded(
        source_file=file_name,
        plan=plan,
        lines=plan.lines,
        duplicates=count.duplicates,
        quarantined=count.rejected.count,
        totals=Totals(
            lines=count.lines,
            units=count.units,
            revenue={plan.settings.currency: Decimal(count.revenue_micros) / MICROS},
        ),
        silver_keys=tuple(keys),
        quarantine_key=quarantine_key if count.rejected.count else None,
    )


@dataclass
class _Count:
    """Parts the results of reading: accepted lines pass through, the rest is counted or kept for
    quarantine.
    """

    lines: int = 0
    units: int = 0
    revenue_micros: int = 0
    duplicates: int = 0
    rejected: QuarantineFile = field(default_factory=QuarantineFile)

    def accepted(self, source: Path, plan: Plan, file_name: str) -> Iterator[FileOrderLine]:
        for line in read_lines(source, plan, file_name):
            match line:
                case FileOrderLine():
                    self.lines += 1
                    self.units += line.quantity
                    self.revenue_micros += line.quantity * line.unit_price_micros
                    yield line
                case Duplicate():
                    self.duplicates += 1
                case Rejected():
                    self.rejected.add(line)
