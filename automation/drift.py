"""Drift: what the cloud holds otherwise than the state says, told from what was to be expected.

The engine previews a refresh with the program run along; nothing is written. Each property that
differs is drift unless something explains it: a dated entry of `drift/expected.yaml`, a stack that
was put to sleep (`automation.sleep`), or that the program never set it. It leaves out repair (`up`
writes the program's value again, `refresh` takes the cloud's) and objects that no stack made.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import yaml
from pydantic import Field, ValidationError

from automation import risk
from automation.errors import ROOT, ConfigurationError, UserError
from automation.results import Op, Outcome, read
from components.section import Section

if TYPE_CHECKING:
    from pathlib import Path

    from automation.results import Change, Props, Result
    from automation.session import OnEvent, Session

EXPECTED = ROOT / "drift" / "expected.yaml"
GONE = "(gone)"
"""Stands for the path of a resource that is not there any more."""
Asleep = Mapping[str, Collection[str]]
"""URN of each resource that sleeps, to the properties that sleep may change, with `*`."""

# Who may do what, and who may come in: a change behind our back is looked at today.
_GUARDS_ACCESS = (
    "aws:ec2/securityGroup",
    "aws:iam/",
    "aws:kms/",
    "aws:lambda/permission",
    "aws:s3/bucketPolicy",
    "aws:s3/bucketPublicAccessBlock",
    "aws:vpc/securityGroup",
)
_OPENS = ("publiclyAccessible", "endpointPublicAccess", "policy")


class Kind(StrEnum):
    DRIFT = "drift"
    EXPECTED = "expected"
    SLEEPING = "sleeping"
    COMPUTED = "computed"
    """AWS's own values, which no program sets: a status, a date of change. `up` leaves them."""


class Severity(StrEnum):
    PAGE = "page"
    TICKET = "ticket"
    NOTE = "note"


class Expected(Section):
    urn: str = Field(
        pattern=r"^urn:pulumi:[^:]+::[^:]+::.+", description="The resources, with `*` for any text."
    )
    property: str = Field(min_length=1, description="Path of the property, with `*` for any text.")
    reason: str = Field(min_length=20, description="Who changes it, and why that is right.")
    until: date | None = Field(default=None, description="The last day on which it counts.")

    def covers(self, urn: str, path: str) -> bool:
        # fnmatch would take [ for a set; in a path it begins an index.
        return fnmatchcase(urn, self.urn) and fnmatchcase(path, self.property.replace("[", "[[]"))


class _File(Section):
    expected: list[Expected]


class Finding(Section):
    """One property that differs, or a resource that is gone (path `GONE`)."""

    urn: str = Field(max_length=2000)
    type: str = Field(max_length=300)
    path: str = Field(max_length=1000)
    kind: Kind
    severity: Severity
    reason: str = Field(default="", max_length=1000)

    @property
    def name(self) -> str:
        return self.urn.rsplit("::", 1)[-1]


@dataclass(frozen=True, kw_only=True)
class DriftReport:
    """What one look at a stack found. `changes` are the engine's, for their values."""

    stack: str
    at: datetime
    looked_at: int
    """Resources that were compared."""
    findings: tuple[Finding, ...]
    changes: tuple[Change, ...] = ()
    notes: tuple[str, ...] = ()

    def of(self, kind: Kind) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.kind is kind)

    @property
    def drifted(self) -> bool:
        return bool(self.of(Kind.DRIFT))


