"""What one run of the engine did or would do, read from its raw events.

Pure: it takes lines and gives values, so it works on a file of any run, also of a bare `pulumi`
with `--event-log`. It keeps everything that a reviewer, the cost estimate and the policies need,
and decides nothing about them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, cast

Props = Mapping[str, Any]

# The engine's marks in place of a value (sdk/go/common/resource: signatures and sentinels).
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 (the mark of a secret, none itself)


class Op(StrEnum):
    """What happens to a resource, in order of risk, the highest first."""

    DELETE = "delete"
    REPLACE = "replace"
    UPDATE = "update"
    IMPORT = "import"
    CREATE = "create"
    READ = "read"
    REFRESH = "refresh"
    DISCARD = "discard"
    SAME = "same"


# A replacement arrives as several steps on one URN.
_STEPS = {
    "create-replacement": Op.REPLACE,
    "delete-replaced": Op.REPLACE,
    "import-replacement": Op.REPLACE,
    "read-replacement": Op.REPLACE,
    "remove-pending-replace": Op.REPLACE,
    "discard-replaced": Op.DISCARD,
}
_RISK = {op: number for number, op in enumerate(Op)}


class Outcome(StrEnum):
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"
    """The engine was told to stop."""
    CUT_OFF = "cut off"
    """No summary arrived: the engine was killed, or never came to work."""


@dataclass(frozen=True, kw_only=True)
class State:
    """A resource before or after; values are the engine's: unknowns and secrets are marks."""

    inputs: Props
    outputs: Props
    parent: str
    protect: bool
    retain_on_delete: bool


@dataclass(frozen=True, kw_only=True)
class Change:
    """One resource of the run, also when it stays the same."""

    urn: str
    type: str
    op: Op
    reasons: tuple[str, ...] = ()
    """The properties that force a replacement."""
    paths: Mapping[str, str] = field(default_factory=dict[str, str])
    """Path of each property that differs, to its kind: `add`, `update-replace`, …"""
    old: State | None = None
    new: State | None = None
    failed: bool = False

    @property
    def name(self) -> str:
        return self.urn.rsplit("::", 1)[-1]


@dataclass(frozen=True, kw_only=True)
class Diagnostic:
    urn: str
    severity: str
    message: str


@dataclass(frozen=True, kw_only=True)
class PolicyNote:
    """What a policy pack said about a resource."""

    urn: str
    policy: str
    level: str
    severity: str
    message: str


@dataclass(frozen=True, kw_only=True)
class Result:
    """A run: its resources by URN, without the engine's own ones, and what was said."""

    outcome: Outcome
    preview: bool
    seconds: int
    changes: tuple[Change, ...]
    diagnostics: tuple[Diagnostic, ...]
    policies: tuple[PolicyNote, ...]

    def count(self, op: Op) -> int:
        return sum(change.op is op for change in self.changes)

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        return tuple(one for one in self.diagnostics if one.severity == "error")


def read(lines: Iterable[str]) -> Result:
    """The result of the run whose events stand in `lines`, one JSON object each.

    Raises ValueError for a line that is not an event, save the last one, which a killed run leaves
    half written.
    """
    changes: dict[str, Change] = {}
    failed: set[str] = set()
    diagnostics: dict[Diagnostic, None] = {}
    policies: dict[PolicyNote, None] = {}
    summary: Props | None = None
    for event in _events(lines):
        for kind, body in event.items():
            match kind:
                case "resourcePreEvent":
                    _add(changes, body["metadata"])
                case "resOutputsEvent":
                    # A refresh learns only here what became of the resource.
                    if body["metadata"]["op"] in ("update", "delete"):
                        _add(changes, body["metadata"])
                case "resOpFailedEvent":
                    _add(changes, body["metadata"])
                    failed.add(body["metadata"]["urn"])
                case "diagnosticEvent":
                    if not body.get("ephemeral") and body["severity"] != "debug":
                        diagnostics[_diagnostic(body)] = None
                case "policyEvent":
                    policies[_policy(body)] = None
                case "summaryEvent":
                    summary = body
                case _:
                    pass
    ordered = tuple(
        _with_failure(change, change.urn in failed)
        for _, change in sorted(changes.items())
        if not change.type.startswith("pulumi:")
    )
    said = tuple(diagnostics)
    return Result(
        outcome=_outcome(summary, said, failed),
        preview=bool(summary and summary.get("isPreview")),
        seconds=int(summary.get("durationSeconds", 0)) if summary else 0,
        changes=ordered,
        diagnostics=said,
        policies=tuple(policies),
    )


