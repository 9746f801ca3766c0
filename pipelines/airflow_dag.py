"""A pipeline as a DAG of Airflow 3 (on EKS, and on MWAA): operators of the Amazon provider, waits
that are deferred to the triggerer, retries, and a message to the alert topic for what failed.

One run at a time, because commands replace what an earlier run of their day wrote. It leaves out
the choice of the pipeline (`dags/`) and the place where it runs (`components/`).
"""

# Airflow is not installed where this is checked; tests/dags runs it.
# pyright: reportMissingImports=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false

import json
import shlex
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from airflow.providers.amazon.aws.hooks.athena import AthenaHook
from airflow.providers.amazon.aws.hooks.sns import SnsHook
from airflow.providers.amazon.aws.operators.athena import AthenaOperator
from airflow.providers.amazon.aws.operators.glue import GlueJobOperator
from airflow.providers.amazon.aws.operators.lambda_function import LambdaInvokeFunctionOperator
from airflow.providers.amazon.aws.sensors.s3 import S3KeySensor
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG

from pipelines.places import VARIABLE, Places, to_json
from pipelines.steps import (
    AthenaQuery,
    Command,
    Dbt,
    Function,
    GlueJob,
    Pipeline,
    PipelineError,
    Step,
    WaitForObject,
)
from pipelines.templates import jinja, with_places

# The day of the run: as given (`--conf '{"day": "2026-01-31"}'`), else the one before the schedule.
DAY = "day_of(dag_run)"
FIRST_DAY = datetime(2026, 1, 1, tzinfo=UTC)
# Longer than any function runs: with the usual 60 s botocore would call a slow one a second time.
PATIENT = {"read_timeout": 960, "retries": {"total_max_attempts": 1}}


class GateClosed(Exception):  # noqa: N818  as in the state machine
    """A gate counted rows that must not reach gold."""


def day_of(dag_run: Any) -> str:  # noqa: ANN401 (Airflow's DagRun, which differs by version)
    """`2026-01-31`: the day given when the run was started, else the day (UTC) before its time."""
    given = (dag_run.conf or {}).get("day")
    if given:
        return datetime.strptime(given, "%Y-%m-%d").replace(tzinfo=UTC).date().isoformat()
    at = dag_run.logical_date or dag_run.run_after
    return (at.astimezone(UTC) - timedelta(days=1)).date().isoformat()


def dag_of(pipeline: Pipeline, places: Places, *, schedule: str | None) -> DAG:
    """The DAG, with the schedule in five cron fields in the stack's time zone; None: never by
    itself. A backfill is `airflow backfill create`, or a run with a `day`.
    """
    from pendulum import timezone

    dag = DAG(
        dag_id=pipeline.name,
        description=pipeline.description,
        schedule=schedule,
        start_date=FIRST_DAY.astimezone(timezone(places.time_zone)),
        catchup=False,
        max_active_runs=1,
        user_defined_macros={"day_of": day_of},
        tags=["shoptrend"],
        # Of tasks, not of the DAG: that one is called in the DAG processor, which may not publish.
        default_args={"on_failure_callback": _alert(pipeline, places)},
    )
    ends: dict[str, Any] = {}
    with dag:
        for wave in pipeline.waves():
            for step in wave:
                begin, ends[step.name] = _tasks(step, places)
                for before in step.after:
                    begin.set_upstream(ends[before])
    return dag


def _alert(pipeline: Pipeline, places: Places) -> list[Any]:
    if not places.alert_topic_arn:
        return []
    return [partial(tell, pipeline.name, places.alert_topic_arn)]


def tell(pipeline: str, topic_arn: str, context: Mapping[str, Any]) -> None:
    """Publishes which task failed, for which day and why; Airflow calls it after the last retry.

    A notifier of the provider would do, but it cannot be told the day: its templates do not know
    the macros of a DAG.
    """
    run, task = context["dag_run"], context["ti"].task_id
    # `dag.test()` leaves the exception out.
    reason = context.get("exception") or "its log says why"
    SnsHook().publish_to_target(
        target_arn=topic_arn,
        subject=f"{pipeline} failed",
        message=f"{pipeline} failed for {day_of(run)}: {task}: {reason}. Run: {run.run_id}",
    )


