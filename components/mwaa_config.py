"""What a stack may say about Amazon MWAA, and its limits. Plain values only.

Limits: Amazon MWAA user guide, "Environment classes" and "Automatic scaling".
"""

from typing import Literal, Self

from pydantic import Field, model_validator

from components.section import Section

Level = Literal["CRITICAL", "ERROR", "WARNING", "INFO"]
MAX_WORKERS = 25
MICRO_WORKERS = 1


class MwaaConfig(Section):
    environment_class: Literal["mw1.micro", "mw1.small", "mw1.medium", "mw1.large"] = Field(
        description="Size of scheduler and workers. It costs around the clock: mw1.micro about "
        "$0.15 an hour, mw1.small $0.49, and more for each further worker."
    )
    airflow_version: str = Field(
        default="3.0.6",
        pattern=r"^3\.\d+\.\d+$",
        description="A version that MWAA has; the DAGs here need 3.0 or newer.",
    )
    min_workers: int = Field(default=1, ge=1, le=MAX_WORKERS, description="Fewest workers.")
    max_workers: int = Field(
        default=1,
        ge=1,
        le=MAX_WORKERS,
        description="Most workers: the brake on the bill.",
    )
    log_level: Level = Field(default="INFO", description="The least that is logged of tasks.")

    log_retention_days: int = Field(default=30, ge=1, description="Days to keep Airflow's logs.")

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.min_workers > self.max_workers:
            raise ValueError(
                f"min_workers {self.min_workers} is above max_workers {self.max_workers}: lower "
                "the one or raise the other"
            )
        if self.environment_class == "mw1.micro" and self.max_workers > MICRO_WORKERS:
            raise ValueError(
                f"mw1.micro has one worker (found max_workers {self.max_workers}): lower it, or "
                "take mw1.small"
            )
        return self
