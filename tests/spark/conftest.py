"""The emulator, and one Spark that runs the jobs from the archive that the program delivers."""

import json
import socket
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from components.batch_etl import CODE
from components.lambda_code import lambda_code
from local import emulator, spark
from local.access import Access
from local.emulator import REGION

BUCKETS = ("bronze", "silver", "spark-silver")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "spark: runs real Spark (skipped, with a reason, where it is not set up)"
    )


@dataclass(kw_only=True)
class Lake:
    """Buckets on the emulator. DuckDB's jobs write `silver`, Spark's `spark-silver`."""

    access: Access
    spark: spark.Spark

    @property
    def s3(self) -> Any:
        return self.access.client("s3")

    def put(self, key: str, body: bytes, bucket: str = "bronze") -> None:
        self.s3.put_object(Bucket=bucket, Key=key, Body=body)

    def body(self, bucket: str, key: str) -> bytes:
        return self.s3.get_object(Bucket=bucket, Key=key)["Body"].read()

    def rows(self, bucket: str, key: str) -> list[dict]:
        return pq.read_table(BytesIO(self.body(bucket, key))).to_pylist()

    def keys(self, bucket: str, prefix: str = "") -> list[str]:
        found = self.s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
        return [entry["Key"] for entry in found]

    def sizes(self, bucket: str) -> dict[str, int]:
        found = self.s3.list_objects_v2(Bucket=bucket).get("Contents", [])
        return {entry["Key"]: entry["Size"] for entry in found}

    def ask(self, job: str, *more: str, silver: str = "spark-silver") -> dict[str, str]:
        return self.spark.ask(job, "--bronze", "bronze", "--silver", silver, *more)

    def empty(self) -> None:
        for bucket in BUCKETS:
            for key in self.keys(bucket):
                self.s3.delete_object(Bucket=bucket, Key=key)


@pytest.fixture(scope="session")
def one_spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    if reason := spark.missing():
        pytest.skip(reason)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    home = tmp_path_factory.mktemp("emulator")
    running = emulator.start(port=port, home=home)
    try:
        access = Access(endpoint=running.url)
        for bucket in BUCKETS:
            access.client("s3").create_bucket(
                Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION}
            )
        code = delivered(home / "shoptrend.zip")
        with spark.running(access, log=home / "spark.log", code=[code]) as one:
            yield Lake(access=access, spark=one)
    finally:
        emulator.stop(running, home=home)


@pytest.fixture
def lake(one_spark: Lake) -> Lake:
    one_spark.empty()
    return one_spark


def delivered(archive: Path) -> Path:
    """What Glue gets as `--extra-py-files`, and nothing else of the repository."""
    with zipfile.ZipFile(archive, "w") as zipped:
        for name, asset in lambda_code(*CODE).assets.items():
            zipped.write(asset.path, name)  # pyright: ignore[reportAttributeAccessIssue]
    return archive


def lines(*rows: dict) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()
