"""Promotion: one commit goes from stack to stack, each proved before the next.

For each stack the preview is made again right before `up`, and must be what was approved
(`automation.change_set`); what would lose data stops it unless somebody named it; a smoke test
follows. Where it got to stands in `out/promotion.json`, so that a run that failed goes on from
there, in the same process or in another job. It knows neither engine nor cloud: what it does to a
stack are five functions (`Hands`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field, ValidationError

from automation import change_set, risk
from automation.change_set import ChangeSet
from automation.errors import ROOT, DataAtRiskError, Exit, UserError
from automation.previews import ORDER
from components.section import Section

if TYPE_CHECKING:
    from pathlib import Path

    from automation.preview import Preview
    from automation.results import Result

JOURNAL = ROOT / "out" / "promotion.json"
LABEL = "allow-data-loss:"


class NotApprovedError(UserError):
    """What would happen is not what was approved."""

    exit: ClassVar[Exit] = Exit.CHANGES


class Step(StrEnum):
    APPLYING = "applying"
    """`up` was begun; what became of it is not known."""
    APPLIED = "applied"
    PROVED = "proved"
    """The smoke test passed: the next stack's turn."""


class Stage(Section):
    """How far one stack is."""

    step: Step
    change_set: str = Field(description="Hash of what was approved and applied.")
    at: datetime
    note: str = ""


class Journal(Section):
    """How far a commit is."""

    commit: str
    stages: dict[str, Stage] = Field(default_factory=dict[str, Stage])

    def step(self, stack: str) -> Step | None:
        return self.stages[stack].step if stack in self.stages else None


@dataclass(frozen=True, kw_only=True)
class Hands:
    """What is done to a stack. All may raise `UserError`, which ends the promotion."""

    preview: Callable[[str], Preview]
    refuse: Callable[[Preview, Sequence[str]], None]
    """Raises for a preview that failed or breaks a policy; takes the names that may lose data."""
    up: Callable[[str, Sequence[str]], object]
    smoke: Callable[[str], str]
    """Gives a sentence on what passed."""
    hold: Callable[[str], AbstractContextManager[object]]
    """Nobody else deploys the stack within it."""


@dataclass(kw_only=True)
class Promotion:
    """One run. `approved` is the hash for each stack; `plans` the change sets behind them, where
    they are at hand, so that a difference can be explained and a broken run resumed.
    """

    commit: str
    approved: Mapping[str, str]
    hands: Hands
    say: Callable[[str], None]
    plans: Mapping[str, ChangeSet] = field(default_factory=dict[str, ChangeSet])
    may_lose: Sequence[str] = ()
    path: Path = JOURNAL
    journal: Journal = field(init=False)

    def __post_init__(self) -> None:
        self.journal = load(self.path, self.commit)

    def run(self, stacks: Sequence[str]) -> Journal:
        """Raises `NotApprovedError`, `DataAtRiskError`, or what the hands raise."""
        for stack in ordered(stacks):
            if self.journal.step(stack) is Step.PROVED:
                self.say(f"{stack}: this commit was deployed and proved before")
                continue
            if waiting := unproved(stack, self.journal):
                raise UserError(
                    f"{stack} has to wait: {self.commit[:10]} is not proved in "
                    f"{' and '.join(waiting)}; promote it there first"
                )
            with self.hands.hold(stack):
                self._stage(stack)
        return self.journal

    def _stage(self, stack: str) -> None:
        previewed = self.hands.preview(stack)
        if lost := losses(previewed.result, self.may_lose):
            told = "\n  ".join(lost)
            raise DataAtRiskError(
                f"{stack} would lose data or its guard:\n  {told}\nWhoever means it names each of "
                f"them: the label {LABEL}NAME on the pull request, or --allow-data-loss NAME"
            )
        self.hands.refuse(previewed, self.may_lose)
        now = change_set.of(previewed.result)
        resumed = self.journal.stages.get(stack)
        if why := objection(stack, now, self.approved.get(stack), self.plans.get(stack), resumed):
            raise NotApprovedError(why)
        if now.lines:
            approved = self.approved[stack]
            self._note(stack, Step.APPLYING, approved)
            self.hands.up(stack, self.may_lose)
            self._note(stack, Step.APPLIED, approved)
        elif previewed.outputs_differ:  # they are what the smoke test finds its way by
            self.hands.up(stack, self.may_lose)
        else:
            self.say(f"{stack}: nothing to change")
        passed = self.hands.smoke(stack)
        self.say(f"{stack}: {passed}")
        self._note(stack, Step.PROVED, self.approved.get(stack, now.hash), passed)

    def _note(self, stack: str, step: Step, approved: str, note: str = "") -> None:
        stage = Stage(step=step, change_set=approved, at=datetime.now(tz=UTC), note=note)
        self.journal = Journal(commit=self.commit, stages={**self.journal.stages, stack: stage})
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_suffix(".new")
        document = self.journal.model_dump(mode="json")
        fresh.write_text(f"{json.dumps(document, indent=1)}\n", encoding="utf-8")
        fresh.replace(self.path)  # whole or not at all


def ordered(stacks: Sequence[str]) -> list[str]:
    """In the order in which a change reaches them; others after, as they were named."""
    known = [stack for stack in ORDER if stack in stacks]
    return [*known, *(stack for stack in dict.fromkeys(stacks) if stack not in ORDER)]


def unproved(stack: str, journal: Journal) -> list[str]:
    """The stacks before this one that the commit has not passed."""
    before = ORDER[: ORDER.index(stack)] if stack in ORDER else ()
    return [one for one in before if journal.step(one) is not Step.PROVED]


def objection(
    stack: str,
    now: ChangeSet,
    approved: str | None,
    plan: ChangeSet | None,
    resumed: Stage | None,
) -> str:
    """Why the change set may not be applied; empty when it may. Pure.

    It must be the approved one. What is left of it may also be applied after an `up` of just this
    approval that did not come to its end; and no change at all needs no approval.
    """
    if not now.lines or now.hash == approved:
        return ""
    if approved is None:
        return (
            f"{stack}: nobody approved these {len(now.lines)} changes: look at `make plan "
            f"STACK={stack}` and say --approved {stack}={now.hash}"
        )
    known = plan if plan is not None and plan.hash == approved else None
    broken_off = resumed and (resumed.step, resumed.change_set) == (Step.APPLYING, approved)
    if known and broken_off and set(now.lines) <= set(known.lines):
        return ""
    told = "".join(f"\n  {line}" for line in change_set.differences(known, now)) if known else ""
    return (
        f"{stack}: what would happen now ({now.hash[:12]}) is not what was approved "
        f"({approved[:12]}): somebody changed the stack or the program since; plan and approve "
        f"again{told}"
    )


def losses(result: Result, may_lose: Collection[str]) -> list[str]:
    """What would lose data or its guard and was not named, a sentence each; pure."""
    return [
        f"{change.name}: {'; '.join(why)}"
        for change in result.changes
        if (why := risk.dangers(change)) and change.name not in may_lose
    ]


def losses_allowed(labels: Sequence[str]) -> list[str]:
    """The names of resources that labels `allow-data-loss:<name>` speak of."""
    return [label.removeprefix(LABEL).strip() for label in labels if label.startswith(LABEL)]


def load(path: Path, commit: str) -> Journal:
    """How far the commit is; of another commit nothing is taken over. Raises `UserError`."""
    try:
        journal = Journal.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return Journal(commit=commit)
    except ValidationError as error:
        raise UserError(
            f"{path} is not a journal of a promotion ({error}): remove it to begin anew"
        ) from None
    return journal if journal.commit == commit else Journal(commit=commit)
