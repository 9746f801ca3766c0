"""What the gate found: rows of silver that must not reach gold, as `macros/gate.sql` reports them.

The gate is `tests/gate/`: tests that dbt runs on silver before it makes any table of gold. A row is
told by its place and its id, with the rule it breaks; customer data is never selected.
"""

import json
from dataclasses import dataclass
from typing import TypedDict, cast

MARK = "gate-rows: "
# Enough to see what is wrong, and little enough for a line of a log.
SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class BadRow:
    """`place`: where it lies in silver, e.g. `shard/sequence number/index` or `file:line`. `found`:
    the code or number that breaks the rule; None where nothing is there, or it may not be shown.
    """

    source: str
    place: str
    id: str | None
    rule: str
    found: str | None

    def __str__(self) -> str:
        found = "" if self.found is None else f" ({self.found})"
        return f"{self.source} {self.place}, {self.id or 'no id'}: {self.rule}{found}"


@dataclass(frozen=True, kw_only=True)
class Rejected:
    """The rows that one test of the gate found; `rows` are the first hundred of `count`."""

    test: str
    count: int
    rows: tuple[BadRow, ...]

    def __str__(self) -> str:
        shown = "; ".join(str(row) for row in self.rows[:SHOWN])
        more = f"; and {self.count - SHOWN} more" if self.count > SHOWN else ""
        return f"{self.test} found {self.count}: {shown}{more}."


class _Row(TypedDict):
    source: str
    place: str
    id: str | None
    rule: str
    found: str | None


class _Report(TypedDict):
    test: str
    count: int
    rows: list[_Row]


def rejected(message: str) -> Rejected | None:
    """A report of the gate, or None for any other message."""
    if not message.startswith(MARK):
        return None
    report = cast("_Report", json.loads(message.removeprefix(MARK)))
    rows = tuple(BadRow(**row) for row in report["rows"])
    return Rejected(test=report["test"], count=report["count"], rows=rows)
