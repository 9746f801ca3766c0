"""What `python -m automation cost` takes. It imports nothing heavy: every command's `--help` passes
here.
"""

from __future__ import annotations

import argparse
from decimal import Decimal, InvalidOperation
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """All but `--stack` and `--json`, which every command has."""
    parser.add_argument(
        "--events",
        type=Path,
        help="events of a preview, e.g. out/dev/events.jsonl; without: an offline preview is made",
    )
    parser.add_argument(
        "--against",
        type=Path,
        help="events of a preview of the base commit: the difference to it is told",
    )
    parser.add_argument(
        "--fail-above", type=amount, metavar="USD", help="fail if a stack's month costs more"
    )
    parser.add_argument(
        "--fail-increase", type=amount, metavar="USD", help="fail if the change adds more"
    )


def amount(text: str) -> Decimal:
    """An amount in USD from the command line."""
    try:
        found = Decimal(text.removeprefix("$").replace(",", ""))
    except InvalidOperation:
        raise argparse.ArgumentTypeError(f"{text!r} is no amount in USD") from None
    if not found.is_finite() or found < 0:
        raise argparse.ArgumentTypeError(f"{text} is no amount that can be spent")
    return found
