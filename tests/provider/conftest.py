"""One emulator for the provider's tests, and the objects that samples lean on."""

import os
import shutil
import socket
import warnings
from pathlib import Path

import pytest

from local import emulator as emulators
from local.provider import lifecycle
from local.provider.clients import Api, Clients
from local.provider.config import ProviderConfig
from local.provider.server import serve
from local.provider.types import TABLE
from tests.provider.samples.world import World
from tests.provider.stacks import Bench, close_what_failed_runs_left

SERVICES = {kind.service for kind in TABLE.values()} | {"sts"}

# What a program leaves whose run failed; see `close_what_failed_runs_left`.
LEFT_BEHIND = "Exception ignored in. <coroutine object run_in_stack"


def pytest_configure(config):
    config.addinivalue_line(
        "filterwarnings", f"ignore:{LEFT_BEHIND}:pytest.PytestUnraisableExceptionWarning"
    )


@pytest.fixture(scope="session")
def emulator_url(tmp_path_factory):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    home = tmp_path_factory.mktemp("emulator")
    with warnings.catch_warnings():
        # The process is meant to outlive its handle.
        warnings.simplefilter("ignore", ResourceWarning)
        running = emulators.start(port=port, home=home)
    yield running.url
    emulators.stop(running, home=home)


@pytest.fixture(scope="session")
def provider_config(emulator_url: str):
    return ProviderConfig(
        region="eu-west-1",
        access_key=emulators.ACCOUNT,
        secret_key=emulators.SECRET,
        endpoints=dict.fromkeys(SERVICES, emulator_url),
    )


@pytest.fixture(scope="session")
def clients(provider_config):
    return Clients(provider_config)


@pytest.fixture(scope="session")
def create(clients):
    """Creates an object of a type; answers its id and outputs."""

    def make(token, inputs):
        kind = TABLE[token]
        return lifecycle.create(kind, Api(clients, kind.service), inputs)

    return make


@pytest.fixture(scope="session")
def world(create, tmp_path_factory):
    return World.made_with(create, tmp_path_factory.mktemp("world"))


@pytest.fixture
def engine(monkeypatch):
    """The Pulumi engine, first on the PATH, where the Automation API looks for it."""
    found = os.environ.get("SHOP_PULUMI") or shutil.which("pulumi")
    if not found:
        pytest.skip("no Pulumi engine: set SHOP_PULUMI to its path, or put `pulumi` on the PATH")
    monkeypatch.setenv("PATH", f"{Path(found).parent}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def bench(engine, emulator_url: str, tmp_path):
    with serve() as provider:
        yield Bench(
            folder=tmp_path,
            provider=provider,
            endpoints=dict.fromkeys(SERVICES, emulator_url),
        )
    close_what_failed_runs_left()
