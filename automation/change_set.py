"""A change set: what a preview would do, as lines and as one hash, for approval.

A line is an operation, a URN and the properties that force a replacement. Values are left out: the
hash says nothing about them, may be shown to anybody, and does not change with what is known only
after the update. What a changed value does to data is `automation.risk`'s business.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Self

from pydantic import Field, ValidationError, model_validator

from automation.errors import UserError
from automation.results import Op
from components.section import Section

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from automation.results import Result

FILE = "change-set.json"
_NOTHING = (Op.SAME, Op.READ, Op.REFRESH, Op.DISCARD)


@dataclass(frozen=True, kw_only=True)
class ChangeSet:
    lines: tuple[str, ...] = ()
    """Sorted; empty: nothing would change."""

    @property
    def hash(self) -> str:
        """SHA-256 in hex, also of an empty set."""
        return sha256("\n".join(self.lines).encode()).hexdigest()


def of(result: Result) -> ChangeSet:
    """What the previewed run would change."""
    return ChangeSet(
        lines=tuple(
            sorted(
                " ".join([change.op.value, change.urn, *sorted(change.reasons)])
                for change in result.changes
                if change.op not in _NOTHING
            )
        )
    )


def differences(approved: ChangeSet, now: ChangeSet) -> list[str]:
    """What was not approved, and what was approved and is not there any more."""
    return [
        *(f"not approved: {line}" for line in _without(now, approved)),
        *(f"approved, and no longer there: {line}" for line in _without(approved, now)),
    ]


def _without(these: ChangeSet, those: ChangeSet) -> Iterable[str]:
    known = set(those.lines)
    return (line for line in these.lines if line not in known)


class Planned(Section):
    """A change set as a file, for whoever approves it."""

    stack: str
    commit: str
    hash: str = Field(pattern=r"^[0-9a-f]{64}$")
    lines: tuple[str, ...]

    @model_validator(mode="after")
    def _is_what_it_says(self) -> Self:
        if self.change_set.hash != self.hash:
            raise ValueError("the hash is not that of the lines")
        return self

    @property
    def change_set(self) -> ChangeSet:
        return ChangeSet(lines=self.lines)


def write(folder: Path, stack: str, commit: str, planned: ChangeSet) -> dict[str, object]:
    """Returns what stands in the file."""
    document: dict[str, object] = {
        "stack": stack,
        "commit": commit,
        "hash": planned.hash,
        "lines": list(planned.lines),
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FILE).write_text(f"{json.dumps(document, indent=1)}\n", encoding="utf-8")
    return document


def read(folder: Path) -> Planned | None:
    """What `write` wrote; None where nothing was. Raises `UserError` for an altered file."""
    try:
        return Planned.model_validate_json((folder / FILE).read_bytes())
    except FileNotFoundError:
        return None
    except ValidationError as error:
        raise UserError(f"{folder / FILE} is not what `plan` writes: {error}") from None
