"""A drift report for people and for programs: `out/<stack>/drift.json` and `drift.md`.

The JSON is read back by the job that may write issues and holds no login: what it says of the
cloud is text from outside there, and values are in neither file but of an allow-list of properties
(`automation.difference`).
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pydantic import Field, ValidationError

from automation import difference, markdown
from automation.drift import DriftReport, Finding, Kind, Severity
from automation.errors import UserError
from components.section import Section

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rich.console import Console

SCHEMA = 1
FILE = "drift.json"
# An issue takes 65,536 characters; of more findings than these nobody reads.
MOST_FINDINGS = 100
SIGNS = {Severity.PAGE: "🔴", Severity.TICKET: "🟠", Severity.NOTE: "🟡"}
_SAYS = {
    Severity.PAGE: "look today",
    Severity.TICKET: "look this week",
    Severity.NOTE: "note",
}
_OTHERS = {
    Kind.EXPECTED: "Expected",
    Kind.SLEEPING: "Asleep",
    Kind.COMPUTED: "AWS's own values, which no program sets",
}


class Told(Section):
    """A report as it stands in the file, values left out."""

    schema_: int = Field(alias="schema", ge=SCHEMA, le=SCHEMA)
    stack: str = Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")
    at: datetime
    looked_at: int = Field(ge=0)
    counts: dict[Kind, int]
    findings: tuple[Finding, ...]
    notes: tuple[str, ...] = ()
    diff: tuple[str, ...] = ()
    """Lines of a diff with the values that may be shown."""

    def of(self, kind: Kind) -> list[Finding]:
        return [finding for finding in self.findings if finding.kind is kind]

    @property
    def drifted(self) -> bool:
        return bool(self.of(Kind.DRIFT))

    @property
    def worst(self) -> Severity | None:
        found = {finding.severity for finding in self.of(Kind.DRIFT)}
        return next((severity for severity in Severity if severity in found), None)


def document(report: DriftReport, notes: Sequence[str] = ()) -> dict[str, Any]:
    """The report as plain values, sorted as the findings are; `notes` on top of its own."""
    drifted = {finding.urn for finding in report.of(Kind.DRIFT)}
    return {
        "schema": SCHEMA,
        "stack": report.stack,
        "at": report.at.isoformat(timespec="seconds"),
        "looked_at": report.looked_at,
        "counts": {kind.value: len(report.of(kind)) for kind in Kind},
        "findings": [finding.model_dump(mode="json") for finding in report.findings],
        "notes": [*report.notes, *notes],
        "diff": [
            line
            for change in report.changes
            if change.urn in drifted
            for line in difference.lines(change)
        ],
    }


def write(report: DriftReport, folder: Path, notes: Sequence[str] = ()) -> Told:
    """Both files; returns what stands in the JSON."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(document(report, notes), indent=1, sort_keys=True, ensure_ascii=False)
    (folder / FILE).write_text(f"{text}\n", encoding="utf-8")
    told = Told.model_validate_json(text)
    (folder / "drift.md").write_text(body(told), encoding="utf-8")
    return told


def read(folder: Path) -> Told:
    """What `write` wrote, perhaps on another machine. Raises `UserError`."""
    try:
        return Told.model_validate_json((folder / FILE).read_bytes())
    except FileNotFoundError:
        raise UserError(
            f"there is no {folder / FILE}: `drift` did not come to its end; see its log"
        ) from None
    except ValidationError as error:
        raise UserError(f"{folder / FILE} is not what `drift` writes: {error}") from None


def title(told: Told) -> str:
    drift = told.of(Kind.DRIFT)
    if not drift:
        return f"No drift in {told.stack}"
    count = f"{len(drift)} difference{'s' if len(drift) > 1 else ''}"
    resources = len({finding.urn for finding in drift})
    return f"Drift in {told.stack}: {count} in {resources} resource{'s' if resources > 1 else ''}"


def body(told: Told) -> str:
    """The report as Markdown: drift in a table, by severity, then what was explained."""
    drift = told.of(Kind.DRIFT)
    blocks = [f"## {title(told)}"]
    if drift:
        rows = [
            [
                f"{SIGNS[finding.severity]} {_SAYS[finding.severity]}",
                markdown.code(finding.type),
                markdown.text(finding.name),
                markdown.code(finding.path),
            ]
            for finding in drift[:MOST_FINDINGS]
        ]
        blocks.append(markdown.table(["severity", "type", "resource", "property"], rows))
        if len(drift) > MOST_FINDINGS:
            blocks.append(f"{len(drift) - MOST_FINDINGS} more in `{FILE}`.")
        blocks.append(
            "`make up` writes the program's values again; to keep what is in the cloud, write it "
            "into the program. Who changed it is in CloudTrail."
        )
        lines = told.diff[: 3 * MOST_FINDINGS]
        if lines:
            blocks.append(markdown.details("state → cloud", markdown.fenced(list(lines), "diff")))
    for kind, says in _OTHERS.items():
        if found := told.of(kind):
            blocks.append(markdown.details(f"{says}: {len(found)}", _lines(found)))
    blocks += [f"> {markdown.text(note)}" for note in told.notes]
    compared = f"{told.looked_at} resources compared at {told.at:%Y-%m-%d %H:%M} UTC"
    return "\n\n".join([*blocks, f"<sub>{compared}</sub>"]) + "\n"


def show(told: Told, console: Console) -> None:
    """The findings as lines, drift first."""
    colours = {Severity.PAGE: "red bold", Severity.TICKET: "yellow", Severity.NOTE: ""}
    for finding in told.of(Kind.DRIFT):
        console.print(
            f"{finding.severity:6} {finding.type} {finding.name} {finding.path}",
            style=colours[finding.severity],
            markup=False,
            soft_wrap=True,
        )
    for note in told.notes:
        console.print(f"note: {note}", markup=False, soft_wrap=True)
    others = ", ".join(f"{told.counts[kind]} {kind}" for kind in _OTHERS if told.counts[kind])
    console.print(
        f"{title(told)}; {told.looked_at} resources compared{f'; {others}' if others else ''}",
        markup=False,
        soft_wrap=True,
    )


def _lines(found: list[Finding]) -> str:
    shown = [
        f"- **{markdown.text(finding.name)}** {markdown.code(finding.path)}"
        + (f": {markdown.text(finding.reason)}" if finding.reason else "")
        for finding in found[:MOST_FINDINGS]
    ]
    more = len(found) - len(shown)
    return "\n".join([*shown, f"- {more} more"] if more else shown)
