"""Reads a database as DMS does: a slot that keeps the log, every table once, then the changes.

The slot comes before the load, so that no change is between the two; one that both have is put in
order by its position.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import cast

from psycopg import Connection, sql

from contract.shop_changes import SCHEMA, SHOP
from local.shop_database.dms_files import LandedFile, Writer
from local.shop_database.pgoutput import ColumnOf, Relation, Row, transactions

SLOT = "shop_capture"
PUBLICATION = "shop_changes"
ROWS_A_FILE = 50_000
_PEEK = sql.SQL(
    "select lsn::text, data from pg_logical_slot_peek_binary_changes"
    "(%s, null, null, 'proto_version', '1', 'publication_names', %s)"
)
_COLUMNS = """
select a.attname, a.atttypid::int, a.atttypmod, coalesce(i.indisprimary, false)
from pg_attribute a
left join pg_index i on i.indrelid = a.attrelid and i.indisprimary and a.attnum = any(i.indkey)
where a.attrelid = %s::regclass and a.attnum > 0 and not a.attisdropped
order by a.attnum
"""


@dataclass(kw_only=True)
class Capture:
    """One task on one database."""

    connection: Connection[tuple[object, ...]]
    writer: Writer = field(default_factory=lambda: Writer(started_at=now()))

    def prepare(self) -> None:
        """From now on the log is kept."""
        self.connection.execute(
            sql.SQL("create publication {} for tables in schema {}").format(
                sql.Identifier(PUBLICATION), sql.Identifier(SCHEMA)
            )
        )
        self.connection.execute("select pg_create_logical_replication_slot(%s, 'pgoutput')", [SLOT])

    def full_load(self) -> Iterator[LandedFile]:
        """Every table that has rows; DMS writes no file for an empty one."""
        for table in SHOP:
            relation = relation_of(self.connection, table.name)
            rows = rows_of(self.connection, relation)
            for number, first in enumerate(range(0, len(rows), ROWS_A_FILE), start=1):
                yield self.writer.load(relation, rows[first : first + ROWS_A_FILE], number)

    def changes(self) -> tuple[list[LandedFile], str | None]:
        """The files of all changes so far, and the place in the log that they reach to.

        The same changes come again until `done` is told the place: whoever dies before that has
        written some files twice, and lost none.
        """
        found = self.connection.execute(_PEEK, [SLOT, PUBLICATION]).fetchall()
        messages = [cast("bytes", data) for _, data in found]
        reached = cast("str", found[-1][0]) if found else None
        return self.writer.changes(transactions(messages), now()), reached

    def done(self, reached: str) -> None:
        """The log before this place may go."""
        self.connection.execute(
            "select pg_replication_slot_advance(%s, %s::pg_lsn)", [SLOT, reached]
        )


def now() -> datetime:
    """UTC without a zone, as the shop's tables have their times."""
    return datetime.now(UTC).replace(tzinfo=None)


def relation_of(connection: Connection[tuple[object, ...]], table: str) -> Relation:
    """The table as the catalogue of the database says it is."""
    found = connection.execute(_COLUMNS, [f"{SCHEMA}.{table}"]).fetchall()
    columns = cast("list[tuple[str, int, int, bool]]", found)
    return Relation(
        schema=SCHEMA,
        table=table,
        columns=tuple(
            ColumnOf(name=name, oid=oid, modifier=modifier, in_key=in_key)
            for name, oid, modifier, in_key in columns
        ),
    )


def rows_of(connection: Connection[tuple[object, ...]], relation: Relation) -> list[Row]:
    """All rows of a table, each value as the database writes it, in the order of the key."""
    names = [column.name for column in relation.columns]
    keys = [column.name for column in relation.columns if column.in_key]
    # By the table's own columns: the selected ones are text, which sorts otherwise.
    query = sql.SQL("select {} from {} as t order by {}").format(
        sql.SQL(", ").join(sql.SQL("t.{}::text").format(sql.Identifier(name)) for name in names),
        sql.Identifier(relation.schema, relation.table),
        sql.SQL(", ").join(sql.SQL("t.{}").format(sql.Identifier(name)) for name in keys),
    )
    found = cast("list[tuple[str | None, ...]]", connection.execute(query).fetchall())
    return [dict(zip(names, row, strict=True)) for row in found]
