"""What the words about state say, and to whom they refuse."""

import argparse
import io
import json
from datetime import UTC, datetime

import pytest
from rich.console import Console

from automation import state_commands, turn
from automation.backend import Folder
from automation.errors import ConfigurationError, Exit, LockedError, UserError
from automation.lease_table import here


def _say(word, **options) -> str:
    said = io.StringIO()
    given = argparse.Namespace(**{"stack": ["dev"], **options})
    assert state_commands.COMMANDS[word].run(given, Console(file=said, width=200)) == Exit.OK
    return said.getvalue()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    place = turn.Place(stack="dev", store=Folder(path=tmp_path), leases=None)
    monkeypatch.setattr(turn, "place", lambda _stack: place)
    return tmp_path


def _lock(folder, host: str) -> None:
    path = folder / ".pulumi/locks/organization/shop/dev/a.json"
    path.parent.mkdir(parents=True)
    written = {"pid": 2**22 + 1, "username": "ana", "hostname": host}
    path.write_text(json.dumps({**written, "timestamp": datetime.now(UTC).isoformat()}))


def test_a_free_stack_is_said_to_be_free(folder):
    assert _say("locks", release=False) == "dev: no lock\n"
    assert _say("lease") == "dev: nobody's turn\n"


def test_a_lock_is_told_with_its_holder_and_stays(folder):
    _lock(folder, "laptop")
    assert _say("locks", release=False).startswith("dev: locked by ana@laptop, pid 4194305, for ")
    with pytest.raises(LockedError, match="ana@laptop"):
        _say("locks", release=True)
    assert "locked by" in _say("locks", release=False)


def test_a_dead_run_of_this_machine_is_released_with_the_reason(folder):
    _lock(folder, here().host)
    assert "released the lock of ana@" in _say("locks", release=True)
    assert _say("locks", release=False) == "dev: no lock\n"


def test_a_folder_has_no_older_states(folder):
    with pytest.raises(UserError, match="keeps no older ones"):
        _say("states")


def test_a_version_is_of_one_stack():
    with pytest.raises(ConfigurationError, match=r"found dev, prod"):
        _say("restore", stack=["dev", "prod"], version="v")


@pytest.fixture
def root(tmp_path):
    (tmp_path / "Pulumi.dev.yaml").write_text(
        "config:\n"
        "  shop:platform: {account_id: '123456789012', region: eu-west-1}\n"
        "  shop:encryption: {deletion_window_days: 30}\n"
        "  shop:state: {retain: true}\n"
        "  shop:ci: {enabled: false, deletes_data: false}\n"
        "  shop:images: {enabled: false, retain: false}\n"
    )
    return tmp_path


def test_another_backend_in_the_environment_is_refused(root, monkeypatch):
    monkeypatch.setenv("PULUMI_BACKEND_URL", "https://api.pulumi.com")
    with pytest.raises(ConfigurationError, match=r"api\.pulumi\.com.*s3://shoptrend-dev-state"):
        turn.place("dev", root=root)


@pytest.mark.parametrize(
    "named", [None, "s3://shoptrend-dev-state", "s3://shoptrend-dev-state?x=1"]
)
def test_the_stacks_own_bucket_is_found_without_being_told(root, monkeypatch, named):
    monkeypatch.delenv("PULUMI_BACKEND_URL", raising=False)
    if named:
        monkeypatch.setenv("PULUMI_BACKEND_URL", named)
    at = turn.place("dev", root=root)
    assert at.store.url == "s3://shoptrend-dev-state?region=eu-west-1&awssdk=v2"
    assert at.leases is not None
    assert (at.leases.table, at.lease_name) == ("shoptrend-dev-lease", "shop/dev")
