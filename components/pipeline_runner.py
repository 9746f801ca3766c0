"""PipelineRunner: the function of Lambda that runs the pipelines' commands, its role and its log.

It comes as the image of `docker/airflow` (dbt, DuckDB and the jobs are too large for a zip of
250 MB), or as an archive where the runtime has these already, as in the emulator. It leaves out who
calls it (`components.pipeline`, `components.mwaa`).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

import pulumi
import pulumi_aws as aws
from pydantic import Field, model_validator

from components.encryption import Keys
from components.function_log import function_log
from components.iam import Statement, role_with, trust
from components.lambda_code import ROOT
from components.naming import Site
from components.section import Section
from pipelines.places import VARIABLE
from pipelines.steps import LONGEST_COMMAND_SECONDS

if TYPE_CHECKING:
    from pulumi_aws.lambda_ import FunctionImageConfigArgsDict

HANDLER = "pipelines.commands.handler.handler"
# What commands import, and what dbt reads.
PACKAGES = ("contract", "jobs", "pipelines", "warehouse")
SUFFIXES = (".py", ".sql", ".yml", ".json")


PYTHON = "/opt/shoptrend/bin/python"
# The image is Airflow's; in Lambda it starts the runtime client in the interpreter of the commands.
IMAGE_CONFIG: FunctionImageConfigArgsDict = {
    "entry_points": [PYTHON, "-m", "awslambdaric"],
    "commands": [HANDLER],
}


class RunnerConfig(Section):
    image: str | None = Field(
        pattern=r"^\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com/[\w./-]+(:[\w.-]+|@sha256:[0-9a-f]{64})$",
        description="Image of the commands in ECR, with its tag or digest: docker/airflow, pushed "
        "to the stack's registry; null only where the runtime has all libraries already.",
    )
    memory_mb: int = Field(
        default=3008,
        ge=512,
        le=10_240,
        description="Memory (512 to 10,240); DuckDB holds a day in it, and CPU comes in "
        "proportion.",
    )
    disk_mb: int = Field(
        default=4096, ge=512, le=10_240, description="Disk under /tmp, MB (512 to 10,240)."
    )
    architecture: Literal["x86_64", "arm64"] = Field(
        default="x86_64", description="Processor; that of the image."
    )
    runtime: str = Field(
        default="python3.12",
        pattern=r"^python3\.\d+$",
        description="Lambda runtime, without an image.",
    )

    @model_validator(mode="after")
    def _an_image_has_its_runtime(self) -> Self:
        if self.image is not None and "runtime" in self.model_fields_set:
            raise ValueError(
                f"runtime {self.runtime} is set beside an image, which has its own: remove one of "
                "them"
            )
        return self


def runner_files(root: Path = ROOT) -> list[str]:
    """Files of the archive, relative to the repository, in order; equal code has an equal hash."""
    found = (
        path.relative_to(root)
        for package in PACKAGES
        for path in (root / package).rglob("*")
        if path.suffix in SUFFIXES
    )
    return sorted(
        path.as_posix()
        for path in found
        if not {"__pycache__", "target", "logs"}.intersection(path.parts)
    )


def runner_name(site: Site) -> str:
    return site.name("lambda", "pipeline-runner")


def _archive() -> pulumi.AssetArchive:
    return pulumi.AssetArchive(
        {path: pulumi.FileAsset(str(ROOT / path)) for path in runner_files()}
    )


class PipelineRunner(pulumi.ComponentResource):
    function_name: pulumi.Output[str]
    function_arn: pulumi.Output[str]
    role_arn: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        config: RunnerConfig,
        *,
        site: Site,
        keys: Keys,
        places: pulumi.Output[str],
        statements: Sequence[Statement],
        log_retention_days: int,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`places` is the JSON of `pipelines.places`; `statements` what commands may do."""
        super().__init__("shop:components:PipelineRunner", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        function_name = runner_name(site)
        log, write_log = function_log(
            name,
            function_name=function_name,
            retention_days=log_retention_days,
            key_arn=keys.logs,
            opts=child,
        )
        role = role_with(
            f"{name}-role",
            description="Pipeline runner: the commands of the pipelines",
            trusted=trust({"Service": "lambda.amazonaws.com"}),
            statements=[*statements, write_log],
            opts=child,
        )
        zipped = config.image is None
        function = aws.lambda_.Function(
            f"{name}-function",
            name=function_name,
            description="Runs one command of a pipeline for one day",
            role=role.arn,
            architectures=[config.architecture],
            memory_size=config.memory_mb,
            ephemeral_storage={"size": config.disk_mb},
            timeout=LONGEST_COMMAND_SECONDS,
            logging_config={"log_format": "Text", "log_group": log.name},
            environment={"variables": {VARIABLE: places, "HOME": "/tmp"}},  # noqa: S108 (Lambda's only writable folder)
            package_type="Zip" if zipped else "Image",
            image_uri=config.image,
            runtime=config.runtime if zipped else None,
            handler=HANDLER if zipped else None,
            image_config=None if zipped else IMAGE_CONFIG,
            code=_archive() if zipped else None,
            opts=child,
        )
        self.function_name = function.name
        self.function_arn = function.arn
        self.role_arn = role.arn
        self.register_outputs(
            {
                "function_name": self.function_name,
                "function_arn": self.function_arn,
                "role_arn": self.role_arn,
            }
        )
