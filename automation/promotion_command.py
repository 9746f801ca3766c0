"""`plan` and `promote` on the command line, and the hands with which a promotion works.

A plan is a preview and its change set in `out/<stack>/change-set.json`; its hash is what a person
approves: by naming it, or, in CI, by approving the job that was given it.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from automation import change_set, checkout, promotion
from automation.errors import ROOT, ConfigurationError, Exit

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager

    from rich.console import Console

    from automation.engine import Engine
    from automation.preview import Preview

OUT = ROOT / "out"
_HASH_LENGTH = 64


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Of `promote`; `plan` takes none but the stacks."""
    parser.add_argument(
        "--approved",
        action="append",
        default=[],
        metavar="STACK=HASH",
        help="the change set that may be applied, as `plan` says it; once a stack",
    )
    parser.add_argument(
        "--allow-data-loss",
        action="append",
        default=[],
        metavar="NAME",
        help="as in `up`; beside the labels of the merged pull request",
    )


def plan(
    options: argparse.Namespace, console: Console, env: Mapping[str, str] = os.environ
) -> Exit:
    """Previews, writes and says what is to be approved. Raises `UserError`."""
    from automation import engine as engines
    from automation import operate

    engine = engines.find(console.print)
    commit = checkout.commit("HEAD")
    labelled = _labels(commit, env)
    plans: list[dict[str, object]] = []
    for stack in options.stack:
        previewed = _previewed(stack, engine, console)
        operate.refuse(previewed, operate.Choices(allow_data_loss=labelled))
        planned = change_set.of(previewed.result)
        plans.append(change_set.write(OUT / stack, stack, commit, planned))
        console.print(
            f"{stack}: {len(planned.lines)} changes; to approve them: {stack}={planned.hash}",
            markup=False,
            soft_wrap=True,
        )
        if path := env.get("GITHUB_OUTPUT"):
            with Path(path).open("a", encoding="utf-8") as file:
                file.write(f"hash={planned.hash}\nchanges={len(planned.lines)}\n")
        if path := env.get("GITHUB_STEP_SUMMARY"):
            with Path(path).open("a", encoding="utf-8") as file:
                file.write((OUT / stack / "preview.md").read_text(encoding="utf-8"))
    if options.json:
        _print(plans if len(plans) > 1 else plans[0])
    return Exit.OK


def promote(
    options: argparse.Namespace, console: Console, env: Mapping[str, str] = os.environ
) -> Exit:
    """Raises `UserError`, with what was reached in `out/promotion.json`."""
    from automation import engine as engines

    def say(text: str) -> None:
        console.print(text, markup=False, soft_wrap=True)

    commit = checkout.commit("HEAD")
    journal = promotion.Promotion(
        commit=commit,
        approved=approvals(options.approved),
        plans=_plans(options.stack, commit),
        hands=hands(engines.find(console.print), console),
        say=say,
        may_lose=[*options.allow_data_loss, *_labels(commit, env)],
    ).run(options.stack)
    if options.json:
        _print(journal.model_dump(mode="json"))
    return Exit.OK


def _print(document: object) -> None:
    print(json.dumps(document, indent=2, ensure_ascii=False))  # noqa: T201 (for programs)


def approvals(said: Sequence[str]) -> dict[str, str]:
    """`STACK=HASH` each. Raises `ConfigurationError`."""
    found: dict[str, str] = {}
    for one in said:
        stack, _, hash_ = one.partition("=")
        if not stack or len(hash_) != _HASH_LENGTH or set(hash_) - set("0123456789abcdef"):
            raise ConfigurationError(
                f"--approved {one}: it is STACK=HASH with the {_HASH_LENGTH} hex digits that "
                "`make plan` says"
            )
        found[stack] = hash_
    return found


def hands(engine: Engine, console: Console) -> promotion.Hands:
    """The real ones."""
    from automation import operate, smoke, turn
    from automation.operate import Choices

    def say(text: str) -> None:
        console.print(text, markup=False, soft_wrap=True)

    def hold(stack: str) -> AbstractContextManager[object]:
        return turn.turn(turn.place(stack), say)

    return promotion.Hands(
        preview=lambda stack: _previewed(stack, engine, console),
        refuse=lambda previewed, names: operate.refuse(previewed, Choices(allow_data_loss=names)),
        up=lambda stack, names: operate.up(
            stack, engine, console, Choices(yes=True, allow_data_loss=names, holds_turn=True)
        ),
        smoke=lambda stack: str(smoke.run(stack, engine)),
        hold=hold,
    )


def _previewed(stack: str, engine: Engine, console: Console) -> Preview:
    from automation import operate, preview
    from automation.progress import watching

    with watching(console, f"preview {stack}") as listen:
        done = preview.run(
            stack,
            engine,
            offline=False,
            emulator_url=operate.emulator_of(stack),
            on_event=listen,
        )
    preview.show(done, console)
    return done


def _plans(stacks: Sequence[str], commit: str) -> dict[str, change_set.ChangeSet]:
    found = {stack: change_set.read(OUT / stack) for stack in stacks}
    return {
        stack: planned.change_set
        for stack, planned in found.items()
        if planned and (planned.stack, planned.commit) == (stack, commit)
    }


def _labels(commit: str, env: Mapping[str, str]) -> list[str]:
    """What the labels of the merged pull request allow; outside CI nobody is asked."""
    from automation import labels

    repository, token = env.get("GITHUB_REPOSITORY"), env.get("GITHUB_TOKEN")
    if not (repository and token):
        return []
    return promotion.losses_allowed(
        labels.of_merged(repository, commit, token, env.get("GITHUB_API_URL"))
    )
