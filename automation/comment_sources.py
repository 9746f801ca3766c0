"""Where a comment takes each stack's preview from: its own state where a job with a login could
read it, else the offline preview of two commits.

It makes no preview (`automation.previews`) and judges none (`automation.pull_request`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from automation import checkout, cloud_previews, previews
from automation.errors import UserError
from automation.previews import Previewed, Previews

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

    from automation.comment_options import Options
    from automation.results import Result

NO_RESULT = "the job that previews left no result; see the log of that run"
NOT_ARRIVED = "no preview against its state arrived"


@dataclass(frozen=True, kw_only=True)
class Source:
    """One stack's preview, and its events if they can be read."""

    previewed: Previewed
    result: Result | None
    why_offline: str = ""
    """A preview against the state was wanted, and why there is none."""


@dataclass(frozen=True, kw_only=True)
class Sources:
    """In the order of deployment. `base` is empty where no two commits were compared."""

    base: str
    head: str
    stacks: tuple[Source, ...]


def sources(chosen: Options, folder: Path, console: Console) -> Sources:
    """What is in `folder`, as `previews.make` fills it, and in `chosen.cloud`. Raises `UserError`.

    Where a comment is to be posted, a folder without readable previews is no reason to leave an
    older and greener comment standing: each stack is a failure then.
    """
    found = _offline(chosen, folder, console)
    known = {
        one.stack: Source(
            previewed=one,
            result=previews.result(folder, one),
            why_offline=NOT_ARRIVED if chosen.cloud else "",
        )
        for one in found.stacks
    }
    if chosen.cloud is not None:
        for stack, one in cloud_previews.read(chosen.cloud, chosen.root).items():
            result = previews.result(chosen.cloud, one)
            known[stack] = Source(previewed=one, result=result)
    stacks = tuple(known[stack] for stack in previews.ordered(known))
    return Sources(base=found.base, head=found.head, stacks=stacks)


def _offline(chosen: Options, folder: Path, console: Console) -> Previews:
    if chosen.made is None and not chosen.base:
        return Previews(base="", head=checkout.commit(chosen.head, chosen.root), stacks=())
    try:
        return previews.load(folder)
    except UserError as error:
        if not (chosen.post and chosen.made and re.fullmatch(previews.COMMIT, chosen.head)):
            raise
        console.print(f"{error}; each stack is told as failed", markup=False, soft_wrap=True)
    failed = (Previewed(stack=stack, problem=NO_RESULT) for stack in previews.deployed(chosen.root))
    return Previews(base="", head=chosen.head, stacks=tuple(failed))
