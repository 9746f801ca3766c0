"""`python -m local demo|query|down`: what `make demo`, `make query` and `make demo-down` run."""

import argparse
import errno
import fcntl
import os
import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from rich.console import Console
from rich.markup import escape

from automation.errors import UserError
from local import emulator

DEFAULT_EVENTS = 20_000


def main(arguments: list[str]) -> int:
    """Run one command; 0 when all went well, 1 with one sentence when not, 130 after Ctrl-C."""
    # A log has no width of its own; 80 columns would cut the tables.
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)
    signal.signal(signal.SIGTERM, _terminate)
    options = _parser().parse_args(arguments)
    try:
        with _alone():
            _command(options, console)
    except KeyboardInterrupt:
        console.print("\n[yellow]Stopped.[/] Nothing keeps running; the same command starts anew.")
        return 130
    except UserError as error:
        return _failed(console, str(error))
    except OSError as error:
        if error.errno == errno.ENOSPC:
            return _failed(
                console,
                f"the disk is full ({error.filename or '.local/'}): make room and run it again",
            )
        raise
    except Exception as error:
        # Their modules load DuckDB or botocore, which a usage error must not wait for.
        if type(error).__name__ not in ("BuildFailed", "OrderFileError", "ClientError"):
            raise
        return _failed(console, str(error))
    return 0


def _command(options: argparse.Namespace, console: Console) -> None:
    if options.command == "demo":
        from local import demo, kept

        demo.run(
            demo.Options(
                events=_events(options),
                seed=options.seed,
                input_file=_existing(options.input),
                date_format=options.date_format,
                keep=options.keep,
                auth=options.auth,
                port=options.port,
            ),
            console,
        )
        console.print(
            "\n[bold]Done.[/] Open out/demo/report.html; numbers are in out/demo/summary.json."
        )
        if options.keep:
            console.print(kept.ways())
    else:
        from local import kept

        if options.command == "query":
            kept.query(options.sql, console)
        else:
            kept.down(console)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local")
    commands = parser.add_subparsers(dest="command", required=True)
    demo = commands.add_parser("demo", help="the main job, end to end")
    demo.add_argument(
        "--events", type=_whole, help=f"visits' events to publish (default {DEFAULT_EVENTS})"
    )
    demo.add_argument("--seed", type=int, default=1, help="another seed makes another shop week")
    demo.add_argument(
        "--input", type=Path, help="an order file; then no visits unless --events says so"
    )
    demo.add_argument("--date-format", help="of the file, e.g. %%d/%%m/%%Y, when it cannot be told")
    demo.add_argument("--keep", action="store_true", help="leave the stack running")
    demo.add_argument("--auth", action="store_true", help="let the emulator enforce IAM policies")
    demo.add_argument(
        "--port", type=_port, default=emulator.PORT, help="of the emulator on loopback"
    )
    query = commands.add_parser("query", help="ask the kept demo")
    query.add_argument("sql")
    commands.add_parser("down", help="end the kept demo")
    return parser


def _whole(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 10_000_000:  # noqa: PLR2004
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 10,000,000")
    return number


def _port(text: str) -> int:
    number = int(text)
    if not 1024 <= number <= 65_535:  # noqa: PLR2004
        raise argparse.ArgumentTypeError(f"{text} is not between 1024 and 65535")
    return number


def _events(options: argparse.Namespace) -> int:
    if options.events is None:
        return 0 if options.input else DEFAULT_EVENTS
    if options.events == 0 and options.input is None:
        raise UserError("EVENTS=0 without INPUT leaves nothing to show: give one of them")
    return options.events


def _existing(path: Path | None) -> Path | None:
    if path is not None and not path.is_file():
        raise UserError(f"there is no file {path}: INPUT= takes the path of an order file")
    return path


@contextmanager
def _alone() -> Generator[None]:
    """One demo at a time in this folder; the lock ends with the process, however it ends."""
    emulator.HOME.mkdir(exist_ok=True)
    with (emulator.HOME / "demo.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise UserError(
                f"another demo is running in this folder (process {lock.read().strip()}): wait "
                "for it, stop it, "
                "or use another clone with another PORT="
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def _terminate(_number: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt


def _failed(console: Console, sentence: str) -> int:
    console.print(f"[red bold]error:[/] {escape(sentence)}", soft_wrap=True)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
