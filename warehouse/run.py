"""Starts dbt in a process of its own, follows what it says, and reads what became of each node.

dbt costs seconds to import, configures logging for the whole process, and keeps its connection as
long as the process lives. Not here: which models, for which engine, and what a failure means.
"""

import json
import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypedDict, cast

from warehouse.gate import Rejected, rejected

PROJECT = Path(__file__).parent
# Several commands in one process: what dbt has parsed for the first serves the others.
PROGRAM = """
import json, sys
from dbt.cli.main import dbtRunner
manifest = None
for command in json.loads(sys.argv[1]):
    done = dbtRunner(manifest=manifest).invoke(command)
    if done.exception:
        print(done.exception)
    if not done.success:
        sys.exit(1)
    if command[0] == "parse":
        manifest = done.result
"""
FAILED = ("error", "fail", "runtime error")


class BuildFailed(Exception):  # noqa: N818  the callers' word for it
    """Gold was not built. `failures`: name and message of each model or test that failed; if there
    is one, nothing was published. `rejected`: what the gate found in silver, test by test.
    """

    def __init__(
        self,
        sentence: str,
        failures: Sequence[tuple[str, str]] = (),
        rejected: Sequence[Rejected] = (),
    ) -> None:
        super().__init__(sentence)
        self.failures = list(failures)
        self.rejected = tuple(rejected)


class Node(TypedDict):
    unique_id: str
    status: str
    message: str | None


@dataclass(kw_only=True)
class Said:
    """What dbt said: the last error, messages of macros, what the gate found, and the texts of
    commands that compile one node.
    """

    error: str = "it gave no reason."
    messages: list[str] = field(default_factory=list[str])
    rejected: list[Rejected] = field(default_factory=list[Rejected])
    compiled: list[str] = field(default_factory=list[str])


def run(
    commands: Sequence[Sequence[str]],
    *,
    target: str,
    work: Path,
    variables: Mapping[str, object],
    python: str,
    environment: Mapping[str, str],
    on_event: Callable[[str, str], None] = lambda _name, _status: None,
) -> tuple[int, Said]:
    """The exit code of the first command that failed, or 0, and what was said. What dbt writes
    besides tables goes to `work`. The process never outlives the call.
    """
    options = [
        *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT), "--target", target),
        *("--target-path", str(work), "--log-path", str(work)),
        *("--vars", json.dumps(variables)),
        *("--log-format", "json", "--log-level-file", "none"),
    ]
    given = [[command[0], *options, *command[1:]] for command in commands]
    said = Said()
    with subprocess.Popen(  # noqa: S603  our own command
        [python, "-P", "-c", PROGRAM, json.dumps(given)],
        cwd=PROJECT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            for line in process.stdout or ():
                _follow(line, said, on_event)
            return process.wait(), said
        finally:
            process.kill()


def _follow(line: str, said: Said, on_event: Callable[[str, str], None]) -> None:
    try:
        entry = cast("dict[str, dict[str, Any]]", json.loads(line))
        info, data = entry["info"], entry["data"]
    except (ValueError, KeyError, TypeError):
        said.error = line.strip() or said.error
        return
    if info["name"] in ("LogModelResult", "LogTestResult"):
        on_event(data["node_info"]["node_name"], data["node_info"]["node_status"])
    if info["name"] == "JinjaLogInfo":
        message = str(data["msg"])
        said.messages.append(message)
        if found := rejected(message):
            said.rejected.append(found)
    if info["name"] == "CompiledNode":
        said.compiled.append(str(data["compiled"]))
    if info["level"] == "error" and info["name"] != "MainStackTrace":
        said.error = one_line(str(info["msg"])) or said.error


def nodes(work: Path) -> list[Node]:
    """What became of each node of the last command that ran."""
    found = json.loads((work / "run_results.json").read_text())
    return cast("dict[str, list[Node]]", found)["results"]


def raise_on_failure(found: Sequence[Node], said: Said, work: Path, *, tables: str) -> None:
    """Raises BuildFailed naming the first that failed, what the gate found, and where to look;
    `tables` says where the tables are.
    """
    bad = [node for node in found if node["status"] in FAILED]
    if not bad:
        return
    failures = [(name(node), sentence(node)) for node in bad]
    if said.rejected:
        gate = " ".join(str(one) for one in said.rejected)
        raise BuildFailed(
            f"The warehouse was not built, gold is as it was: the gate stopped bad rows of silver. "
            f"{gate} Mend or remove them at their source and build again; see {tables}.",
            failures,
            said.rejected,
        )
    first = bad[0]
    manifest = json.loads((work / "manifest.json").read_text())
    compiled = manifest["nodes"].get(first["unique_id"], {}).get("compiled_path")
    look = f"the tables in {tables}" + (f" and the query in {compiled}" if compiled else "")
    more = f", and {len(bad) - 1} more" if len(bad) > 1 else ""
    kind = first["unique_id"].split(".")[0]
    raise BuildFailed(
        f"The warehouse was not built: {kind} {name(first)} failed{more}: {sentence(first)} "
        f"Look at {look}.",
        failures,
    )


def name(node: Node) -> str:
    return node["unique_id"].split(".")[2]


def sentence(node: Node) -> str:
    return one_line(node["message"] or "no message").rstrip(".") + "."


def one_line(message: str) -> str:
    """Without the stack frames that DuckDB passes on from s3fs."""
    lines = (line.strip() for line in message.splitlines())
    return " ".join(line for line in lines if line and not line.startswith(("Traceback", "File ")))
