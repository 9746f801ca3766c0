"""`sleep` and `wake` on the command line: under the stack's lease, so that no deployment runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from automation.errors import Exit
from automation.sleep import operation

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from rich.console import Console

    from automation.engine import Engine

SLEEP, WAKE = "sleep", "wake"


def run(options: argparse.Namespace, console: Console) -> Exit:
    """`options.command` is `sleep` or `wake`. Raises `UserError`."""
    from automation import engine as engines
    from automation import operate, turn

    def say(text: str) -> None:
        console.print(text, markup=False, soft_wrap=True)

    beds = [
        operation.bed(stack, emulator_url=operate.emulator_of(stack)) for stack in options.stack
    ]
    for bed in beds:  # before anything: a stack that may not sleep is told at once
        operation.refuse(bed)
    for bed in beds:
        with turn.turn(turn.place(bed.stack), say):
            if options.command == SLEEP:
                state = _state(bed.stack, engines.find(console.print))
                operation.to_sleep(bed, operation.plan(state, bed.section.stay_awake), say)
            else:
                operation.wake(bed, say)
    return Exit.OK


def _state(stack: str, engine: Engine) -> Mapping[str, Any]:
    from automation import operate

    with operate.opened(stack, engine) as opened:
        return opened.export_state()
