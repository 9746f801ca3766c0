"""Start and stop MiniStack, the AWS emulator of the stack `local`: on loopback only, with
everything it writes in `.local/`.

State is in memory: stopping it forgets everything. It leaves out what to deploy there.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from automation.errors import ROOT, UserError

HOME = ROOT / ".local"
PORT = 4566
ACCOUNT = "000000000000"
SECRET = "local"  # noqa: S105 (the emulator's root key, on loopback, forgotten with it)
REGION = "eu-west-1"
START_SECONDS = 60
# It may finish running functions before it ends.
STOP_SECONDS = 30


# The handles of what this process started: a process that is still running must not lose its own.
_started: dict[int, subprocess.Popen[bytes]] = {}


@dataclass(frozen=True, kw_only=True)
class Emulator:
    """A running emulator. `auth`: whether it enforces IAM policies."""

    pid: int
    port: int
    auth: bool

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def alive(self) -> bool:
        return _runs(self.pid)


def start(*, port: int = PORT, auth: bool = False, home: Path = HOME) -> Emulator:
    """Start an emulator and wait until it answers; raises `UserError` when the port is taken or it
    does not come up.
    """
    _refuse_taken(port)
    temporary = home / "tmp"
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    log = (home / "emulator.log").open("wb")
    process = subprocess.Popen(  # noqa: S603 (our own interpreter)
        [Path(sys.executable).with_name("ministack")],
        env=_environment(port, auth=auth, temporary=temporary),
        stdout=log,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is for us: we still need it to tidy up
        cwd=temporary,
    )
    log.close()
    _started[process.pid] = process
    emulator = Emulator(pid=process.pid, port=port, auth=auth)
    (home / "emulator.json").write_text(json.dumps(asdict(emulator)))
    try:
        _wait_until_healthy(process, emulator, home)
    except BaseException:
        stop(emulator, home=home)
        raise
    return emulator


def running(home: Path = HOME) -> Emulator | None:
    """The emulator that was started from this folder, if it still runs."""
    try:
        emulator = Emulator(**json.loads((home / "emulator.json").read_text()))
    except (OSError, ValueError, TypeError):
        return None
    return emulator if emulator.alive() else None


def stop(emulator: Emulator, *, home: Path = HOME) -> None:
    """Stop it, with its functions, and remove what it left; fine when it is already gone."""
    _signal(emulator.pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while emulator.alive() and time.monotonic() < deadline:
        time.sleep(0.05)
    # Function workers may outlive a killed emulator; they are in its session.
    _signal(emulator.pid, signal.SIGKILL)
    if (ours := _started.pop(emulator.pid, None)) is not None:
        ours.wait()
    (home / "emulator.json").unlink(missing_ok=True)
    shutil.rmtree(home / "tmp", ignore_errors=True)


def _refuse_taken(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise UserError(
                f"port {port} on 127.0.0.1 is in use by another program: stop it, or choose "
                "another port, "
                f"e.g. PORT={port + 10}"
            ) from None


def _environment(port: int, *, auth: bool, temporary: Path) -> dict[str, str]:
    # Only what it needs: functions inherit this environment, and nothing of the user's shell
    # belongs there.
    kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
    return kept | {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": "localhost",
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "MINISTACK_REGION": REGION,
        "AWS_ACCESS_KEY_ID": ACCOUNT,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AUTH": "true" if auth else "false",
        "LAMBDA_EXECUTOR": "local",
        "ATHENA_ENGINE": "duckdb",
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "LOG_LEVEL": "WARNING",
        "TMPDIR": str(temporary),
        "S3_DATA_DIR": str(temporary / "s3"),
        "STATE_DIR": str(temporary / "state"),
        "PYTHONUNBUFFERED": "1",
    }


def _wait_until_healthy(process: subprocess.Popen[bytes], emulator: Emulator, home: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise UserError(
                f"the emulator ended at once with code {process.returncode}; its last words are in "
                f"{home / 'emulator.log'}"
            )
        try:
            with urlopen(f"{emulator.url}/_ministack/health", timeout=2):  # noqa: S310 (loopback)
                return
        except (URLError, OSError):
            time.sleep(0.05)
    raise UserError(
        f"the emulator did not answer on {emulator.url} within {START_SECONDS} s; see "
        f"{home / 'emulator.log'}"
    )


def _runs(pid: int) -> bool:
    """Whether the process is there and not a zombie that only waits to be collected."""
    if (ours := _started.get(pid)) is not None and ours.poll() is not None:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # A pid may have been given to another program since.
    command = Path(f"/proc/{pid}/cmdline")
    return not command.exists() or b"ministack" in command.read_bytes()


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):
        return
