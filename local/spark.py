"""The batch jobs on real Spark on this machine, against the emulator: one process in `.venv-spark`
that runs them, and the proof that it makes the rows that the other engine made.

Starting Spark takes longer than a job, so one process runs them all.
"""

# pyarrow has no types, so its values are unknown to the checker here.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

import json
import os
import subprocess
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO, Any

import pyarrow.parquet as pq

from automation.errors import ROOT, UserError
from contract.shop_changes import SHOP
from contract.tables import ORDER_LINES
from jobs.order_file.names import drop_key, stem_of
from local.access import Access
from local.steps import Show
from tools import spark_jars

ENVIRONMENT = ROOT / ".venv-spark"
SCRATCH = "spark-silver"
ENDING_SECONDS = 30


class NoSpark(Exception):  # noqa: N818  a reason not to run, not a fault
    """Spark cannot run here; says what is missing and what makes it."""


@dataclass(frozen=True, kw_only=True)
class Spark:
    """A process that runs jobs, one after the other."""

    process: "subprocess.Popen[str]"
    log: Path

    def run(self, job: str, *arguments: str) -> str:
        """What the job said. Raises `UserError` with the sentence of one that failed."""
        answer = self.ask(job, *arguments)
        if "failed" in answer:
            raise UserError(f"{job} on Spark: {answer['failed']}")
        return answer["said"]

    def ask(self, job: str, *arguments: str) -> dict[str, str]:
        """`{"said": …}` or `{"failed": …}`. Raises `NoSpark` when the process died."""
        requests, answers = _pipes(self.process)
        try:
            requests.write(json.dumps({"job": job, "arguments": arguments}) + "\n")
            requests.flush()
            line = answers.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            last = self.log.read_text().strip().splitlines()[-1:]
            raise NoSpark(f"Spark ended by itself ({' '.join(last)}); see {self.log}")
        return json.loads(line)


def missing() -> str:
    """What keeps Spark from running here; empty if nothing does."""
    if not (ENVIRONMENT / "bin" / "python").exists():
        return "there is no .venv-spark: `make spark-setup` makes it"
    if not spark_jars.folder().is_dir():
        return "there is no S3 connector for Spark: `make spark-setup` fetches it"
    return ""


@contextmanager
def running(access: Access, *, log: Path, code: Sequence[Path] = (ROOT,)) -> Generator[Spark]:
    """A process that works as this identity, with `code` on its path. Raises `NoSpark`."""
    if reason := missing():
        raise NoSpark(reason)
    with log.open("w") as told:
        process = subprocess.Popen(  # noqa: S603 (the environment's own interpreter)
            [ENVIRONMENT / "bin" / "python", "-m", "jobs.spark", spark_jars.folder()],
            env=_environment(access, code), cwd=log.parent, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=told,
        )  # fmt: skip
        try:
            yield Spark(process=process, log=log)
            _pipes(process)[0].close()
            process.wait(ENDING_SECONDS)
        finally:
            process.kill()
            process.wait()
            for pipe in _pipes(process):
                pipe.close()


def _pipes(process: "subprocess.Popen[str]") -> tuple[IO[str], IO[str]]:
    assert process.stdin is not None  # noqa: S101 (asked for above)
    assert process.stdout is not None  # noqa: S101
    return process.stdin, process.stdout


def _environment(access: Access, code: Sequence[Path]) -> dict[str, str]:
    """Nothing of the shell but where programs are and what a proxy needs."""
    given = {name: os.environ[name] for name in ("PATH", "HOME", "JAVA_HOME") if name in os.environ}
    if access.token:
        given["AWS_SESSION_TOKEN"] = access.token
    return {
        **given,
        "PYTHONPATH": os.pathsep.join(map(str, code)),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ACCESS_KEY_ID": access.key,
        "AWS_SECRET_ACCESS_KEY": access.secret,
        "AWS_DEFAULT_REGION": access.region,
        "AWS_ENDPOINT_URL": access.endpoint,
    }


def compare(
    root: Access, outputs: dict[str, Any], *, order_file: str | None, log: Path, show: Show
) -> str:
    """Runs the batch jobs on what lies in bronze, into a bucket of their own that is gone after,
    and says that its rows are those of silver. `order_file`: the name of one that was loaded.

    Raises `NoSpark`, and `UserError` for the first object that differs.
    """
    s3 = root.client("s3")
    bronze, silver = str(outputs["bronze_bucket"]), str(outputs["silver_bucket"])
    keys = [f"{table.silver.prefix}/rows.parquet" for table in SHOP]
    places = ["--bronze", bronze, "--silver", SCRATCH]
    with running(root, log=log) as spark:
        s3.create_bucket(
            Bucket=SCRATCH, CreateBucketConfiguration={"LocationConstraint": root.region}
        )
        try:
            show("starting Spark, then cdc_etl")
            said = [spark.run("cdc_etl", *places)]
            # The job knows a file by its key, the demo by the name that the user gave it.
            if order_file is not None and (key := drop_key(order_file)).endswith(f"/{order_file}"):
                show("order_etl")
                day = s3.head_object(Bucket=bronze, Key=key)["LastModified"].date()
                said.append(spark.run("order_etl", *places, "--day", str(day)))
                keys.append(f"{ORDER_LINES.prefix}/{stem_of(order_file)}.parquet")
            for key in keys:
                if _rows(s3, SCRATCH, key) != _rows(s3, silver, key):
                    raise UserError(f"Spark and DuckDB made different rows of {key}")
        finally:
            _remove(s3)
    return f"{'; '.join(said)}: the same rows as DuckDB's"


def _rows(s3: Any, bucket: str, key: str) -> list[dict[str, object]]:  # noqa: ANN401
    body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    return pq.read_table(BytesIO(body)).to_pylist()


def _remove(s3: Any) -> None:  # noqa: ANN401 (boto3 has no types)
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=SCRATCH):
        for entry in page.get("Contents", ()):
            s3.delete_object(Bucket=SCRATCH, Key=entry["Key"])
    s3.delete_bucket(Bucket=SCRATCH)
