"""The preview comment of a pull request: all stacks in one, what endangers data first.

Pure: reports in, Markdown out, and the same reports give the same bytes. It leaves out where the
comment is posted (`automation.github`). To keep it short whole lines are left out, from the least
risky one on, and counted; never a part of a line, so no markup is ever cut.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from automation import markdown, risk, verdict
from automation.comment_parts import Entry, Part, entries, parts
from automation.results import UNKNOWN, Op
from automation.stack_report import CostNote, Run, StackReport

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["BUDGET_BYTES", "CostNote", "Run", "StackReport", "full", "marker", "render"]

# GitHub takes 65,536 characters, and counts some of them twice: bytes with room to spare.
BUDGET_BYTES = 60_000
MARKER = "shoptrend-preview:v1"
# Of a longer list a reader learns no more than of these, and the number of the others.
MOST_LISTED = 20
MOST_PROPERTIES = 40
_SEPARATOR = 2  # the empty line between blocks
_NOTE_BYTES = 80  # a line that says how many were left out


def marker(run: Run) -> str:
    """The first line: how the comment is found again, and which run wrote it."""
    return f"<!-- {MARKER} pr={run.pull_request} head={run.head} run={run.number}.{run.attempt} -->"


def render(run: Run, reports: Sequence[StackReport], budget: int = BUDGET_BYTES) -> str:
    """The comment. `reports` stand in the order in which stacks are deployed.

    `budget` is in bytes; below about 3,000 the table alone may be longer.
    """
    return _render(run, reports, budget, most=MOST_LISTED, properties=MOST_PROPERTIES)


def full(run: Run, reports: Sequence[StackReport]) -> str:
    """The same without a limit, for the job summary and the artifact."""
    return _render(run, reports, 2**31, most=2**31, properties=2**31)


def document(run: Run, reports: Sequence[StackReport]) -> dict[str, Any]:
    """The same as plain values, for programs: sorted, and nothing that differs from run to run."""
    return {
        "schema": 1,
        "base": run.base,
        "head": run.head,
        "verdict": verdict.sentence(reports),
        "stacks": {report.stack: _summary(report) for report in reports},
    }


def _summary(report: StackReport) -> dict[str, Any]:
    return {
        "failed": report.failed,
        "problem": report.hiding(report.problem),
        "unchecked": [report.hiding(why) for why in report.unchecked],
        "against": _against(report),
        "counts": {op.value: report.count(op) for op in Op if report.count(op)},
        "dangers": {
            report.hiding(change.name): list(why)
            for change in report.changes
            if (why := risk.dangers(change))
        },
        "policy": {
            "ran": report.policy_ran,
            "mandatory": report.mandatory,
            "advisory": len(report.policies) - report.mandatory,
            "not_evaluated": report.not_evaluated,
        },
        "cost": report.hiding(report.cost.delta) if report.cost else None,
        "drift": report.hiding(report.drift.cell) if report.drift else None,
    }


def _against(report: StackReport) -> str:
    if not report.offline:
        return "state"
    return "base commit" if report.compared else "empty state"


def _render(
    run: Run, reports: Sequence[StackReport], budget: int, *, most: int, properties: int
) -> str:
    columns, rows, numeric = verdict.head(reports)
    blocks = [
        marker(run),
        f"## {verdict.sentence(reports)}",
        markdown.table(columns, rows, numeric),
        *_background(run, reports),
    ]
    foot = _foot(run, reports)
    diffs = _diffs(reports, properties)
    # The frames of the diffs first: they say how much there is, even if none of it is shown.
    room = budget - sum(_size(block) for block in [*blocks, foot])
    room -= sum(_reserved(name, found) for found, name in diffs.items())
    for part in parts(reports):
        block = _part(part, room, most)
        if block:
            blocks.append(block)
            room -= _size(block)
    return "\n\n".join([*blocks, *_details(diffs, room), foot]) + "\n"


def _background(run: Run, reports: Sequence[StackReport]) -> list[str]:
    """What a reader must know to read the table rightly: with what each stack was compared."""
    said: dict[str, list[str]] = {}
    for report in reports:
        if line := _compared_with(run, report):
            said.setdefault(line, []).append(report.text(report.stack))
    if len(said) == 1 and all(len(stacks) == len(reports) for stacks in said.values()):
        return [f"> {line}" for line in said]
    # A line of its own each: without the empty one between, GitHub joins them.
    return ["\n>\n".join(f"> **{', '.join(names)}**: {line}" for line, names in said.items())]


def _compared_with(run: Run, report: StackReport) -> str:
    """Empty where nothing was."""
    if not report.offline:
        return "" if report.result is None else "Compared with what is deployed, by its state."
    because = f" ({report.text(report.why_offline)})" if report.why_offline else ""
    if report.compared and run.base:
        return (
            f"Offline preview, with no credentials{because}: against what the base commit would "
            "deploy, not against what is deployed."
        )
    if report.failed:
        return ""
    why = f": {report.text(report.why_empty)}" if report.why_empty else ""
    return f"Offline preview{because} against an empty state, so everything counts as new{why}."


def _part(part: Part, room: int, most: int) -> str:
    """The title and as many lines as fit; empty when there is no room for a single one."""
    title = f"### {part.title}"
    kept: list[str] = []
    room -= _size(title) + _NOTE_BYTES
    for line in part.lines[:most]:
        room -= len(line.encode()) + 1
        if room < 0:
            break
        kept.append(line)
    more = len(part.lines) - len(kept)
    if more:
        kept.append(f"- {more} more in the full text")
    return f"{title}\n\n" + "\n".join(kept) if room >= 0 or len(kept) > 1 else ""


def _diffs(reports: Sequence[StackReport], properties: int) -> dict[tuple[Entry, ...], str]:
    """Each diff with the names of the stacks that share it."""
    blocks: dict[tuple[Entry, ...], list[str]] = {}
    for report in reports:
        found = tuple(_shortened(entry, properties) for entry in entries(report))
        if found:
            blocks.setdefault(found, []).append(report.hiding(report.stack))
    return {found: markdown.html(" = ".join(stacks)) for found, stacks in blocks.items()}


def _details(diffs: dict[tuple[Entry, ...], str], room: int) -> list[str]:
    """A block a diff. The riskiest resources are kept."""
    # By place, not by the diff itself: to hash one takes as long as it has entries.
    kept: list[list[Entry]] = [[] for _ in diffs]
    ranked = sorted(
        ((entry, place) for place, found in enumerate(diffs) for entry in found),
        key=lambda pair: pair[0].rank,
    )
    for entry, place in ranked:
        room -= sum(len(line.encode()) + 1 for line in entry.lines)
        if room < 0:
            break
        kept[place].append(entry)
    return [
        _block(name, found, chosen)
        for (found, name), chosen in zip(diffs.items(), kept, strict=True)
    ]


def _reserved(name: str, found: Sequence[Entry]) -> int:
    """What a block takes beside its lines: its frame, its note, and a fence as long as any of its
    lines may want.
    """
    lines = [line for entry in found for line in entry.lines]
    fence = markdown.fenced(lines, "diff")
    around = len(fence.encode()) - sum(len(line.encode()) + 1 for line in lines)
    return _size(_block(name, found, [])) + around + 1 + _SEPARATOR + _NOTE_BYTES


def _shortened(entry: Entry, properties: int) -> Entry:
    more = len(entry.lines) - 1 - properties
    if more <= 0:
        return entry
    lines = (*entry.lines[: properties + 1], f"      and {more} lines more, in the full text")
    return Entry(rank=entry.rank, lines=lines)


def _block(name: str, found: Sequence[Entry], kept: Sequence[Entry]) -> str:
    count = len(found)
    summary = f"{name}: {count} change{'s' if count > 1 else ''}"
    left = count - len(kept)
    note = f"{left} more, less risky, in the full text." if left else ""
    body = markdown.fenced([line for entry in kept for line in entry.lines], "diff") if kept else ""
    return markdown.details(summary, "\n\n".join(text for text in (body, note) if text))


def _foot(run: Run, reports: Sequence[StackReport]) -> str:
    compared = run.base and any(report.offline for report in reports)
    said = [f"commit {run.head[:10]}" + (f" against {run.base[:10]}" if compared else "")]
    if run.url:
        said.append(f"full text and diffs: [run {run.number}]({run.url})")
    if any(_unknowns(report) for report in reports):
        said.append("values known only after the update may overstate changes")
    if any(report.not_evaluated for report in reports):
        said.append("n/e: rules not evaluated, because a value is not known yet")
    if not any(report.drift for report in reports):
        said.append("drift not checked")
    said += dict.fromkeys(report.text(note) for report in reports for note in report.notes)
    return f"<sub>{' · '.join(said)}</sub>"


def _unknowns(report: StackReport) -> bool:
    return any(UNKNOWN in str(change.new.inputs) for change in report.changes if change.new)


def _size(block: str) -> int:
    return len(block.encode()) + _SEPARATOR
