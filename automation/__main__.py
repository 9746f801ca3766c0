"""`python -m automation COMMAND`: the runner on the command line, for people and for CI.

It reads the command line, calls the module that knows, and turns what comes back into an exit code
(`automation.errors.Exit`). Modules are imported by the command that needs them: `--help` and
`outputs` must not wait for a price book.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape

from automation import state_commands
from automation.command import Command
from automation.errors import ConfigurationError, Exit, InterruptedByUser, UserError

if TYPE_CHECKING:
    from automation.engine import Engine
    from automation.operate import Choices


def main(arguments: list[str]) -> int:
    options = _parser(arguments).parse_args(arguments)
    # With --json, standard output is for programs; people read standard error.
    console = Console(highlight=False, stderr=options.json)
    try:
        return COMMANDS[options.command].run(options, console)
    except InterruptedByUser as stopped:
        console.print("\n[yellow]Stopped.[/] The engine ended in order; the same command goes on.")
        return stopped.exit
    except KeyboardInterrupt:
        console.print("\n[yellow]Stopped.[/]")
        return Exit.INTERRUPTED
    except UserError as error:
        console.print(f"[red bold]error:[/] {escape(str(error))}", soft_wrap=True)
        if options.json:
            _print({"error": str(error), "exit": error.exit, "name": error.exit.name})
        return error.exit


def _terminated(_number: int, _frame: object) -> None:
    raise InterruptedByUser(Exit.TERMINATED)


def _engine(options: argparse.Namespace, console: Console) -> Exit:
    from automation import engine as engines

    engine = engines.find(Console(stderr=True, highlight=False).print)
    if options.folder:
        print(engine.path.parent)  # noqa: T201 (for a shell)
        return Exit.OK
    console.print(f"pulumi {engine.version} from {engine.source}")
    for note in engine.notes:
        console.print(f"  not from {note}", soft_wrap=True)
    if options.json:
        _print({"path": str(engine.path), "version": engine.version, "source": engine.source})
    return Exit.OK


def _preview(options: argparse.Namespace, console: Console) -> Exit:
    from automation import operate, preview
    from automation.progress import watching

    engine = _found(options, console)
    worst, documents = Exit.OK, list[dict[str, Any]]()
    for stack in options.stack:
        with watching(console, f"preview {stack}") as listen:
            done = preview.run(
                stack,
                engine,
                offline=options.offline,
                emulator_url=None if options.offline else operate.emulator_of(stack),
                on_event=listen,
            )
        preview.show(done, console)
        documents.append(preview.document(done))
        worst = max(worst, _judged(done, options, console))
    if options.json:
        _print(documents if len(documents) > 1 else documents[0])
    return worst


def _judged(done: Any, options: argparse.Namespace, console: Console) -> Exit:  # noqa: ANN401
    from automation import operate, preview

    if not preview.succeeded(done):
        console.print(f"[red bold]error:[/] {escape(done.problem)}", soft_wrap=True)
        return Exit.FAILED
    if any(note.level == "mandatory" for note in done.policies):
        return Exit.POLICY
    return operate.exit_of(done.result, _choices(options))


def _operate(options: argparse.Namespace, console: Console) -> Exit:
    from automation import operate, stackfile

    for stack in options.stack:  # before looking for an engine: a wrong name is told at once
        stackfile.read(stack)
    engine = _found(options, console)
    operation = getattr(operate, options.command)
    documents: list[dict[str, Any]] = []
    for stack in options.stack:
        operation(stack, engine, console, _choices(options))
        documents.append(json.loads((operate.OUT / stack / "result.json").read_text()))
    if options.json:
        _print(documents if len(documents) > 1 else documents[0])
    return Exit.OK


def _outputs(options: argparse.Namespace, console: Console) -> Exit:
    from automation import operate

    engine = _found(options, console)
    found = {stack: operate.outputs(stack, engine) for stack in options.stack}
    _print(found if len(found) > 1 else next(iter(found.values())))
    return Exit.OK


def _cost(options: argparse.Namespace, console: Console) -> Exit:
    from automation.cost import command as cost

    return cost.run(options, console)


def _graph(options: argparse.Namespace, console: Console) -> Exit:
    from pathlib import Path

    from automation.graph import command as graph

    del console
    if len(options.stack) > 1:
        raise ConfigurationError(
            f"graph takes one stack, since a document is of one (found {', '.join(options.stack)})"
        )
    out = Path(options.out) if options.out else None
    for stack in options.stack:
        print(graph.run(stack, options.format, out), end="")  # noqa: T201 (for other programs)
    return Exit.OK


def _comment(options: argparse.Namespace, console: Console) -> Exit:
    from automation import pull_request

    return Exit(pull_request.run(pull_request.options(options), console))


def _drift(options: argparse.Namespace, console: Console) -> Exit:
    from automation import drift_command

    return drift_command.run(options, console)


def _plan(options: argparse.Namespace, console: Console) -> Exit:
    from automation import promotion_command

    return promotion_command.plan(options, console)


def _promote(options: argparse.Namespace, console: Console) -> Exit:
    from automation import promotion_command

    return promotion_command.promote(options, console)


def _smoke(options: argparse.Namespace, console: Console) -> Exit:
    from automation import smoke

    return smoke.command(options, console)


def _image(options: argparse.Namespace, console: Console) -> Exit:
    from automation import image

    return image.command(options, console)


def _sleep(options: argparse.Namespace, console: Console) -> Exit:
    from automation.sleep import command

    return command.run(options, console)


def _doctor(options: argparse.Namespace, console: Console) -> Exit:
    from automation import doctor

    found = {stack: doctor.show(doctor.examine(stack), stack, console) for stack in options.stack}
    if options.json:
        _print({stack: doctor.document(findings) for stack, findings in found.items()})
    return Exit.OK if all(map(doctor.is_well, found.values())) else Exit.FAILED


def _found(options: argparse.Namespace, console: Console) -> Engine:
    del options
    from automation import engine as engines

    return engines.find(console.print)


def _choices(options: argparse.Namespace) -> Choices:
    from automation.operate import Choices

    return Choices(
        yes=getattr(options, "yes", False),
        allow_data_loss=getattr(options, "allow_data_loss", ()),
        expect_no_changes=getattr(options, "expect_no_changes", False),
    )


def _print(document: object) -> None:
    print(json.dumps(document, indent=2, ensure_ascii=False))  # noqa: T201 (for other programs)


def _engine_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--folder", action="store_true", help="print only the folder it is in")


def _preview_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--offline",
        action="store_true",
        help="with no credentials and no network, against an empty state",
    )
    parser.add_argument(
        "--expect-no-changes", action="store_true", help=f"exit {Exit.CHANGES} if there are any"
    )


def _yes_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--yes", action="store_true", help="do not ask")


def _up_arguments(parser: argparse.ArgumentParser) -> None:
    _yes_argument(parser)
    parser.add_argument(
        "--allow-data-loss",
        action="append",
        default=[],
        metavar="NAME",
        help="a resource that may be deleted or replaced although it holds data",
    )


def _graph_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--format", default="json", help="json, mermaid or svg")
    parser.add_argument("--out", metavar="FILE", help="write there instead of printing")


def _comment_arguments(parser: argparse.ArgumentParser) -> None:
    from automation import pull_request

    pull_request.add_arguments(parser)


def _drift_arguments(parser: argparse.ArgumentParser) -> None:
    from automation import drift_command

    drift_command.add_arguments(parser)


def _promote_arguments(parser: argparse.ArgumentParser) -> None:
    from automation import promotion_command

    promotion_command.add_arguments(parser)


def _cost_arguments(parser: argparse.ArgumentParser) -> None:
    from automation.cost import options

    options.add_arguments(parser)


COMMANDS: dict[str, Command] = {
    "engine": Command(
        what="find or get the Pulumi engine",
        run=_engine,
        arguments=_engine_arguments,
        stacks=False,
    ),
    "doctor": Command(what="can this machine and this login deploy?", run=_doctor),
    "preview": Command(
        what="what would change, in out/<stack>/", run=_preview, arguments=_preview_arguments
    ),
    "up": Command(
        what="preview, check, then bring up to date", run=_operate, arguments=_up_arguments
    ),
    "refresh": Command(
        what="write what the cloud holds into the state", run=_operate, arguments=_yes_argument
    ),
    "destroy": Command(
        what="delete everything of a stack that keeps no data",
        run=_operate,
        arguments=_yes_argument,
    ),
    "outputs": Command(what="the outputs of a stack as JSON", run=_outputs),
    "graph": Command(
        what="the resources of a stack, from a run under mocks",
        run=_graph,
        arguments=_graph_arguments,
    ),
    "cost": Command(
        what="what a stack costs in a month, and what a change adds",
        run=_cost,
        arguments=_cost_arguments,
    ),
    "drift": Command(
        what="what the cloud holds otherwise than the program says",
        run=_drift,
        arguments=_drift_arguments,
    ),
    "plan": Command(what="the hash of what would change, to be approved", run=_plan),
    "promote": Command(
        what="the approved change, stack after stack, with a smoke test between",
        run=_promote,
        arguments=_promote_arguments,
    ),
    "image": Command(what="build the image of the pipelines and push it", run=_image, json=False),
    "smoke": Command(
        what="one event through the stack, from stream to silver", run=_smoke, json=False
    ),
    "sleep": Command(what="pause what costs while nobody works", run=_sleep, json=False),
    "wake": Command(what="and bring it back as it was", run=_sleep, json=False),
    **state_commands.COMMANDS,
    "comment": Command(
        what="two commits, all stacks, one comment for the pull request",
        run=_comment,
        arguments=_comment_arguments,
        stacks=False,
    ),
}


def _parser(arguments: list[str]) -> argparse.ArgumentParser:
    """Only the word that was said brings its own arguments: they may cost an import."""
    parser = argparse.ArgumentParser(
        prog="python -m automation", description="Exit codes: docs/ci.md."
    )
    words = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        added = words.add_parser(name, help=command.what, description=command.what)
        added.set_defaults(json=False)
        if command.json:
            added.add_argument("--json", action="store_true", help="JSON on standard output")
        if command.stacks:
            added.add_argument("--stack", required=True, nargs="+", metavar="STACK")
        if name in arguments:
            command.arguments(added)
    return parser


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _terminated)  # the default would leave a lease to its own time
    sys.exit(main(sys.argv[1:]))