def _tasks(step: Step, places: Places) -> tuple[Any, Any]:
    """The first and the last task of a step."""
    names: Mapping[str, str] = asdict(places)

    def text(template: str) -> str:
        return jinja(with_places(template, names), DAY)

    common: dict[str, Any] = {
        "task_id": step.name,
        "retries": step.retries,
        "retry_delay": timedelta(seconds=step.retry_seconds),
        "retry_exponential_backoff": True,
        "execution_timeout": timedelta(seconds=step.timeout_seconds),
    }
    match step.work:
        case WaitForObject():
            task = S3KeySensor(
                **common,
                bucket_name=text(step.work.bucket),
                bucket_key=f"{text(step.work.prefix)}*",
                wildcard_match=True,
                poke_interval=step.work.poll_seconds,
                timeout=step.timeout_seconds,
                deferrable=True,
            )
            return task, task
        case GlueJob():
            task = GlueJobOperator(
                **common,
                job_name=text(step.work.job),
                script_args={key: text(value) for key, value in step.work.arguments.items()},
                deferrable=True,
                waiter_delay=step.work.poll_seconds,
                waiter_max_attempts=max(1, step.timeout_seconds // step.work.poll_seconds),
                stop_job_run_on_kill=True,
            )
            return task, task
        case AthenaQuery():
            return _athena(
                step, step.work, common, text(step.work.sql), text(step.work.database), places
            )
        case Function():
            payload = {key: text(value) for key, value in step.work.payload.items()}
            task = _call(common, text(step.work.function), payload)
            return task, task
        case Command() | Dbt():
            task = _command(step.work.command, common, places)
            return task, task


def _athena(
    step: Step,
    work: AthenaQuery,
    common: dict[str, Any],
    sql: str,
    database: str,
    places: Places,
) -> tuple[Any, Any]:
    ask = AthenaOperator(
        **common,
        query=sql,
        database=database,
        workgroup=places.workgroup,
        sleep_time=work.poll_seconds,
        max_polling_attempts=max(1, step.timeout_seconds // work.poll_seconds),
        deferrable=True,
    )
    if not work.must_be_zero:
        return ask, ask
    judge = PythonOperator(
        task_id=f"{step.name}_judge",
        python_callable=refuse_unless_zero,
        retries=0,  # asking again would not mend it
        op_kwargs={"query_id": ask.output, "step": step.name, "day": f"{{{{ {DAY} }}}}"},
    )
    return ask, judge


def refuse_unless_zero(query_id: str, step: str, day: str) -> None:
    """Fails when the query's one number is not 0."""
    result = AthenaHook().get_query_results(query_id)
    rows = (result or {})["ResultSet"]["Rows"]
    bad = rows[1]["Data"][0]["VarCharValue"]  # the first row repeats the names of the columns
    if bad != "0":
        raise GateClosed(f"{step}: {bad} bad rows on {day}")


def _command(command: str, common: dict[str, Any], places: Places) -> Any:  # noqa: ANN401
    if places.runner_function:
        day = f"{{{{ {DAY} }}}}"
        return _call(common, places.runner_function, {"command": command, "day": day})
    return BashOperator(
        **common,
        # The day stands in the environment: what people type into a run must not reach a shell.
        bash_command=f"exec {shlex.quote(places.command_python)} -m pipelines.commands {command}",
        env={"PIPELINE_DAY": f"{{{{ {DAY} }}}}", VARIABLE: to_json(places)},
        append_env=True,
        skip_on_exit_code=None,
        do_xcom_push=False,
    )


def _call(common: dict[str, Any], function: str, payload: Mapping[str, str]) -> Any:  # noqa: ANN401
    if not function:
        raise PipelineError(f"{common['task_id']} has no function to call: give the stack one")
    return LambdaInvokeFunctionOperator(
        **common,
        function_name=function,
        payload=json.dumps(payload),
        botocore_config=PATIENT,
    )
