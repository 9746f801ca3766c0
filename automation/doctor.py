"""`doctor`: whether this machine and this login can deploy a stack, and what to do where not.

It changes nothing and starts no engine operation. Each check is a function of its own that asks one
thing; a check that cannot be made says so instead of passing.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, cast

from rich.table import Table

from automation import engine as engines
from automation import stackfile
from automation.errors import ROOT, UserError

if TYPE_CHECKING:
    from rich.console import Console

DISK_GB = 3  # environment 1.3 GB, engine 0.1, official plugins 1.2 for a stack with everything
# AWS refuses a signature that is further off (AWS General Reference: Signature Version 4).
CLOCK_SECONDS = 300
PLUGINS = ("aws", "eks", "kubernetes", "random")


class Health(StrEnum):
    GOOD = "good"
    UNSURE = "unsure"
    """It could not be found out, or it works but may surprise."""
    BAD = "bad"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What one check found; `way_out` is for a person, empty when all is well."""

    check: str
    health: Health
    found: str
    way_out: str = ""


def examine(stack: str) -> Iterator[Finding]:
    """All findings, as they come. Raises `ConfigurationError` for a stack without a file."""
    stack_file = stackfile.read(stack)
    embedded = stackfile.emulator_url(stack_file) is not None
    yield packages()
    yield engine()
    yield disk()
    yield _settings(stack, stack_file)
    if embedded:
        yield emulator()
        return
    yield from _cloud(stack, stack_file)


def is_well(findings: Sequence[Finding]) -> bool:
    """Whether nothing is bad."""
    return not any(finding.health is Health.BAD for finding in findings)


def document(findings: Sequence[Finding]) -> list[dict[str, str]]:
    """For other programs: `check`, `health`, `found` and `way_out` of each."""
    return [asdict(finding) for finding in findings]


def show(findings: Iterable[Finding], stack: str, console: Console) -> list[Finding]:
    """Prints each finding; returns them."""
    shown = list(findings)
    table = Table(title=f"doctor {stack}", title_justify="left")
    for column in ("check", "", "found", "what to do"):
        table.add_column(column, overflow="fold")
    marks = {Health.GOOD: "[green]✓", Health.UNSURE: "[yellow]?", Health.BAD: "[red]✗"}
    for finding in shown:
        table.add_row(finding.check, marks[finding.health], finding.found, finding.way_out)
    console.print(table)
    return shown


def packages() -> Finding:
    """Whether the installed packages are those of requirements.txt."""
    wrong: list[str] = []
    for line in (ROOT / "requirements.txt").read_text().splitlines():
        name, _, wanted = line.partition("==")
        if line.startswith("#") or not wanted:
            continue
        try:
            found = version(name)
        except PackageNotFoundError:
            found = "missing"
        if found != wanted:
            wrong.append(f"{name} {found}, wanted {wanted}")
    if wrong:
        return _bad("packages", "; ".join(wrong), "`make setup`")
    return _good("packages", "as in requirements.txt")


def engine() -> Finding:
    try:
        found = engines.find(lambda _text: None, fetch=False)
    except UserError:
        return _bad("engine", f"no pulumi {engines.VERSION} or newer", "`make engine`")
    return _good("engine", f"pulumi {found.version} from {found.source}")


def disk() -> Finding:
    free = shutil.disk_usage(ROOT).free / 1e9
    if free < DISK_GB:
        return _bad("disk", f"{free:.1f} GB free", f"{DISK_GB} GB are needed: make room")
    return _good("disk", f"{free:.0f} GB free")


def _settings(stack: str, stack_file: dict[str, Any]) -> Finding:
    from automation.session import validated

    try:
        validated(stack, stack_file)
    except UserError as error:
        return _bad("settings", str(error), "correct the stack file")
    return _good("settings", f"Pulumi.{stack}.yaml is valid")


def emulator() -> Finding:
    from local import emulator as emulators

    running = emulators.running()
    if running is None:
        return _unsure("emulator", "none is running", "`make demo KEEP=1` starts one that stays")
    return _good("emulator", f"answers at {running.url}")


def _cloud(stack: str, stack_file: dict[str, Any]) -> Iterator[Finding]:
    config = stack_file["config"]
    region = config["aws:region"]
    client = _client("sts", region)
    try:
        answer = client.get_caller_identity()
    except Exception as error:  # botocore has as many reasons as there are ways to log in
        yield _bad("credentials", f"{type(error).__name__}: {error}", "log in to AWS, then again")
        return
    yield _good("credentials", answer["Arn"])
    yield account(answer["Account"], config.get("aws:allowedAccountIds") or [], stack)
    yield clock(answer["ResponseMetadata"]["HTTPHeaders"].get("date"), datetime.now(UTC))
    yield plugins()
    yield from _state(stack, region, _bucket_url(stack, stack_file))


