"""The preview comment of a pull request: all stacks in one, what endangers data first.

Pure: reports in, Markdown out, and the same reports give the same bytes. It leaves out where the
comment is posted (`automation.github`). Whole resources are dropped to keep it short, from the
least risky one on, never a part of a line.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from automation import difference, markdown, risk
from automation.results import Op, Outcome

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from automation.results import Change, PolicyNote, Result

# GitHub takes 65,536 characters, and counts some of them twice: bytes with room to spare.
BUDGET_BYTES = 60_000
MOST_LISTED = 20
_RISK = {op: number for number, op in enumerate(Op)}
_CHANGING = (Op.CREATE, Op.IMPORT, Op.UPDATE, Op.REPLACE, Op.DELETE)


@dataclass(frozen=True, kw_only=True)
class Run:
    """The run of CI that made the comment. A later `number` or `attempt` wins over an earlier."""

    pull_request: int
    head: str
    """The commit that was previewed."""
    number: int
    attempt: int = 1
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class CostNote:
    """What the change does to the bill, in words that are ready to print."""

    delta: str
    """E.g. `+$12.40`, or a range."""
    lines: tuple[str, ...] = ()
    """The largest movers, Markdown."""


@dataclass(frozen=True, kw_only=True)
class StackReport:
    """What is known of one stack. Without a result, `problem` says why."""

    stack: str
    result: Result | None = None
    problem: str = ""
    offline: bool = False
    not_evaluated: int = 0
    cost: CostNote | None = None
    drift: str = ""
    hidden: tuple[str, ...] = ()
    """Values that must not appear, e.g. the stack's secrets."""


def marker(run: Run) -> str:
    """The first line: how the comment is found again, and which run wrote it."""
    return (
        f"<!-- shoptrend-preview:v1 pr={run.pull_request} head={run.head} "
        f"run={run.number}.{run.attempt} -->"
    )


def render(run: Run, reports: Sequence[StackReport], budget: int = BUDGET_BYTES) -> str:
    """The comment. `reports` stand in the order in which stacks are deployed."""
    top = [
        marker(run),
        f"## {_verdict(reports)}",
        _table(reports),
        *_dangerous(reports),
        *_failures(reports),
        *_policies(reports),
        *_costs(reports),
    ]
    foot = _foot(run, reports)
    room = budget - _bytes("\n\n".join([*top, foot])) - 2
    return "\n\n".join([*top, *_details(reports, room), foot]) + "\n"


def full(run: Run, reports: Sequence[StackReport]) -> str:
    """The same without a limit, for the job summary and the artifact."""
    return render(run, reports, budget=2**31)


def failed(report: StackReport) -> bool:
    return report.result is None or report.result.outcome is not Outcome.SUCCEEDED


def changes(report: StackReport) -> list[Change]:
    """What the stack would change, the riskiest first, then by URN."""
    found = report.result.changes if report.result else ()
    changing = [one for one in found if one.op in _CHANGING or risk.dangers(one)]
    return sorted(changing, key=lambda one: (not risk.dangers(one), _RISK[one.op], one.urn))


def _verdict(reports: Sequence[StackReport]) -> str:
    broken = [report.stack for report in reports if failed(report)]
    at_risk = [r.stack for r in reports if any(risk.dangers(c) for c in changes(r))]
    gone = [r.stack for r in reports if any(risk.destructive(c) for c in changes(r))]
    changed = [report.stack for report in reports if changes(report)]
    parts: list[str] = []
    if broken:
        parts.append(f"{_and(broken)} failed")
    if at_risk:
        parts.append(f"{_and(at_risk)} would lose or expose data")
    elif gone:
        parts.append(f"{_and(gone)} would replace or delete resources")
    if broken or at_risk:
        return f"🔴 Infrastructure preview: {', '.join(parts)}"
    if gone:
        return f"🟠 Infrastructure preview: {', '.join(parts)}"
    if changed:
        return f"🟢 Infrastructure preview: {_and(changed)} would change, nothing is lost"
    return "🟢 Infrastructure preview: no changes"


def _table(reports: Sequence[StackReport]) -> str:
    head = [
        "stack",
        "result",
        "new",
        "changed",
        "replaced",
        "deleted",
        "same",
        "policy",
        "$ a month",
        "drift",
    ]
    return markdown.table(head, [_row(report) for report in reports], numeric=range(2, 7))


def _row(report: StackReport) -> list[str]:
    result = report.result
    counts = ["-"] * 5
    policy = "-"
    if result and result.outcome is Outcome.SUCCEEDED:
        ops = (Op.CREATE, Op.UPDATE, Op.REPLACE, Op.DELETE, Op.SAME)
        counts = [str(result.count(op)) for op in ops]
        counts[2:4] = [f"**{n}**" if n != "0" else n for n in counts[2:4]]
    if result and (result.changes or result.policies):
        mandatory = sum(note.level == "mandatory" for note in _violations(report))
        advisory = len(_violations(report)) - mandatory
        policy = f"❌ {mandatory}" if mandatory else "✅ 0"
        if advisory:
            policy += f", {advisory} advice"
        if report.not_evaluated:
            policy += f", {report.not_evaluated} n/e"
    return [
        markdown.text(report.stack),
        _state(report),
        *counts,
        policy,
        markdown.text(report.cost.delta) if report.cost else "-",
        markdown.text(report.drift) or "-",
    ]


def _state(report: StackReport) -> str:
    if report.result is None:
        return "❌ no result"
    if report.result.outcome is not Outcome.SUCCEEDED:
        return f"❌ {report.result.outcome.value}"
    found = changes(report)
    if any(risk.dangers(change) for change in found):
        return "🔴 data at risk"
    if any(risk.destructive(change) for change in found):
        return "⚠️ replaces or deletes"
    return "✅ changes" if found else "✅ no changes"


