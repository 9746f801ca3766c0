"""`python -m jobs.spark JARS`: one Spark session that runs jobs, a request a line on standard
input, an answer a line on standard output. Run inside `.venv-spark`; `local.spark` asks.

A request is `{"job": "crm_etl", "arguments": ["--bronze", …]}`, its answer `{"said": …}` or
`{"failed": …}` with the sentence of a job that failed. Anything else ends the process.
"""

# pyspark is in an environment of its own.
# pyright: reportMissingImports=false, reportUnknownVariableType=false
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false

import contextlib
import importlib
import json
import os
import sys
from pathlib import Path

from jobs.spark import common
from jobs.spark.session import NoSpark, session

JOBS = ("crm_etl", "order_etl", "cdc_etl")


def main(arguments: list[str]) -> int:
    """Java writes to standard output too, so answers keep a copy of it to themselves."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    try:
        spark = session(Path(arguments[0]))
    except NoSpark as missing:
        sys.stderr.write(f"{missing}\n")
        return 1
    with contextlib.redirect_stdout(sys.stderr):
        for line in sys.stdin:
            request = json.loads(line)
            if request["job"] not in JOBS:
                raise ValueError(f"{request['job']!r} is no job of {', '.join(JOBS)}")
            job = importlib.import_module(f"jobs.spark.{request['job']}").job
            try:
                answer = {"said": common.start(job, ["", *request["arguments"]], spark)}
            except SystemExit as failure:
                answer = {"failed": str(failure)}
            answers.write(json.dumps(answer) + "\n")
            answers.flush()
    spark.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
