"""What a stack may say about its batch jobs on Spark: the section `batch_etl`, and its limits.

Plain values only: it imports no provider, so that a stack without them pays nothing.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from components.section import Section

FIRST_WITH_RETRIES = (7, 1, 0)  # EMR Serverless user guide, "Job resiliency"
AWS_CRON = r"^cron\(.+\)$"
IMAGE = (
    r"^\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com/[a-z0-9._/-]+(:[\w.-]+|@sha256:[0-9a-f]{64})$"
)


class NoBatchEtl(Section):
    """A stack whose batch jobs are commands (`pipelines.commands`), or which has none."""

    enabled: Literal[False]


class GlueEngine(Section):
    engine: Literal["glue"] = Field(
        description="Glue jobs: nothing costs between runs, a run at least a minute."
    )
    version: str = Field(
        default="5.0",
        description="Glue's version. 5.0 is Spark 3.5.4 and Python 3.11, under which the scripts "
        "are tested.",
    )
    worker_type: Literal["G.1X", "G.2X", "G.4X", "G.8X"] = Field(
        default="G.1X", description="Size of a worker; G.1X has 4 processors and 16 GB."
    )
    workers: int = Field(
        default=2,
        ge=2,
        le=299,
        description="Most workers of a run, one of them the driver (Glue takes 2 to 299); idle "
        "ones are given back and not billed.",
    )
    python_modules: list[str] = Field(
        default=["msgspec==0.22.0"],
        description="What the scripts need beside Glue's own packages, as pip takes it, pinned; "
        "installed at each start.",
    )
    bookmarks: bool = Field(
        default=True, description="Glue's own record of runs that ended well (job bookmarks)."
    )

    @field_validator("version")
    @classmethod
    def _has_python_311(cls, version: str) -> str:
        if not version.startswith("5."):
            raise ValueError(
                f"version {version!r} has not the Python 3.11 of the scripts (Glue 4.0 has 3.10): "
                "set 5.0 or a later 5.x"
            )
        return version

    @field_validator("python_modules")
    @classmethod
    def _are_pinned(cls, modules: list[str]) -> list[str]:
        for module in modules:
            if "==" not in module and not module.startswith("s3://"):
                raise ValueError(
                    f"{module!r} has no version: tomorrow's run would install another; write "
                    "name==version"
                )
        return modules


class EmrEngine(Section):
    engine: Literal["emr_serverless"] = Field(
        description="EMR Serverless: the same scripts, billed by the second for processors and "
        "memory in use."
    )
    release: str = Field(
        default="emr-7.9.0",
        pattern=r"^emr-\d+\.\d+\.\d+$",
        description="EMR's release; 7.9.0 is Spark 3.5.",
    )
    image: str = Field(
        pattern=IMAGE,
        description="Image with Python 3.11 and the scripts' packages (docker/spark/ makes it; "
        "EMR's own has 3.9), in ECR; its repository must let emr-serverless.amazonaws.com pull.",
    )
    architecture: Literal["X86_64", "ARM64"] = Field(
        default="X86_64", description="Of the image; ARM64 costs a fifth less."
    )
    most_vcpu: int = Field(
        default=16,
        ge=4,
        le=1000,
        description="Processors that all runs together may take; memory is four times as many GB.",
    )
    idle_minutes: int = Field(
        default=15, ge=1, le=10_080, description="Minutes without a run until it stops."
    )


class BatchEtlConfig(Section):
    enabled: Literal[True] = Field(
        description="crm_etl, order_etl and cdc_etl on Spark, for data that do not fit into one "
        "process."
    )
    spark: Annotated[GlueEngine | EmrEngine, Field(discriminator="engine")] = Field(
        description="Who runs the scripts."
    )
    schedule: str | None = Field(
        default="cron(0 2 * * ? *)",
        pattern=AWS_CRON,
        description="When all jobs start, for the day (UTC) before, e.g. `cron(0 2 * * ? *)` in "
        "UTC; null: by themselves never, as where a pipeline starts them (`pipeline.jobs`).",
    )
    retries: int = Field(
        default=1, ge=0, le=9, description="Attempts after the first of a run that failed."
    )
    timeout_minutes: int = Field(
        default=2880,
        ge=1,
        le=10_080,
        description="A run is stopped after so many minutes (Glue allows 10,080, seven days).",
    )
    crawler_schedule: str | None = Field(
        default="cron(30 3 * * ? *)",
        pattern=AWS_CRON,
        description="When a crawler looks at what the CRM really exports; it writes to a database "
        "of its own. Null: never.",
    )
    log_retention_days: int = Field(default=30, ge=1, description="Days to keep the logs of runs.")

    @model_validator(mode="after")
    def _emr_can_repeat(self) -> Self:
        if not isinstance(self.spark, EmrEngine) or not self.retries:
            return self
        release = tuple(map(int, self.spark.release.removeprefix("emr-").split(".")))
        if release < FIRST_WITH_RETRIES:
            raise ValueError(
                f"retries is {self.retries} on release {self.spark.release}: EMR Serverless "
                "repeats runs from emr-7.1.0 on; set a later release, or retries: 0"
            )
        return self


BatchEtlSection = Annotated[NoBatchEtl | BatchEtlConfig, Field(discriminator="enabled")]
