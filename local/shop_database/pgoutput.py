"""Transactions from the messages of Postgres's own output plugin, `pgoutput`, protocol version 1.

Source: PostgreSQL documentation, "Logical Replication Message Formats". Left out: streamed and
two-phase transactions, which version 1 does not send.
"""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

EPOCH = datetime(2000, 1, 1)
Operation = Literal["I", "U", "D"]
Row = dict[str, str | None]


@dataclass(frozen=True, kw_only=True)
class ColumnOf:
    """A column of a table: Postgres's type by its oid, and what stands in brackets behind it."""

    name: str
    oid: int
    modifier: int
    in_key: bool


@dataclass(frozen=True, kw_only=True)
class Relation:
    schema: str
    table: str
    columns: tuple[ColumnOf, ...]


@dataclass(frozen=True, kw_only=True)
class Change:
    """A changed row as text. `new` is empty for D; `old` holds what the log has: the key, where it
    changed or the row was deleted.
    """

    operation: Operation
    relation: Relation
    new: Row
    old: Row


@dataclass(kw_only=True)
class Transaction:
    committed_at: datetime
    changes: list[Change] = field(default_factory=list[Change])


class TruncatedError(Exception):
    """A table was emptied, which has no place in the files of changes."""


def transactions(messages: Iterable[bytes]) -> Iterator[Transaction]:
    """Whole transactions in the order of their commits. Raises `TruncatedError`."""
    relations: dict[int, Relation] = {}
    current = Transaction(committed_at=EPOCH)
    for message in messages:
        reader = _Reader(message)
        match reader.letter():
            case "B":
                _, micros, _ = reader.take(">qqi")
                current = Transaction(committed_at=EPOCH + timedelta(microseconds=micros))
            case "C":
                if current.changes:
                    yield current
            case "R":
                (number,) = reader.take(">I")
                relations[number] = _relation(reader)
            case "I" | "U" | "D" as operation:
                (number,) = reader.take(">I")
                found = _change(operation, relations[number], reader)
                current.changes.append(found)
            case "T":
                raise TruncatedError("a table was truncated: load it again")
            case _:  # types, origins and messages say nothing of rows
                pass


def _relation(reader: "_Reader") -> Relation:
    schema, table = reader.text(), reader.text()
    reader.take(">c")
    (count,) = reader.take(">h")
    columns: list[ColumnOf] = []
    for _ in range(count):
        (flags,) = reader.take(">b")
        name = reader.text()
        oid, modifier = reader.take(">Ii")
        columns.append(ColumnOf(name=name, oid=oid, modifier=modifier, in_key=bool(flags & 1)))
    return Relation(schema=schema, table=table, columns=tuple(columns))


def _change(operation: Operation, relation: Relation, reader: "_Reader") -> Change:
    old: Row = {}
    kind = reader.letter()
    if kind in "KO":
        whole = kind == "O"
        found = reader.row(relation, old)
        old = {
            column.name: found[column.name] for column in relation.columns if whole or column.in_key
        }
        if operation == "D":
            return Change(operation=operation, relation=relation, new={}, old=old)
        reader.letter()
    return Change(operation=operation, relation=relation, new=reader.row(relation, old), old=old)


class _Reader:
    """Reads a message from its front."""

    def __init__(self, message: bytes) -> None:
        self._rest = memoryview(message)

    def take(self, format_: str) -> tuple[int, ...]:
        size = struct.calcsize(format_)
        taken, self._rest = self._rest[:size], self._rest[size:]
        return struct.unpack(format_, taken)

    def letter(self) -> str:
        return chr(self.take(">B")[0])

    def text(self) -> str:
        end = bytes(self._rest).index(b"\0")
        taken, self._rest = bytes(self._rest[:end]), self._rest[end + 1 :]
        return taken.decode()

    def row(self, relation: Relation, old: Row) -> Row:
        (count,) = self.take(">h")
        found: Row = {}
        for column in relation.columns[:count]:
            match self.letter():
                case "n":
                    found[column.name] = None
                case "u":  # a long value that did not change is not in the log again
                    if column.name not in old:
                        raise ValueError(
                            f"{relation.table}.{column.name} is long and unchanged, so the log "
                            "lacks it: set replica identity full on the table"
                        )
                    found[column.name] = old[column.name]
                case _:
                    (size,) = self.take(">i")
                    found[column.name] = bytes(self._rest[:size]).decode()
                    self._rest = self._rest[size:]
        return found