def account(found: str, allowed: list[str], stack: str) -> Finding:
    if found not in allowed:
        return _bad(
            "account",
            f"logged in to {found}",
            f"Pulumi.{stack}.yaml takes {', '.join(allowed) or 'none'}: log in to that one",
        )
    return _good("account", f"{found}, the one of the stack file")


def clock(said: str | None, now: datetime) -> Finding:
    """`said` is the Date header of an answer of AWS."""
    if said is None:
        return _unsure("clock", "AWS did not say what time it is", "")
    off = abs((now - parsedate_to_datetime(said)).total_seconds())
    if off > CLOCK_SECONDS:
        return _bad(
            "clock",
            f"{off:.0f} s off",
            f"AWS refuses requests that are more than {CLOCK_SECONDS} s off: set the clock",
        )
    return _good("clock", f"{off:.0f} s off")


def plugins() -> Finding:
    """Whether the official provider plugins are there; the engine fetches those that are not."""
    home = os.environ.get("PULUMI_HOME") or os.path.expanduser("~/.pulumi")  # noqa: PTH111
    missing = [
        f"{name} {version(f'pulumi-{name}')}"
        for name in PLUGINS
        if not os.path.isdir(  # noqa: PTH112
            f"{home}/plugins/resource-{name}-v{version(f'pulumi-{name}')}"
        )
    ]
    if missing:
        return _unsure(
            "plugins",
            f"not here yet: {', '.join(missing)}",
            "the engine downloads them at the first use; offline: `pulumi plugin install`",
        )
    return _good("plugins", "all here")


def _bucket_url(stack: str, stack_file: dict[str, Any]) -> str:
    """Where a run would keep the state: what the environment says, else the account's bucket."""
    from automation.session import validated

    if url := os.environ.get("PULUMI_BACKEND_URL"):
        return url
    try:
        loaded = validated(stack, stack_file)
    except UserError:  # said already
        return "unknown, since the settings are wrong"
    return f"s3://{loaded.state.bucket(loaded.site)}"


def _state(stack: str, region: str, url: str) -> Iterator[Finding]:
    if not url.startswith("s3://"):
        yield _bad(
            "state",
            f"PULUMI_BACKEND_URL is {url}",
            f"`make bootstrap STACK={stack}` makes the bucket and prints the address",
        )
        return
    bucket = url.removeprefix("s3://").partition("/")[0].partition("?")[0]
    try:
        versioning = _client("s3", region).get_bucket_versioning(Bucket=bucket)
    except Exception as error:
        yield _bad("state", f"{bucket}: {error}", "check the name, the region and your rights")
        return
    if versioning.get("Status") != "Enabled":
        yield _bad("state", f"{bucket} keeps no versions", f"`make bootstrap STACK={stack}`")
    else:
        yield _good("state", f"{bucket}, versioned")
    yield from _holders(stack)


def _holders(stack: str) -> Iterator[Finding]:
    from automation import turn

    way_out = "wait, or docs/runbook.md if that run is dead"
    try:
        place = turn.place(stack)
        locked, record = [lock.holder for lock in place.locks()], place.lease()
    except Exception as error:  # what holds, and where, is asked of three services
        yield _unsure("lock", f"{type(error).__name__}: {error}", "check your rights to the state")
        return
    if locked:
        yield _unsure("lock", "; ".join(map(str, locked)), way_out)
    else:
        yield _good("lock", "free")
    if record:
        yield _unsure("lease", record.holder.owner, way_out)
    else:
        yield _good("lease", "free")


def _client(service: str, region: str) -> Any:  # noqa: ANN401 (boto3 has no types)
    import boto3

    create = cast("Callable[..., Any]", boto3.client)
    return create(service, region_name=region)


def _good(check: str, found: str) -> Finding:
    return Finding(check=check, health=Health.GOOD, found=found)


def _unsure(check: str, found: str, way_out: str) -> Finding:
    return Finding(check=check, health=Health.UNSURE, found=found, way_out=way_out)


def _bad(check: str, found: str, way_out: str) -> Finding:
    return Finding(check=check, health=Health.BAD, found=found, way_out=way_out)
