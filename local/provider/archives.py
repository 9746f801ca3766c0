"""Pulumi assets and archives to bytes.

The same content gives the same bytes on every machine: names are sorted, times and owners fixed.
Contents come only with the *new* inputs of a create or update; everywhere else the engine sends the
hash alone.
"""

import io
import os
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeAlias

from local.provider.errors import UserError
from local.provider.values import Json

# The first moment a zip entry can carry.
_EPOCH = (1980, 1, 1, 0, 0, 0)
_MODE = 0o644
_MODE_EXECUTABLE = 0o755

# Reads an entry: its bytes, and whether it may be executed.
_Entry: TypeAlias = Callable[[], tuple[bytes, bool]]


def asset_bytes(asset: Json) -> bytes:
    """Contents of a file or string asset."""
    if "text" in asset:
        return str(asset["text"]).encode()
    if "path" in asset:
        return _read(Path(asset["path"]))
    raise UserError(
        "an asset arrived without contents; only files and strings on this machine are supported"
    )


def archive_zip(archive: Json) -> bytes:
    """A zip of an archive: a folder, a zip file (unchanged), or a map of assets."""
    path = archive.get("path")
    if path and Path(path).is_file():
        return _read(Path(path))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for name, source in sorted(_entries("", archive).items()):
            data, executable = source()
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (_MODE_EXECUTABLE if executable else _MODE) << 16
            target.writestr(entry, data)
    return buffer.getvalue()


def _entries(prefix: str, source: Json) -> dict[str, _Entry]:
    """Name in the zip → what reads it."""
    if "assets" in source:
        entries: dict[str, _Entry] = {}
        for name, inner in source["assets"].items():
            entries |= _entries(f"{prefix}/{name}" if prefix else name, inner)
        return entries
    path = Path(source["path"]) if "path" in source else None
    if path and path.is_dir():
        root = f"{prefix}/" if prefix else ""
        return {
            f"{root}{file.relative_to(path).as_posix()}": partial(_from_disk, file)
            for file in path.rglob("*")
            if file.is_file()
        }
    return {prefix: lambda: (asset_bytes(source), False)}


def _from_disk(file: Path) -> tuple[bytes, bool]:
    return _read(file), os.access(file, os.X_OK)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UserError(f"can't read {path}: {error.strerror}") from None
