"""The layer holds what the consumer needs and nothing else, byte for byte the same each time."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import msgspec
import pyarrow
import pybase64
import pytest

from tools import layer
from tools.elf import needed
from tools.layer import LayerError, build, kept, main, requirements, write_zip

ROOT = Path(__file__).parent.parent.parent
WRITE_PARQUET = """
import pyarrow
from functions.consumer.decode import decode
from functions.consumer.parquet import silver_objects
from functions.consumer.records import Span
from tests.functions.consumer_fakes import recorded
records = recorded("kinesis_joined_events")["Records"]
span = Span(shard="s", first="1", last="2")
print(pyarrow.__file__)
print(*[new.body[:4] for new in silver_objects(decode(records), span)])
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This machine's wheels, as they lie after unpacking."""
    root = tmp_path_factory.mktemp("wheels")
    for package in (pyarrow, msgspec, pybase64):
        (folder,) = package.__path__
        shutil.copytree(folder, root / Path(folder).name, copy_function=link)
    return root


def link(source: str | Path, target: str | Path) -> None:
    """A hundred megabytes need no copying where both are on one disk."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def copy(files: list[Path], root: Path, target: Path) -> Path:
    for path in files:
        (target / path.relative_to(root)).parent.mkdir(parents=True, exist_ok=True)
        link(path, target / path.relative_to(root))
    return target


def test_the_consumer_writes_parquet_with_nothing_but_the_layer(installed: Path, tmp_path: Path):
    target = copy(kept(installed), installed, tmp_path / "python")
    # The tests' own imports, which Lambda does without.
    (target / "duckdb.py").touch()
    run = subprocess.run(
        [sys.executable, "-S", "-c", WRITE_PARQUET],
        env={"PYTHONPATH": os.pathsep.join([str(target), str(ROOT)])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.stdout.split("\n")[:2] == [
        str(target / "pyarrow" / "__init__.py"),
        "b'PAR1' b'PAR1'",
    ], run.stderr


def test_the_layer_leaves_out_what_parquet_does_not_link(installed: Path):
    names = {path.name.partition(".")[0] for path in kept(installed)}
    assert {"libarrow", "libparquet", "lib", "_parquet", "_fs", "_core"} <= names
    assert not names & {"libarrow_flight", "libarrow_s3", "_flight", "_dataset", "_orc", "compute"}
    folders = {path.relative_to(installed).parent.as_posix() for path in kept(installed)}
    assert folders == {"msgspec", "pyarrow", "pyarrow/parquet", "pybase64"}


def test_each_library_is_there_once(installed: Path):
    names = [path.name for path in kept(installed) if path.name.startswith("libarrow_python.")]
    assert len(names) == 1


def test_needed_reads_what_the_loader_would(installed: Path):
    library = next((installed / "pyarrow").glob("libparquet.so.*"))
    assert {"libc.so.6", "libstdc++.so.6"} < set(needed(library))
    assert any(name.startswith("libarrow.so.") for name in needed(library))


def test_a_file_that_is_no_library_is_named(tmp_path: Path):
    (tmp_path / "x.so").write_bytes(b"PK")
    with pytest.raises(ValueError, match=r"x\.so is not a 64-bit little-endian ELF file"):
        needed(tmp_path / "x.so")


def test_names_are_sorted_and_dates_and_permissions_fixed(tmp_path: Path):
    (tmp_path / "b").mkdir(mode=0o700)
    for name in ("z.py", "b/y.so", "a.py"):
        (tmp_path / name).write_text(name)
    (tmp_path / "a.py").chmod(0o600)
    first = write_zip(tmp_path / "1.zip", tmp_path, [tmp_path / "a.py", tmp_path / "b/y.so"])
    os.utime(tmp_path / "a.py", (1, 1))
    (tmp_path / "a.py").chmod(0o755)
    second = write_zip(tmp_path / "2.zip", tmp_path, [tmp_path / "a.py", tmp_path / "b/y.so"])
    assert first == second == hashlib.sha256((tmp_path / "1.zip").read_bytes()).hexdigest()
    with zipfile.ZipFile(tmp_path / "1.zip") as archive:
        assert archive.namelist() == ["python/a.py", "python/b/y.so"]
        assert {entry.external_attr >> 16 for entry in archive.infolist()} == {0o100644}
        assert archive.read("python/b/y.so") == b"b/y.so"


def test_what_lambda_would_refuse_is_not_written(tmp_path: Path):
    with (tmp_path / "big.so").open("wb") as file:
        file.truncate(layer.UNZIPPED_BYTES)
    with pytest.raises(LayerError, match="are more than Lambda's 262,144,000 less 1,000,000"):
        write_zip(tmp_path / "out.zip", tmp_path, [tmp_path / "big.so"])
    assert not (tmp_path / "out.zip").exists()


def test_the_pins_are_the_versions_that_the_tests_run_with():
    files = [ROOT / name for name in ("requirements.txt", "requirements-local.txt")]
    text = "\n".join(path.read_text() for path in files)
    local = dict(re.findall(r"^(\w+)==(\S+)$", text, re.M))
    pinned = dict(re.findall(r"^(\w+)==(\S+)", requirements(), re.M))
    assert pinned == {name: local[name] for name in ("msgspec", "pyarrow", "pybase64")}


def test_every_pin_has_a_hash_for_both_processors():
    assert [line.count("--hash=sha256:") for line in requirements().splitlines()] == [2, 2, 2]


def test_an_unknown_package_is_refused_in_one_sentence(capsys: pytest.CaptureFixture[str]):
    assert main(["--out", "x.zip", "--packages", "msgspec", "numpy"]) == 1
    assert capsys.readouterr().err == (
        "layer: numpy is not in layer-requirements.txt: pin it there, or choose from"
        " msgspec, pyarrow, pybase64\n"
    )


def test_without_an_index_the_build_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:1/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    assert main(["--out", str(tmp_path / "x.zip"), "--packages", "msgspec"]) == 1
    assert capsys.readouterr().err.startswith("layer: pip could not download the arm64 wheels")
    assert not (tmp_path / "x.zip").exists()


@pytest.mark.parametrize(("arch", "machine"), [("x86_64", "x86_64"), ("arm64", "aarch64")])
def test_two_builds_have_one_hash(tmp_path: Path, arch: str, machine: str):
    packages = ["msgspec", "pybase64"]
    try:
        first = build(tmp_path / "1.zip", arch=arch, packages=packages)
    except LayerError as error:
        if "pip could not download" in str(error):
            pytest.skip(f"no package index: {error}")
        raise
    assert build(tmp_path / "2.zip", arch=arch, packages=packages) == first
    with zipfile.ZipFile(tmp_path / "1.zip") as archive:
        libraries = [name for name in archive.namelist() if name.endswith(".so")]
    assert libraries == [
        f"python/msgspec/_core.cpython-312-{machine}-linux-gnu.so",
        f"python/pybase64/_pybase64.cpython-312-{machine}-linux-gnu.so",
    ]
