"""`python -m pipelines.commands order_etl`, for the day in PIPELINE_DAY or `--day`.

Ends with 0 and a sentence, or with 1 and a sentence on standard error.
"""

import argparse
import os
import sys

from pipelines.commands import COMMANDS, CommandFailed, Work, run
from pipelines.commands.work import day_of
from pipelines.places import NoPlaces, load


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m pipelines.commands")
    parser.add_argument("command", choices=list(COMMANDS))
    parser.add_argument("--day", default=os.environ.get("PIPELINE_DAY", ""), help="2026-01-31")
    options = parser.parse_args(arguments)
    try:
        said = run(options.command, Work(day=day_of(options.day), places=load()))
    except (CommandFailed, NoPlaces) as error:
        sys.stderr.write(f"{options.command}: {error}\n")
        return 1
    sys.stdout.write(f"{said}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
