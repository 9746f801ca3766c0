"""A preview as files and as a table: `out/<stack>/preview.json`, `preview.md`, `events.jsonl`.

One against the state of the stack is also left for the pull request (`automation.cloud_previews`);
what that one sees is made elsewhere (`automation.comment`).
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rich.table import Table

import program
from automation import checks, cloud_previews, risk, session, stackfile
from automation.comment import Run, StackReport, full
from automation.errors import ROOT, UserError
from automation.preview_document import by_component, document, outputs_differ
from automation.results import Op, Outcome, Result, read

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import pulumi
    from rich.console import Console

    import settings
    from automation.engine import Engine
    from automation.results import PolicyNote
    from automation.session import OnEvent

OUT = ROOT / "out"
__all__ = ["Preview", "by_component", "document", "run", "show", "succeeded"]
_SHOWN = (Op.CREATE, Op.UPDATE, Op.REPLACE, Op.DELETE, Op.SAME)


@dataclass(frozen=True, kw_only=True)
class Preview:
    """A finished preview, and what went wrong if it did."""

    stack: str
    offline: bool
    result: Result
    notes: tuple[str, ...]
    folder: Path
    problem: str = ""
    compared: bool = False
    """Offline: against the state of another commit (`automation.baseline`), not an empty one."""
    violations: tuple[PolicyNote, ...] = ()
    """Of the rules in `policies/`, beside those of packs that the engine ran."""
    not_evaluated: int = 0
    """Pairs of rule and resource that wait for a value which only the update knows."""
    outputs_differ: bool = False
    """The stack's outputs would change: an `up` is wanted although every resource is the same."""

    @property
    def policies(self) -> tuple[PolicyNote, ...]:
        """All violations."""
        return (*self.result.policies, *self.violations)


def run(
    stack: str,
    engine: Engine,
    *,
    offline: bool,
    emulator_url: str | None = None,
    root: Path = ROOT,
    out: Path = OUT,
    on_event: OnEvent = lambda _event: None,
    build: Callable[[settings.Settings], Mapping[str, pulumi.Output[str]]] = program.build,
    base: Path | None = None,
) -> Preview:
    """Previews and writes the files, also of a preview that failed.

    Raises `UserError` for a stack that may not be previewed. `build` stands in for the program, and
    `base` is the state that an offline preview is compared with (`session.open_offline`).
    """
    folder = out / stack
    folder.mkdir(parents=True, exist_ok=True)
    events = folder / "events.jsonl"
    events.unlink(missing_ok=True)  # an older preview must not pass for this one
    cloud_previews.forget(out, stack)
    if offline:
        opening = session.open_offline(
            stack, engine, root=root, events=events, build=build, base=base
        )
    else:
        opening = session.open_stack(
            stack, engine, root=root, events=events, emulator_url=emulator_url
        )
    problem = ""
    with opening as opened:
        notes = opened.notes
        try:
            opened.preview(on_event)
        except UserError as error:
            problem = str(error)
    lines = events.read_text(encoding="utf-8").splitlines() if events.exists() else []
    result = read(lines)
    stack_file = stackfile.read(stack, root)
    judged = checks.policy(result, stack, stack_file["config"], datetime.now(UTC).date())
    if not offline:
        cloud_previews.write(out, stack, lines, stack_file, problem=problem, notes=notes)
    done = Preview(
        stack=stack,
        offline=offline,
        result=result,
        notes=notes,
        folder=folder,
        problem=problem,
        compared=offline and base is not None,
        violations=judged.violations,
        not_evaluated=judged.not_evaluated,
        outputs_differ=outputs_differ(lines),
    )
    _write(done)
    return done


def show(preview: Preview, console: Console) -> None:
    """The table, the dangers and where the files are."""
    result = preview.result
    how = "against the stack's state"
    if preview.offline:
        against = "the base commit" if preview.compared else "an empty state"
        how = f"offline, against {against}"
    table = Table(title=f"preview {preview.stack} ({how})", title_justify="left")
    table.add_column("component")
    for op in _SHOWN:
        table.add_column(op.value, justify="right")
    components = by_component(result)
    for name, counts in sorted(components.items()):
        table.add_row(name, *_numbers(counts))
    table.add_section()
    table.add_row("total", *_numbers(sum(components.values(), Counter[Op]())))
    console.print(table)
    for change in result.changes:
        if why := risk.dangers(change):
            console.print(
                f"DANGER {change.op.value} {change.type} {change.name}: {'; '.join(why)}",
                style="red",
                markup=False,
                soft_wrap=True,
            )
        elif risk.destructive(change):
            console.print(
                f"{change.op.value} {change.type} {change.name}", style="yellow", markup=False
            )
    for note in preview.policies:
        where = note.urn.rsplit("::", 1)[-1]
        console.print(
            f"{note.level} {note.policy} {where}: {note.message}", markup=False, soft_wrap=True
        )
    for said in sorted({d.message for d in result.diagnostics if d.severity == "warning"}):
        console.print(f"warning: {said}", style="yellow", markup=False, soft_wrap=True)
    broken = len(preview.policies)
    console.print(
        f"policies: {broken or 'none'} violated, {preview.not_evaluated} not evaluated (they wait "
        "for values that only the update knows)",
        soft_wrap=True,
    )
    for note in preview.notes:
        console.print(f"note: {note}", markup=False, soft_wrap=True)
    console.print(f"written: {preview.folder / 'preview.json'}", markup=False, soft_wrap=True)


def _write(preview: Preview) -> None:
    text = json.dumps(document(preview), indent=1, sort_keys=True, ensure_ascii=False)
    (preview.folder / "preview.json").write_text(f"{text}\n", encoding="utf-8")
    report = StackReport(
        stack=preview.stack,
        result=preview.result,
        problem=preview.problem,
        offline=preview.offline,
        compared=preview.compared,
        notes=preview.notes,
        policy_ran=True,
        violations=preview.violations,
        not_evaluated=preview.not_evaluated,
    )
    nobody = Run(pull_request=0, head="", number=0)
    (preview.folder / "preview.md").write_text(full(nobody, [report]), encoding="utf-8")


def _numbers(counts: Mapping[Op, int]) -> list[str]:
    return [str(counts.get(op) or "") for op in _SHOWN]


def succeeded(preview: Preview) -> bool:
    return not preview.problem and preview.result.outcome is Outcome.SUCCEEDED
