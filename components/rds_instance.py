"""One RDS instance as every database here must be: encrypted with our key, in subnets without
internet, the master's password kept and rotated by RDS, logs with a retention.

Plain functions, so that each component keeps its own names and parents. They leave out alarms and
users: both depend on what the database is for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import pulumi
import pulumi_aws as aws

from components.airflow.certificates import CA_IDENTIFIER
from components.encryption import Keys
from components.network import Vpc

# RDS keeps `admin` and `postgres` to itself.
MASTER = "platform"
FREE_INSIGHTS_DAYS = 7


class Size(Protocol):
    """What a section says of its instance."""

    @property
    def engine_version(self) -> str: ...
    @property
    def instance_class(self) -> str: ...
    @property
    def storage_gb(self) -> int: ...
    @property
    def max_storage_gb(self) -> int: ...
    @property
    def multi_az(self) -> bool: ...
    @property
    def backup_days(self) -> int: ...
    @property
    def retain(self) -> bool: ...


@dataclass(frozen=True, kw_only=True)
class Engine:
    """What runs on the instance. `parameters` are those of the family, by name."""

    name: str
    family: str
    port: int
    parameters: Sequence[Mapping[str, str]]
    logs: Sequence[str]
    database: str | None = None
    """Made with the instance; none: only what the engine brings."""


def refuse_misfit(size: Size) -> None:
    """Raises ValueError for sizes that RDS would refuse, or that would not keep what they must."""
    # RDS refuses a ceiling that is less than 10 % above the size.
    if size.max_storage_gb * 10 < size.storage_gb * 11:
        raise ValueError(
            f"max_storage_gb {size.max_storage_gb} is less than 10 % above storage_gb "
            f"{size.storage_gb}: raise it"
        )
    if size.retain and size.backup_days == 0:
        raise ValueError(
            "retain is true but backup_days is 0: what must be kept needs backups; give 1 to 35"
        )


def needed_by(parent: pulumi.Resource, size: Size) -> pulumi.ResourceOptions:
    """Options of what a database that is kept cannot be without."""
    return pulumi.ResourceOptions(parent=parent, retain_on_delete=size.retain)


def create_instance(
    name: str,
    size: Size,
    *,
    engine: Engine,
    identifier: str,
    keys: Keys,
    vpc: Vpc,
    group_id: pulumi.Input[str],
    log_days: int,
    parent: pulumi.Resource,
) -> aws.rds.Instance:
    """The instance with its subnets, parameters and log groups, all children of `parent`."""
    needed = needed_by(parent, size)
    # Before the instance, which would make them without retention and without our key.
    logs = [
        aws.cloudwatch.LogGroup(
            f"{name}-{log}-log",
            name=f"/aws/rds/instance/{identifier}/{log}",
            retention_in_days=log_days,
            kms_key_id=keys.logs,
            opts=pulumi.ResourceOptions(parent=parent),
        )
        for log in engine.logs
    ]
    subnets = aws.rds.SubnetGroup(
        f"{name}-subnets", subnet_ids=vpc.isolated_subnet_ids, opts=needed
    )
    parameters = aws.rds.ParameterGroup(
        f"{name}-parameters",
        family=engine.family,
        parameters=[
            {"name": each["name"], "value": each["value"], "apply_method": each["apply_method"]}
            if "apply_method" in each
            else {"name": each["name"], "value": each["value"]}
            for each in engine.parameters
        ],
        opts=needed,
    )
    return aws.rds.Instance(
        f"{name}-instance",
        identifier=identifier,
        engine=engine.name,
        engine_version=size.engine_version,
        instance_class=size.instance_class,
        storage_type="gp3",
        allocated_storage=size.storage_gb,
        max_allocated_storage=size.max_storage_gb,
        storage_encrypted=True,
        kms_key_id=keys.secrets,
        db_name=engine.database,
        username=MASTER,
        manage_master_user_password=True,
        master_user_secret_kms_key_id=keys.secrets,
        port=engine.port,
        db_subnet_group_name=subnets.name,
        parameter_group_name=parameters.name,
        vpc_security_group_ids=[group_id],
        publicly_accessible=False,
        ca_cert_identifier=CA_IDENTIFIER,
        multi_az=size.multi_az,
        backup_retention_period=size.backup_days,
        backup_window="02:00-02:45",
        maintenance_window="sun:03:00-sun:04:00",
        # Who names a minor version chose it; otherwise RDS takes the fixes by itself.
        auto_minor_version_upgrade=not _is_minor(engine.name, size.engine_version),
        copy_tags_to_snapshot=True,
        deletion_protection=size.retain,
        skip_final_snapshot=not size.retain,
        final_snapshot_identifier=f"{identifier}-final" if size.retain else None,
        delete_automated_backups=not size.retain,
        performance_insights_enabled=True,
        performance_insights_kms_key_id=keys.secrets,
        performance_insights_retention_period=FREE_INSIGHTS_DAYS,
        enabled_cloudwatch_logs_exports=list(engine.logs),
        opts=pulumi.ResourceOptions(
            parent=parent,
            protect=size.retain,
            retain_on_delete=size.retain,
            depends_on=logs,
        ),
    )


def master_secret(instance: aws.rds.Instance) -> pulumi.Output[str]:
    """The ARN of the secret in which RDS keeps the master's password."""
    return instance.master_user_secrets.apply(lambda secrets: str(secrets[0].secret_arn))


def _is_minor(engine: str, version: str) -> bool:
    """PostgreSQL's major version has one part (17), MySQL's two (8.4)."""
    return version.count(".") >= {"postgres": 1, "mysql": 2}[engine]
