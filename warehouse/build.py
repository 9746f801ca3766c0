"""Builds gold from silver: the only place that starts dbt.

dbt runs in a process of its own, because importing it takes seconds, it configures logging for the
whole process, and its DuckDB file stays locked as long as the process lives. What dbt writes
besides the tables goes beside the database, in `dbt/`. Not here: what the tables are (`models/`)
and who waits for silver to be complete.

Only one build at a time may use a database file: DuckDB refuses the second.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict, cast

import duckdb

from contract.gold import gold as gold_tables

PROJECT = Path(__file__).parent
S3 = "s3://"


@dataclass(frozen=True, kw_only=True)
class S3Access:
    """How to reach S3. Without an endpoint it is AWS's own."""

    key: str
    secret: str = field(repr=False)
    region: str
    token: str | None = field(default=None, repr=False)
    endpoint: str | None = None

    def environment(self) -> dict[str, str]:
        """The standard variables, which s3fs reads itself."""
        values = {
            "AWS_ACCESS_KEY_ID": self.key,
            "AWS_SECRET_ACCESS_KEY": self.secret,
            "AWS_SESSION_TOKEN": self.token,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_ENDPOINT_URL": self.endpoint,
        }
        return {name: value for name, value in values.items() if value is not None}


@dataclass(frozen=True, kw_only=True)
class BuildResult:
    """`models`: rows of each mart. `tests`: how many data tests passed. `warnings`: name and
    message of each test that only warns.
    """

    models: dict[str, int]
    tests: int
    warnings: list[tuple[str, str]]
    seconds: float


class BuildFailed(Exception):  # noqa: N818  the callers' word for it
    """Gold was not built. `failures`: name and message of each model or test that failed; if there
    is one, nothing was published.
    """

    def __init__(self, sentence: str, failures: list[tuple[str, str]] | None = None) -> None:
        super().__init__(sentence)
        self.failures = failures or []


class _Node(TypedDict):
    unique_id: str
    status: str
    message: str | None


def build(
    silver: str,
    gold: str,
    database: Path,
    s3: S3Access | None = None,
    *,
    on_event: Callable[[str, str], None] = lambda _name, _status: None,
    full_refresh: bool = False,
) -> BuildResult:
    """Run every model and test, then publish the marts to `<gold>/<model>/<model>.parquet`.

    `silver` and `gold` are folders or `s3://bucket[/prefix]`; `s3` is needed only where the
    environment does not already say how to reach S3. `on_event` is called with the name and status
    of each model and test as it ends. `full_refresh` makes incremental models anew: needed when
    their columns change, or when lines were taken out of silver. Raises BuildFailed.
    """
    started = time.monotonic()
    database = database.resolve()
    work = database.parent / "dbt"
    work.mkdir(parents=True, exist_ok=True)
    _check_usable(database)
    silver, gold = _place(silver), _place(gold)
    if not gold.startswith(S3):
        for table in gold_tables():
            (Path(gold) / table.name).mkdir(parents=True, exist_ok=True)
    command = [
        *(sys.executable, "-c", "from dbt.cli.main import cli; cli()"),
        *("--log-format", "json", "--log-level-file", "none", "build"),
        *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)),
        *("--target", "emulator" if S3 in (silver[:5], gold[:5]) else "local"),
        *("--target-path", str(work), "--log-path", str(work)),
        *("--vars", json.dumps({"silver": silver, "gold": gold})),
        *(("--full-refresh",) if full_refresh else ()),
    ]
    access = s3.environment() if s3 else {}
    results = work / "run_results.json"
    results.unlink(missing_ok=True)
    code, said = _run(command, {**os.environ, **access, "WAREHOUSE_DB": str(database)}, on_event)
    if not results.exists():
        raise BuildFailed(f"The warehouse was not built, dbt stopped early: {said}")
    nodes = cast("dict[str, list[_Node]]", json.loads(results.read_text()))["results"]
    _raise_on_failure(nodes, work, database)
    if code != 0:
        raise BuildFailed(f"The warehouse was built, but not published to {gold}: {said}")
    return BuildResult(
        models=_rows(database),
        tests=sum(node["status"] == "pass" for node in nodes),
        warnings=[(_name(node), _sentence(node)) for node in nodes if node["status"] == "warn"],
        seconds=time.monotonic() - started,
    )


def _check_usable(database: Path) -> None:
    try:
        duckdb.connect(database).close()
    except duckdb.Error as error:
        raise BuildFailed(
            f"The warehouse was not built: DuckDB cannot open {database} ({error}). Wait for the "
            "process that uses it, or move the file away to build it anew."
        ) from error


def _place(place: str) -> str:
    """Absolute, because dbt runs in another folder than the caller."""
    return place.rstrip("/") if place.startswith(S3) else str(Path(place).resolve())


def _run(
    command: list[str], environment: dict[str, str], on_event: Callable[[str, str], None]
) -> tuple[int, str]:
    """The exit code of dbt, and the last error it spoke of. It never outlives the call."""
    said = "it gave no reason."
    with subprocess.Popen(  # noqa: S603  our own command
        command,
        cwd=PROJECT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            for line in process.stdout or ():
                said = _follow(line, on_event) or said
            return process.wait(), said
        finally:
            process.kill()


def _follow(line: str, on_event: Callable[[str, str], None]) -> str:
    """Pass on what ended; return the line's message if it may say why dbt stopped."""
    try:
        entry = json.loads(line)
    except ValueError:
        return line.strip()
    info, data = entry["info"], entry["data"]
    if info["name"] in ("LogModelResult", "LogTestResult"):
        on_event(data["node_info"]["node_name"], data["node_info"]["node_status"])
    if info["level"] != "error" or info["name"] == "MainStackTrace":
        return ""
    return _one_line(str(info["msg"]))


def _raise_on_failure(nodes: list[_Node], work: Path, database: Path) -> None:
    bad = [node for node in nodes if node["status"] in ("error", "fail", "runtime error")]
    if not bad:
        return
    first = bad[0]
    kind = first["unique_id"].split(".")[0]
    manifest = json.loads((work / "manifest.json").read_text())
    compiled = manifest["nodes"][first["unique_id"]].get("compiled_path")
    look = f"the tables in {database}" + (f" and the query in {compiled}" if compiled else "")
    more = f", and {len(bad) - 1} more" if len(bad) > 1 else ""
    raise BuildFailed(
        f"The warehouse was not built: {kind} {_name(first)} failed{more}: {_sentence(first)} "
        f"Look at {look}.",
        [(_name(node), _sentence(node)) for node in bad],
    )


def _name(node: _Node) -> str:
    return node["unique_id"].split(".")[2]


def _sentence(node: _Node) -> str:
    return _one_line(node["message"] or "no message").rstrip(".") + "."


def _one_line(message: str) -> str:
    """Without the stack frames that DuckDB passes on from s3fs."""
    lines = (line.strip() for line in message.splitlines())
    return " ".join(line for line in lines if line and not line.startswith(("Traceback", "File ")))


def _rows(database: Path) -> dict[str, int]:
    with duckdb.connect(database, read_only=True) as connection:
        return {table.name: connection.table(table.name).shape[0] for table in gold_tables()}
