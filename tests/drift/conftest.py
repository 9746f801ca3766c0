"""The stack `local` in an emulator of its own, deployed once for all tests here."""

import contextlib
import shutil
import socket
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from automation import drift_command
from automation import engine as engines
from automation.drift_report import Told
from automation.engine import Engine
from automation.errors import ROOT, UserError
from automation.session import open_stack
from local import emulator
from local.access import Access
from tests.provider.stacks import close_what_failed_runs_left

LEFT_BEHIND = "Exception ignored in. <coroutine object run_in_stack"
# Far away: a trial must not call the internet.
SCHEDULE = "at(2099-01-01T00:00:00)"


def pytest_configure(config):
    config.addinivalue_line(
        "filterwarnings", f"ignore:{LEFT_BEHIND}:pytest.PytestUnraisableExceptionWarning"
    )


@pytest.fixture(scope="session")
def engine() -> Engine:
    try:
        return engines.find(print)
    except UserError as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def running(tmp_path_factory):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    home = tmp_path_factory.mktemp("emulator")
    started = emulator.start(port=port, home=home)
    yield started
    emulator.stop(started, home=home)


@pytest.fixture(scope="session")
def access(running) -> Access:
    return Access(endpoint=running.url)


@dataclass
class Deployed:
    """The stack, and how it is looked at."""

    engine: Engine
    url: str
    root: Path

    @property
    def home(self) -> Path:
        return self.root / ".local"

    @property
    def out(self) -> Path:
        return self.root / "out"

    def opened(self):
        return open_stack(
            "local", self.engine, emulator_url=self.url, root=self.root, home=self.home
        )

    def look(self) -> Told:
        return drift_command.look(
            "local",
            self.engine,
            root=self.root,
            home=self.home,
            emulator_url=self.url,
            out=self.out,
        )


@pytest.fixture(scope="session")
def deployed(engine, running, tmp_path_factory):
    root = tmp_path_factory.mktemp("stacks")
    shutil.copy(ROOT / "Pulumi.yaml", root)
    document = yaml.safe_load((ROOT / "Pulumi.local.yaml").read_text())
    document["config"]["shop:producer"]["schedule"] = SCHEDULE
    (root / "Pulumi.local.yaml").write_text(yaml.safe_dump(document))
    stack = Deployed(engine=engine, url=running.url, root=root)
    with stack.opened() as session:
        session.up(lambda _event: None)
    yield stack
    with contextlib.suppress(UserError), stack.opened() as session:
        session.destroy(lambda _event: None)
    close_what_failed_runs_left()
