"""`python -m automation engine|preview|up|refresh|destroy|outputs`: the runner on the command line.

Exit code 0 when all went well, 1 with one sentence when not, 130 after Ctrl-C.
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

from automation import engine as engines
from automation import session, stackfile
from automation.errors import UserError
from automation.progress import changed, telling

if TYPE_CHECKING:
    from pulumi.automation.events import EngineEvent

OPERATIONS = ("up", "refresh", "destroy", "outputs")


def main(arguments: list[str]) -> int:
    console = Console(highlight=False)
    options = _parser().parse_args(arguments)
    try:
        if options.command == "engine":
            _engine(console, folder=options.folder)
        elif options.command == "preview":
            return _preview(console, options)
        else:
            _operate(console, options.command, options.stack)
    except KeyboardInterrupt:
        console.print("\n[yellow]Stopped.[/] The engine ended in order; the same command goes on.")
        return 130
    except UserError as error:
        console.print(f"[red bold]error:[/] {escape(str(error))}", soft_wrap=True)
        return 1
    return 0


def _engine(console: Console, *, folder: bool) -> None:
    engine = engines.find(Console(stderr=True, highlight=False).print)
    if folder:
        print(engine.path.parent)  # noqa: T201 (for a shell)
        return
    console.print(f"pulumi {engine.version} from {engine.source}")
    for note in engine.notes:
        console.print(f"  not from {note}", soft_wrap=True)


def _preview(console: Console, options: argparse.Namespace) -> int:
    from automation import preview

    stack: str = options.stack
    embedded = stackfile.emulator_url(stackfile.read(stack)) is not None
    emulator_url = _running_emulator() if embedded and not options.offline else None
    engine = engines.find(console.print)
    with console.status(f"preview {stack}") as status:
        done = preview.run(
            stack,
            engine,
            offline=options.offline,
            emulator_url=emulator_url,
            on_event=telling(lambda text: status.update(f"preview {stack}: {text}")),
        )
    preview.show(done, console)
    if preview.succeeded(done):
        return 0
    if done.problem:
        raise UserError(done.problem)
    return 1


def _operate(console: Console, operation: str, stack: str) -> None:
    stack_file = stackfile.read(stack)  # before looking for an engine: a wrong name is told at once
    emulator_url = None
    if stackfile.emulator_url(stack_file) is not None:
        emulator_url = _running_emulator()
    engine = engines.find(console.print)
    with session.open_stack(stack, engine, emulator_url=emulator_url) as opened:
        if operation == "outputs":
            print(json.dumps(opened.outputs(), indent=2))  # noqa: T201 (for other programs)
            return
        with console.status(f"{operation} {stack}") as status:
            seen: list[str] = []

            def show(text: str) -> None:
                status.update(f"{operation} {stack}: {text}")

            tell, note = telling(show), changed(seen.append)

            def listen(event: EngineEvent) -> None:
                tell(event)
                note(event)

            outcome = getattr(opened, operation)(listen)
        for line in seen:
            console.print(line, markup=False)
        counts = ", ".join(f"{n} {op}" for op, n in sorted(outcome.changes.items()))
        console.print(f"{operation} {stack}: {counts or 'nothing'}")


def _running_emulator() -> str:
    from local import emulator

    running = emulator.running()
    if running is None:
        raise UserError(
            "this stack lives in the emulator, and none is running: start one with "
            "`make demo KEEP=1`"
        )
    return running.url


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m automation")
    commands = parser.add_subparsers(dest="command", required=True)
    engine = commands.add_parser("engine", help="find or get the Pulumi engine")
    engine.add_argument("--folder", action="store_true", help="print only the folder it is in")
    preview = commands.add_parser("preview", help="what would change, in out/<stack>/")
    preview.add_argument("--stack", required=True)
    preview.add_argument(
        "--offline",
        action="store_true",
        help="with no credentials and no network, against an empty state",
    )
    for operation in OPERATIONS:
        command = commands.add_parser(operation)
        command.add_argument("--stack", required=True)
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
