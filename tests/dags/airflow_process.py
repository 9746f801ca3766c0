"""Runs inside Airflow's own environment: takes a request a line, answers in JSON a line.

`{"bag": true}` says which DAGs parse, `{"run": "daily_pipeline", …}` runs one to its end in this
process with `dag.test()` and says the state of each task; both with the given `places`. Airflow
logs to standard output, so answers go to the file descriptor that was given.
"""

# pyright: reportMissingImports=false

import json
import os
import sys
from datetime import timedelta
from typing import Any

DAGS = os.environ["AIRFLOW__CORE__DAGS_FOLDER"]


def bag() -> Any:
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(DAGS)


def described(loaded: Any) -> dict[str, Any]:
    return {
        "errors": loaded.import_errors,
        "dags": {
            dag_id: {
                "schedule": str(dag.schedule),
                "timezone": str(dag.timezone),
                "max_active_runs": dag.max_active_runs,
                "tasks": {
                    task.task_id: {
                        "operator": type(task).__name__,
                        "after": sorted(task.upstream_task_ids),
                        "retries": task.retries,
                        "deferrable": bool(getattr(task, "deferrable", False)),
                        "seconds": task.execution_timeout
                        and task.execution_timeout.total_seconds(),
                    }
                    for task in dag.tasks
                },
            }
            for dag_id, dag in loaded.dags.items()
        },
    }


def ran(loaded: Any, request: dict[str, Any]) -> dict[str, Any]:
    dag = loaded.dags[request["run"]]
    for task in dag.tasks:
        task.retry_delay = timedelta(0)
        task.retries = min(task.retries, request["retries"])
    run = dag.test(run_conf=request["conf"], mark_success_pattern=request["skip"] or None)
    states = {ti.task_id: str(ti.state) for ti in run.get_task_instances()}
    return {"state": str(run.state), "tasks": states}


def main() -> None:
    answers = os.fdopen(int(sys.argv[1]), "w")
    for line in sys.stdin:
        request = json.loads(line)
        os.environ["SHOPTREND_PLACES"] = request["places"]
        loaded = bag()
        answer = ran(loaded, request) if "run" in request else described(loaded)
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
