"""`up`, `refresh`, `destroy` and `outputs` of one or several stacks, one after the other.

Before `up` changes anything it previews, evaluates the policies, refuses what would lose data that
nobody named, asks a person if there is one, and keeps a copy of the state. What happened stands in
`out/<stack>/result.json` and `events.jsonl`. It leaves out the order of environments and the
approval between them (`automation.promotion`).
"""

from __future__ import annotations

import json
import time
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from automation import preview, risk, session, stackfile
from automation.errors import ROOT, DataAtRiskError, Exit, LockedError, PolicyError, UserError
from automation.progress import watching
from automation.results import Op, read

if TYPE_CHECKING:
    from collections.abc import Collection
    from contextlib import AbstractContextManager
    from pathlib import Path

    from rich.console import Console

    from automation.engine import Engine
    from automation.results import Result

OUT = ROOT / "out"
KEPT_STATES = 20


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What the command line says about an operation."""

    yes: bool = False
    """Do not ask, and there is nobody to ask."""
    allow_data_loss: Collection[str] = ()
    """Names of resources that may be deleted or replaced although they hold data."""
    expect_no_changes: bool = False
    holds_turn: bool = False
    """The caller holds the deploy lease already."""


def emulator_of(stack: str) -> str | None:
    """The address of the running emulator for a stack that lives in one, else None.

    Raises `UserError` when none is running.
    """
    if stackfile.emulator_url(stackfile.read(stack)) is None:
        return None
    from local import emulator

    running = emulator.running()
    if running is None:
        raise UserError(
            "this stack lives in the emulator, and none is running: start one with "
            "`make demo KEEP=1`"
        )
    return running.url


def opened(stack: str, engine: Engine) -> AbstractContextManager[session.Session]:
    return session.open_stack(
        stack,
        engine,
        emulator_url=emulator_of(stack),
        events=OUT / stack / "events.jsonl",
    )


def up(stack: str, engine: Engine, console: Console, choices: Choices) -> Result:
    """Brings the stack up to date; returns what was done.

    Raises `PolicyError`, `DataAtRiskError`, `LockedError` or `UserError`.
    """
    _forget(stack)
    with watching(console, f"preview {stack}") as listen:
        planned = preview.run(
            stack, engine, offline=False, emulator_url=emulator_of(stack), on_event=listen
        )
    preview.show(planned, console)
    refuse(planned, choices)
    if not (_changes(planned.result) or planned.outputs_differ):
        console.print(f"up {stack}: nothing to change")
        return _written(stack, "up", OUT / stack / "events.jsonl")
    _confirm(console, f"Apply these changes to {stack}?", choices)
    with _turn(stack, console, choices), opened(stack, engine) as session_:
        _keep_state(session_)
        return _run(session_, "up", console)


def refresh(stack: str, engine: Engine, console: Console, choices: Choices) -> Result:
    """Writes what the cloud holds into the state. What differs is the business of `drift`."""
    _forget(stack)
    _confirm(console, f"Write what the cloud holds into the state of {stack}?", choices)
    with _turn(stack, console, choices), opened(stack, engine) as session_:
        _keep_state(session_)
        return _run(session_, "refresh", console)


def destroy(stack: str, engine: Engine, console: Console, choices: Choices) -> Result:
    """Deletes the stack's resources. Raises `DataAtRiskError` for a stack that keeps its data."""
    _forget(stack)
    with opened(stack, engine) as session_:
        if session_.settings.lakehouse.retain:
            raise DataAtRiskError(
                f"stack {stack} keeps its data (lakehouse.retain is true): a destroy would leave "
                "buckets and keys behind that no stack knows; docs/runbook.md has the way out"
            )
        _confirm(console, f"Delete everything in {stack}?", choices)
        with _turn(stack, console, choices):
            _keep_state(session_)
            return _run(session_, "destroy", console)


def outputs(stack: str, engine: Engine) -> dict[str, Any]:
    """The stack's outputs, secrets masked."""
    with opened(stack, engine) as session_:
        return session_.outputs()


