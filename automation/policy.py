"""The rules of `policies/` on the events of one preview, without starting a policy pack.

Pure but for the two files of the pack. A rule that met a value which is only known after the update
counts as not evaluated, never as passed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from automation.errors import UserError
from automation.results import UNKNOWN, Op, Outcome, PolicyNote, Result, is_secret
from policies import exceptions, levels
from policies.evaluation import Violation
from policies.evaluation import evaluate as judge_all
from policies.exceptions import Exemptions
from policies.rules import RULES
from policies.subject import PROVIDER, Subject, known

if TYPE_CHECKING:
    from datetime import date

# What goes is no longer judged, and what is only read belongs to somebody else.
_NOT_OURS = (Op.DELETE, Op.DISCARD, Op.READ)


@dataclass(frozen=True, kw_only=True)
class PolicyReport:
    violations: tuple[PolicyNote, ...]
    not_evaluated: int
    """Pairs of rule and resource that wait for a value."""
    excused: tuple[PolicyNote, ...] = ()
    """Violations under an exception that is in force; the message says until when, and why."""

    @property
    def mandatory(self) -> int:
        """How many must stop the update."""
        return sum(note.level == levels.Level.MANDATORY for note in self.violations)


def evaluate(
    result: Result, stack: str, today: date, *, config: Mapping[str, object]
) -> PolicyReport:
    """What the rules say to the resources as they would be after the update.

    Of a preview that failed or broke off, only what stands in each resource by itself is judged.
    `config` is that of the stack file: the engine makes its AWS provider of it, which is not among
    the resources of a result. Raises `UserError` when a file of the pack is wrong.
    """
    names = [rule.name for rule in RULES]
    try:
        known_levels = levels.load(names)
        exemptions = Exemptions(entries=exceptions.load(names), today=today)
    except levels.BadFileError as error:
        raise UserError(f"policies/{error}") from None
    subjects = [
        Subject(
            urn=change.urn,
            type=change.type,
            inputs=known(cast("dict[str, object]", _visible(change.new.inputs))),
            parent=change.new.parent,
            protect=change.new.protect,
        )
        for change in result.changes
        if change.new and change.op not in _NOT_OURS
    ]
    verdict = judge_all(
        RULES,
        [provider(stack, config), *subjects],
        stack=stack,
        levels=known_levels,
        exemptions=exemptions,
        complete=result.outcome is Outcome.SUCCEEDED,
    )
    return PolicyReport(
        violations=tuple(_note(one) for one in verdict.violations),
        not_evaluated=len(verdict.unknown),
        excused=tuple(_note(one) for one in verdict.excused),
    )


def provider(stack: str, config: Mapping[str, object]) -> Subject:
    """The default AWS provider, as the engine makes it of the `aws:` entries."""
    inputs = {
        key.removeprefix("aws:"): value for key, value in config.items() if key.startswith("aws:")
    }
    return Subject(
        urn=f"urn:pulumi:{stack}::shop::{PROVIDER}::default", type=PROVIDER, inputs=known(inputs)
    )


def _visible(value: object) -> object:
    """With a secret, which events do not show, as one more value that is not known."""
    if isinstance(value, Mapping):
        entries = cast("Mapping[str, Any]", value)
        return (
            UNKNOWN
            if is_secret(entries)
            else {name: _visible(inner) for name, inner in entries.items()}
        )
    if isinstance(value, list):
        return [_visible(inner) for inner in cast("list[object]", value)]
    return value


def _note(violation: Violation) -> PolicyNote:
    return PolicyNote(
        urn=violation.urn,
        policy=violation.policy,
        level=violation.level.value,
        severity=violation.severity.value,
        message=violation.message,
    )
