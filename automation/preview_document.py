"""A preview as plain values for other programs, and what is counted in it; pure.

There is no time, no duration and no path of the machine in it: the same program over the same state
gives the same bytes.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, cast

from automation import risk
from automation.results import SIGNATURE, Op, is_secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from automation.preview import Preview
    from automation.results import Change, Result

SCHEMA = 1
COMPONENT = "shop:components:"
STACK = "pulumi:pulumi:Stack"
_ASSETS = ("c44067f5952c0a294b673a41bacd8c17", "0def7320c3a5731c473e5ecbe6d01bc7")


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


def outputs_differ(lines: Iterable[str]) -> bool:
    """Whether the run in `lines` gives the stack other outputs than it had.

    The engine says `same` of a stack of which only the outputs change, so no count shows it. Secret
    ones look alike before and after.
    """
    differ = False
    for line in lines:
        if STACK not in line or '"resOutputsEvent"' not in line:
            continue
        metadata: dict[str, Any] = json.loads(line)["resOutputsEvent"]["metadata"]
        if metadata["type"] == STACK and metadata.get("new"):
            before: Mapping[str, Any] = metadata.get("old") or {}
            after: Mapping[str, Any] = metadata["new"]
            differ = bool((before.get("outputs") or {}) != (after.get("outputs") or {}))
    return differ


def by_component(result: Result) -> dict[str, Counter[Op]]:
    """How often each operation happens in each component right below the stack."""
    changes = {change.urn: change for change in result.changes}
    counts: dict[str, Counter[Op]] = defaultdict(Counter)
    for change in result.changes:
        if not change.type.startswith(COMPONENT):
            counts[_top(change, changes)][change.op] += 1
    return dict(counts)


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
