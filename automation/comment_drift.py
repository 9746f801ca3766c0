"""What the newest look for drift says of a stack, short enough for the preview comment.

A look is `out/<stack>/drift.json` of `automation.drift_command`. One that is old is said to be, and
none at all is `not checked`: neither passes for a stack without drift.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from automation import drift_report, markdown
from automation.drift import GONE, Kind
from automation.errors import UserError
from automation.stack_report import DriftNote

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from automation.drift_report import Told

NOT_CHECKED = "not checked"
# A look is made every night; one that failed is no news yet.
FRESH_DAYS = 2
MOST_LISTED = 5


def note(folder: Path, stack: str, today: date) -> DriftNote:
    """Of the look in `folder`/`stack`, which may be missing or unreadable."""
    try:
        told = drift_report.read(folder / stack)
    except UserError:
        return DriftNote(cell=NOT_CHECKED)
    if told.stack != stack:
        return DriftNote(cell=NOT_CHECKED)
    on = f"{told.at.day} {told.at:%b}"
    if (today - told.at.date()).days > FRESH_DAYS:
        return DriftNote(cell=f"{NOT_CHECKED} since {on}")
    return DriftNote(cell=f"{_found(told)}, {on}", lines=_lines(told))


def _found(told: Told) -> str:
    drift = told.of(Kind.DRIFT)
    asleep = " (asleep)" if told.of(Kind.SLEEPING) else ""
    if told.worst is None:
        return f"none{asleep}"
    return f"{drift_report.SIGNS[told.worst]} {len(drift)}{asleep}"


def _lines(told: Told) -> tuple[str, ...]:
    drift = told.of(Kind.DRIFT)
    lines = [
        f"{drift_report.SIGNS[one.severity]} **{markdown.text(one.name)}** "
        f"({markdown.code(one.type)}): "
        + ("is gone" if one.path == GONE else f"{markdown.code(one.path)} was changed")
        for one in drift[:MOST_LISTED]
    ]
    more = len(drift) - len(lines)
    return tuple([*lines, f"{more} more in the issue on drift"] if more else lines)
