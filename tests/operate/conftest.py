"""A checkout of its own with a small program, an emulator beside it, and the command line there."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from automation import engine as engines
from automation.engine import Engine
from automation.errors import ROOT, UserError
from local import emulator

# What a checkout has of its own; the rest is the one that the tests are in.
OWN = {"program.py", "Pulumi.local.yaml", "out", ".local", ".git", "tests"}
PROGRAM = """import pulumi
import pulumi_aws as aws


def queue(name, after=()):
    return aws.sqs.Queue(
        name,
        name=f"shoptrend-local-{name}",
        sqs_managed_sse_enabled=True,
        opts=pulumi.ResourceOptions(depends_on=list(after)),
    )


def build(settings):
"""
ORDERS = '    orders = queue("orders")\n'
END = '    return {"orders": orders.name}\n'


@dataclass(kw_only=True)
class Checkout:
    """`python -m automation` in a folder of its own, each run a process."""

    root: Path
    engine: Engine

    def program(self, body: str) -> None:
        (self.root / "program.py").write_text(f"{PROGRAM}{body}")

    def start(self, *arguments: str, **env: str) -> subprocess.Popen[str]:
        path = f"{self.engine.path.parent}{os.pathsep}{os.environ['PATH']}"
        return subprocess.Popen(
            [sys.executable, "-m", "automation", *arguments],
            cwd=self.root,
            env={**os.environ, "PATH": path, "COLUMNS": "200", **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,  # a group, as a terminal makes one
        )

    def run(self, *arguments: str, **env: str) -> "Ended":
        return ended(self.start(*arguments, **env))

    def result(self) -> dict:
        return json.loads((self.root / "out" / "local" / "result.json").read_text())

    @property
    def locks(self) -> Path:
        return self.root / ".local/state/.pulumi/locks/organization/shop/local"

    def held(self) -> list[str]:
        """The locks on the stack, of whomever."""
        return [path.name for path in self.locks.glob("*.json")]

    def state(self) -> list[dict]:
        """The resources in the state."""
        file = self.root / ".local/state/.pulumi/stacks/shop/local.json"
        try:
            latest = json.loads(file.read_text())["checkpoint"].get("latest") or {}
        except (OSError, ValueError):  # while the engine writes it
            return []
        return latest.get("resources", [])

    def names(self) -> set[str]:
        return {
            one["urn"].rpartition("::")[2] for one in self.state() if one["type"].startswith("aws:")
        }

    def outputs(self) -> dict:
        (stack,) = [one for one in self.state() if one["type"] == "pulumi:pulumi:Stack"]
        return stack["outputs"]


@dataclass(frozen=True, kw_only=True)
class Ended:
    """What a process left."""

    code: int
    out: str
    said: str
    """Both streams."""


def ended(process: subprocess.Popen[str], seconds: float = 90) -> Ended:
    try:
        out, err = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        out, err = process.communicate()
        raise AssertionError(f"it did not end: {out}{err}") from None
    assert "Traceback" not in err, out + err
    return Ended(code=process.returncode, out=out, said=out + err)


def wait_for(what, process: subprocess.Popen[str], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert process.poll() is None, ended(process).said
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture(scope="session")
def engine() -> Engine:
    try:
        return engines.find(print)
    except UserError as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def checkout(engine, tmp_path_factory):
    """With the stack `local` in its first state: one queue."""
    root = tmp_path_factory.mktemp("checkout")
    for entry in ROOT.iterdir():
        if entry.name not in OWN:
            (root / entry.name).symlink_to(entry)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    document = yaml.safe_load((ROOT / "Pulumi.local.yaml").read_text())
    document["config"]["aws:endpoints"] = [
        dict.fromkeys(group, f"http://127.0.0.1:{port}")
        for group in document["config"]["aws:endpoints"]
    ]
    (root / "Pulumi.local.yaml").write_text(yaml.safe_dump(document))
    made = Checkout(root=root, engine=engine)
    made.program(ORDERS + END)
    started = emulator.start(port=port, home=root / ".local")
    try:
        first = made.run("up", "--stack", "local", "--yes")
        assert first.code == 0, first.said
        yield made
    finally:
        emulator.stop(started, home=root / ".local")


@pytest.fixture
def small(checkout):
    """The same, back to its program after the test."""
    yield checkout
    checkout.program(ORDERS + END)
