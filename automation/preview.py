"""A preview as files and as a table: `out/<stack>/preview.json`, `preview.md`, `events.jsonl`.

The JSON holds no time, no duration and no path of the machine: the same program over the same
state gives the same bytes. What the pull request sees is made elsewhere (`automation.comment`).
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from rich.table import Table

import program
from automation import checks, risk, session, stackfile
from automation.comment import Run, StackReport, full
from automation.errors import ROOT, UserError
from automation.results import SIGNATURE, Op, Outcome, Result, is_secret, read

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import pulumi
    from rich.console import Console

    import settings
    from automation.engine import Engine
    from automation.results import Change, PolicyNote
    from automation.session import OnEvent

OUT = ROOT / "out"
SCHEMA = 1
COMPONENT = "shop:components:"
_SHOWN = (Op.CREATE, Op.UPDATE, Op.REPLACE, Op.DELETE, Op.SAME)
_ASSETS = ("c44067f5952c0a294b673a41bacd8c17", "0def7320c3a5731c473e5ecbe6d01bc7")


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
    config: dict[str, Any] = stackfile.read(stack, root)["config"]
    judged = checks.policy(result, stack, config, datetime.now(UTC).date())
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
    )
    _write(done)
    return done


def document(preview: Preview) -> dict[str, Any]:
    """The preview as plain values, sorted, nothing in it that differs from run to run."""
    result = preview.result
    components = by_component(result)
    return {
        "schema": SCHEMA,
        "stack": preview.stack,
        "offline": preview.offline,
        "compared": preview.compared,
        "outcome": result.outcome.value,
        "notes": sorted(preview.notes),
        "counts": {op.value: result.count(op) for op in Op if result.count(op)},
        "components": {
            name: {op.value: n for op, n in sorted(counts.items())}
            for name, counts in sorted(components.items())
        },
        "dangers": [
            {"urn": change.urn, "why": list(why)}
            for change in result.changes
            if (why := risk.dangers(change))
        ],
        "resources": [_resource(change) for change in result.changes],
        "diagnostics": sorted({(one.severity, one.urn, one.message) for one in result.diagnostics}),
        "policies": sorted(
            {(one.level, one.policy, one.urn, one.message) for one in preview.policies}
        ),
        "not_evaluated": preview.not_evaluated,
    }


def by_component(result: Result) -> dict[str, Counter[Op]]:
    """How often each operation happens in each component right below the stack."""
    changes = {change.urn: change for change in result.changes}
    counts: dict[str, Counter[Op]] = defaultdict(Counter)
    for change in result.changes:
        if not change.type.startswith(COMPONENT):
            counts[_top(change, changes)][change.op] += 1
    return dict(counts)


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


def _resource(change: Change) -> dict[str, Any]:
    state = change.new or change.old
    return {
        "urn": change.urn,
        "type": change.type,
        "name": change.name,
        "op": change.op.value,
        "failed": change.failed,
        "reasons": sorted(change.reasons),
        "paths": dict(change.paths),
        "parent": state.parent if state else "",
        "protect": bool(state and state.protect),
        "retain_on_delete": bool(state and state.retain_on_delete),
        "inputs": _plain(state.inputs) if state else {},
    }


def _plain(value: object) -> object:
    """Without secrets, and without the places of files on this machine: their hashes say enough."""
    if isinstance(value, dict):
        entries = cast("dict[str, object]", value)
        if is_secret(entries):
            return "[secret]"
        if entries.get(SIGNATURE) in _ASSETS:
            return {"asset": entries.get("hash")}
        return {key: _plain(item) for key, item in entries.items() if key != "__defaults"}
    if isinstance(value, list):
        return [_plain(item) for item in cast("list[object]", value)]
    return value


def _top(change: Change, changes: Mapping[str, Change]) -> str:
    """The name of the outermost component around a resource; `(stack)` for one without."""
    found = "(stack)"
    current: Change | None = change
    while current is not None:
        if current.type.startswith(COMPONENT):
            found = current.name
        state = current.new or current.old
        current = changes.get(state.parent) if state else None
    return found


def _numbers(counts: Mapping[Op, int]) -> list[str]:
    return [str(counts.get(op) or "") for op in _SHOWN]


def succeeded(preview: Preview) -> bool:
    return not preview.problem and preview.result.outcome is Outcome.SUCCEEDED
