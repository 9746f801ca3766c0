"""What a stack may say about change capture: the section `change_capture`, and its limits.

Plain values only: it imports no provider, so that a stack without it pays nothing.
"""

import re
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from components.network import NetworkConfig
from components.section import Section

MigrationType = Literal["cdc", "full-load-and-cdc", "full-load"]
# Names with wildcards of LIKE, as selection rules take them.
PATTERN = r"^[A-Za-z0-9_%$]+$"
COLUMN = r"[A-Za-z_][A-Za-z0-9_$]*"


class Selection(Section):
    """Tables to take or to leave."""

    schema_name: str = Field(
        alias="schema", pattern=PATTERN, description="Schema, `%` for any text, e.g. `shop`."
    )
    table: str = Field(pattern=PATTERN, description="Table, `%` for any text.")
    action: Literal["include", "exclude", "explicit"] = Field(
        default="include",
        description="`include` or `exclude` what matches; `explicit`: exactly this one table.",
    )
    columns: list[str] = Field(
        default_factory=list[str],
        description="Only these columns, e.g. without the customers' mail addresses; empty: all. "
        "The primary key must be among them.",
    )

    @model_validator(mode="after")
    def _fits_its_action(self) -> Self:
        found = f"{self.schema_name}.{self.table}"
        if self.action == "explicit" and "%" in found:
            raise ValueError(
                f"{found} is explicit but has a wildcard: name one table, or set action: include"
            )
        if self.columns and (self.action == "exclude" or "%" in found):
            raise ValueError(
                f"{found} lists columns, which belong to one table that is taken: name the table "
                "and set action: include or explicit"
            )
        for column in self.columns:
            if not re.fullmatch(COLUMN, column):
                raise ValueError(f"{column!r} of {found} is no name of a column: no wildcards")
        if len(set(self.columns)) < len(self.columns):
            raise ValueError(f"{found} lists a column twice: remove one")
        return self


class RedshiftTarget(Section):
    """A warehouse into which the same changes are applied."""

    engine: Literal["redshift", "redshift-serverless"] = Field(
        default="redshift-serverless", description="Kind of warehouse, as DMS calls it."
    )
    database: str = Field(description="Database in the warehouse.")
    secret_arn: str = Field(
        pattern=r"^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:.+$",
        description="Secret with `username`, `password`, `host` and `port` of the warehouse.",
    )
    secret_key_arn: str | None = Field(
        default=None,
        pattern=r"^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/.+$",
        description="Key that encrypts that secret; none: the stack's key for secrets.",
    )
    port: int = Field(default=5439, ge=1, le=65535, description="Port of the warehouse.")


class NoChangeCapture(Section):
    """A stack that reads no database."""

    enabled: Literal[False]


class ChangeCaptureConfig(Section):
    enabled: Literal[True] = Field(
        description="DMS from the shop's database to bronze; the instance costs all day."
    )
    instance_class: str = Field(
        default="dms.t3.large",
        pattern=r"^dms\.[a-z0-9]+\.[a-z0-9]+$",
        description="Class of the replication instance.",
    )
    storage_gb: int = Field(
        default=100,
        ge=5,
        le=6144,
        description="Disk of the instance, GB (5 to 6,144): logs, and changes that wait during a "
        "full load.",
    )
    engine_version: str | None = Field(
        default=None,
        pattern=r"^\d+\.\d+\.\d+$",
        description="DMS version, e.g. `3.6.1`; none: what AWS prefers when it is made.",
    )
    multi_az: bool = Field(description="A standby in another zone; costs the same again.")
    migration_type: MigrationType = Field(
        default="full-load-and-cdc",
        description="`full-load-and-cdc`: everything once, then changes; `cdc`: changes only; "
        "`full-load`: everything once.",
    )
    selections: list[Selection] = Field(
        min_length=1,
        description='Which tables, each as `{schema: shop, table: "%"}` (`%` for any text), with '
        "`action: include`, `exclude` (it wins) or `explicit` (exactly this table), and with "
        "`columns: […]` only these of one table, its key among them.",
    )
    start: bool = Field(
        description="Run the task. False until the database has the capture user "
        "(docs/runbook.md). Changing a running task stops it, changes it and resumes it."
    )
    capture_ddl: bool = Field(
        default=True,
        description="Postgres only: follow new columns, by an event trigger of DMS that needs "
        "rds_superuser; false: a new column needs a new full load.",
    )
    transaction_order: Literal["column", "files"] = Field(
        default="column",
        description="`column`: Parquet in folders by commit date, each change numbered in "
        "`change_seq`, as jobs/cdc reads it. `files`: CSV of whole transactions in their order "
        "under `transactions/` (preserveTransactions, cdcPath), for readers of your own.",
    )
    batch_seconds: int = Field(
        default=60,
        ge=1,
        le=3600,
        description="Longest wait before a file is written, seconds. Like all that concerns the "
        "files, AWS lets it be changed only while the task stands: set `start: false` first.",
    )
    batch_mb: int = Field(
        default=32, ge=1, le=1000, description="Changes that fill a file earlier, MB."
    )
    account_roles: Literal["create", "existing"] = Field(
        default="create",
        description="`dms-vpc-role` and `dms-cloudwatch-logs-role` exist once in an account under "
        "these names. `existing`: another stack, or the console, has made them.",
    )
    latency_alarm_minutes: int = Field(
        default=15, ge=1, description="Alarm when changes arrive later than this, minutes."
    )
    log_days: int = Field(default=30, ge=1, description="Days to keep the task's log.")
    redshift: RedshiftTarget | None = Field(
        default=None, description="Apply the same changes to a warehouse too; none: bronze only."
    )

    @field_validator("selections")
    @classmethod
    def _something_is_taken(cls, selections: list[Selection]) -> list[Selection]:
        if all(one.action == "exclude" for one in selections):
            raise ValueError(
                "selections only exclude, so that no table is left: add one with action: include"
            )
        places = [(one.schema_name, one.table) for one in selections]
        for place in places:
            if places.count(place) > 1:
                raise ValueError(f"selections name {'.'.join(place)} twice: remove one")
        return selections


ChangeCaptureSection = Annotated[
    NoChangeCapture | ChangeCaptureConfig, Field(discriminator="enabled")
]


def missing_for_capture(network: NetworkConfig) -> tuple[str, ...]:
    """The interface endpoints without which the instance could not read its secrets; none with a
    NAT. S3 has its gateway in every network (DMS user guide, "Configuring VPC endpoints").
    """
    if network.nat != "none" or "secretsmanager" in network.interface_endpoints:
        return ()
    return ("secretsmanager",)
