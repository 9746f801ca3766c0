"""The rules as policies of Pulumi's SDK, for `--policy-pack`.

The level of a policy is fixed when the pack starts, and not every engine tells a pack then which
stack it is for; each resource's URN does. So a rule that is mandatory in one environment and advice
in another becomes two policies, of which one keeps silent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pulumi_policy as sdk

from policies import exceptions
from policies.evaluation import judge
from policies.exceptions import Exemptions
from policies.levels import Level, Levels
from policies.rule import Context, Rule
from policies.subject import Subject, UnknownValueError, origin

NAME = "shoptrend"
_ENFORCED = {
    Level.MANDATORY: ("", sdk.EnforcementLevel.MANDATORY),
    Level.ADVISORY: ("-advice", sdk.EnforcementLevel.ADVISORY),
}
Report = Callable[[str, str | None], None]


def policies(rules: Sequence[Rule], levels: Levels, exemptions: Exemptions) -> list[sdk.Policy]:
    """All policies; the one on exceptions comes last, when every other has used what it needs."""
    found = [
        _Bound(rule=rule, level=level, levels=levels, exemptions=exemptions).policy()
        for rule in rules
        for level in _ENFORCED
        if level in levels.levels[rule.name].values()
    ]

    def in_force(args: sdk.StackValidationArgs, report: Report) -> None:
        for complaint in exemptions.complaints({origin(one.urn) for one in args.resources}):
            report(complaint, None)

    last = sdk.StackValidationPolicy(
        name=exceptions.POLICY,
        description=exceptions.SAYS,
        enforcement_level=sdk.EnforcementLevel.MANDATORY,
        severity=sdk.Severity.HIGH,
        validate=in_force,
    )
    return [*found, last]


@dataclass(frozen=True, kw_only=True)
class _Bound:
    """A rule at one level; it looks only at stacks in which it has that level."""

    rule: Rule
    level: Level
    levels: Levels
    exemptions: Exemptions

    def policy(self) -> sdk.Policy:
        suffix, enforced = _ENFORCED[self.level]
        name, severity = f"{self.rule.name}{suffix}", sdk.Severity(self.rule.severity.value)
        if self.rule.whole_stack:
            return sdk.StackValidationPolicy(
                name, self.rule.says, self._stack, enforced, severity=severity
            )
        return sdk.ResourceValidationPolicy(
            name, self.rule.says, self._resource, enforced, severity=severity
        )

    def _resource(self, args: sdk.ResourceValidationArgs, report: Report) -> None:
        subject = Subject(
            urn=args.urn,
            type=args.resource_type,
            inputs=args.props,
            parent=args.opts.parent or "",
            protect=args.opts.protect,
        )
        for message in self._wrong(subject, ()):
            report(message, None)

    def _stack(self, args: sdk.StackValidationArgs, report: Report) -> None:
        subjects = [_subject(resource) for resource in args.resources]
        unknown: UnknownValueError | None = None
        for subject in subjects:
            try:
                for message in self._wrong(subject, subjects):
                    report(message, subject.urn)
            except UnknownValueError as error:  # the other resources are still looked at
                unknown = error
        if unknown:
            raise unknown

    def _wrong(self, subject: Subject, others: Sequence[Subject]) -> Iterator[str]:
        """Raises at the end what was not known: the SDK tells that the rule could not run."""
        if (
            subject.type not in self.rule.types
            or self.levels.level(self.rule.name, subject.stack) is not self.level
        ):
            return
        context = Context(limits=self.levels.limits_of(subject.stack), subjects=others)
        messages, unknown = judge(self.rule, subject, context)
        for message in messages:
            if not self.exemptions.excuses(self.rule.name, subject.urn):
                yield message
        if unknown:
            self.exemptions.doubt(self.rule.name, subject.urn)
            raise unknown


def _subject(resource: sdk.PolicyResource) -> Subject:
    return Subject(
        urn=resource.urn,
        type=resource.resource_type,
        inputs=resource.props,
        parent=resource.parent.urn if resource.parent else "",
        protect=resource.opts.protect,
        refers={
            name: frozenset(one.urn for one in ones)
            for name, ones in resource.property_dependencies.items()
        },
    )