def _dangerous(reports: Sequence[StackReport]) -> list[str]:
    lines = [
        _danger(report.stack, change)
        for report in reports
        for change in changes(report)
        if risk.destructive(change)
    ]
    return (
        [f"### ♻️ Replaced, deleted or unguarded: read these\n\n{_listed(lines)}"] if lines else []
    )


def _danger(stack: str, change: Change) -> str:
    because = ""
    if change.reasons:
        because = f" because {_and([markdown.code(name) for name in change.reasons])} changed"
    dangers = "; ".join(risk.dangers(change))
    return (
        f"- **{markdown.text(stack)}**: {change.op.value} {markdown.code(change.type)} "
        f"**{markdown.text(change.name)}**{because}{f'. It {_it(dangers)}' if dangers else ''}."
    )


def _it(dangers: str) -> str:
    return dangers.replace("; ", ", and ")


def _failures(reports: Sequence[StackReport]) -> list[str]:
    lines: list[str] = []
    for report in reports:
        if not failed(report):
            continue
        stack = markdown.text(report.stack)
        if report.result is None or not report.result.errors:
            why = report.problem or "no result arrived; see the log of the run"
            lines.append(f"- **{stack}**: {_told(why, report)}")
            continue
        seen: set[str] = set()  # the first error of a resource says what the others repeat
        for error in report.result.errors:
            if error.urn in seen or "preview failed" in error.message:
                continue
            seen.add(error.urn)
            where = error.urn.rsplit("::", 1)[-1]
            at = f" {markdown.code(where)}:" if where else ""
            lines.append(f"- **{stack}**:{at} {_told(error.message, report)}")
    return [f"### ❌ Failures\n\n{_listed(lines)}"] if lines else []


def _told(message: str, report: StackReport) -> str:
    for secret in report.hidden:
        message = message.replace(secret, "[secret]") if secret else message
    return markdown.text(message)


def _policies(reports: Sequence[StackReport]) -> list[str]:
    notes = [(report, note) for report in reports for note in _violations(report)]
    notes.sort(key=lambda pair: (pair[1].level != "mandatory", pair[1].policy, pair[1].urn))
    lines = [
        f"- {'❌' if note.level == 'mandatory' else '💡'} **{markdown.text(report.stack)}** "
        f"{markdown.code(note.policy)} on {_where(note)}: {_told(note.message, report)}"
        for report, note in notes
    ]
    return [f"### 🛡 Policy\n\n{_listed(lines)}"] if lines else []


def _where(note: PolicyNote) -> str:
    return markdown.code(note.urn.rsplit("::", 1)[-1] or "the stack")


def _violations(report: StackReport) -> list[PolicyNote]:
    return list(report.result.policies) if report.result else []


def _costs(reports: Sequence[StackReport]) -> list[str]:
    lines = [
        f"- **{markdown.text(report.stack)}**: {line}"
        for report in reports
        if report.cost
        for line in report.cost.lines
    ]
    return [f"### 💰 Cost\n\n{_listed(lines)}"] if lines else []


def _details(reports: Sequence[StackReport], room: int) -> list[str]:
    """A block a stack; stacks with the same diff share one."""
    blocks: dict[tuple[tuple[str, ...], ...], list[str]] = {}
    for report in reports:
        entries = tuple(
            tuple(difference.lines(change, report.hidden)) for change in changes(report)
        )
        if entries:
            blocks.setdefault(entries, []).append(report.stack)
    shown: list[str] = []
    for index, (entries, stacks) in enumerate(blocks.items()):
        share = room // (len(blocks) - index)
        block = _block(" = ".join(stacks), entries, share)
        room -= _bytes(block) + 2
        shown.append(block)
    return shown


def _block(title: str, entries: Sequence[tuple[str, ...]], room: int) -> str:
    name = f"{markdown.text(title)}: {len(entries)} change{'s' if len(entries) > 1 else ''}"
    kept: list[str] = []
    used = _bytes(markdown.details(name, markdown.fenced([], "diff"))) + 120  # the note below
    for number, entry in enumerate(entries):
        used += sum(_bytes(line) + 1 for line in entry)
        if used > room:
            left = len(entries) - number
            note = f"{left} more, less risky, in the full text: see the run's summary."
            return markdown.details(name, f"{markdown.fenced(kept, 'diff')}\n\n{note}")
        kept += entry
    return markdown.details(name, markdown.fenced(kept, "diff"))


def _foot(run: Run, reports: Sequence[StackReport]) -> str:
    said = [f"commit {run.head[:10]}"]
    if run.url:
        said.append(f"[run {run.number}]({run.url})")
    if any(report.offline for report in reports):
        said.append("offline preview, with no credentials: against an empty state, so all is new")
    if any(report.result and _unknowns(report.result) for report in reports):
        said.append("values known only after the update may hide or overstate changes")
    if any(report.not_evaluated for report in reports):
        said.append("n/e: rules that could not be evaluated because a value is not known yet")
    return f"<sub>{' · '.join(said)}</sub>"


def _unknowns(result: Result) -> bool:
    from automation.results import UNKNOWN

    return any(UNKNOWN in str(c.new.inputs) for c in result.changes if c.new)


def _listed(lines: Sequence[str]) -> str:
    more = len(lines) - MOST_LISTED
    tail = [f"- and {more} more, in the full text"] if more > 0 else []
    return "\n".join([*lines[:MOST_LISTED], *tail])


def _and(names: Collection[str]) -> str:
    *some, last = names
    return f"{', '.join(some)} and {last}" if some else last


def _bytes(text: str) -> int:
    return len(text.encode())
