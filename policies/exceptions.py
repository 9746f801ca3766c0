"""Dated exceptions from rules: which resource, why, and until when.

An exception must not outlive its reason: one that has expired, or excuses nothing, is itself a
violation.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path

from pydantic import Field

from components.section import Section
from policies.levels import BadFileError, read
from policies.subject import origin

FILE = Path(__file__).parent / "exceptions.yaml"
POLICY = "exceptions"
SAYS = "Exceptions are in force, and excuse something."


class Exemption(Section):
    policy: str = Field(description="The rule.")
    urn: str = Field(
        description="The resources, with `*` for any text; stack and project stand there in full.",
        pattern=r"^urn:pulumi:[^:*?\[]+::[^:*?\[]+::.+",
    )
    reason: str = Field(min_length=20, description="Why, for whoever must prolong it.")
    expires: date = Field(description="The last day on which it counts.")

    def __str__(self) -> str:
        return f"{self.policy} for {self.urn}"


class _File(Section):
    exceptions: list[Exemption] = Field(description="All exceptions of all stacks.")


@dataclass(kw_only=True)
class Exemptions:
    """The exceptions of one run, and what became of each."""

    entries: list[Exemption]
    today: date
    _used: set[int] = field(default_factory=set[int])
    _unsure: set[int] = field(default_factory=set[int])

    def excuses(self, policy: str, urn: str) -> Exemption | None:
        """The exception in force for a violation, which is thereby used."""
        for number, entry in self._for(policy, urn):
            if entry.expires >= self.today:
                self._used.add(number)
                return entry
        return None

    def doubt(self, policy: str, urn: str) -> None:
        """The rule could not be evaluated there, so nobody knows whether an exception is needed."""
        self._unsure.update(number for number, _ in self._for(policy, urn))

    def complaints(self, origins: Collection[str], *, unused: bool = True) -> Iterator[str]:
        """A sentence for each exception that has expired or excused nothing, of those whose stack
        and project (`policies.subject.origin`) were looked at.
        """
        for number, entry in enumerate(self.entries):
            if origin(entry.urn) not in origins:
                continue
            if entry.expires < self.today:
                yield (
                    f"exceptions.yaml: {entry} expired on {entry.expires}: mend what it excused, "
                    "or prolong it with a reason that still holds"
                )
            elif unused and number not in self._used | self._unsure:
                yield f"exceptions.yaml: {entry} excuses nothing any more: remove it"

    def _for(self, policy: str, urn: str) -> Iterator[tuple[int, Exemption]]:
        for number, entry in enumerate(self.entries):
            # fnmatch would take [ for a set; URNs hold none, and the pattern is a person's.
            if entry.policy == policy and fnmatchcase(urn, entry.urn):
                yield number, entry


def load(rules: Collection[str], path: Path = FILE) -> list[Exemption]:
    """All exceptions; raises `BadFileError` for one from a rule that there is not."""
    entries = read(path, _File.model_validate).exceptions
    for entry in entries:
        if entry.policy not in rules:
            raise BadFileError(
                f"{path.name}: there is no rule {entry.policy}; the rules are "
                f"{', '.join(sorted(rules))}"
            )
    return entries
