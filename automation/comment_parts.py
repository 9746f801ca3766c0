"""The parts of the preview comment between its table and its foot, as titles and lines of Markdown.

Each part has its lines in order of risk, so that whoever shortens it (`automation.comment`) takes
lines from the end. A line that says the same of several stacks stands once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from automation import difference, risk
from automation.results import Op
from automation.stack_report import MANDATORY, order
from automation.verdict import listed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from automation.results import Change
    from automation.stack_report import StackReport

_LONGEST_FAILURE = 600
_MOST_NAMES = 12
_DOES = {Op.REPLACE: "replaces", Op.DELETE: "deletes", Op.UPDATE: "changes", Op.SAME: "changes"}
# What the engine says of the stack once a resource has said why.
_REPEATED = ("preview failed", "update failed", "resource registration failed")
# pkg/resource/deploy/step_generator.go: issueCheckFailures
_REFUSED_VALUE = re.compile(r" value \{.*\} has a problem: ", re.DOTALL)
_URN = re.compile(r"urn:pulumi:[^\s\"']*::([^\s\"':]+)")
# A word that GitHub cannot break makes the whole comment wider than its page.
_LONG_WORD = re.compile(r"(\S{50})\S{30,}(\S{20})")
_PLACE = re.compile(r'File "([^"/][^"]*)", line (\d+)')  # files of the commit have no folder before


@dataclass(frozen=True, kw_only=True)
class Part:
    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One resource in the diff of the stacks that change it alike."""

    rank: tuple[bool, bool, int, str]
    lines: tuple[str, ...]


def parts(reports: Sequence[StackReport]) -> list[Part]:
    """In the order in which they are read, and in which they are kept when room is short."""
    found = [
        Part(title="♻️ Replaced, deleted or unguarded", lines=_dangerous(reports)),
        Part(title="❌ Failures", lines=_merged(reports, _failures)),
        Part(title="🛡 Policy", lines=_merged(reports, _policies)),
        Part(title="💰 Cost", lines=_merged(reports, _costs)),
        Part(title="🌊 Drift: changed in the cloud by other hands", lines=_merged(reports, _drift)),
    ]
    return [part for part in found if part.lines]


def entries(report: StackReport) -> tuple[Entry, ...]:
    """The diff of a stack, the riskiest resource first."""
    return tuple(
        Entry(rank=order(change), lines=tuple(difference.lines(change, report.hiding)))
        for change in report.changes
    )


def _dangerous(reports: Sequence[StackReport]) -> tuple[str, ...]:
    return (*_merged(reports, _roots), *_merged(reports, _followers))


def _roots(report: StackReport) -> Iterable[str]:
    """A line for each that endangers data, and one for all of a type that do the same."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for change in report.changes:
        if not risk.destructive(change):
            continue
        does = _DOES.get(change.op, change.op.value)
        if dangers := risk.dangers(change):
            why = _because(report, change)
            name, type_ = report.text(change.name), report.code(change.type)
            yield f"🔴 {does} **{name}** ({type_}){why}. **It {listed(dangers)}.**"
        elif not risk.follows(change):
            key = (does, change.type, _because(report, change))
            alike.setdefault(key, []).append(change.name)
    for (does, type_, why), names in alike.items():
        count = f"{len(names)} " if len(names) > 1 else ""
        yield f"🟠 {does} {count}{report.code(type_)}{why}: {_names(report, names)}"


def _because(report: StackReport, change: Change) -> str:
    if risk.follows(change):
        return ", because it refers to one that is replaced"
    if not change.reasons:
        return ""
    return f", because {listed([report.code(name) for name in change.reasons])} changed"


def _followers(report: StackReport) -> Iterable[str]:
    names = [c.name for c in report.changes if risk.follows(c) and not risk.dangers(c)]
    if names:
        one = len(names) == 1
        yield (
            f"🟠 {len(names)} more {'is' if one else 'are'} replaced only because "
            f"{'it refers' if one else 'they refer'} to these: {_names(report, names)}"
        )


def _names(report: StackReport, names: Sequence[str]) -> str:
    shown = [f"**{report.text(name)}**" for name in names[:_MOST_NAMES]]
    more = len(names) - len(shown)
    return listed([*shown, f"{more} more"] if more else shown)


def _failures(report: StackReport) -> Iterable[str]:
    yield from (report.text(why, _LONGEST_FAILURE) for why in report.unchecked)
    if not report.failed:
        return
    errors = [
        error
        for error in (report.result.errors if report.result else ())
        if not any(text in error.message for text in _REPEATED)
    ]
    if not errors:
        why = report.problem or "no result arrived; see the log of the run"
        yield report.text(why, _LONGEST_FAILURE)
    seen: set[str] = set()  # the first error of a resource says what the others repeat
    for error in errors:
        if error.urn not in seen:
            seen.add(error.urn)
            where = error.urn.rsplit("::", 1)[-1] if "::pulumi:" not in error.urn else ""
            at = f"{report.code(where)}: " if where else ""
            yield f"{at}{report.text(brief(error.message), _LONGEST_FAILURE)}"


def brief(message: str) -> str:
    """The engine's message as a reader of the comment needs it.

    Of a Python traceback the last line and the last place in the program; resources by their names;
    without the value of a property that a provider refuses, since nobody looked whether it may be
    shown; and endless words without their middle.
    """
    message = _REFUSED_VALUE.sub(" has a problem: ", message)
    message = _LONG_WORD.sub(r"\1…\2", _URN.sub(r"\1", message))
    if "Traceback (most recent call last)" not in message:
        return message
    lines = [line for line in message.splitlines() if line.strip() and line[0] != " "]
    places = _PLACE.findall(message)
    where = f" ({places[-1][0]} line {places[-1][1]})" if places else ""
    return f"{lines[-1]}{where}"


def _policies(report: StackReport) -> Iterable[str]:
    """A line for each policy and message, with the resources that it is said of."""
    said: dict[tuple[str, str, str], list[str]] = {}
    for note in report.policies:
        key = (note.level, note.policy, note.message)
        said.setdefault(key, []).append(note.urn.rsplit("::", 1)[-1] or "the stack")
    for (level, policy, message), names in said.items():
        sign = "❌" if level == MANDATORY else "💡"
        where = _names(report, names)
        yield f"{sign} {report.code(policy)} on {where}: {report.text(message)}"


def _costs(report: StackReport) -> Iterable[str]:
    """The whole of the table's cell where that holds a part only, then the movers."""
    if report.cost is None:
        return
    if report.cost.short != report.cost.delta:
        yield report.text(report.cost.delta)
    yield from map(report.hiding, report.cost.lines)


def _drift(report: StackReport) -> Iterable[str]:
    if report.drift is not None:
        yield from map(report.hiding, report.drift.lines)


def _merged(
    reports: Sequence[StackReport], say: Callable[[StackReport], Iterable[str]]
) -> tuple[str, ...]:
    """What is said, each line once with the stacks that it is said of."""
    said: dict[str, list[str]] = {}
    for report in reports:
        for line in say(report):
            stacks = said.setdefault(line, [])
            if report.text(report.stack) not in stacks:
                stacks.append(report.text(report.stack))
    return tuple(f"- **{', '.join(stacks)}**: {line}" for line, stacks in said.items())
