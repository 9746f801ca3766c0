"""A commit's program on the real engine, offline, in a process of its own (`automation.checkout`).

`record` runs the base commit's program as an `up` that creates nothing and keeps the state;
`preview` previews the head commit's against that state, so that the engine itself says what is
updated, replaced and deleted. What went wrong comes back as one sentence, never as a traceback.
"""

from __future__ import annotations

import sys
import traceback
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from automation.engine import Engine

RECORD, PREVIEW = "record", "preview"


class Outcome(BaseModel):
    """What the process says of itself on its last line of output."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    problem: str = ""
    notes: tuple[str, ...] = ()


def main(arguments: Sequence[str]) -> int:
    """`TREE record|preview STACK ENGINE STATE OUT`; an empty STATE is an empty state."""
    tree, task, stack, engine_path, state, out = arguments
    notes: tuple[str, ...] = ()
    problem = ""
    try:
        # Nothing that the program prints may pass for the outcome.
        with redirect_stdout(sys.stderr):
            from automation.engine import VERSION, Engine

            engine = Engine(path=Path(engine_path), version=VERSION, source="given")
            if task == RECORD:
                notes = record(stack, engine, Path(tree), Path(state))
            else:
                base = Path(state) if state else None
                notes, problem = preview(stack, engine, Path(tree), base, Path(out))
    except Exception as error:
        problem = explained(error, Path(tree))
    print(Outcome(problem=problem, notes=notes).model_dump_json())  # noqa: T201 (for the parent)
    return 1 if problem else 0


def record(stack: str, engine: Engine, tree: Path, state: Path) -> tuple[str, ...]:
    """Fills `state`, a folder that must not exist, with what `up` of the program would make.

    Returns what had to be left out. Raises `UserError` where the program or a resource fails.
    """
    from automation import session

    with session.open_pretended(stack, engine, state, root=tree) as opened:
        opened.up(lambda _event: None)
        return opened.notes


def preview(
    stack: str, engine: Engine, tree: Path, base: Path | None, out: Path
) -> tuple[tuple[str, ...], str]:
    """Writes the preview's files to `out`; returns what was left out, and what went wrong."""
    from automation import session
    from automation.errors import UserError

    events = out / stack / "events.jsonl"
    problem = ""
    with session.open_offline(stack, engine, root=tree, events=events, base=base) as opened:
        try:
            opened.preview(lambda _event: None)
        except UserError as error:
            problem = _without(tree, str(error))
    if events.exists():  # the folder of the commit has another name on every run
        events.write_text(_without(tree, events.read_text(encoding="utf-8")), encoding="utf-8")
    return opened.notes, problem


def parsed(output: str) -> Outcome | None:
    """The outcome in a process's output; None when it ended before it could say."""
    try:
        return Outcome.model_validate_json(output.rstrip().rsplit("\n", 1)[-1])
    except ValueError:
        return None


def explained(error: Exception, tree: Path) -> str:
    """An error of the program as a sentence, with the place in the commit where it arose."""
    from automation.errors import UserError

    if isinstance(error, UserError):
        return _without(tree, str(error))
    places = [
        f"{Path(frame.filename).relative_to(tree)} line {frame.lineno}"
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).is_relative_to(tree)
    ]
    where = f" ({places[-1]})" if places else ""
    said = _without(tree, str(error))
    return f"the program does not run: {type(error).__name__}: {said}{where}"


def _without(tree: Path, text: str) -> str:
    return text.replace(f"{tree}/", "")
