"""The top of the preview comment: one sentence on whether to worry, and a row for each stack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from automation import risk
from automation.results import Op, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from automation.stack_report import StackReport

MOST_NAMED = 2
_COUNTED = {
    "new": Op.CREATE,
    "changed": Op.UPDATE,
    "replaced": Op.REPLACE,
    "deleted": Op.DELETE,
    "same": Op.SAME,
}
_NOTHING = "-"


def sentence(reports: Sequence[StackReport]) -> str:
    """Red for a failure, a violated mandatory policy or data at risk; orange for a replacement or
    a deletion; else green.
    """
    red = [
        *_said([r for r in reports if at_risk(r)], "would lose or expose data", _what),
        *_said([r for r in reports if r.failed], "failed"),
        *_said([r for r in reports if r.unchecked], "could not be checked"),
        *_said([r for r in reports if r.mandatory], "would break a mandatory policy"),
    ]
    gone = [r for r in reports if not at_risk(r) and any(map(risk.destructive, r.changes))]
    orange = _said(gone, "would replace or delete resources", _what)
    if red or orange:
        return f"{'🔴' if red else '🟠'} Infrastructure preview: {'; '.join([*red, *orange])}"
    changed = [r for r in reports if r.changes]
    if changed:
        return f"🟢 Infrastructure preview: {_stacks(changed)} would change, nothing is lost"
    return "🟢 Infrastructure preview: no changes"


def at_risk(report: StackReport) -> bool:
    return any(risk.dangers(change) for change in report.changes)


def head(reports: Sequence[StackReport]) -> tuple[list[str], list[list[str]], list[int]]:
    """The columns of the table, its rows, and which columns hold numbers.

    A column that would say nothing of any stack is left out.
    """
    columns: dict[str, Callable[[StackReport], str]] = {
        "stack": lambda r: r.text(r.stack),
        "result": _state,
        **{name: _counter(op) for name, op in _COUNTED.items()},
        "policy": _policy,
        "Δ $ a month": lambda r: r.text(r.cost.short) if r.cost else _NOTHING,
        "drift": lambda r: r.text(r.drift.cell) if r.drift else _NOTHING,
    }
    cells = {name: [cell(report) for report in reports] for name, cell in columns.items()}
    optional = ("policy", "Δ $ a month", "drift")
    shown = [n for n in columns if n not in optional or set(cells[n]) - {_NOTHING}]
    rows = [list(row) for row in zip(*(cells[name] for name in shown), strict=True)]
    return shown, rows, [index for index, name in enumerate(shown) if name in _COUNTED]


def listed(names: Collection[str]) -> str:
    *some, last = names
    return f"{', '.join(some)} and {last}" if some else last


def _said(
    reports: Sequence[StackReport],
    what: str,
    more: Callable[[Sequence[StackReport]], str] = lambda _reports: "",
) -> list[str]:
    return [f"{_stacks(reports)} {what}{more(reports)}"] if reports else []


def _stacks(reports: Sequence[StackReport]) -> str:
    if len(reports) > 2 * MOST_NAMED:
        return f"{len(reports)} stacks"
    return listed([report.text(report.stack, 60) for report in reports])


def _what(reports: Sequence[StackReport]) -> str:
    """The names of the worst, so that the first line says what it is about."""
    names = dict.fromkeys(
        report.text(change.name, 60)
        for report in reports
        for change in report.changes
        if (risk.dangers(change) if at_risk(report) else risk.destructive(change))
    )
    named = list(names)[:MOST_NAMED]
    more = len(names) - len(named)
    return f" ({', '.join([*named, *([f'{more} more'] if more else [])])})"


def _counter(op: Op) -> Callable[[StackReport], str]:
    def cell(report: StackReport) -> str:
        if report.failed:
            return _NOTHING
        number = str(report.count(op))
        stands_out = op in (Op.REPLACE, Op.DELETE) and number != "0"
        return f"**{number}**" if stands_out else number

    return cell


def _policy(report: StackReport) -> str:
    if not (report.policy_ran or report.policies):
        return _NOTHING
    advice = len(report.policies) - report.mandatory
    parts = [f"❌ {report.mandatory}" if report.mandatory else "✅ 0"]
    if advice:
        parts.append(f"{advice} advice")
    if report.not_evaluated:
        parts.append(f"{report.not_evaluated} n/e")
    return ", ".join(parts)


def _state(report: StackReport) -> str:
    if report.result is None:
        return "❌ failed" if report.problem else "❌ no result"
    if report.result.outcome is not Outcome.SUCCEEDED:
        return f"❌ {report.result.outcome.value}"
    if at_risk(report):
        return "🔴 data at risk"
    if any(map(risk.destructive, report.changes)):
        return "🟠 replaces or deletes"
    return "✅ changes" if report.changes else "✅ no changes"