def load(path: Path = EXPECTED) -> list[Expected]:
    """The expected differences; raises `ConfigurationError` for a file that is wrong."""
    try:
        return _File.model_validate(yaml.safe_load(path.read_text(encoding="utf-8"))).expected
    except (OSError, yaml.YAMLError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ConfigurationError(f"{path.name}: {where}: {first['msg']}") from None


def look(
    session: Session,
    events: Path,
    *,
    expected: Sequence[Expected],
    asleep: Asleep,
    on_event: OnEvent = lambda _event: None,
) -> DriftReport:
    """Compare an open stack, whose events go to `events`, with the cloud.

    Raises `UserError` when the comparison did not come to its end: half a look finds half.
    """
    events.unlink(missing_ok=True)  # an older look must not pass for this one
    session.preview_refresh(on_event)
    result = read(events.read_text(encoding="utf-8").splitlines() if events.exists() else [])
    if result.outcome is not Outcome.SUCCEEDED:
        raise UserError(
            f"drift of {session.name} is not known: the comparison ended {result.outcome.value}; "
            "run it again"
        )
    return classify(session.name, result, expected=expected, asleep=asleep, at=datetime.now(tz=UTC))


def classify(
    stack: str, result: Result, *, expected: Sequence[Expected], asleep: Asleep, at: datetime
) -> DriftReport:
    """Sort what a previewed refresh found; pure."""
    # Our components have no object in AWS, and the providers' no drift.
    compared = [one for one in result.changes if ":components:" not in one.type]
    differing = [one for one in compared if one.op in (Op.UPDATE, Op.DELETE)]
    findings = [
        finding
        for change in differing
        for finding in _findings(change, expected=expected, asleep=asleep, today=at.date())
    ]
    return DriftReport(
        stack=stack,
        at=at,
        looked_at=len(compared),
        findings=tuple(sorted(findings, key=_order)),
        changes=tuple(differing),
        notes=_expired(expected, [change.urn for change in compared], at.date()),
    )


def _findings(
    change: Change, *, expected: Sequence[Expected], asleep: Asleep, today: date
) -> list[Finding]:
    def finding(path: str, kind: Kind, reason: str = "") -> Finding:
        severity = _severity(change, path) if kind is Kind.DRIFT else Severity.NOTE
        return Finding(
            urn=change.urn, type=change.type, path=path, kind=kind, severity=severity, reason=reason
        )

    if change.op is Op.DELETE:
        return [finding(GONE, Kind.DRIFT)]
    if not change.paths:
        return [finding(path, Kind.COMPUTED) for path in _outputs(change)]
    found: list[Finding] = []
    for path in _told_once(change.paths):
        if any(fnmatchcase(path, allowed) for allowed in asleep.get(change.urn, ())):
            found.append(finding(path, Kind.SLEEPING, "the stack was put to sleep"))
        elif (entry := _entry(expected, change.urn, path, today)) is not None:
            found.append(finding(path, Kind.EXPECTED, entry.reason))
        else:
            found.append(finding(path, Kind.DRIFT))
    return found


def _told_once(paths: Collection[str]) -> list[str]:
    """Without the copy of each tag among those that the provider adds to."""
    return [
        path
        for path in sorted(paths)
        if not (path.startswith("tagsAll") and path.replace("tagsAll", "tags", 1) in paths)
    ]


def _entry(expected: Sequence[Expected], urn: str, path: str, today: date) -> Expected | None:
    in_force = (one for one in expected if one.until is None or one.until >= today)
    return next((one for one in in_force if one.covers(urn, path)), None)


def _expired(expected: Sequence[Expected], urns: Sequence[str], today: date) -> tuple[str, ...]:
    return tuple(
        f"drift/expected.yaml: {one.property} of {one.urn} expired on {one.until}: end the "
        "difference, or prolong it with a reason that still holds"
        for one in expected
        if one.until is not None
        and one.until < today
        and any(fnmatchcase(urn, one.urn) for urn in urns)
    )


def _outputs(change: Change) -> list[str]:
    old: Props = change.old.outputs if change.old else {}
    new: Props = change.new.outputs if change.new else {}
    return sorted(key for key in {*old, *new} if old.get(key) != new.get(key))


def _severity(change: Change, path: str) -> Severity:
    if change.type.startswith(_GUARDS_ACCESS) or path.rpartition(".")[2] in _OPENS:
        return Severity.PAGE
    if path == GONE and change.type in risk.HOLDS_DATA:
        return Severity.PAGE
    return Severity.NOTE if path.startswith("tags") else Severity.TICKET


def _order(finding: Finding) -> tuple[int, int, str, str]:
    kinds, severities = list(Kind), list(Severity)
    return (
        kinds.index(finding.kind),
        severities.index(finding.severity),
        finding.urn,
        finding.path,
    )
