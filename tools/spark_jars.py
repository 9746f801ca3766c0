"""Fetch Hadoop's S3 connector for the Spark of this repository: `python -m tools.spark_jars`.

Maven gets the artifacts of `tools/spark/pom.xml` from wherever the machine's settings say, and
their SHA-256 must be those of `tools/spark/jars.sha256`. They lie in the user's cache, 6 MB. Prints
the folder. Not here: pyspark itself, which `requirements-spark.lock` pins.
"""

import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from automation.engine import cache_home

TOOLS = Path(__file__).parent / "spark"
PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies"
GROUPS = "org.apache.hadoop,com.amazonaws,software.amazon.ion"
PATIENCE_SECONDS = 300


class NoJars(Exception):  # noqa: N818  a reason, not a fault
    """The connector cannot be had; the sentence says why and what to do."""


def folder() -> Path:
    """Where the jars lie, named after what they are: other pins, another folder."""
    pins = hashlib.sha256((TOOLS / "jars.sha256").read_bytes()).hexdigest()[:12]
    return cache_home() / f"spark-jars-{pins}"


def fetch() -> Path:
    """The folder with the jars; they are fetched if it is not there yet. Raises `NoJars`."""
    wanted = folder()
    if wanted.is_dir():
        return wanted
    maven = shutil.which("mvn")
    if maven is None:
        raise NoJars("there is no Maven (mvn): install it, and run `make spark-setup` again")
    wanted.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=wanted.parent) as fresh:
        jars = Path(fresh, "jars")
        command = [
            maven, "-q", "-B", "-f", TOOLS / "pom.xml", PLUGIN, "-DincludeScope=runtime",
            f"-DincludeGroupIds={GROUPS}", f"-DoutputDirectory={jars}",
        ]  # fmt: skip
        try:
            subprocess.run(  # noqa: S603 (the machine's own Maven)
                command, check=True, capture_output=True, text=True, timeout=PATIENCE_SECONDS
            )
        except subprocess.CalledProcessError as error:
            last = (error.stdout + error.stderr).strip().splitlines()[:1]
            raise NoJars(f"Maven could not fetch them: {' '.join(last)}") from None
        except subprocess.TimeoutExpired:
            raise NoJars(
                f"Maven fetched nothing in {PATIENCE_SECONDS} s: look at its settings"
            ) from None
        check(jars)
        jars.rename(wanted)
    return wanted


def check(jars: Path) -> None:
    """Raises `NoJars` unless the folder has exactly the pinned files."""
    pinned: dict[str, str] = {}
    for line in (TOOLS / "jars.sha256").read_text().splitlines():
        digest, name = line.split()
        pinned[name] = digest
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in jars.iterdir()}
    for name in sorted(pinned.keys() | found.keys()):
        if pinned.get(name) != found.get(name):
            raise NoJars(
                f"{name} is not what tools/spark/jars.sha256 says (found {found.get(name)}, wanted "
                f"{pinned.get(name)}): do not use it; see where Maven gets it from"
            )


def main() -> int:
    try:
        sys.stdout.write(f"{fetch()}\n")
    except NoJars as missing:
        sys.stderr.write(f"spark-jars: {missing}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
