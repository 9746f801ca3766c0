"""cdc_merge and cdc_reconcile: the shop database's changes, from bronze to silver (`jobs.cdc`).

The first merges what is new. The second reads every file again, however old: what came later than
the daily run looks back is found, and silver that was touched is mended where a file says better.
A file that is refused goes to quarantine and fails the command once all others are merged.
"""

from collections.abc import Iterable

from contract.shop_changes import SHOP
from jobs.cdc.load import Merged, merge_shop, merge_table
from pipelines.commands.work import CommandFailed, Work


def merge(work: Work) -> str:
    places = work.places
    return _said(
        merge_shop(work.client("s3"), bronze=places.bronze_bucket, silver=places.silver_bucket)
    )


def reconcile(work: Work) -> str:
    s3, places = work.client("s3"), work.places
    return _said(
        merge_table(
            s3, table, bronze=places.bronze_bucket, silver=places.silver_bucket, late_days=None
        )
        for table in SHOP
    )


def _said(merged: Iterable[Merged]) -> str:
    tables = list(merged)
    refused = {key: reason for table in tables for key, reason in table.refused.items()}
    if refused:
        told = "; ".join(f"{key}: {reason}" for key, reason in sorted(refused.items()))
        raise CommandFailed(f"{len(refused)} files of changes were refused: {told}")
    files = sum(table.files for table in tables)
    changes = sum(table.changes for table in tables)
    rows = sum(table.rows for table in tables)
    return f"{changes} changes of {files} files, {rows} rows in {len(tables)} tables"
