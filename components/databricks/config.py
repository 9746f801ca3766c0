"""What a stack may say about its Databricks workspace: the section `databricks`, and its limits.

Plain values only: it imports no provider, so that a stack without Databricks pays nothing for it.
"""

import re
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from components.network import NetworkConfig
from components.section import Section

# Databricks on AWS, "Configure a customer-managed VPC": two subnets, /17 to /26.
LEAST_SUBNETS = 2
# Quartz: seconds, minutes, hours, day of month, month, day of week, and perhaps the year.
_QUARTZ = re.compile(r"\S+( \S+){5,6}")


class NoDatabricks(Section):
    """A stack without Databricks."""

    enabled: Literal[False]


class ClusterConfig(Section):
    spark_version: str = Field(
        default="16.4.x-scala2.12",
        pattern=r"^\d+\.\d+\.x-scala2\.1[23]$",
        description="Databricks Runtime, one with long-term support.",
    )
    node_type: str = Field(
        default="m6gd.large",
        pattern=r"^[a-z0-9]+\.[a-z0-9]+$",
        description="Machines of the jobs; a type with a local disk, e.g. `m6gd.large`.",
    )
    max_workers: int = Field(
        default=4, ge=1, le=100, description="Most workers that a job's cluster grows to."
    )
    spot: bool = Field(
        default=True,
        description="Workers on spot, on demand where there is none; the driver never is.",
    )


class HistoryConfig(Section):
    schedule: str = Field(
        default="0 0 3 * * ?",
        description="When days are computed again, Quartz in UTC, e.g. `0 0 3 * * ?`.",
    )
    days: int = Field(
        default=3,
        ge=1,
        le=3660,
        description="How many days back a scheduled run computes again; a longer span is a run by "
        "hand with `--days`.",
    )
    alarm_hours: int = Field(
        default=30, ge=1, le=47, description="Alarm when no run succeeded for so long, hours."
    )

    @field_validator("schedule")
    @classmethod
    def _is_quartz(cls, schedule: str) -> str:
        if not _QUARTZ.fullmatch(schedule):
            raise ValueError(
                f"{schedule!r} is no Quartz expression, which begins with seconds and has six or "
                "seven fields: write e.g. 0 0 3 * * ?"
            )
        return schedule


class EnrichConfig(Section):
    seconds: int = Field(
        default=60,
        ge=10,
        le=3600,
        description="A batch of new files every so many seconds (10 to 3,600).",
    )
    paused: bool = Field(
        description="True: the stream stands. It keeps a cluster busy day and night otherwise."
    )
    alarm_minutes: int = Field(
        default=30, ge=10, description="Alarm when it neither runs nor ran for so long, minutes."
    )


class DatabricksConfig(Section):
    enabled: Literal[True] = Field(
        description="A Databricks workspace in this stack's VPC, and its jobs; needs a network "
        "with a NAT and an account at Databricks."
    )
    account_id: str = Field(
        pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
        description="The account at Databricks (account console, top right).",
    )
    client_id: str = Field(
        min_length=1,
        description="The service principal as which the program logs in; an admin of the account.",
    )
    client_secret_name: str = Field(
        pattern=r"^[a-zA-Z0-9/_+=.@-]{1,505}$",
        description="Name of the secret in Secrets Manager that holds the principal's OAuth "
        "secret, as plain text. It is made by hand: it opens the account.",
    )
    client_secret_key_arn: str | None = Field(
        default=None,
        description="Key that encrypts that secret; none: the stack's key for secrets.",
    )
    metastore_id: str | None = Field(
        default=None,
        description="The region's metastore, if the account has one (there is one a region and "
        "account); none: it is made here.",
    )
    retain: bool = Field(
        description="True: workspace, metastore and tables outlive a destroy. Delta tables can be "
        "computed again from bronze."
    )
    readers: list[str] = Field(
        default_factory=list[str],
        description="Groups of the account that may read the tables.",
    )
    cluster: ClusterConfig = Field(
        default_factory=ClusterConfig, description="Machines of the jobs."
    )
    history: HistoryConfig = Field(
        default_factory=HistoryConfig, description="The batch over past days."
    )
    enrich: EnrichConfig = Field(description="The stream of what Firehose lands.")
    status_minutes: int = Field(
        default=5,
        ge=1,
        le=60,
        description="How often the status of the jobs is looked up for the alarms, minutes.",
    )
    log_days: int = Field(default=30, ge=1, description="Days to keep the log of that.")

    @model_validator(mode="after")
    def _alarms_hear_before_they_ring(self) -> Self:
        if self.enrich.alarm_minutes < 2 * self.status_minutes:
            raise ValueError(
                f"enrich.alarm_minutes {self.enrich.alarm_minutes} is less than two looks of "
                f"status_minutes {self.status_minutes}: raise the one or lower the other"
            )
        return self


DatabricksSection = Annotated[NoDatabricks | DatabricksConfig, Field(discriminator="enabled")]


def missing_for_workspace(network: NetworkConfig) -> str | None:
    """What a network lacks for a workspace, as a sentence with the way out; none if nothing.

    Its machines call Databricks, which is outside AWS's own network.
    """
    if network.nat == "none":
        return (
            "network.nat is none: machines of Databricks must reach its control plane; choose "
            "instance, single or per_zone"
        )
    if len(network.zones) < LEAST_SUBNETS:
        return f"network.zones has {len(network.zones)}, a workspace needs {LEAST_SUBNETS}: add one"
    return None
