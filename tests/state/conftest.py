"""An emulator with the foundation of the stack `local` in it, made by the bootstrap itself."""

import shutil
import socket
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
import yaml

from automation import bootstrap
from automation import engine as engines
from automation.engine import Engine
from automation.errors import ROOT, UserError
from automation.ground import Ground, ground
from local import emulator
from local.access import Access
from tests.provider.stacks import close_what_failed_runs_left
from tests.state.tiny import Tiny

LEFT_BEHIND = "Exception ignored in. <coroutine object run_in_stack"
NUMBERS = count(1)
SECTIONS = {
    "shop:state": {"retain": False},
    "shop:ci": {"enabled": True, "repository": "shoptrend/platform", "deletes_data": True},
    "shop:images": {"enabled": False, "retain": False},
}


def pytest_configure(config):
    config.addinivalue_line(
        "filterwarnings", f"ignore:{LEFT_BEHIND}:pytest.PytestUnraisableExceptionWarning"
    )


def write_stack_file(folder: Path, **sections) -> None:
    """The committed file of `local`, with what the bootstrap reads; sections are merged in."""
    document = yaml.safe_load((ROOT / "Pulumi.local.yaml").read_text())
    config = document["config"]
    for group in config["aws:endpoints"]:
        group["dynamodb"] = group["s3"]
    for name, values in SECTIONS.items():
        config[name] = values
    for name, values in sections.items():
        config[f"shop:{name}"] = {**config.get(f"shop:{name}", {}), **values}
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / "Pulumi.yaml", folder)
    (folder / "Pulumi.local.yaml").write_text(yaml.safe_dump(document))


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
    # With authorisation on, so that the roles are held to their policies.
    started = emulator.start(port=port, home=home, auth=True)
    yield started
    emulator.stop(started, home=home)


@pytest.fixture(scope="session")
def access(running) -> Access:
    return Access(endpoint=running.url)


@dataclass
class Told:
    """What a run of the bootstrap said and gave back."""

    said: list[str]
    done: bootstrap.Bootstrapped


@dataclass
class Bench:
    """Runs the bootstrap from a folder of its own."""

    folder: Path
    engine: Engine
    url: str

    def run(self, say=lambda _text: None) -> bootstrap.Bootstrapped:
        return bootstrap.run(
            "local", self.engine, say, emulator_url=self.url, root=self.folder, home=self.home
        )

    def ground(self) -> Ground:
        return ground("local", emulator_url=self.url, root=self.folder, home=self.home)

    @property
    def home(self) -> Path:
        return self.folder / "bootstrap"


@pytest.fixture(scope="session")
def bench(engine, running, tmp_path_factory) -> Bench:
    folder = tmp_path_factory.mktemp("stacks")
    write_stack_file(folder)
    return Bench(folder=folder, engine=engine, url=running.url)


@pytest.fixture(scope="session")
def founded(bench) -> Told:
    """The foundation, made in one go."""
    said: list[str] = []
    return Told(said=said, done=bench.run(said.append))


@pytest.fixture
def tiny(bench, founded, tmp_path):
    """A small stack of its own whose state is in the bucket of the foundation."""
    project = f"tiny-{next(NUMBERS)}"
    stack = Tiny(
        ground=bench.ground(),
        engine=bench.engine,
        folder=tmp_path,
        project=project,
        key_arn=founded.done.outputs["state_key_arn"],
    )
    yield stack
    stack.kill_all()
    close_what_failed_runs_left()
