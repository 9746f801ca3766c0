"""Find the Pulumi engine, or get it: from PATH, else by the official installer, else built from its
pinned Go module.

The third way is for networks that block downloads but mirror package registries. What was got is
kept in the user's cache and found again. This module starts no deployment.
"""

import os
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from automation.errors import ROOT, NoEngineError

# The version that everything here is tested with; an older one on PATH is passed over.
VERSION = "3.232.0"
MODULE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
VERSION_VARIABLE = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"
INSTALLER = "https://get.pulumi.com/install.sh"
GO_MODULE = ROOT / "tools" / "engine"
# Packages that `go build` compiles for it, to show how far it is; only a hint.
GO_PACKAGES = 1250

Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Engine:
    """A `pulumi` binary. `notes` say why the ways before `source` were not taken."""

    path: Path
    version: str
    source: str
    notes: tuple[str, ...] = ()


class _ClosedError(Exception):
    """A way to the engine is closed; its text says why."""


def cache_home() -> Path:
    """Where things that are expensive to get are kept, for all clones of one user."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "shoptrend"


def find(say: Say, *, cache: Path | None = None, fetch: bool = True) -> Engine:
    """The engine; gets it when there is none, unless `fetch` is false. Raises `NoEngineError` when
    no way leads to one.
    """
    home = (cache or cache_home()) / "engine" / VERSION
    ways: tuple[tuple[str, Callable[[], tuple[Path, str]]], ...] = (
        ("PATH", _from_path),
        ("official installer", lambda: _from_installer(home / "installed", say, fetch)),
        ("Go module", lambda: _from_go(home / "built", say, fetch)),
    )
    notes: list[str] = []
    for source, way in ways:
        try:
            path, version = way()
        except _ClosedError as closed:
            notes.append(f"{source}: {closed}")
            continue
        return Engine(path=path, version=version, source=source, notes=tuple(notes))
    reasons = "\n".join(f"  {note}" for note in notes)
    raise NoEngineError(
        f"there is no Pulumi engine here and no way to get one:\n{reasons}\n"
        f"Put pulumi {VERSION} or newer on PATH (https://www.pulumi.com/docs/install/), open one "
        "of the two "
        "downloads, or install Go."
    )


def version_of(binary: Path) -> str | None:
    """What the binary says its version is, without the `v`; None when it does not run."""
    try:
        done = subprocess.run(  # noqa: S603 (a pulumi binary that we found or made)
            [binary, "version"],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env={**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "1"},
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.match(r"v?(\d+\.\d+\.\d+)", done.stdout.strip())
    return found.group(1) if found else None


def _ordered(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _from_path() -> tuple[Path, str]:
    found = shutil.which("pulumi")
    if not found:
        raise _ClosedError("there is no `pulumi` on it")
    version = version_of(Path(found))
    if version is None:
        raise _ClosedError(f"{found} does not say its version")
    if _ordered(version) < _ordered(VERSION):
        raise _ClosedError(f"{found} is {version}, older than {VERSION}")
    return Path(found), version


def _from_installer(home: Path, say: Say, fetch: bool) -> tuple[Path, str]:
    binary = home / "bin" / "pulumi"
    if version_of(binary) == VERSION:
        return binary, VERSION
    if not fetch:
        raise _ClosedError("it was not run before")
    try:  # ask first: the installer itself waits long for a host that is not there
        with urlopen(INSTALLER, timeout=10):
            pass
    except (URLError, OSError) as error:
        raise _ClosedError(
            f"{INSTALLER} cannot be reached ({getattr(error, 'reason', error)})"
        ) from None

    from pulumi.automation import PulumiCommand
    from semver import VersionInfo

    say(f"downloading pulumi {VERSION} with the official installer")
    try:
        PulumiCommand.install(root=str(home), version=VersionInfo.parse(VERSION))
    except Exception as error:
        raise _ClosedError(f"it failed ({error})") from None
    return binary, VERSION


def _from_go(home: Path, say: Say, fetch: bool) -> tuple[Path, str]:
    binary = home / "pulumi"
    if version_of(binary) == VERSION:
        return binary, VERSION
    if not fetch:
        raise _ClosedError("it was not built before")
    go = shutil.which("go")
    if not go:
        raise _ClosedError("there is no `go` on PATH to build it with")
    home.mkdir(parents=True, exist_ok=True)
    fresh = home / f"pulumi.{os.getpid()}"
    say(f"building pulumi {VERSION} from its Go module, once; this takes some minutes")
    flags = f"-s -w -X {VERSION_VARIABLE}=v{VERSION}"
    build = subprocess.Popen(  # noqa: S603 (our own module, go from PATH)
        [go, "build", "-v", "-trimpath", "-mod=readonly", f"-ldflags={flags}", "-o", fresh, MODULE],
        cwd=GO_MODULE,
        env={**os.environ, "CGO_ENABLED": "0"},
        stderr=subprocess.PIPE,
        text=True,
    )
    tail = _watch(build, say)
    if build.returncode != 0:
        fresh.unlink(missing_ok=True)
        raise _ClosedError(f"`go build` in tools/engine failed: {' | '.join(tail) or 'no output'}")
    fresh.replace(binary)  # whole or not at all: another clone may look at the same moment
    version = version_of(binary)
    if version != VERSION:
        raise _ClosedError(f"what was built says version {version}, not {VERSION}")
    return binary, VERSION


def _watch(build: subprocess.Popen[str], say: Say) -> list[str]:
    """Tell every ten seconds how far the build is; returns its last lines."""
    started = time.monotonic()
    downloaded = compiled = 0
    tail: list[str] = []
    over = threading.Event()

    def tell() -> None:
        while not over.wait(10):
            if compiled:
                share = min(99, 100 * compiled // GO_PACKAGES)
                what = f"compiled {compiled} packages, about {share} %"
            else:
                what = f"downloaded {downloaded} modules"
            say(f"  {time.monotonic() - started:4.0f} s  {what}")

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    if build.stderr is None:
        raise TypeError("the build was started without a pipe for its messages")
    try:
        for line in build.stderr:
            tail = [*tail[-4:], line.strip()]
            if line.startswith("go: downloading"):
                downloaded += 1
            else:
                compiled += 1
        build.wait()
    except BaseException:  # also Ctrl-C: nothing may keep running
        build.kill()
        build.wait()
        raise
    finally:
        over.set()
        teller.join()
    return tail
