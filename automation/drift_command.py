"""`drift`: look at stacks, write what was found, tell it in one issue a stack.

Looking and telling are two halves, so that the job that can read the cloud cannot write to the
repository, and the other way round: the second takes the first one's files (`--from`).
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from automation import drift, drift_report
from automation.errors import ROOT, Exit, UserError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from rich.console import Console

    from automation.drift import Asleep
    from automation.drift_issue import Issues
    from automation.drift_report import Told
    from automation.engine import Engine
    from automation.session import OnEvent

OUT = ROOT / "out"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--from", dest="made", type=Path, help="take the reports in this folder")
    parser.add_argument("--issue", default="", help="tell it in an issue of owner/name")
    parser.add_argument(
        "--exit-zero", action="store_true", help="drift is no failure: another job tells it"
    )


def run(
    options: argparse.Namespace, console: Console, *, env: Mapping[str, str] = os.environ
) -> Exit:
    """Returns `Exit.CHANGES` when any stack drifted, unless `--exit-zero`. Raises `UserError`."""
    from automation import drift_issue

    issues = _issues(options.issue, env) if options.issue else None
    engine = None
    found: list[Told] = []
    for stack in options.stack:
        if options.made is not None:
            told = _made(options.made, stack)
        else:
            engine = engine or _engine(console)
            told = _looked_at(stack, engine, console)
        found.append(told)
        drift_report.show(told, console)
        _summary(told, env)
        if issues is not None:
            done = drift_issue.tell(issues, told)
            console.print(f"issue {done.action}: {done.url}", markup=False, soft_wrap=True)
    if options.json:
        documents = [told.model_dump(mode="json", by_alias=True) for told in found]
        print(json.dumps(documents, indent=2, ensure_ascii=False))  # noqa: T201 (for programs)
    drifted = any(told.drifted for told in found)
    return Exit.CHANGES if drifted and not options.exit_zero else Exit.OK


def look(
    stack: str,
    engine: Engine,
    *,
    root: Path = ROOT,
    home: Path | None = None,
    emulator_url: str | None = None,
    out: Path = OUT,
    on_event: OnEvent = lambda _event: None,
) -> Told:
    """Compare a stack with the cloud and write `out/<stack>/drift.json` and `drift.md`.

    Raises `UserError`.
    """
    from automation import session

    expected = drift.load()
    events = out / stack / "drift-events.jsonl"
    with session.open_stack(
        stack,
        engine,
        emulator_url=emulator_url,
        root=root,
        home=home or session.HOME,
        events=events,
    ) as opened:
        asleep, note = _asleep(stack, root, emulator_url)
        report = drift.look(opened, events, expected=expected, asleep=asleep, on_event=on_event)
    return drift_report.write(report, out / stack, notes=note)


def _looked_at(stack: str, engine: Engine, console: Console) -> Told:
    from automation import operate
    from automation.progress import watching

    with watching(console, f"drift {stack}") as listen:
        return look(stack, engine, emulator_url=operate.emulator_of(stack), on_event=listen)


def _made(folder: Path, stack: str) -> Told:
    told = drift_report.read(folder / stack)
    if told.stack != stack:
        raise UserError(f"{folder / stack} holds the report of {told.stack!r}, not of {stack!r}")
    return told


def _asleep(stack: str, root: Path, emulator_url: str | None) -> tuple[Asleep, tuple[str, ...]]:
    """What sleeps; and a note where that cannot be read, so that its traces count as drift."""
    from automation.sleep import operation

    bed = operation.bed(stack, root=root, emulator_url=emulator_url)
    if not bed.section.allowed:
        return {}, ()
    try:
        return operation.touched(bed.records.all()), ()
    except UserError as error:
        return {}, (f"whether {stack} sleeps is not known ({error}): its traces count as drift",)


def _engine(console: Console) -> Engine:
    from automation import engine as engines

    return engines.find(console.print)


def _summary(told: Told, env: Mapping[str, str]) -> None:
    if path := env.get("GITHUB_STEP_SUMMARY"):
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(f"{drift_report.body(told)}\n")


def _issues(repository: str, env: Mapping[str, str]) -> Issues:
    from automation import drift_issue, github

    token = env.get("GITHUB_TOKEN", "")
    if not token:
        raise UserError("--issue needs a token that may write issues: set GITHUB_TOKEN")
    there = github.GitHub(
        repository=repository, token=token, url=env.get("GITHUB_API_URL") or github.API
    )
    return drift_issue.OnGitHub(there=there)
