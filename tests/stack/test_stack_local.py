"""The whole stack `local` on the real engine: made, unchanged, changed by one value, drifted, gone.

The demo covers what flows through it; this covers what `up`, `preview` and `refresh` say of it.
"""

import shutil
import socket

import pytest
import yaml

from automation import engine as engines
from automation.errors import ROOT, UserError
from automation.progress import changed
from automation.session import open_stack
from local import emulator, leftovers
from local.access import Access

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def engine():
    try:
        return engines.find(print)
    except UserError as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    home = tmp_path_factory.mktemp("emulator")
    started = emulator.start(port=port, home=home)
    yield started
    emulator.stop(started, home=home)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A folder with stack files of its own, so that a test may change them."""
    folder = tmp_path_factory.mktemp("stacks")
    for name in ("Pulumi.yaml", "Pulumi.local.yaml"):
        shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.fixture
def opened(engine, running, root):
    def opening():
        return open_stack(
            "local", engine, emulator_url=running.url, root=root, home=root / ".local"
        )

    return opening


def _set(root, section: str, key: str, value: object) -> None:
    path = root / "Pulumi.local.yaml"
    document = yaml.safe_load(path.read_text())
    document["config"][f"shop:{section}"][key] = value
    path.write_text(yaml.safe_dump(document))


def _nothing(_event: object) -> None:
    pass


def test_the_stack_lives_through_its_changes(opened, running, root):
    access = Access(endpoint=running.url)
    with opened() as session:
        made = session.up(_nothing)
        assert made.created_types["aws:s3/bucket:Bucket"] == 4
        assert session.simulated == set()
        assert made.outputs["stream"] == "shoptrend-local-events-stream"

        again = session.up(_nothing)
        assert set(again.changes) == {"same"}, again.changes

        assert set(session.refresh(_nothing).changes) == {"same"}

    _set(root, "ingest", "retention_hours", 48)
    with opened() as session:
        told: list[str] = []
        session.preview(changed(told.append))
        assert [line.split() for line in told] == [
            ["update", "aws:kinesis/stream:Stream", "ingest-stream", "[retentionPeriod]"]
        ]
        session.up(_nothing)
        kinesis = access.client("kinesis")
        stream = kinesis.describe_stream_summary(StreamName="shoptrend-local-events-stream")
        assert stream["StreamDescriptionSummary"]["RetentionPeriodHours"] == 48

        access.client("s3").delete_bucket(Bucket="shoptrend-local-gold")
        told = []
        refreshed = session.refresh(changed(told.append))
        assert refreshed.changes["delete"] >= 1, refreshed.changes
        assert session.up(_nothing).changes["create"] >= 1
        buckets = {bucket["Name"] for bucket in access.client("s3").list_buckets()["Buckets"]}
        assert "shoptrend-local-gold" in buckets

        session.destroy(_nothing)
    assert {kind: names for kind, names in leftovers.look(access).items() if names} == {}


def test_a_wrong_stack_file_is_refused_before_the_engine_runs(opened, root):
    _set(root, "lakehouse", "retian", True)
    with pytest.raises(UserError, match=r"shop:lakehouse\.retian: no such setting"), opened():
        pass


def test_a_stack_without_a_file_is_refused_with_those_that_have_one(engine, root):
    with (
        pytest.raises(UserError, match=r"no stack 'qa'.*choose one of local"),
        open_stack("qa", engine, root=root),
    ):
        pass
