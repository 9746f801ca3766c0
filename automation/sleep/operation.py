"""`sleep` and `wake`: stop what costs money while nobody works, and bring it back as it was.

What a stack owns is read from its state; what can be stopped is in `automation.sleep.kinds`, and
the way back is kept outside (`automation.sleep.record`). Both may be run again at any time: a
database that RDS starts by itself after seven days (RDS user guide, stopping an instance) is
stopped by the next sleep. It leaves out what only a destroy ends: control plane, NAT, storage.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from pydantic import ValidationError

import settings
from automation import stackfile
from automation.backend import Login
from automation.errors import ROOT, ConfigurationError, UserError
from automation.sleep.kind import Kind
from automation.sleep.kinds import KINDS, LEFT
from automation.sleep.record import Kept, Records
from automation.sleep.steps import Bed, Say, Target, attempt, observed
from components.off_hours import OffHours

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What goes to sleep, in this order; and what costs on, by name, and why."""

    targets: tuple[Target, ...]
    left: tuple[tuple[str, str], ...]


def bed(stack: str, *, root: Path = ROOT, emulator_url: str | None = None) -> Bed:
    """Reads `Pulumi.<stack>.yaml`; a file without the section `off_hours` allows nothing.

    Raises `ConfigurationError` for a section that is wrong.
    """
    stack_file = stackfile.read(stack, root)
    config = cast("dict[str, Any]", stack_file["config"])
    sections = {key.removeprefix("shop:"): config[key] for key in config if key.startswith("shop:")}
    try:
        section = OffHours.model_validate(sections.get("off_hours", {"allowed": False}))
        platform = settings.PlatformConfig.model_validate(sections.get("platform"))
    except ValidationError as error:
        raise ConfigurationError(settings.explain(stack, error, sections)) from None
    login = Login(
        region=platform.region,
        account_id=platform.account_id,
        emulator_url=emulator_url or stackfile.emulator_url(stack_file),
    )
    site = f"{platform.prefix}-{stack}"
    return Bed(
        stack=stack,
        section=section,
        login=login,
        records=Records(site=site, client=login.client("ssm")),
    )


def refuse(bed: Bed) -> None:
    """Raises `ConfigurationError` for a stack that may not be put to sleep."""
    if not bed.section.allowed:
        raise ConfigurationError(
            f"stack {bed.stack} may not be put to sleep: shop:off_hours.allowed in "
            f"Pulumi.{bed.stack}.yaml is not true"
        )


def plan(state: Mapping[str, Any], stay_awake: Sequence[str] = ()) -> Plan:
    """Of a stack's state, as the engine exports it, what can sleep; pure.

    Raises `ConfigurationError` when `stay_awake` names what is not there: a name that was changed
    must not put to sleep what was meant to stay.
    """
    deployment = cast("dict[str, Any]", state.get("deployment") or {})
    resources = cast("list[dict[str, Any]]", deployment.get("resources") or [])
    live = [one for one in resources if not one.get("delete")]  # else it is on its way out
    names = {_name(one) for one in live}
    if unknown := sorted(set(stay_awake) - names):
        raise ConfigurationError(
            f"shop:off_hours.stay_awake names {', '.join(unknown)}, which the stack does not have: "
            "correct the name (tests/urns has them all), or remove it"
        )
    targets = [
        Target(urn=one["urn"], type=one["type"], id=id_)
        for one in live
        if one["type"] in KINDS and _name(one) not in stay_awake
        if (id_ := KINDS[one["type"]].find(one.get("outputs") or {})) is not None
    ]
    left = [(_name(one), LEFT[one["type"]]) for one in live if one["type"] in LEFT]
    return Plan(
        targets=tuple(sorted(targets, key=lambda one: (one.kind.phase, one.urn))),
        left=tuple(sorted(left)),
    )


def to_sleep(bed: Bed, planned: Plan, say: Say) -> None:
    """Put all to sleep that is awake. Raises `UserError` naming what did not; run it again."""
    from botocore.exceptions import BotoCoreError, ClientError

    failed: list[str] = []
    for target in planned.targets:
        client, kind = bed.client(target.kind.service), target.kind
        try:
            before = observed(kind, client, target.id)
        except (BotoCoreError, ClientError) as error:
            failed.append(f"{target.name}: {error}")
            continue
        if before is None:
            say(f"{target.name}: is not there")
            continue
        bed.records.keep(
            Kept(
                urn=target.urn,
                type=target.type,
                id=target.id,
                at=datetime.now(tz=UTC).isoformat(timespec="seconds"),
                before=before,
            )
        )
        if kind.rests(before):
            say(f"{target.name}: rests already")
            continue
        attempt(
            bed, target, kind.rests, partial(kind.rest, client, target.id), failed, say, "sleeps"
        )
    for name, why in planned.left:
        say(f"{name}: costs on, {why}")
    _complain(bed, failed, "sleep")


def wake(bed: Bed, say: Say) -> None:
    """Bring all back as it was, stores first, and wait for it; fine when nothing sleeps.

    Raises `UserError` naming what did not come back; its way back is kept: run it again.
    """
    failed: list[str] = []
    kept = sorted(bed.records.all(), key=lambda one: (-KINDS[one.type].phase, one.urn))
    if not kept:
        say(f"{bed.stack} is awake")
    for one in kept:
        target, before = Target(urn=one.urn, type=one.type, id=one.id), one.before
        client, kind = bed.client(target.kind.service), target.kind
        if kind.comes_back(before):
            back = partial(_back, kind, before)
            restore = partial(kind.restore, client, target.id, before)
            if not attempt(bed, target, back, restore, failed, say, "is back"):
                continue
        else:
            say(f"{target.name}: rested before, and still does")
        bed.records.forget(one)
    _complain(bed, failed, "wake")


def touched(kept: Iterable[Kept]) -> dict[str, tuple[str, ...]]:
    """For drift detection: the properties that sleep may have changed, by URN."""
    return {one.urn: KINDS[one.type].traces for one in kept if one.type in KINDS}


def _back(kind: Kind, before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    return kind.is_back(now, before)


def _complain(bed: Bed, failed: Sequence[str], word: str) -> None:
    if failed:
        told = "\n  ".join(failed)
        raise UserError(f"{word} of {bed.stack} is not complete, run it again:\n  {told}")


def _name(resource: Mapping[str, Any]) -> str:
    return str(resource["urn"]).rsplit("::", 1)[-1]
