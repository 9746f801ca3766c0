"""The previews of two commits, of all stacks, as files: made here, and read back.

A stack is a chain: the base commit's program is recorded, the head commit's is previewed against
that. Chains run two at a time, each step in a process of its own, and one that fails or says
nothing is written down like any other.
"""

from __future__ import annotations

import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from automation import baseline, checkout, engine, offline, results, stackfile
from automation.comment_parts import brief
from automation.errors import UserError
from automation.results import Op

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

    from automation.comment_options import Options
    from automation.results import Result

FILE = "previews.json"
# The order in which a change reaches the stacks; any other comes after these, by name.
ORDER = ("dev", "staging", "prod")
# A preview needs about 400 MB and most of a core.
AT_ONCE = 2
EVENTS = "events.jsonl"
NAME = r"^[a-z][a-z0-9-]{0,39}$"  # also a folder of ours: nothing that leads elsewhere
COMMIT = r"^[0-9a-f]{40,64}$"


class Previewed(BaseModel):
    """One stack's preview. Its events are in `<stack>/events.jsonl`, if it came to any."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stack: str = Field(pattern=NAME)
    offline: bool = True
    """Whether no credentials were used; else it is against the state of the stack."""
    problem: str = ""
    compared: bool = False
    why_empty: str = ""
    notes: tuple[str, ...] = ()
    config: dict[str, Any] = Field(default_factory=dict[str, Any])
    """The `aws:` entries of the head commit's stack file, without what is encrypted."""


class Previews(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    base: str = Field(pattern=rf"{COMMIT}|^$")
    head: str = Field(pattern=COMMIT)
    stacks: tuple[Previewed, ...]


def make(chosen: Options, console: Console) -> Previews:
    """Previews into `chosen.out`. Raises `UserError` where a commit or the engine is missing."""
    head = checkout.commit(chosen.head, chosen.root)
    base = checkout.fork_point(checkout.commit(chosen.base, chosen.root), head, chosen.root)
    found = engine.find(console.print)
    with (
        checkout.checked_out(base, chosen.root) as base_tree,
        checkout.checked_out(head, chosen.root) as head_tree,
        tempfile.TemporaryDirectory(prefix="states-") as states,
        ThreadPoolExecutor(AT_ONCE) as pool,
    ):
        chain = partial(_chain, found.path, base_tree, head_tree, Path(states), chosen.out)
        stacks = chosen.stacks or deployed(head_tree)
        done: list[Previewed] = []
        for one in pool.map(chain, stacks):
            said = brief(one.problem) or "done"
            console.print(f"preview {one.stack}: {said}", markup=False, soft_wrap=True)
            done.append(one)
    previews = Previews(base=base, head=head, stacks=tuple(done))
    (chosen.out / FILE).write_text(f"{previews.model_dump_json(indent=1)}\n", encoding="utf-8")
    return previews


def load(folder: Path) -> Previews:
    """What `make` wrote. Raises `UserError`."""
    try:
        return Previews.model_validate_json((folder / FILE).read_bytes())
    except FileNotFoundError:
        raise UserError(f"there are no previews in {folder}: no {FILE}") from None
    except ValidationError as error:
        raise UserError(f"{folder / FILE} is not what a preview writes: {error}") from None


def result(folder: Path, one: Previewed) -> Result | None:
    """The result of a stack's events; None where there are none, or they are no events."""
    events = folder / one.stack / EVENTS
    if not events.exists():
        return None
    try:
        return results.read(events.read_text(encoding="utf-8").splitlines())
    except (ValueError, KeyError, TypeError):
        return None


def doubts(result: Result | None) -> list[str]:
    """Types of which an offline preview cannot tell an update from a replacement."""
    from local.provider import replaces

    unsure = {
        change.type
        for change in (result.changes if result else ())
        if change.op is Op.UPDATE and change.type.startswith("aws:")
        if not replaces.known(change.type)
    }
    return [f"{type_}: shown as changed, may be replaced" for type_ in sorted(unsure)]


def deployed(tree: Path) -> list[str]:
    """The stacks of a checkout that live in an account, in the order of deployment."""
    return ordered(
        name
        for name in stackfile.stacks(tree)
        if stackfile.emulator_url(stackfile.read(name, tree)) is None
    )


def ordered(stacks: Iterable[str]) -> list[str]:
    """In the order in which a change reaches them."""
    return sorted(
        stacks, key=lambda name: (ORDER.index(name) if name in ORDER else len(ORDER), name)
    )


def _chain(
    engine_path: Path, base_tree: Path, head_tree: Path, states: Path, out: Path, stack: str
) -> Previewed:
    state = states / stack
    recorded = _step(base_tree, baseline.RECORD, stack, engine_path, state, out)
    compared = not recorded.problem
    previewed = _step(
        head_tree, baseline.PREVIEW, stack, engine_path, state if compared else "", out
    )
    return Previewed(
        stack=stack,
        problem=previewed.problem,
        compared=compared,
        why_empty="" if compared else _why_empty(base_tree, stack, recorded.problem),
        notes=previewed.notes,
        config=_config(head_tree, stack),
    )


def _step(
    tree: Path, task: str, stack: str, engine_path: Path, state: Path | str, out: Path
) -> baseline.Outcome:
    arguments = [task, stack, str(engine_path), str(state), str(out.absolute())]
    try:
        done = checkout.run(tree, arguments)
    except subprocess.TimeoutExpired:
        return baseline.Outcome(problem=f"it did not end within {checkout.SECONDS} seconds")
    outcome = baseline.parsed(done.stdout)
    if outcome is None:
        return baseline.Outcome(problem=f"its process ended with {done.returncode} and no result")
    return outcome


def _why_empty(base_tree: Path, stack: str, problem: str) -> str:
    if stack not in stackfile.stacks(base_tree):
        return "the base commit has no such stack"
    return f"the base commit cannot be compared with ({problem})"


def _config(tree: Path, stack: str) -> dict[str, Any]:
    try:
        plain, _ = offline.without_secrets(stackfile.read(stack, tree))
    except UserError:
        return {}
    return {key: value for key, value in plain["config"].items() if key.startswith("aws:")}
