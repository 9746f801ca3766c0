"""Merges changes into what is known of a table. A pure function of its arguments; the rules are in
`jobs.cdc`.
"""

# pyarrow has no types, so its values are unknown to the checker here.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false
# pyright: reportAttributeAccessIssue=false

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from contract.shop_changes import BEFORE, CHANGED_AT, OP, POSITION
from jobs.cdc.reading import TIMESTAMP, Refused

BOOKKEEPING = {CHANGED_AT: TIMESTAMP, POSITION: pa.string()}
GONE = "is_gone__"


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is known of a table. `rows`: its rows, each with the change that it stands at. `gone`:
    deleted keys and their position. `loaded`: the position of the newest full load, or "".
    """

    rows: pa.Table | None = None
    gone: pa.Table | None = None
    loaded: str = ""


def merge(
    known: Known,
    changes: Sequence[pa.Table],
    *,
    key: Sequence[str],
    loaded: str = "",
    forget_before: str = "",
) -> Known:
    """What is known after the changes, each a table of `read_changes`.

    `loaded`: the greatest position of a full load among them. Deleted keys that stand before
    `forget_before` are forgotten. Raises `Refused` when the columns do not fit together
    (`accepted`).
    """
    floor = max(known.loaded, loaded)
    columns = own_columns(known.rows)
    for table in changes:
        columns = accepted(columns, table)
    with duckdb.connect() as connection:
        parts: list[str] = []
        for number, table in enumerate((known.rows, known.gone)):
            if table is not None:
                connection.register(f"known_{number}", table)
                parts.append(f"select *, {bool(number)} as {GONE} from known_{number}")  # noqa: S608
        for number, table in enumerate(changes):
            connection.register(f"changes_{number}", table)
            parts += _changes(f"changes_{number}", table, key)
        if not parts:
            return Known(loaded=floor)
        keys = ", ".join(_quoted(name) for name in key)
        connection.execute(
            f"create table latest as select * from ({' union all by name '.join(parts)}) "  # noqa: S608
            f"where {POSITION} >= ? "
            f"qualify row_number() over (partition by {keys} order by {POSITION} desc, {GONE}) = 1",
            [floor],
        )
        # A table of which only deletions are known yet.
        fields = columns or {name: part.schema.field(name).type for part in changes for name in key}
        schema = pa.schema([*fields.items(), *BOOKKEEPING.items()])
        rows = _select(connection, schema, f"not {GONE}", keys)
        of_gone = pa.schema([*((name, schema.field(name).type) for name in key), schema.field(-1)])
        gone = _select(connection, of_gone, f"{GONE} and {POSITION} >= '{forget_before}'", keys)
    return Known(rows=rows, gone=gone, loaded=floor)


def own_columns(table: pa.Table | None) -> dict[str, pa.DataType]:
    """The columns that the database has, without those that capture and merge add."""
    if table is None:
        return {}
    return {
        field.name: field.type
        for field in table.schema
        if field.name not in (OP, *BOOKKEEPING) and not field.name.startswith(BEFORE)
    }


def accepted(columns: dict[str, pa.DataType], table: pa.Table) -> dict[str, pa.DataType]:
    """The columns after a file that may have more of them, or wider ones; raises `Refused` where a
    type became another.
    """
    merged = dict(columns)
    for name, type_ in own_columns(table).items():
        merged[name] = _wider(name, merged[name], type_) if name in merged else type_
    return merged


def _wider(name: str, old: pa.DataType, new: pa.DataType) -> pa.DataType:
    if old == new:
        return old
    kinds = (pa.types.is_integer, pa.types.is_decimal)
    if pa.types.is_null(old) or pa.types.is_null(new) or any(k(old) and k(new) for k in kinds):
        fields = [pa.schema([(name, old)]), pa.schema([(name, new)])]
        return pa.unify_schemas(fields, promote_options="permissive").field(name).type
    raise Refused(f"has {name} as {new}, which was {old} before")


def _changes(view: str, table: pa.Table, key: Sequence[str]) -> list[str]:
    """What a file says: of each key after the change, and of keys that were moved away from."""
    added = [name for name in table.column_names if name.startswith(BEFORE) or name == OP]
    without = ", ".join(_quoted(name) for name in added)
    parts = [f"select * exclude ({without}), {OP} = 'D' as {GONE} from {view}"]  # noqa: S608
    old = [name for name in key if f"{BEFORE}{name}" in table.column_names]
    if old:
        moved = {name: f"coalesce({_quoted(BEFORE + name)}, {_quoted(name)})" for name in old}
        keys = ", ".join(f"{moved.get(name, _quoted(name))} as {_quoted(name)}" for name in key)
        differs = " or ".join(f"{value} <> {_quoted(name)}" for name, value in moved.items())
        parts.append(
            f"select {keys}, {POSITION}, true as {GONE} from {view} "  # noqa: S608
            f"where {OP} = 'U' and ({differs})"
        )
    return parts


def _select(
    connection: duckdb.DuckDBPyConnection, schema: pa.Schema, where: str, keys: str
) -> pa.Table:
    names = ", ".join(_quoted(name) for name in schema.names)
    found = connection.sql(f"select {names} from latest where {where} order by {keys}")  # noqa: S608
    return found.to_arrow_table().cast(schema)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
