"""What a stack may say about its pipelines: the section `pipeline`, and its limits.

Plain values only. The steps are in `pipelines/`; a stack chooses who runs them, and when.
"""

from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator

from components.airflow.cron import checked
from components.mwaa_config import MwaaConfig
from components.pipeline_runner import RunnerConfig
from components.section import Section

Cron = Annotated[str, Field(max_length=100)]


class Schedules(Section):
    """When the pipelines run, in five cron fields; null: never by themselves."""

    daily: Cron | None = Field(
        description="When daily_pipeline runs, for the day (UTC) before, e.g. `0 5 * * *`."
    )
    weekly: Cron | None = Field(description="When weekly_sync runs, e.g. `0 6 * * 1`.")
    time_zone: str = Field(description="Time zone of both, e.g. `Europe/Lisbon`.")

    @field_validator("daily", "weekly")
    @classmethod
    def _is_cron(cls, cron: str | None) -> str | None:
        return None if cron is None else checked(cron)

    @field_validator("time_zone")
    @classmethod
    def _is_known(cls, time_zone: str) -> str:
        try:
            ZoneInfo(time_zone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(
                f"{time_zone!r} is no time zone of the IANA list: write it as in `Europe/Lisbon`"
            ) from error
        return time_zone


class NoPipeline(Section):
    engine: Literal["none"] = Field(description="Nobody runs the pipelines but people.")


class _Run(Section):
    schedules: Schedules
    jobs: Literal["glue", "commands"] = Field(
        description="Who does order_etl and crm_etl: Glue's Spark, for any size, or commands in "
        "one process, for a shop whose day fits into 10 GB of memory."
    )
    alert: bool = Field(
        default=True, description="Whether a failed run is told to the topic of `alerts`."
    )
    maintenance_target: str | None = Field(
        default=None,
        pattern=r"^[a-z][a-z0-9_]*$",
        description="The dbt target whose tables weekly_sync compacts; null: none has snapshots.",
    )
    freshness_hours: int | None = Field(
        default=None,
        ge=1,
        description="Alarm when a run leaves gold's newest sale older than this; null: never.",
    )
    log_retention_days: int = Field(
        default=30, ge=1, description="Days to keep the logs of runs and commands."
    )


class StepFunctionsPipeline(_Run):
    engine: Literal["step_functions"] = Field(
        description="State machines, for teams without a cluster: nothing costs between runs, and "
        "a command has at most 15 minutes."
    )
    runner: RunnerConfig


class AirflowPipeline(_Run):
    engine: Literal["airflow"] = Field(
        description="DAGs on the stack's Airflow on EKS (`airflow`), in its own image, which also "
        "runs the commands."
    )


class MwaaPipeline(_Run):
    engine: Literal["mwaa"] = Field(
        description="The same DAGs on Amazon's managed Airflow; commands run in Lambda."
    )
    runner: RunnerConfig
    mwaa: MwaaConfig


PipelineSection = Annotated[
    NoPipeline | StepFunctionsPipeline | AirflowPipeline | MwaaPipeline,
    Field(discriminator="engine"),
]
