"""`preview --offline` of every real stack: on the real engine, alone with itself.

A process of its own, with credentials that must not be read and, where the machine allows it, in a
network of its own that has nothing but loopback.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from automation import engine as engines
from automation.errors import ROOT, UserError
from automation.results import UNKNOWN
from automation.stackfile import stacks

pytestmark = pytest.mark.engine

REAL = [stack for stack in stacks() if stack != "local"]
CANARY = "AKIACANARYCANARYCANA"
# Whoever asks botocore for a session with these gets an error, so asking would be seen.
POISON = {
    "AWS_PROFILE": "no-such-profile",
    "AWS_ACCESS_KEY_ID": CANARY,
    "AWS_SECRET_ACCESS_KEY": CANARY,
    "AWS_CONFIG_FILE": "no-such-file",
    "PULUMI_BACKEND_URL": "s3://no-such-bucket",
    "KUBECONFIG": "no-such-file",
}


@pytest.fixture(scope="module")
def engine():
    try:
        return engines.find(print)
    except UserError as missing:
        pytest.skip(str(missing))


def _preview(stack: str, engine, *, alone: bool = False) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "automation", "preview", "--stack", stack, "--offline"]
    if alone:
        quoted = " ".join(command)
        command = ["unshare", "-rn", "sh", "-c", f"ip link set lo up && exec {quoted}"]
    path = f"{engine.path.parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **POISON, "PATH": path, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


def _out(stack: str) -> Path:
    return ROOT / "out" / stack


@pytest.mark.parametrize("stack", REAL)
def test_two_previews_in_a_row_are_the_same_to_the_byte(stack: str, engine):
    written: list[dict[str, bytes]] = []
    for _ in range(2):
        shutil.rmtree(_out(stack), ignore_errors=True)
        done = _preview(stack, engine)
        assert done.returncode == 0, done.stdout + done.stderr
        assert CANARY not in done.stdout + done.stderr
        written.append({p.name: p.read_bytes() for p in _out(stack).iterdir()})
    first, second = written
    assert first["preview.json"] == second["preview.json"]
    assert first["preview.md"] == second["preview.md"]
    assert not any(CANARY.encode() in content for content in second.values())


@pytest.mark.parametrize("stack", REAL)
def test_it_is_a_first_preview_all_new_and_computed_values_unknown(stack: str, engine):
    if not (_out(stack) / "preview.json").exists():
        assert _preview(stack, engine).returncode == 0
    preview = json.loads((_out(stack) / "preview.json").read_text())
    assert preview["outcome"] == "succeeded"
    assert set(preview["counts"]) == {"create"}
    lines = (ROOT / "tests" / "urns" / f"{stack}.txt").read_text().splitlines()
    inventory = [urn for urn in lines if "$pulumi:" not in urn]  # the engine's own ones
    previewed = {one["urn"].split("::", 2)[2] for one in preview["resources"]}
    assert previewed >= set(inventory), "the engine was told less than the inventory says"
    policies = [
        one["inputs"]["policy"]
        for one in preview["resources"]
        if one["type"] == "aws:s3/bucketPolicy:BucketPolicy"
    ]
    assert policies
    assert set(policies) == {UNKNOWN}, "a bucket's ARN is not known before there is one"


@pytest.mark.skipif(shutil.which("unshare") is None, reason="no `unshare` to cut the network with")
def test_it_needs_no_network(engine):
    probe = subprocess.run(
        ["unshare", "-rn", "sh", "-c", "ip link set lo up"], capture_output=True, check=False
    )
    if probe.returncode != 0:
        pytest.skip(f"no network namespaces here: {probe.stderr.decode().strip()}")
    done = _preview("prod", engine, alone=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_stack_that_is_not_there_is_one_sentence(engine):
    done = _preview("qa", engine)
    assert done.returncode == 2
    assert "there is no stack 'qa'" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
