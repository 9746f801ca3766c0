"""What a stack may say about its warehouse: the section `warehouse`, and its limits.

Plain values only: it imports no provider, so that a stack without a warehouse pays nothing for it.
"""

from ipaddress import ip_network
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from components.network import NetworkConfig
from components.section import Section

# Redshift management guide, "Compute capacity for Amazon Redshift Serverless".
RPU_STEP = 8
SMALLEST_RPU = 4
# With enhanced VPC routing; two without it (Redshift management guide, "Considerations when using
# Amazon Redshift Serverless").
LEAST_ZONES = 3
# What catalog look-ups of Spectrum cross the VPC for, with enhanced routing and no NAT.
FOR_SPECTRUM = "glue"
HOURS = {"daily": 24, "weekly": 7 * 24, "monthly": 30 * 24}


class NoWarehouse(Section):
    """A stack that asks its lake through Athena only."""

    enabled: Literal[False]


class UsageLimit(Section):
    rpu_hours: int = Field(ge=1, description="RPU-hours that may be used in a period.")
    period: Literal["daily", "weekly", "monthly"] = Field(
        description="After which the count starts again (weeks start on Sunday, months on the 1st)."
    )
    breach: Literal["log", "emit-metric", "deactivate"] = Field(
        description="At the limit: `log` in SYS_QUERY_HISTORY, `emit-metric` to CloudWatch, or "
        "`deactivate`: refuse queries until the period ends. The last is the nearest thing to a "
        "pause: Serverless has none, and computes nothing while nobody asks."
    )

    @property
    def role(self) -> str:
        """What tells it from the others of a warehouse, in names."""
        return f"{self.period}-{self.breach}"


class WarehouseConfig(Section):
    enabled: Literal[True] = Field(
        description="Redshift Serverless over silver and gold; needs a network of three zones. "
        "Compute is billed while a query runs, at least a minute; storage all the time."
    )
    database: str = Field(
        default="shop",
        pattern=r"^[a-z][a-z0-9_]{0,62}$",
        description="Name of its database; another one replaces the warehouse.",
    )
    base_rpu: int = Field(
        ge=SMALLEST_RPU,
        le=512,
        description="Capacity of a query, RPU of 16 GB memory: 4, or 8 to 512 in steps of 8. An "
        "RPU-hour costs the same whatever the size.",
    )
    max_rpu: int = Field(
        ge=SMALLEST_RPU,
        le=5632,
        description="Most that it grows to under load, RPU; the ceiling of what an hour can cost.",
    )
    limits: list[UsageLimit] = Field(
        min_length=1,
        max_length=4,
        description="What may be used in a period (1 to 4); the only brake on the bill.",
    )
    query_seconds: int = Field(
        default=1800,
        ge=1,
        le=86_399,
        description="A query that runs longer is cancelled, seconds (up to 86,399).",
    )
    snapshot_days: int = Field(
        ge=0,
        le=3653,
        description="Days to keep each night's snapshot (0: none; AWS keeps recovery points of "
        "24 hours anyway).",
    )
    retain: bool = Field(
        description="True: what was loaded outlives a destroy. False: it goes with it; views and "
        "the lake can be made again."
    )
    client_group_ids: list[str] = Field(
        default_factory=list[str],
        description="Security groups that may connect, e.g. of a BI server. The Data API needs "
        "none.",
    )
    client_cidrs: list[str] = Field(
        default_factory=list[str],
        description="Private networks that may connect, e.g. of a VPN.",
    )
    log_days: int = Field(
        default=30, ge=1, description="Days to keep who connected and what was asked."
    )

    @field_validator("base_rpu", "max_rpu")
    @classmethod
    def _in_steps(cls, rpu: int) -> int:
        if rpu != SMALLEST_RPU and rpu % RPU_STEP:
            raise ValueError(
                f"{rpu} RPU do not exist: Redshift Serverless takes {SMALLEST_RPU}, or steps of "
                f"{RPU_STEP}; the next is {(rpu // RPU_STEP + 1) * RPU_STEP}"
            )
        return rpu

    @field_validator("client_cidrs")
    @classmethod
    def _only_private(cls, cidrs: list[str]) -> list[str]:
        for cidr in cidrs:
            if not ip_network(cidr).is_private:
                raise ValueError(
                    f"{cidr} is on the internet: a warehouse answers private networks only; name "
                    "the one of your VPN"
                )
        return cidrs

    @model_validator(mode="after")
    def _grows_only_upwards(self) -> Self:
        if self.max_rpu < self.base_rpu:
            raise ValueError(
                f"max_rpu {self.max_rpu} is below base_rpu {self.base_rpu}: raise the one or "
                "lower the other"
            )
        return self

    @model_validator(mode="after")
    def _limits_can_be_reached(self) -> Self:
        for limit in self.limits:
            most = self.max_rpu * HOURS[limit.period]
            if limit.rpu_hours > most:
                raise ValueError(
                    f"limits: {limit.rpu_hours} RPU-hours {limit.period} are never reached with "
                    f"max_rpu {self.max_rpu} (at most {most}): lower it, or nothing limits the bill"
                )
        roles = [limit.role for limit in self.limits]
        for limit in self.limits:
            if roles.count(limit.role) > 1:
                raise ValueError(f"limits name {limit.period} {limit.breach} twice: remove one")
        return self

    @model_validator(mode="after")
    def _what_is_kept_has_a_copy(self) -> Self:
        if self.retain and self.snapshot_days == 0:
            raise ValueError(
                "retain is true but snapshot_days is 0: what must be kept needs snapshots; give at "
                "least 1"
            )
        return self


WarehouseSection = Annotated[NoWarehouse | WarehouseConfig, Field(discriminator="enabled")]


def missing_for_warehouse(network: NetworkConfig) -> str | None:
    """What a network lacks for a warehouse, as a sentence with the way out; none if nothing."""
    if len(network.zones) < LEAST_ZONES:
        return (
            f"network.zones has {len(network.zones)}, and Redshift Serverless takes no fewer than "
            f"{LEAST_ZONES}: add one"
        )
    if network.nat == "none" and FOR_SPECTRUM not in network.interface_endpoints:
        return (
            f"network.nat is none and network.interface_endpoints lacks {FOR_SPECTRUM}: the "
            "warehouse could not look tables up; add it, or choose another nat"
        )
    return None
