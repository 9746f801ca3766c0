"""Makes what a stack needs before it can be deployed, and keeps its own state in what it made.

The program `bootstrap.py` at the top is brought up on a folder first, since there is no bucket yet;
then its state is moved into the bucket, and from then on it is an ordinary stack there. Every step
looks at what is there and not at what an earlier run remembers, so that a run that was interrupted
anywhere is simply run again. The bucket decides: once it holds the state, the folder is history.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from pulumi import automation as auto

import bootstrap as program
from automation import locks, recovery, session
from automation.backend import Bucket, Folder, stored_state
from automation.errors import ROOT, UserError
from automation.ground import HOME, Ground, Provider, ground, opened, provider
from automation.lease_table import here

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from automation.engine import Engine


@dataclass(frozen=True, kw_only=True)
class Bootstrapped:
    """What a run of the bootstrap came to. `changes` is of the last operation."""

    backend_url: str
    secrets_provider: str
    changes: dict[str, int]
    outputs: dict[str, Any]
    moved: bool
    simulated: frozenset[str]


def run(
    stack: str,
    engine: Engine,
    say: Callable[[str], None],
    *,
    emulator_url: str | None = None,
    root: Path = ROOT,
    home: Path = HOME,
) -> Bootstrapped:
    """Bring up the foundation of a stack; `say` hears of each step as it begins.

    Run again it changes nothing, unless the stack file did. Raises `UserError`.
    """
    at = ground(stack, emulator_url=emulator_url, root=root, home=home)
    with provider(at) as served:
        moving = not _is_moved(at)
        if moving:
            say("making bucket, key, lease table and CI roles, with the state in a folder")
            _make(at, engine, served)
            say("moving the state into the bucket it describes")
            _move(at, engine, served)
        _unlock(at.bucket, at.stack)
        say("comparing with the state in the bucket")
        with opened(at, engine, served, at.bucket) as it:
            recovery.mend(it.stack)
            outcome = _compared(it) if moving else it.up(_nothing)
            outputs = it.outputs()
        if at.folder.path.exists():
            say("removing the folder: the state is in the bucket")
            shutil.rmtree(at.folder.path)
    return Bootstrapped(
        backend_url=at.bucket.url,
        secrets_provider=at.secrets_provider,
        changes=outcome.changes,
        outputs=outputs,
        moved=moving,
        simulated=frozenset(served.simulated),
    )


def _is_moved(at: Ground) -> bool:
    """Importing writes the state in one piece; a stack that was only begun there has none."""
    state = stored_state(at.bucket, program.PROJECT, at.stack)
    return bool(state and state.get("resources"))


def _make(at: Ground, engine: Engine, served: Provider) -> None:
    resumed = bool(stored_state(at.folder, program.PROJECT, at.stack))
    _unlock(at.folder, at.stack)
    with opened(at, engine, served, at.folder) as it:
        if resumed:  # what an earlier run wrote down may not be what is there
            recovery.mend(it.stack)
            it.refresh(_nothing)
        it.up(_nothing)


def _move(at: Ground, engine: Engine, served: Provider) -> None:
    with opened(at, engine, served, at.folder) as it:
        made = it.stack.export_stack()
    _unlock(at.bucket, at.stack)
    with opened(at, engine, served, at.bucket) as it:
        begun = cast("dict[str, Any]", it.stack.export_stack().deployment)
        # From here on secrets are the key's, as of every stack in this bucket.
        moved = {**(made.deployment or {}), "secrets_providers": begun["secrets_providers"]}
        try:
            it.stack.import_stack(auto.Deployment(made.version, moved))
        except auto.CommandError as error:
            raise UserError(f"the state could not be moved into {at.bucket.url}: {error}") from None


def _compared(it: session.Session) -> session.Outcome:
    """What the state in the bucket says is what the program asks for, or something was lost."""
    outcome = it.preview(_nothing)
    if set(outcome.changes) - {"same"}:
        raise UserError(
            f"the state that was moved is not that of the program ({json.dumps(outcome.changes)}): "
            "the folder is kept; run the bootstrap again once nobody else changes these resources"
        )
    return outcome


def _unlock(store: Folder | Bucket, stack: str) -> None:
    """What a killed bootstrap of this machine left; any other lock is refused by its name."""
    locks.release(store, program.PROJECT, stack, here())


def _nothing(_event: object) -> None:
    """Nobody watches the steps of so few resources."""
