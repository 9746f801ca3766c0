"""Build a Lambda layer with the functions' native wheels: `python -m tools.layer --out x.zip`.

How native wheels get to Lambda: the function's zip holds our Python files only (it changes with
every commit and weighs kilobytes); what is compiled comes as a layer. pip downloads the wheels for
Lambda's platform, whatever machine this is (manylinux, CPython 3.12, hashes pinned for both
processors in `layer-requirements.txt`), they are unpacked under `python/`, which Lambda puts on
`sys.path`, and pyarrow is cut down to what writing Parquet links: the three extension modules, the
shared libraries that they name, and the Python files that they import.

The same input gives the same bytes (names sorted, dates and permissions fixed; another zlib may
compress differently). Not here: publishing the layer (`components/`), boto3 (the runtime has it).
"""

import argparse
import hashlib
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Collection, Iterable
from pathlib import Path

from tools.elf import needed

REQUIREMENTS = Path(__file__).parent / "layer-requirements.txt"
PYTHON = "3.12"
PLATFORMS = {"x86_64": "x86_64", "arm64": "aarch64"}
# AWS, Lambda quotas: 250 MB unzipped, layers and function together; 50 MB for a direct upload.
UNZIPPED_BYTES = 262_144_000
FUNCTION_BYTES = 1_000_000
DIRECT_UPLOAD_BYTES = 52_428_800
OLDEST = (1980, 1, 1, 0, 0, 0)  # date that a zip can hold
# What `import pyarrow.parquet` imports; `fs` does without the file systems that are missing.
PYARROW = {
    "__init__", "_generated_version", "fs", "ipc", "types", "util",
    "parquet/__init__", "parquet/core",
    "lib", "_fs", "_parquet",
}  # fmt: skip


class LayerError(Exception):
    """The layer cannot be built; the sentence says why and what to do."""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.layer", description="Build a layer zip.")
    parser.add_argument("--out", type=Path, required=True, help="the zip to write")
    parser.add_argument("--arch", choices=PLATFORMS, default="arm64", help="processor")
    parser.add_argument("--packages", nargs="+", metavar="NAME", help="a part of the pinned ones")
    options = parser.parse_args(arguments)
    try:
        digest = build(options.out, arch=options.arch, packages=options.packages)
    except LayerError as error:
        sys.stderr.write(f"layer: {error}\n")
        return 1
    with zipfile.ZipFile(options.out) as archive:
        unzipped = sum(entry.file_size for entry in archive.infolist())
    zipped = options.out.stat().st_size
    sys.stdout.write(
        f"{options.out} {options.arch}: {unzipped / 1e6:.1f} MB unzipped, {zipped / 1e6:.1f} MB"
        f" zipped, sha256 {digest}\n"
    )
    if zipped > DIRECT_UPLOAD_BYTES:
        sys.stderr.write("layer: over 50 MB zipped: Lambda takes it from S3 only\n")
    return 0


def build(out: Path, *, arch: str, packages: Collection[str] | None = None) -> str:
    """Write the layer and return its SHA-256 in hex. Raises LayerError."""
    with tempfile.TemporaryDirectory() as folder:
        wheels, root = Path(folder, "wheels"), Path(folder, "python")
        _download(requirements(packages), arch, wheels)
        for wheel in sorted(wheels.glob("*.whl")):
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(root)
        return write_zip(out, root, kept(root))


def requirements(packages: Collection[str] | None = None) -> str:
    """The pinned requirements, or the named ones of them. Raises LayerError for an unknown name."""
    lines = [line for line in REQUIREMENTS.read_text().splitlines() if not line.startswith("#")]
    entries = "\n".join(lines).replace("\\\n", " ").splitlines()
    pinned = {entry.partition("==")[0]: entry for entry in entries if entry}
    names = sorted(pinned) if packages is None else packages
    if unknown := sorted(set(names) - set(pinned)):
        raise LayerError(
            f"{', '.join(unknown)} is not in {REQUIREMENTS.name}: pin it there, or choose from"
            f" {', '.join(pinned)}"
        )
    return "\n".join(pinned[name] for name in names) + "\n"


def _download(pinned: str, arch: str, into: Path) -> None:
    into.mkdir()
    listed = into / "requirements.txt"
    listed.write_text(pinned)
    machine = PLATFORMS[arch]
    command = [
        *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"),
        *("--platform", f"manylinux_2_28_{machine}", "--platform", f"manylinux2014_{machine}"),
        *("--python-version", PYTHON, "--only-binary=:all:", "--no-deps", "--require-hashes"),
        *("--requirement", str(listed), "--dest", str(into)),
    ]
    run = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if run.returncode:
        reason = (run.stderr.strip() or "pip said nothing").splitlines()[-1]
        raise LayerError(
            f"pip could not download the {arch} wheels of {REQUIREMENTS.name} ({reason}): check the"
            " package index and the network, or the pins if a version was changed"
        )


def kept(root: Path) -> list[Path]:
    """The files below `root`, a folder of unpacked wheels, that belong into the layer."""
    files = sorted(path for path in root.rglob("*") if path.is_file())
    arrow = root / "pyarrow"
    modules = {path for path in files if _module(path, arrow) in PYARROW}
    libraries = _linked(path for path in modules if path.suffix == ".so")
    return [
        path
        for path in files
        if path.name != "RECORD"  # says what is no longer true
        and "__pycache__" not in path.parts
        and path.suffix != ".pyi"
        and (arrow not in path.parents or path in modules or path in libraries)
    ]


def _module(path: Path, package: Path) -> str | None:
    if package not in path.parents or not path.name.endswith((".py", "-linux-gnu.so")):
        return None
    return path.relative_to(package).as_posix().partition(".")[0]


def _linked(libraries: Iterable[Path]) -> set[Path]:
    """The libraries beside them that they need, directly or not."""
    found: set[Path] = set()
    waiting = set(libraries)
    while waiting:
        library = waiting.pop()
        beside = {library.parent / name for name in needed(library)}
        new = {path for path in beside if path.is_file()} - found
        found |= new
        waiting |= new
    return found


def write_zip(out: Path, root: Path, files: Iterable[Path]) -> str:
    """Write `files` under `python/`, the same bytes each time, and return the SHA-256 in hex.

    Raises LayerError when Lambda would refuse the layer for its size; then nothing is written.
    """
    files = list(files)
    size = sum(path.stat().st_size for path in files)
    if size > UNZIPPED_BYTES - FUNCTION_BYTES:
        raise LayerError(
            f"{size:,} bytes unzipped are more than Lambda's {UNZIPPED_BYTES:,} less"
            f" {FUNCTION_BYTES:,} for the function: leave packages out, or cut them down in kept()"
        )
    out.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(out, "w") as archive:
        for path in files:
            name = f"python/{path.relative_to(root).as_posix()}"
            entry = zipfile.ZipInfo(name, date_time=OLDEST)
            entry.create_system = 3
            entry.external_attr = 0o100644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes(), compresslevel=6)
    return hashlib.sha256(out.read_bytes()).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
