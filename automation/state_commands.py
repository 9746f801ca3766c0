"""The words of the command line that are about state: `bootstrap`, `locks`, `lease`, `mend`,
`states` and `restore`.

Each does one step of docs/runbook.md. Modules are imported by the word that needs them.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from automation.command import Command
from automation.errors import Exit

if TYPE_CHECKING:
    import argparse

    from rich.console import Console

    from automation.backend import Bucket


def bootstrap(options: argparse.Namespace, console: Console) -> Exit:
    from automation import bootstrap as bootstrapping
    from automation import engine as engines

    documents: dict[str, object] = {}
    for stack in options.stack:
        emulator_url = _emulator_of(stack)
        done = bootstrapping.run(
            stack, engines.find(console.print), console.print, emulator_url=emulator_url
        )
        for type_ in sorted(done.simulated):
            console.print(f"{type_} is simulated: it exists in the state only")
        console.print("Moved." if done.moved else f"Up to date: {done.changes}")
        console.print(f"export PULUMI_BACKEND_URL='{done.backend_url}'", soft_wrap=True)
        console.print(
            f"# in Pulumi.{stack}.yaml: secretsprovider: {done.secrets_provider}", soft_wrap=True
        )
        for name in ("preview_role_arn", "deploy_role_arn"):
            if name in done.outputs:
                told = f"# GitHub environment variable: {name}={done.outputs[name]}"
                console.print(told, soft_wrap=True)
        documents[stack] = {
            "backend_url": done.backend_url,
            "secrets_provider": done.secrets_provider,
            "changes": done.changes,
            "outputs": done.outputs,
        }
    if options.json:
        print(json.dumps(documents, indent=2, ensure_ascii=False))  # noqa: T201 (for programs)
    return Exit.OK


def locks(options: argparse.Namespace, console: Console) -> Exit:
    from automation import turn

    for stack in options.stack:
        at = turn.place(stack)
        if options.release:
            for one in turn.release(at, console.print):
                console.print(f"{stack}: released the lock of {one.lock.holder}: {one.why}")
            continue
        found = at.locks()
        for lock in found:
            console.print(f"{stack}: locked by {lock.holder}")
        if not found:
            console.print(f"{stack}: no lock")
    return Exit.OK


def lease(options: argparse.Namespace, console: Console) -> Exit:
    from automation import turn

    for stack in options.stack:
        at = turn.place(stack)
        record = at.lease()
        if record is None:
            console.print(f"{stack}: nobody's turn")
            continue
        console.print(
            f"{stack}: {record.holder.owner} (host {record.holder.host}, pid "
            f"{record.holder.pid}) since {record.acquired_at:%Y-%m-%d %H:%M:%S} UTC, last "
            f"heartbeat {record.renewed_at:%H:%M:%S}, ends {record.seconds:.0f} s after that"
        )
    return Exit.OK


def mend(options: argparse.Namespace, console: Console) -> Exit:
    from automation import engine as engines
    from automation import recovery, session

    for stack in options.stack:
        engine = engines.find(console.print)
        with session.open_stack(stack, engine, emulator_url=_emulator_of(stack)) as opened:
            mended = recovery.mend(opened.stack)
        for name in mended.adopted:
            console.print(f"{stack}: {name} was being made: looked up, and kept if it is there")
        for name in mended.dropped:
            console.print(f"{stack}: {name} was being made: forgotten, the next up makes it")
        if mended == recovery.Mended():
            console.print(f"{stack}: nothing was under way")
    return Exit.OK


def states(options: argparse.Namespace, console: Console) -> Exit:
    from automation import recovery

    for stack in options.stack:
        bucket, project = _bucket(stack)
        for version in recovery.versions(bucket, project, stack):
            console.print(
                f"{stack}: {version.changed:%Y-%m-%d %H:%M:%S}  {version.bytes:>9} bytes  "
                f"{version.id}{'  (current)' if version.current else ''}"
            )
    return Exit.OK


def restore(options: argparse.Namespace, console: Console) -> Exit:
    from automation import engine as engines
    from automation import recovery, session
    from automation.errors import ConfigurationError

    if len(options.stack) != 1:
        raise ConfigurationError(
            f"restore takes one stack, and a version is of one (found {', '.join(options.stack)})"
        )
    (stack,) = options.stack
    bucket, project = _bucket(stack)
    recovery.older(bucket, project, stack, options.version)  # before anything is put away
    if recovery.clear_unreadable(bucket, project, stack):
        console.print(f"{stack}: the current state is no JSON; it stays behind as a version")
    with session.open_stack(
        stack, engines.find(console.print), emulator_url=_emulator_of(stack)
    ) as opened:
        count = recovery.restore(bucket, project, opened.stack, options.version)
    console.print(f"{stack}: a state of {count} resources is the current one; refresh next")
    return Exit.OK


def _release_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--release", action="store_true", help="delete the locks of runs that are over"
    )


def _version_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--version", required=True, help="an id from `states`")


COMMANDS = {
    "bootstrap": Command(
        what="make state bucket, key, lease table and CI roles; again: no change", run=bootstrap
    ),
    "locks": Command(
        what="who holds Pulumi's lock of a stack",
        run=locks,
        arguments=_release_argument,
        json=False,
    ),
    "lease": Command(what="whose turn it is to deploy", run=lease, json=False),
    "mend": Command(what="settle what an interrupted run left under way", run=mend, json=False),
    "states": Command(what="the older states that the bucket keeps", run=states, json=False),
    "restore": Command(
        what="make an older state the current one",
        run=restore,
        arguments=_version_argument,
        json=False,
    ),
}


def _emulator_of(stack: str) -> str | None:
    from automation import operate

    return operate.emulator_of(stack)


def _bucket(stack: str) -> tuple[Bucket, str]:
    """The bucket with the stack's states, and the project they are under."""
    from automation import turn
    from automation.backend import Bucket
    from automation.errors import UserError

    at = turn.place(stack)
    if not isinstance(at.store, Bucket):
        raise UserError(f"stack {stack} has its state in {at.store.url}, which keeps no older ones")
    return at.store, at.project
