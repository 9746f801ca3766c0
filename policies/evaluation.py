"""Applies the rules to resources: what each says, what is excused, and what nobody knows yet.

Pure, and without an engine. The pack (`policies.pack`) applies the same rules one resource at a
time, as the engine asks for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from policies import exceptions
from policies.exceptions import Exemptions
from policies.levels import Level, Levels
from policies.rule import Context, Rule, Severity
from policies.subject import Subject, UnknownValueError


@dataclass(frozen=True, kw_only=True, order=True)
class Violation:
    policy: str
    urn: str
    level: Level
    severity: Severity
    message: str


@dataclass(frozen=True, kw_only=True)
class Verdict:
    violations: tuple[Violation, ...]
    excused: tuple[Violation, ...]
    """Each with the reason and the last day of its exception in the message."""
    unknown: tuple[tuple[str, str], ...]
    """Rule and URN, where a value that is not known yet kept the rule from an answer."""


def judge(
    rule: Rule, subject: Subject, context: Context
) -> tuple[list[str], UnknownValueError | None]:
    """What is wrong, and the value that is not known yet, if the rule met one."""
    found: list[str] = []
    try:
        for message in rule.check(subject, context):
            found.append(message)
    except UnknownValueError as error:
        return found, error
    return found, None


def evaluate(
    rules: Sequence[Rule],
    subjects: Sequence[Subject],
    *,
    stack: str,
    levels: Levels,
    exemptions: Exemptions,
    complete: bool = True,
) -> Verdict:
    """The verdict on a stack. Its order is that of rule and URN, whatever came first.

    Not `complete`: some resources may be missing, as of a run that broke off. Then rules of the
    whole stack are not applied, and no exception is called unused.
    """
    context = Context(limits=levels.limits_of(stack), subjects=subjects)
    violations: list[Violation] = []
    excused: list[Violation] = []
    unknown: list[tuple[str, str]] = []
    for rule in rules:
        level = levels.level(rule.name, stack)
        if level is Level.DISABLED:
            continue
        for subject in subjects:
            if subject.type not in rule.types:
                continue
            if rule.whole_stack and not complete:
                unknown.append((rule.name, subject.urn))
                continue
            messages, missing = judge(rule, subject, context)
            if missing:
                unknown.append((rule.name, subject.urn))
                exemptions.doubt(rule.name, subject.urn)
            for message in messages:
                excuse = exemptions.excuses(rule.name, subject.urn)
                told = f"{message} (until {excuse.expires}: {excuse.reason})" if excuse else message
                (excused if excuse else violations).append(
                    Violation(
                        policy=rule.name,
                        urn=subject.urn,
                        level=level,
                        severity=rule.severity,
                        message=told,
                    )
                )
    violations += (
        Violation(
            policy=exceptions.POLICY,
            urn="",
            level=Level.MANDATORY,
            severity=Severity.HIGH,
            message=complaint,
        )
        for complaint in exemptions.complaints({one.origin for one in subjects}, unused=complete)
    )
    return Verdict(
        violations=tuple(sorted(violations)),
        excused=tuple(sorted(excused)),
        unknown=tuple(sorted(unknown)),
    )
