"""The jobs' code as a wheel, in memory: the Python files of the packages that they import and
nothing else, so that equal code gives equal bytes and an equal name.

A wheel reaches the workers too, where files beside a script would not. Format: Python packaging
user guide, "Binary distribution format".
"""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

from components.lambda_code import ROOT

PACKAGE = "shoptrend_jobs"
PACKAGES = ("contract", "functions/consumer", "jobs/databricks")
ENTRY_POINTS = {
    "history": "jobs.databricks.main:history",
    "enrich": "jobs.databricks.main:enrich",
}
# What the code imports and the runtime of Databricks lacks; versions are those of requirements.txt
# and requirements-local.txt (a test compares).
LIBRARIES = ("msgspec==0.22.0", "pybase64==1.5.1")
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first day that a zip knows


@dataclass(frozen=True, kw_only=True)
class Wheel:
    name: str
    body: bytes

    @property
    def base64(self) -> str:
        return base64.b64encode(self.body).decode()


def wheel(root: Path = ROOT) -> Wheel:
    """The version is the content's hash: Databricks keeps an installed wheel by its name."""
    files = _sources(root)
    digest = hashlib.sha256()
    for path, body in files.items():
        digest.update(path.encode() + b"\0" + body + b"\0")
    version = f"0+{digest.hexdigest()[:12]}"
    info = f"{PACKAGE}-{version}.dist-info"
    points = "".join(f"{name} = {target}\n" for name, target in ENTRY_POINTS.items())
    metadata = f"Metadata-Version: 2.1\nName: {PACKAGE}\nVersion: {version}\n"
    files |= {
        f"{info}/METADATA": metadata.encode(),
        f"{info}/WHEEL": (
            b"Wheel-Version: 1.0\nGenerator: shoptrend\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        ),
        f"{info}/entry_points.txt": f"[console_scripts]\n{points}".encode(),
    }
    record = "".join(f"{path},{_hash(body)},{len(body)}\n" for path, body in files.items())
    files[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()
    return Wheel(name=f"{PACKAGE}-{version}-py3-none-any.whl", body=_zipped(files))


def _sources(root: Path) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for package in PACKAGES:
        parents = [root / part for part in Path(package).parents if part != Path()]
        for file in sorted(
            [*(root / package).rglob("*.py"), *(parent / "__init__.py" for parent in parents)]
        ):
            files[file.relative_to(root).as_posix()] = file.read_bytes()
    return files


def _hash(body: bytes) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(body).digest()).decode().rstrip("=")
    return f"sha256={digest}"


def _zipped(files: dict[str, bytes]) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, body in files.items():
            archive.writestr(zipfile.ZipInfo(path, _EPOCH), body, zipfile.ZIP_DEFLATED)
    return sink.getvalue()
