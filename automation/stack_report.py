"""What is known of one stack when the preview comment is written, and which run wrote it.

It decides nothing about the looks (`automation.comment`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from automation import markdown, risk
from automation.results import Op, Outcome

if TYPE_CHECKING:
    from automation.results import Change, PolicyNote, Result

COMPONENT = "shop:components:"
RISK = {op: number for number, op in enumerate(Op)}
_CHANGING = (Op.CREATE, Op.IMPORT, Op.UPDATE, Op.REPLACE, Op.DELETE)
MANDATORY = "mandatory"


@dataclass(frozen=True, kw_only=True)
class Run:
    """The run of CI that made the comment. A later `number` or `attempt` wins over an earlier."""

    pull_request: int
    head: str
    """The commit that was previewed."""
    base: str = ""
    """The commit that it was compared with; empty: with the state of each stack."""
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

    @property
    def short(self) -> str:
        """Without what stands in brackets: the cell of the table."""
        return self.delta.partition(" (")[0]


@dataclass(frozen=True, kw_only=True)
class DriftNote:
    """What the newest look for drift found, in words that are ready to print."""

    cell: str
    """Of the table: how much, and when it was looked."""
    lines: tuple[str, ...] = ()
    """The findings, Markdown, the worst first."""


@dataclass(frozen=True, kw_only=True)
class StackReport:
    """What is known of one stack. Without a result, `problem` says why."""

    stack: str
    result: Result | None = None
    problem: str = ""
    offline: bool = False
    compared: bool = False
    """Offline: against what the base commit would have made, and not against an empty state."""
    why_empty: str = ""
    """Offline and not compared: why there was nothing to compare with."""
    why_offline: str = ""
    """Offline although a preview against the state was wanted."""
    notes: tuple[str, ...] = ()
    """What the preview had to leave out."""
    policy_ran: bool = False
    violations: tuple[PolicyNote, ...] = ()
    """Beside those that the engine's own events name."""
    not_evaluated: int = 0
    cost: CostNote | None = None
    drift: DriftNote | None = None
    """None where nobody looked for it."""
    unchecked: tuple[str, ...] = ()
    """Checks that could not be made, and why."""
    hidden: tuple[str, ...] = ()
    """Values that must not appear, e.g. the tokens in the environment of CI."""

    @property
    def failed(self) -> bool:
        return self.result is None or self.result.outcome is not Outcome.SUCCEEDED

    @cached_property
    def changes(self) -> list[Change]:
        """What the stack would change, the riskiest first, then by URN; without components."""
        found = self.result.changes if self.result else ()
        changing = [
            one
            for one in found
            if not one.type.startswith(COMPONENT) and (one.op in _CHANGING or risk.dangers(one))
        ]
        return sorted(changing, key=order)

    def count(self, op: Op) -> int:
        found = self.result.changes if self.result else ()
        return sum(one.op is op and not one.type.startswith(COMPONENT) for one in found)

    @property
    def policies(self) -> list[PolicyNote]:
        """All violations, the mandatory ones first."""
        noted = dict.fromkeys((*(self.result.policies if self.result else ()), *self.violations))
        return sorted(noted, key=lambda note: (note.level != MANDATORY, note.policy, note.urn))

    @property
    def mandatory(self) -> int:
        return sum(note.level == MANDATORY for note in self.policies)

    def text(self, raw: str, longest: int = markdown.LONGEST) -> str:
        """Text from outside as Markdown, without the values that must not appear."""
        return markdown.text(self.hiding(raw), longest)

    def code(self, raw: str) -> str:
        return markdown.code(self.hiding(raw))

    def hiding(self, raw: str) -> str:
        """Text without the values that must not appear."""
        for secret in self.hidden:
            raw = raw.replace(secret, "[secret]") if secret else raw
        return raw


def order(change: Change) -> tuple[bool, bool, int, str]:
    """What endangers data first; what follows from another replacement after its cause."""
    return (not risk.dangers(change), risk.follows(change), RISK[change.op], change.urn)