def is_secret(value: object) -> bool:
    return isinstance(value, Mapping) and cast("Props", value).get(SIGNATURE) == SECRET


def _events(lines: Iterable[str]) -> Iterable[Mapping[str, Any]]:
    pending = ""
    for number, line in enumerate(lines, 1):
        if pending:
            raise ValueError(f"line {number - 1} is not an engine event: {pending[:80]!r}")
        if not line.strip():
            continue
        try:
            event: object = json.loads(line)
        except ValueError:
            pending = line
            continue
        if isinstance(event, dict):
            yield {
                key: value
                for key, value in cast("dict[str, Any]", event).items()
                if isinstance(value, dict)
            }


def _add(changes: dict[str, Change], metadata: Props) -> None:
    op = _op(metadata["op"])
    urn: str = metadata["urn"]
    before = changes.get(urn)
    # A refresh announces each resource as `refresh`; what it found takes its place.
    if before and before.op is not Op.REFRESH and _RISK[before.op] <= _RISK[op]:
        return
    detailed: Props = metadata.get("detailedDiff") or {}
    forcing = (path for path, one in detailed.items() if one["diffKind"].endswith("-replace"))
    changes[urn] = Change(
        urn=urn,
        type=metadata["type"],
        op=op,
        reasons=tuple(metadata.get("keys") or forcing),
        paths={path: one["diffKind"] for path, one in detailed.items()}
        or dict.fromkeys(metadata.get("diffs") or (), "update"),
        old=_state(metadata.get("old")),
        new=_state(metadata.get("new")),
    )


def _op(text: str) -> Op:
    try:
        return _STEPS[text] if text in _STEPS else Op(text)
    except ValueError:
        raise ValueError(
            f"the engine names an operation {text!r} that this program does not know; "
            "add it to automation/results.py"
        ) from None


def _state(state: Props | None) -> State | None:
    if not state:
        return None
    return State(
        inputs=state.get("inputs") or {},
        outputs=state.get("outputs") or {},
        parent=state.get("parent") or "",
        protect=bool(state.get("protect")),
        retain_on_delete=bool(state.get("retainOnDelete")),
    )


def _with_failure(change: Change, failed: bool) -> Change:
    return replace(change, failed=True) if failed else change


def _diagnostic(body: Props) -> Diagnostic:
    return Diagnostic(
        urn=body.get("urn") or "",
        severity=body["severity"],
        message=plain(body.get("message") or "").strip(),
    )


def _policy(body: Props) -> PolicyNote:
    return PolicyNote(
        urn=body.get("resourceUrn") or "",
        policy=body["policyName"],
        level=body.get("enforcementLevel") or "advisory",
        severity=body.get("severity") or "",
        message=plain(body.get("message") or "").strip(),
    )


def _outcome(summary: Props | None, said: tuple[Diagnostic, ...], failed: set[str]) -> Outcome:
    if summary is None:
        return Outcome.CUT_OFF
    if told := summary.get("result"):  # newer engines say it themselves
        return Outcome(told)
    if failed or any(one.severity == "error" for one in said):
        return Outcome.FAILED
    return Outcome.SUCCEEDED


def plain(text: str) -> str:
    """Text without terminal colours and without Pulumi's own colour directives."""
    return re.sub(r"<\{%.*?%\}>|\x1b\[[0-9;]*[A-Za-z]", "", text)
