"""One word of the command line, as a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from rich.console import Console

    from automation.errors import Exit


def _none(_parser: argparse.ArgumentParser) -> None:
    pass


@dataclass(frozen=True, kw_only=True)
class Command:
    """`arguments` adds what only this word takes; most have `--json`."""

    what: str
    run: Callable[[argparse.Namespace, Console], Exit]
    arguments: Callable[[argparse.ArgumentParser], None] = _none
    stacks: bool = True
    """Whether it takes `--stack`, one or several."""
    json: bool = True
    """Whether it takes `--json`: whether it has more to tell than that it was done."""
