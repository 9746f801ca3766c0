"""Maintenance of Delta tables without a cluster (delta-rs): small files become large ones, and
files of states that nobody can ask for any more are deleted.

For Delta tables by place, in a folder or a bucket; tables of Databricks' catalog are maintained by
Databricks itself (target `databricks`).
"""

# deltalake's own types leave some results open.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from dataclasses import dataclass

from warehouse.run import BuildFailed

# Delta's own default; a reader or stream that began earlier would miss files.
KEEP_HOURS = 168


@dataclass(frozen=True, kw_only=True)
class Maintained:
    """Files of the table as it is now, and how many of older states are gone: the log names these
    for 30 days more, so a run counts again what earlier ones deleted.
    """

    place: str
    files_before: int
    files_after: int
    expired: int

    def __str__(self) -> str:
        return (
            f"{self.place}: {self.files_before} files became {self.files_after}, "
            f"{self.expired} of expired states are gone"
        )


def maintain(
    place: str,
    *,
    keep_hours: int = KEEP_HOURS,
    options: dict[str, str] | None = None,
    enforce: bool = True,
) -> Maintained:
    """Compact the table at `place` and delete what has been out of use for `keep_hours`.

    `options` are delta-rs' for the store; without them it reads the AWS_* variables. Fewer hours
    than the table itself promises are refused unless `enforce` is off. Raises BuildFailed.
    """
    try:
        from deltalake import DeltaTable
        from deltalake.exceptions import DeltaError, TableNotFoundError
    except ImportError as error:
        raise BuildFailed(
            "Delta tables cannot be maintained here: install deltalake (requirements-dev.txt)."
        ) from error
    try:
        table = DeltaTable(place, storage_options=options)
        before = len(table.file_uris())
        table.optimize.compact()
        # Full: what lies there and belongs to no state, so that leftovers of failed writes go too.
        expired = table.vacuum(
            retention_hours=keep_hours,
            dry_run=False,
            enforce_retention_duration=enforce,
            full=True,
        )
        table.create_checkpoint()
        after = len(table.file_uris())
    except TableNotFoundError as error:
        raise BuildFailed(f"there is no Delta table at {place}: name its folder.") from error
    except DeltaError as error:
        raise BuildFailed(f"the Delta table at {place} was not maintained: {error}") from error
    return Maintained(place=place, files_before=before, files_after=after, expired=len(expired))
