"""Finding the engine: PATH first, then the installer, then Go; one sentence if there is no way."""

import os
import stat

import pytest

from automation import engine
from automation.errors import UserError


def _pulumi(folder, version):
    folder.mkdir(parents=True, exist_ok=True)
    binary = folder / "pulumi"
    binary.write_text(f"#!/bin/sh\necho v{version}\n")
    binary.chmod(binary.stat().st_mode | stat.S_IXUSR)
    return binary


@pytest.fixture
def blocked(monkeypatch):
    """A network on which the installer is not there."""

    def refuse(*_args, **_kwargs):
        raise OSError("no such host")

    monkeypatch.setattr(engine, "urlopen", refuse)


def test_a_new_enough_engine_on_path_is_taken(tmp_path, monkeypatch):
    binary = _pulumi(tmp_path / "bin", "99.1.0")
    monkeypatch.setenv("PATH", str(binary.parent), prepend=os.pathsep)
    found = engine.find(print, cache=tmp_path / "cache")
    assert (found.source, found.version, found.path) == ("PATH", "99.1.0", binary)


def test_an_old_engine_is_passed_over_for_the_one_built_before(tmp_path, monkeypatch, blocked):
    old = _pulumi(tmp_path / "bin", "3.1.0")
    built = _pulumi(tmp_path / "cache" / "engine" / engine.VERSION / "built", engine.VERSION)
    monkeypatch.setenv("PATH", f"{old.parent}:/usr/bin:/bin")
    found = engine.find(print, cache=tmp_path / "cache")
    assert (found.source, found.path) == ("Go module", built)
    assert "is 3.1.0, older than" in found.notes[0]
    assert "cannot be reached (no such host)" in found.notes[1]


def test_no_engine_and_no_way_to_one_is_one_error_with_every_reason(tmp_path, monkeypatch, blocked):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError) as refused:
        engine.find(print, cache=tmp_path / "cache")
    for reason in ("there is no `pulumi` on it", "no such host", "there is no `go` on PATH"):
        assert reason in str(refused.value)
    assert "Put pulumi" in str(refused.value)
