"""The foundation of a stack as the runner knows it: its settings, its addresses, and its stack
opened on either backend.

It decides nothing about the order of steps; that is `automation.bootstrap`.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import pulumi
import yaml
from pulumi import automation as auto

import bootstrap as program
import settings
from automation import session, stackfile
from automation.backend import Bucket, Folder, Login, secrets_provider
from automation.errors import ROOT, ConfigurationError
from components.remote_state import key_alias

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from automation.engine import Engine

HOME = ROOT / ".local" / "bootstrap"
# What is on the folder is the same that the bucket will hold: names, and no secret.
PASSPHRASE = "bootstrap"  # noqa: S105


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What is known of a stack's foundation before anything is asked."""

    stack: str
    foundation: program.Foundation
    provider_config: dict[str, Any]
    login: Login
    home: Path

    @property
    def bucket(self) -> Bucket:
        name = self.foundation.state.bucket(self.foundation.site)
        return Bucket(name=name, login=self.login)

    @property
    def folder(self) -> Folder:
        return Folder(path=self.home / self.stack / "state")

    @property
    def secrets_provider(self) -> str:
        return secrets_provider(key_alias(self.foundation.site), self.login)


def ground(
    stack: str, *, emulator_url: str | None = None, root: Path = ROOT, home: Path = HOME
) -> Ground:
    """Reads `Pulumi.<stack>.yaml`; raises `UserError` when it is missing or wrong."""
    stack_file = stackfile.read(stack, root)
    at = stackfile.emulator_url(stack_file)
    if at is not None and emulator_url is not None:
        stack_file = stackfile.with_emulator_at(stack_file, emulator_url)
        at = emulator_url
    config: dict[str, Any] = stack_file["config"]
    sections = {key.removeprefix("shop:"): config[key] for key in config if key.startswith("shop:")}
    try:
        foundation = program.parse(stack, sections)
    except settings.BadSettings as error:
        raise ConfigurationError(str(error)) from None
    platform = foundation.platform
    return Ground(
        stack=stack,
        foundation=foundation,
        provider_config={
            **{key: value for key, value in config.items() if key.startswith("aws:")},
            # Whatever login is at hand, it works in this account and region or not at all.
            "aws:region": platform.region,
            "aws:allowedAccountIds": [platform.account_id],
        },
        login=Login(region=platform.region, account_id=platform.account_id, emulator_url=at),
        home=home,
    )


@dataclass(frozen=True, kw_only=True)
class Provider:
    """What the engine is told of the embedded provider; nothing for a real account."""

    environment: dict[str, str]
    simulated: set[str]


@contextmanager
def provider(at: Ground) -> Generator[Provider]:
    if at.login.emulator_url is None:
        yield Provider(environment={}, simulated=set())
        return
    from local.provider.server import serve

    with serve() as running:
        yield Provider(
            environment={
                "PULUMI_DEBUG_PROVIDERS": f"aws:{running.port}",
                "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
                "PULUMI_HOME": str(at.home / "pulumi"),
            },
            simulated=running.simulated,
        )


@contextmanager
def opened(
    at: Ground, engine: Engine, served: Provider, backend: Folder | Bucket
) -> Generator[session.Session]:
    path = f"{engine.path.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    # The SDK looks for `pulumi` on our own PATH, before it hands over env_vars.
    os.environ["PATH"] = path
    in_bucket = isinstance(backend, Bucket)
    stack = auto.create_or_select_stack(
        stack_name=at.stack,
        project_name=program.PROJECT,
        program=lambda: _export(at.foundation),
        opts=auto.LocalWorkspaceOptions(
            work_dir=str(_work_dir(at, backend)),
            env_vars={
                "PATH": path,
                "PULUMI_SKIP_UPDATE_CHECK": "1",
                "PULUMI_BACKEND_URL": backend.url,
                "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
                **served.environment,
                **at.login.environment,
            },
            secrets_provider=at.secrets_provider if in_bucket else "passphrase",
        ),
    )
    yield session.Session(
        name=at.stack,
        stack=stack,
        # Handed through to whoever opened it; nothing that is used here reads it.
        settings=cast("settings.Settings", at.foundation),
        simulated=served.simulated,
    )


def _work_dir(at: Ground, backend: Folder | Bucket) -> Path:
    """A project folder for one backend: the engine keeps its key for secrets in the stack file."""
    in_bucket = isinstance(backend, Bucket)
    work_dir = at.home / at.stack / ("project" if in_bucket else "state/project")
    work_dir.mkdir(parents=True, exist_ok=True)
    project = {"name": program.PROJECT, "runtime": "python"}
    (work_dir / "Pulumi.yaml").write_text(yaml.safe_dump(project))
    target = work_dir / f"Pulumi.{at.stack}.yaml"
    written: dict[str, Any] = {"config": at.provider_config}
    if in_bucket:
        # Also for a machine that was not the first: without it the engine asks for a passphrase.
        written["secretsprovider"] = at.secrets_provider
    kept: dict[str, Any] = yaml.safe_load(target.read_text()) if target.exists() else {}
    for key in ("encryptionsalt", "encryptedkey"):  # the engine's own entries
        if key in kept:
            written[key] = kept[key]
    target.write_text(yaml.safe_dump(written, sort_keys=False))
    return work_dir


def _export(foundation: program.Foundation) -> None:
    for name, value in program.build(foundation).items():
        pulumi.export(name, value)
