"""`python -m jobs.reprocess --day 2026-11-22`: a day, or with `--until` several, from bronze to
silver once more. Without `--yes` it reads and counts, and writes nothing.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from automation.errors import Exit, UserError
from jobs.redrive.places import Places, add_options, places
from jobs.reprocess.day import listed, reprocess, restore

# Where `ingest.prefix` puts raw events unless a stack says otherwise.
PREFIX = "raw/events"
DRY = "Nothing was written: the same with --yes does it. Then build gold."


def main(arguments: Sequence[str]) -> int:
    """0 when every day was read to its end; 1 with a sentence when not."""
    console = Console(highlight=False, soft_wrap=True, markup=False)
    options = _parser().parse_args(arguments)
    try:
        days = list(_days(options))
        at = places(options)
        for day in days:
            _one(at, day, options, console)
    except UserError as error:
        console.print(f"error: {error}")
        return error.exit
    except (BotoCoreError, ClientError) as error:
        console.print(f"error: {error}")
        return Exit.FAILED
    console.print("Written. Gold has it after its next build." if options.yes else DRY)
    return Exit.OK


def _one(at: Places, day: date, options: argparse.Namespace, console: Console) -> None:
    prefix = at.names.get("raw_prefix", PREFIX)
    objects = listed(at, prefix, day)
    if not objects:
        raise UserError(
            f"there is nothing under {prefix}/{day:%Y/%m/%d}/ in {at['bronze_bucket']}: "
            "days are UTC, by arrival; --prefix says where ingest.prefix puts raw events"
        )
    if options.restore:
        asked = restore(at, objects)
        console.print(f"{day}: asked S3 to restore {asked} of {len(objects)} objects")
    done = reprocess(
        at,
        objects,
        yes=options.yes,
        quarantine=options.quarantine,
        tell=lambda text: console.print(f"{day} {text}"),
    )
    console.print(
        f"{day}: {done.objects} objects, {done.bytes:,} bytes, {done.events:,} events: "
        f"{done.events - done.refused:,} to {done.silver} objects of silver, {done.refused:,} "
        f"refused ({done.quarantined:,} of them to quarantine)"
    )


def _days(options: argparse.Namespace) -> Iterator[date]:
    first, last = _day(options.day), _day(options.until or options.day)
    if last < first:
        raise UserError(f"--until {last} is before --day {first}")
    for offset in range((last - first).days + 1):
        yield first + timedelta(days=offset)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UserError(f"{text} is no day: write it as 2026-11-22") from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m jobs.reprocess", description=__doc__)
    parser.add_argument("--day", required=True, help="of arrival (UTC), e.g. 2026-11-22")
    parser.add_argument("--until", help="and every day up to this one")
    parser.add_argument(
        "--quarantine",
        action="store_true",
        help="write refused events to quarantine too: for days that the consumer never saw",
    )
    parser.add_argument(
        "--restore", action="store_true", help="ask S3 to restore what is in Glacier (has a cost)"
    )
    add_options(parser, "bronze_bucket", "silver_bucket", "raw_prefix")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