def refuse(planned: preview.Preview, choices: Choices) -> None:
    """Raises what a finished preview must not be applied for; returns for a good one."""
    if planned.problem:
        raise UserError(planned.problem)
    mandatory = [note for note in planned.policies if note.level == "mandatory"]
    if mandatory:
        told = "\n  ".join(f"{n.policy} on {_name(n.urn)}: {n.message}" for n in mandatory)
        raise PolicyError(
            f"stack {planned.stack} breaks {len(mandatory)} mandatory policies:\n  {told}\n"
            "Change the resource, or add a dated exception to policies/exceptions.yaml"
        )
    lost = {
        change.name: why
        for change in planned.result.changes
        if (why := risk.dangers(change)) and change.name not in choices.allow_data_loss
    }
    if lost:
        told = "\n  ".join(f"{name}: {'; '.join(why)}" for name, why in sorted(lost.items()))
        raise DataAtRiskError(
            f"stack {planned.stack} would lose data or its guard:\n  {told}\n"
            "Whoever means it names each of them: --allow-data-loss NAME"
        )


def _run(opened_: session.Session, operation: str, console: Console) -> Result:
    events = OUT / opened_.name / "events.jsonl"
    events.unlink(missing_ok=True)
    with watching(console, f"{operation} {opened_.name}") as listen:
        try:
            getattr(opened_, operation)(listen)
        except LockedError as locked:
            raise LockedError(f"{locked}{_holder(opened_)}") from None
        finally:
            result = _written(opened_.name, operation, events)
    counts = ", ".join(f"{result.count(op)} {op.value}" for op in Op if result.count(op))
    console.print(f"{operation} {opened_.name}: {counts or 'nothing'}, {result.seconds} s")
    return result


def _forget(stack: str) -> None:
    """The result of an earlier run must not pass for that of one which is refused."""
    (OUT / stack / "result.json").unlink(missing_ok=True)


def _turn(stack: str, console: Console, choices: Choices) -> AbstractContextManager[None]:
    """The deploy lease: other runners wait, and are told for whom."""
    if choices.holds_turn:
        return nullcontext()
    from automation import turn

    return turn.turn(turn.place(stack), lambda text: console.print(text, soft_wrap=True))


def _holder(opened_: session.Session) -> str:
    from automation import turn

    return "".join(f"\n  {lock.holder}" for lock in turn.place(opened_.name).locks())


def _written(stack: str, operation: str, events: Path) -> Result:
    """`result.json`: the operation in numbers, for other programs."""
    lines = events.read_text(encoding="utf-8").splitlines() if events.exists() else []
    result = read(lines)
    document = {
        "schema": 1,
        "stack": stack,
        "operation": operation,
        "outcome": result.outcome.value,
        "seconds": result.seconds,
        "finished_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "counts": {op.value: result.count(op) for op in Op if result.count(op)},
        "failed": sorted(change.urn for change in result.changes if change.failed),
        "errors": sorted({error.message for error in result.errors}),
    }
    events.with_name("result.json").write_text(f"{json.dumps(document, indent=1)}\n")
    return result


def _keep_state(opened_: session.Session) -> None:
    """A copy of the state as it was, to go back to (docs/runbook.md); secrets in it stay encrypted.

    The bucket keeps versions too; this one is at hand when the bucket is the trouble.
    """
    folder = OUT / opened_.name / "states"
    folder.mkdir(parents=True, exist_ok=True)
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    (folder / f"{stamp}.json").write_text(json.dumps(opened_.export_state()))
    for old in sorted(folder.glob("*.json"))[:-KEPT_STATES]:
        old.unlink()


def _confirm(console: Console, question: str, choices: Choices) -> None:
    if choices.yes:
        return
    if not console.is_terminal:
        raise UserError(f"{question} There is nobody to answer: say --yes")
    if console.input(f"{question} Type yes: ").strip() != "yes":
        raise UserError("nothing was changed")


def _changes(result: Result) -> bool:
    return any(change.op not in (Op.SAME, Op.READ) for change in result.changes)


def exit_of(result: Result, choices: Choices) -> Exit:
    return Exit.CHANGES if choices.expect_no_changes and _changes(result) else Exit.OK


def _name(urn: str) -> str:
    return urn.rsplit("::", 1)[-1] or "the stack"
