"""Brings a warehouse to the newest version: what is missing is applied in order, each version and
the note that it was in one transaction. A second run finds nothing to do.

Two runs at the same time are kept apart by whoever starts them (deployments hold the stack's
lease); should they meet all the same, the second fails on what the first has made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from automation.errors import UserError
from redshift.data_api import Warehouse
from redshift.versions import Version

TABLE = "ops.schema_versions"
# Not a version itself: it is where versions are noted.
PREPARE = (
    "create schema if not exists ops",
    f"create table if not exists {TABLE} ("
    "version int not null, name varchar(200) not null, checksum char(64) not null, "
    "applied_at timestamptz not null default sysdate)",
)
APPLIED = f"select version, name, checksum from {TABLE} order by version"  # noqa: S608 (a constant)


def pending(warehouse: Warehouse, known: Sequence[Version]) -> list[Version]:
    """The versions that the warehouse lacks. Raises `UserError` where it has others than these."""
    warehouse.run(*PREPARE)
    applied = {int(row[0]): (str(row[1]), str(row[2])) for row in warehouse.rows(APPLIED)}
    by_number = {version.number: version for version in known}
    if newer := sorted(set(applied) - set(by_number)):
        raise UserError(
            f"the warehouse is at version {newer[-1]}, and this commit knows "
            f"{max(by_number, default=0)}: check out the commit that brought it there"
        )
    for number, (name, checksum) in applied.items():
        version = by_number[number]
        if version.checksum != checksum:
            raise UserError(
                f"{version.file} differs from what was applied as version {number} ({name}): put "
                "it back as it was, and write the change as the next version"
            )
    return [version for version in known if version.number not in applied]


def migrate(
    warehouse: Warehouse,
    known: Sequence[Version],
    names: Mapping[str, str],
    say: Callable[[str], object],
) -> list[Version]:
    """Applies what is missing and returns it. Raises `UserError`; what came before stays done."""
    missing = pending(warehouse, known)
    # All of them are read before the first is applied: a slip in the last must not leave half.
    filled = [(version, version.statements(names)) for version in missing]
    for version, statements in filled:
        try:
            warehouse.run(*statements, _note(version))
        except UserError as error:
            raise UserError(
                f"{version.file} was not applied, nothing of it stays: {error}"
            ) from None
        say(f"applied {version.file}")
    return missing


def _note(version: Version) -> str:
    # Name and checksum are of letters, digits and underscores (redshift.versions).
    return (
        f"insert into {TABLE} (version, name, checksum) "  # noqa: S608
        f"values ({version.number}, '{version.name}', '{version.checksum}')"
    )
