"""Silver and gold as buckets, in the emulator; no order file was ever dropped there."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import boto3
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.warehouse import shop
from warehouse.build import S3Access, build


@pytest.fixture
def s3(tmp_path: Path) -> Iterator[S3Access]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    endpoint = f"http://127.0.0.1:{port}"
    settings = {
        "GATEWAY_PORT": str(port), "BIND_HOST": "127.0.0.1", "MINISTACK_HOST": "localhost",
        "SFTP_ENABLED": "0", "IOT_MTLS_ENABLED": "0", "LOG_LEVEL": "WARNING",
        "TMPDIR": str(tmp_path),
    }  # fmt: skip
    process = subprocess.Popen(
        [str(Path(sys.executable).parent / "ministack")],
        env=os.environ | settings, cwd=tmp_path,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _wait_for(f"{endpoint}/_ministack/health")
        yield S3Access(key="test", secret="test", region="eu-west-1", endpoint=endpoint)  # noqa: S106
    finally:
        process.terminate()
        process.wait(30)


def _wait_for(url: str) -> None:
    for _ in range(100):
        try:
            urllib.request.urlopen(url, timeout=1).close()  # noqa: S310
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"the emulator did not answer on {url}")


def test_events_in_a_bucket_become_gold_in_a_bucket(s3: S3Access, tmp_path: Path):
    client = boto3.client(
        "s3", endpoint_url=s3.endpoint, region_name=s3.region,
        aws_access_key_id=s3.key, aws_secret_access_key=s3.secret,
    )  # fmt: skip
    for bucket in ("silver", "gold"):
        client.create_bucket(
            Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": s3.region}
        )
    # A second order claims a line for itself: the line counts once, and the build says so.
    rival = shop.order("e99", "S9", "O9", 11, shop.line("L3", "P1", 1, 1))
    shop.write_events(tmp_path / "silver", [*shop.FIRST, rival], "shard-a")
    for path in (tmp_path / "silver").rglob("*.parquet"):
        client.upload_file(str(path), "silver", str(path.relative_to(tmp_path / "silver")))
    result = build("s3://silver", "s3://gold", tmp_path / "warehouse.duckdb", s3)
    assert result.models["fct_sales"] == 5
    assert [name for name, _ in result.warnings] == ["copies_of_a_line_agree"]
    for name, rows in result.models.items():
        body = client.get_object(Bucket="gold", Key=f"{name}/{name}.parquet")["Body"].read()
        assert pq.read_table(pa.BufferReader(body)).num_rows == rows
