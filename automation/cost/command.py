"""`python -m automation cost --stack S`: what a stack costs in a month, and what a change does to
it.

Without `--events` it previews offline first: no credentials, no network. It raises `UserError` for
what a user can mend, and where a threshold is passed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from automation import engine as engines
from automation import preview, results, stackfile
from automation.cost import compare, money, pricebook, report, usage
from automation.cost.estimate import after, estimate
from automation.errors import ROOT, ConfigurationError, Exit, TooDearError, UserError
from automation.results import Outcome, Result

if TYPE_CHECKING:
    import argparse

    from rich.console import Console

    from automation.cost.compare import Delta
    from automation.cost.estimate import Estimate
    from automation.cost.pricebook import PriceBook
    from automation.cost.usage import Usage

OUT = ROOT / "out"
_ORDER = ("dev", "staging", "prod")


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Above which an estimate fails, in USD a month."""

    total: Decimal | None = None
    increase: Decimal | None = None


def run(options: argparse.Namespace, console: Console, out: Path = OUT) -> Exit:
    """Prints the estimates, writes `out/<stack>/cost.json` and `cost.md`; raises `UserError`."""
    stacks: list[str] = options.stack
    if len(stacks) > 1 and (options.events or options.against):
        raise ConfigurationError(
            f"--events and --against are of one stack, not of {', '.join(stacks)}: name one"
        )
    known = [(stack, *inputs(stack)) for stack in stacks]  # before a preview: mistakes come at once
    deltas = [_one(stack, assumed, book, options, console, out) for stack, assumed, book in known]
    if options.json:
        documents = [report.document(delta.after) for delta in deltas]
        text = json.dumps(
            documents if len(documents) > 1 else documents[0], indent=2, ensure_ascii=False
        )
        print(text)  # noqa: T201 (for other programs)
    limits = Limits(total=options.fail_above, increase=options.fail_increase)
    for delta in deltas:
        check(delta, limits)
    return Exit.OK


def _one(
    stack: str,
    assumed: Usage,
    book: PriceBook,
    options: argparse.Namespace,
    console: Console,
    out: Path,
) -> Delta:
    result = _read(options.events) if options.events else _previewed(stack, out, console)
    delta = compare.compare(result, assumed, book, stack)
    if options.against is not None:
        base = estimate(stack, after(_read(options.against)), assumed, book)
        delta = compare.between(base, delta.after)
    report.show(delta.after, console)
    if delta.before.items:
        note = compare.note(delta)
        console.print(f"The change: {note.delta}", markup=False, soft_wrap=True)
        for line in note.lines:
            console.print(f"  {line}", markup=False, soft_wrap=True)
    for path in report.write(delta.after, out / stack):
        console.print(f"written: {path}", markup=False, soft_wrap=True)
    return delta


def inputs(stack: str) -> tuple[Usage, PriceBook]:
    """The usage file and the prices of a stack; raises `UserError`."""
    stack_file = stackfile.read(stack)
    if stackfile.emulator_url(stack_file) is not None:
        raise ConfigurationError(
            f"stack {stack} lives in the emulator on this machine and costs nothing; choose "
            f"{', '.join(priced_stacks())}"
        )
    return usage.load(stack), pricebook.load(str(stack_file["config"].get("aws:region")))


def priced_stacks() -> list[str]:
    """The stacks that live in an account, in the order in which they are deployed."""
    found = [
        stack
        for stack in stackfile.stacks()
        if stackfile.emulator_url(stackfile.read(stack)) is None
    ]
    return sorted(found, key=lambda one: (_ORDER.index(one) if one in _ORDER else len(_ORDER), one))


def offline(stack: str, out: Path, console: Console) -> Estimate:
    """The estimate of a stack from an offline preview of its own; raises `UserError`."""
    assumed, book = inputs(stack)
    return estimate(stack, after(_previewed(stack, out, console)), assumed, book)


def check(delta: Delta, limits: Limits) -> None:
    """Raises `TooDearError` where the estimate is above a limit."""
    stack, total = delta.after.stack, delta.after.total
    if limits.total is not None and total > limits.total:
        raise TooDearError(
            f"{stack} would cost {money.usd(total)} a month, above the limit of "
            f"{money.usd(limits.total)}: lower what it uses, or raise --fail-above"
        )
    if limits.increase is None:
        return
    if not delta.before.items:
        raise ConfigurationError(
            "--fail-increase needs something to compare with: this preview starts from an empty "
            "state; give the base commit's events with --against, or preview with credentials"
        )
    if delta.total > limits.increase:
        raise TooDearError(
            f"the change adds {money.usd(delta.total)} a month to {stack}, above the limit of "
            f"{money.usd(limits.increase)}: see the movers above, or raise --fail-increase"
        )


def _read(events: Path) -> Result:
    if not events.exists():
        raise ConfigurationError(
            f"{events} does not exist: `python -m automation preview` writes it, or leave the "
            "option out"
        )
    try:
        return _whole(results.read(events.read_text(encoding="utf-8").splitlines()))
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(f"{events} does not hold the events of a run: {error}") from None


def _previewed(stack: str, out: Path, console: Console) -> Result:
    engine = engines.find(console.print)
    with console.status(f"preview {stack}"):
        done = preview.run(stack, engine, offline=True, out=out)
    if done.problem:
        raise UserError(done.problem)
    return _whole(done.result)


def _whole(result: Result) -> Result:
    """The result itself; raises `UserError` for a run that did not see the whole stack."""
    if result.outcome is not Outcome.SUCCEEDED:
        raise UserError(
            f"the preview {_ENDED[result.outcome]}: half a stack has no total; mend it first"
        )
    return result


_ENDED = {
    Outcome.FAILED: "failed",
    Outcome.CANCELED: "was canceled",
    Outcome.CUT_OFF: "was cut off",
}
