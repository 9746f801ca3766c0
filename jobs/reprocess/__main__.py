"""`python -m jobs.reprocess --day 2026-11-22`: a day, or with `--until` several, from bronze to
silver once more. Without `--yes` it reads and counts, and changes nothing.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from automation.errors import Exit, UserError
from jobs.redrive.places import Places, add_options, as_day, places
from jobs.reprocess.day import Raw, listed, reprocess, restore

# Where `ingest.prefix` puts raw events unless a stack says otherwise.
PREFIX = "raw/events"
DRY = "Nothing was changed: the same with --yes does it."


def main(arguments: Sequence[str]) -> int:
    """0 when every day was read to its end; 1 with a sentence when not."""
    console = Console(highlight=False, soft_wrap=True, markup=False)
    options = _parser().parse_args(arguments)
    try:
        days = list(_days(options))
        at = places(options)
        for day in days:
            objects = _objects(at, day)
            if options.restore:
                _restore(at, objects, f"{day}", options, console)
            else:
                _reprocess(at, objects, f"{day}", options, console)
    except UserError as error:
        console.print(f"error: {error}")
        return error.exit
    except (BotoCoreError, ClientError) as error:
        console.print(f"error: {error}")
        return Exit.FAILED
    if not options.yes:
        console.print(DRY)
    elif not options.restore:
        console.print("Written. Gold has it after its next build.")
    return Exit.OK


def _objects(at: Places, day: date) -> list[Raw]:
    prefix = at.names.get("raw_prefix", PREFIX)
    objects = listed(at, prefix, day)
    if not objects:
        raise UserError(
            f"there is nothing under {prefix}/{day:%Y/%m/%d}/ in {at['bronze_bucket']}: "
            "days are UTC, by arrival; --prefix says where ingest.prefix puts raw events"
        )
    return objects


def _restore(
    at: Places, objects: list[Raw], day: str, options: argparse.Namespace, console: Console
) -> None:
    archived = sum(raw.archived for raw in objects)
    console.print(f"{day}: {archived} of {len(objects)} objects are in Glacier")
    if options.yes:
        console.print(
            f"{day}: asked S3 for {restore(at, objects)} of them; run this again without --restore "
            "in 5 to 12 hours"
        )


def _reprocess(
    at: Places, objects: list[Raw], day: str, options: argparse.Namespace, console: Console
) -> None:
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
    first, last = as_day(options.day), as_day(options.until or options.day)
    if last < first:
        raise UserError(f"--until {last} is before --day {first}")
    for offset in range((last - first).days + 1):
        yield first + timedelta(days=offset)


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
        "--restore",
        action="store_true",
        help="only ask S3 for copies of what is in Glacier (stored twice for a week)",
    )
    add_options(parser, "bronze_bucket", "silver_bucket", "raw_prefix")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
