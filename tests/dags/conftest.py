"""The emulator with a small stack on it, and Airflow in its own environment."""

import json
import os
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from local import emulator
from local.access import Access
from local.emulator import ACCOUNT, REGION, SECRET
from pipelines.places import Places, to_json
from tests.dags import shop_on_emulator
from tests.dags.shop_on_emulator import Stack
from tests.graph import ROOT

AIRFLOW = ROOT / ".venv-airflow" / "bin"
MISSING = "there is no .venv-airflow: `make airflow-setup` makes it"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "airflow: runs real Airflow (skipped, with a reason, where it is not installed)"
    )


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Made and filled."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    home = tmp_path_factory.mktemp("emulator")
    running = emulator.start(port=port, home=home)
    try:
        made = shop_on_emulator.create(Access(endpoint=running.url))
        shop_on_emulator.fill(made, home / "silver")
        yield made
    finally:
        emulator.stop(running, home=home)


@pytest.fixture(scope="module")
def airflow(
    stack: Stack, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., dict[str, Any]]]:
    """Asks one process of Airflow; starting one takes longer than a run."""
    if not (AIRFLOW / "airflow").exists():
        pytest.skip(MISSING)
    home = tmp_path_factory.mktemp("airflow")
    environment = _environment(home, stack)
    subprocess.run(
        [AIRFLOW / "airflow", "db", "migrate"],
        env=environment, check=True, capture_output=True, timeout=180,
    )  # fmt: skip
    read, write = os.pipe()
    with (home / "log").open("w") as log, os.fdopen(read) as answers:
        process = subprocess.Popen(
            [AIRFLOW / "python", Path(__file__).with_name("airflow_process.py"), str(write)],
            env=environment, text=True, pass_fds=[write], cwd=home,
            stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
        os.close(write)

        def ask(places: Places, **request: Any) -> dict[str, Any]:
            assert process.stdin is not None
            process.stdin.write(json.dumps({**request, "places": to_json(places)}) + "\n")
            process.stdin.flush()
            line = answers.readline()
            assert line, (home / "log").read_text()[-6000:]
            return json.loads(line)

        yield ask
        assert process.stdin is not None
        process.stdin.close()
        process.wait(30)


@pytest.fixture
def bundle(tmp_path: Path) -> Callable[[Path], dict[str, Any]]:
    """Parses a folder as the DAG processor does a bundle, with nothing of ours on its path."""
    if not (AIRFLOW / "airflow").exists():
        pytest.skip(MISSING)

    def parse(folder: Path) -> dict[str, Any]:
        done = subprocess.run(
            [AIRFLOW / "python", Path(__file__).with_name("airflow_bundle.py"), folder],
            env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "AIRFLOW_HOME": str(tmp_path)},
            cwd=tmp_path, check=True, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        return json.loads(done.stdout.splitlines()[-1])

    return parse


def _environment(home: Path, stack: Stack) -> dict[str, str]:
    """Nothing of the shell but where programs are."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "PYTHONPATH": str(ROOT),
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ACCESS_KEY_ID": ACCOUNT,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL": stack.access.endpoint,
        "AIRFLOW_CONN_AWS_DEFAULT": json.dumps(
            {
                "conn_type": "aws",
                "login": ACCOUNT,
                "password": SECRET,
                "extra": {"region_name": REGION, "endpoint_url": stack.access.endpoint},
            }
        ),
    }
