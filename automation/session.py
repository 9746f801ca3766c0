"""A stack opened on the real engine through the Automation API, with the program inline.

One code path for people, CI and the demo: `pulumi up` by hand runs the same `program.build`. A
stack whose AWS endpoints are on loopback gets the embedded provider (`local/provider`) and keeps
its state in `.local/`; any other stack uses the official plugins and the backend that the
environment names, or, offline, the embedded provider in plan mode and an empty state. What is
shown while it runs is the caller's business (`on_event`).
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import tempfile
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pulumi
import yaml
from pulumi import automation as auto

import program
import settings
from automation import offline, stackfile
from automation.errors import (
    ROOT,
    ConfigurationError,
    Exit,
    InterruptedByUser,
    LockedError,
    UserError,
)
from automation.inline import inline

if TYPE_CHECKING:
    from types import FrameType

    from pulumi.automation.events import EngineEvent

    from automation.engine import Engine

PROJECT = "shop"
# The state of an embedded stack holds no secret, and goes with the emulator.
PASSPHRASE = "local"  # noqa: S105
HOME = ROOT / ".local"
OnEvent = Callable[["EngineEvent"], None]


@dataclass(kw_only=True)
class Outcome:
    """What an operation did: how often each step happened, the types it made, and the outputs."""

    changes: dict[str, int] = field(default_factory=dict[str, int])
    created_types: Counter[str] = field(default_factory=Counter[str])
    outputs: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(kw_only=True)
class Session:
    """An open stack. `simulated` holds the types that the embedded provider kept as state only."""

    name: str
    stack: auto.Stack
    settings: settings.Settings
    simulated: set[str]
    notes: tuple[str, ...] = ()
    """What an offline preview had to leave out, in sentences."""

    def preview(self, on_event: OnEvent, *, policy_packs: Sequence[str] = ()) -> Outcome:
        """`policy_packs` are folders."""
        return self._run(
            partial(self.stack.preview, policy_packs=list(policy_packs) or None), on_event
        )

    def up(self, on_event: OnEvent) -> Outcome:
        outcome = self._run(self.stack.up, on_event)
        outcome.outputs = self.outputs()
        return outcome

    def refresh(self, on_event: OnEvent) -> Outcome:
        return self._run(self.stack.refresh, on_event)

    def preview_refresh(self, on_event: OnEvent) -> Outcome:
        """What the cloud holds otherwise than the state says; writes nothing.

        The program runs along, so that today's login and provider settings count and not those of
        the state.
        """
        return self._run(partial(self.stack.preview_refresh, run_program=True), on_event)

    def destroy(self, on_event: OnEvent) -> Outcome:
        """With the program running along where the state has hooks, e.g. the one that drains a
        cluster: the engine refuses otherwise. Only there, because the outputs of what is gone
        already are None to it (pulumi/pulumi#23921).
        """
        state = cast("dict[str, Any]", self.export_state().get("deployment") or {})
        resources = cast("list[dict[str, Any]]", state.get("resources") or [])
        hooked = any(one.get("resourceHooks") for one in resources)
        destroy = partial(self.stack.destroy, run_program=True) if hooked else self.stack.destroy
        return self._run(destroy, on_event)

    def outputs(self) -> dict[str, Any]:
        """The stack's outputs; a secret one is named and not shown."""
        return {
            name: "[secret]" if output.secret else output.value
            for name, output in self.stack.outputs().items()
        }

    def export_state(self) -> dict[str, Any]:
        """The state as `pulumi stack export` writes it: secrets stay encrypted."""
        return vars(self.stack.export_stack())

    def _run(self, operation: Callable[..., object], on_event: OnEvent) -> Outcome:
        outcome, errors = Outcome(), list[str]()

        def listen(event: EngineEvent) -> None:
            _note(event, outcome, errors)
            on_event(event)

        with _interrupts_belong_to_the_engine() as interrupted:
            try:
                operation(on_event=listen, color="never")
            except auto.ConcurrentUpdateError:
                raise LockedError(
                    f"stack {self.name} is locked by another update: wait for it; if that one was "
                    f"killed, `make locks STACK={self.name}` says whose lock it is, and "
                    "docs/runbook.md how it is released"
                ) from None
            except (auto.CommandError, auto.InlineSourceRuntimeError) as error:
                if interrupted:
                    raise InterruptedByUser(interrupted[0]) from None
                raise UserError(_explained(self.name, errors, str(error))) from None
        return outcome


@contextmanager
def open_stack(
    name: str,
    engine: Engine,
    *,
    emulator_url: str | None = None,
    root: Path = ROOT,
    home: Path = HOME,
    events: Path | None = None,
) -> Generator[Session]:
    """Open the stack of `Pulumi.<name>.yaml`; raises `UserError` when the file is missing or wrong.

    `emulator_url` moves an embedded stack to another address than its file says. The raw events of
    an operation go to the file `events`.
    """
    stack_file = stackfile.read(name, root)
    plain, encrypted = offline.without_secrets(stack_file)
    loaded = validated(name, plain)
    with ExitStack() as exit_stack:
        env = {
            "PATH": _path(engine),
            "PULUMI_SKIP_UPDATE_CHECK": "1",
        }
        work_dir, secrets_provider, simulated = root, None, set[str]()
        if stackfile.emulator_url(stack_file) is not None:
            from local.provider.server import serve

            provider = exit_stack.enter_context(serve())
            simulated = provider.simulated
            if emulator_url is not None:
                stack_file = stackfile.with_emulator_at(stack_file, emulator_url)
            work_dir, secrets_provider = (
                _embedded_project(name, stack_file, root, home),
                "passphrase",
            )
            env |= {
                "PULUMI_DEBUG_PROVIDERS": f"aws:{provider.port}",
                "PULUMI_BACKEND_URL": f"file://{home / 'state'}",
                "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
                "PULUMI_HOME": str(home / "pulumi"),
                "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            }
        else:
            secrets_provider = _in_bucket(loaded, env)
        # The engine decrypts what the file holds encrypted; then the program reads it there.
        stack = _selected(
            name,
            inline(lambda: program.build(settings.load() if encrypted else loaded)),
            auto.LocalWorkspaceOptions(
                work_dir=str(work_dir), env_vars=env, secrets_provider=secrets_provider
            ),
            events,
        )
        yield Session(name=name, stack=stack, settings=loaded, simulated=simulated)


@contextmanager
def open_offline(
    name: str,
    engine: Engine,
    *,
    root: Path = ROOT,
    events: Path | None = None,
    build: Callable[[settings.Settings], Mapping[str, pulumi.Output[str]]] = program.build,
    base: Path | None = None,
) -> Generator[Session]:
    """The stack of `Pulumi.<name>.yaml` for a preview with no credentials and no network.

    It is previewed against a copy of the state in the folder `base`, which `open_pretended`
    filled, or else against an empty one. Raises `UserError` when the file is missing or wrong.
    """
    from local.provider.server import serve_plan

    with tempfile.TemporaryDirectory(prefix="preview-") as folder:
        home = Path(folder)
        state, pretended = home / "state", frozenset[str]()
        if base is None:
            state.mkdir()
        else:
            shutil.copytree(base, state)
            pretended = offline.urns(state, PROJECT, name)
        with (
            serve_plan(pretended) as ports,
            _isolated(name, engine, root, home, events, build) as (start, notes, loaded),
        ):
            stack = start(offline.engine_environment(home, state, ports))
            yield Session(name=name, stack=stack, settings=loaded, simulated=set(), notes=notes)


@contextmanager
def open_pretended(
    name: str,
    engine: Engine,
    state: Path,
    *,
    root: Path = ROOT,
    build: Callable[[settings.Settings], Mapping[str, pulumi.Output[str]]] = program.build,
) -> Generator[Session]:
    """The stack of `Pulumi.<name>.yaml` for an `up` that creates nothing and fills `state`.

    `state` is a folder that must not exist: no state is pretended over another one. Raises
    `UserError` when the file is missing or wrong, FileExistsError for a folder that exists.
    """
    from local.provider.pretend import Sandbox
    from local.provider.server import serve_pretend

    state.mkdir(parents=True)
    with tempfile.TemporaryDirectory(prefix="baseline-") as folder:
        home = Path(folder)
        with (
            serve_pretend(Sandbox(state=state)) as ports,
            _isolated(name, engine, root, home, None, build) as (start, notes, loaded),
        ):
            env = offline.engine_environment(home, state, ports)
            # One write of the state at the end, not one a step: it is worth nothing before.
            env |= {"PULUMI_EXPERIMENTAL": "1", "PULUMI_SKIP_CHECKPOINTS": "true"}
            yield Session(
                name=name, stack=start(env), settings=loaded, simulated=set(), notes=notes
            )


@contextmanager
def _isolated(
    name: str,
    engine: Engine,
    root: Path,
    home: Path,
    events: Path | None,
    build: Callable[[settings.Settings], Mapping[str, pulumi.Output[str]]],
) -> Generator[tuple[Callable[[dict[str, str]], auto.Stack], tuple[str, ...], settings.Settings]]:
    """How to open the stack with an environment for the engine, what was left out, the settings."""
    plain, encrypted = offline.without_secrets(stackfile.read(name, root))
    loaded = validated(name, plain)
    with offline.environment(home):
        loaded, unbuilt = offline.with_layers(loaded, root, home)
        options = auto.LocalWorkspaceOptions(
            work_dir=str(offline.project(name, plain, root, home)), secrets_provider="passphrase"
        )

        def start(env: dict[str, str]) -> auto.Stack:
            options.env_vars = {**env, "PATH": _path(engine)}
            return _selected(name, inline(lambda: build(loaded)), options, events)

        notes = [
            *(
                f"{path} is not built: previewed as an empty layer; `make layer`"
                for path in unbuilt
            ),
            *(f"{key} is encrypted: previewed with a placeholder" for key in encrypted),
        ]
        yield start, tuple(notes), loaded


def _in_bucket(loaded: settings.Settings, env: dict[str, str]) -> str:
    """The state of a real stack is in its account's bucket, unless the environment says otherwise;
    returns the engine's address of the key that encrypts secrets in it.
    """
    from automation.backend import Bucket, Login, secrets_provider
    from components.remote_state import key_alias

    login = Login(region=loaded.platform.region, account_id=loaded.platform.account_id)
    bucket = Bucket(name=loaded.state.bucket(loaded.site), login=login)
    env["PULUMI_BACKEND_URL"] = os.environ.get("PULUMI_BACKEND_URL") or bucket.url
    return secrets_provider(key_alias(loaded.site), login)


def _path(engine: Engine) -> str:
    return f"{engine.path.parent}{os.pathsep}{os.environ.get('PATH', '')}"


def _selected(
    name: str,
    program: Callable[[], Awaitable[None]],
    options: auto.LocalWorkspaceOptions,
    events: Path | None,
) -> auto.Stack:
    # The SDK looks for `pulumi` on our own PATH, before it hands over env_vars.
    os.environ["PATH"] = (options.env_vars or {})["PATH"]
    if events is not None:
        from automation.event_log import RecordingCommand

        options.pulumi_command = RecordingCommand(events)
    return auto.create_or_select_stack(
        stack_name=name, project_name=PROJECT, program=program, opts=options
    )


def validated(name: str, stack_file: dict[str, Any]) -> settings.Settings:
    """The settings in a stack file; raises `ConfigurationError` with every mistake."""
    sections = {
        key.removeprefix(f"{PROJECT}:"): value
        for key, value in stack_file["config"].items()
        if key.startswith(f"{PROJECT}:")
    }
    try:
        loaded = settings.parse(name, sections)
        config = stack_file["config"]
        settings.check_guard(loaded, config.get("aws:allowedAccountIds"), config.get("aws:region"))
    except settings.BadSettings as error:
        raise ConfigurationError(str(error)) from None
    return loaded


def _embedded_project(name: str, stack_file: dict[str, Any], root: Path, home: Path) -> Path:
    """A copy of the project files: the engine writes into a stack file, and the committed one is
    not its to change.
    """
    work_dir = home / "project"
    work_dir.mkdir(parents=True, exist_ok=True)
    (home / "state").mkdir(exist_ok=True)
    (work_dir / "Pulumi.yaml").write_text((root / "Pulumi.yaml").read_text())
    target = work_dir / f"Pulumi.{name}.yaml"
    if target.exists():  # the salt of the passphrase is the engine's own entry
        before: dict[str, Any] = yaml.safe_load(target.read_text()) or {}
        kept = {key: before[key] for key in ("encryptionsalt", "secretsprovider") if key in before}
        stack_file = {**stack_file, **kept}
    target.write_text(yaml.safe_dump(stack_file, sort_keys=False))
    return work_dir


@contextmanager
def _interrupts_belong_to_the_engine() -> Generator[list[Exit]]:
    """While the engine runs, Ctrl-C and SIGTERM end it in order; ours is only to wait.

    With Python's own handlers the program would end first, and the engine would leave its lock
    behind. Ctrl-C reaches the engine by itself, from the terminal; a SIGTERM is for this process
    alone and is passed on.
    """
    seen: list[Exit] = []

    def interrupted(_number: int, _frame: FrameType | None) -> None:
        seen.append(Exit.INTERRUPTED)

    def terminated(_number: int, _frame: FrameType | None) -> None:
        seen.append(Exit.TERMINATED)
        import psutil

        for child in psutil.Process().children():
            if child.name() == "pulumi":
                child.send_signal(signal.SIGINT)

    if threading.current_thread() is not threading.main_thread():
        yield seen  # Python hands signals to the main thread only
        return
    before = signal.signal(signal.SIGINT, interrupted), signal.signal(signal.SIGTERM, terminated)
    try:
        yield seen
    finally:
        signal.signal(signal.SIGINT, before[0])
        signal.signal(signal.SIGTERM, before[1])


def _note(event: EngineEvent, outcome: Outcome, errors: list[str]) -> None:
    if event.summary_event:
        outcome.changes = {str(op): n for op, n in event.summary_event.resource_changes.items()}
    done = event.res_outputs_event
    if done and done.metadata.op == "create":
        outcome.created_types[done.metadata.type] += 1
    diagnostic = event.diagnostic_event
    if diagnostic and diagnostic.severity == "error":
        where = (diagnostic.urn or "").rsplit("::", 1)[-1]
        text = re.sub(r"<\{%[^%]*%\}>", "", diagnostic.message).strip()
        errors.append(f"{where}: {text}" if where else text)


def _explained(name: str, errors: list[str], fallback: str) -> str:
    # The engine repeats the failure of a resource for the stack itself.
    told = [text for text in dict.fromkeys(errors) if "update failed" not in text] or errors
    body = "\n  ".join(told) if told else fallback.strip()
    return f"stack {name} could not be brought up to date:\n  {body}"
