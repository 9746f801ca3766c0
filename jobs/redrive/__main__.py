"""`python -m jobs.redrive`: the dead letters of a stack, or with `--quarantine` its quarantined
events, once more. Without `--yes` it says what it would do.
"""

import argparse
import sys
from collections.abc import Sequence

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from automation.errors import Exit, UserError
from functions.producer.put import NotPlaced
from jobs.redrive import dead_letters, quarantine
from jobs.redrive.places import Places, add_options, as_day, places

QUEUES = {"consumer": "dead_letter_url", "validator": "validator_dead_letter_url"}
DRY = "Nothing was changed: the same with --yes does it."


def main(arguments: Sequence[str]) -> int:
    """0 when nothing is left to do, 1 with a sentence when something is."""
    console = Console(highlight=False, soft_wrap=True, markup=False)
    options = _parser().parse_args(arguments)
    try:
        at = places(options)
        if options.quarantine:
            return _quarantine(at, options, console)
        return _dead_letters(at, options, console)
    except (UserError, NotPlaced) as error:
        console.print(f"error: {error}")
        return error.exit if isinstance(error, UserError) else Exit.FAILED
    except (BotoCoreError, ClientError) as error:  # no credentials, no permission, no such queue
        console.print(f"error: {error}")
        return Exit.FAILED


def _dead_letters(at: Places, options: argparse.Namespace, console: Console) -> int:
    if options.day:
        raise UserError("--day goes with --quarantine: a dead letter has no day of its own")
    done = dead_letters.redrive(
        at,
        queue=QUEUES[options.of],
        reprocessed=[as_day(one).isoformat() for one in options.reprocessed],
        yes=options.yes,
        tell=console.print,
    )
    verb = "redriven" if options.yes else "could be redriven"
    console.print(
        f"letters {verb}: {done.done}, with records: {done.records:,}; of reprocessed days: "
        f"{done.settled}; letters that stay: {len(done.left)}"
    )
    for day, letters in sorted(done.days.items()):
        console.print(
            f"gone from the stream, of {day}: {letters}; "
            f"`python -m jobs.reprocess --day {day}` brings the day back from bronze, and then "
            f"`--reprocessed {day}` here lets its letters go"
        )
    if done.done and not options.yes:
        console.print(DRY)
    return Exit.FAILED if done.left else Exit.OK


def _quarantine(at: Places, options: argparse.Namespace, console: Console) -> int:
    if options.reprocessed:
        raise UserError("--reprocessed is about dead letters: leave out --quarantine")
    prefix = quarantine.prefix_of(as_day(options.day) if options.day else None)
    found = quarantine.look(at, prefix)
    console.print(
        f"objects in quarantine: {found.objects}, with events: {found.events:,}; that fit the "
        f"contract now: {found.readable:,}"
    )
    for reason, events in sorted(found.reasons.items(), key=lambda pair: -pair[1]):
        console.print(f"  still refused, {events:,}: {reason}")
    if not found.events:
        return Exit.OK
    if not options.yes:
        console.print(DRY)
        return Exit.OK
    if not found.readable:
        raise UserError(
            "none of them fits the contract: all would come back; mend the contract or the "
            "producer, deploy, and run this again"
        )
    sent = quarantine.send(at, prefix, console.print)
    console.print(f"sent again: {sent.events:,} events of {sent.objects} objects")
    return Exit.OK


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m jobs.redrive", description=__doc__)
    parser.add_argument(
        "--quarantine", action="store_true", help="quarantined events instead of dead letters"
    )
    parser.add_argument("--day", help="of arrival, e.g. 2026-11-22; with --quarantine")
    parser.add_argument(
        "--of", choices=sorted(QUEUES), default="consumer", help="whose dead letters (consumer)"
    )
    parser.add_argument(
        "--reprocessed",
        action="append",
        default=[],
        metavar="DAY",
        help="a day that was reprocessed: letters whose batches the stream has lost are done",
    )
    parser.add_argument("--queue", help="URL of the dead-letter queue, instead of the stack's")
    add_options(parser, "bronze_bucket", "stream", "consumer", "data_validator")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
