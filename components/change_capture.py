"""ChangeCapture: DMS, from the shop's database to bronze: everything once, then every change.

Files follow `contract.shop_changes`; `jobs.cdc` makes tables of them. Changing a running task, or
the endpoint that it reads, stops it, changes it and resumes it where it was; the endpoint of bronze
cannot be changed under a running task (see `components.change_capture_endpoints`). It leaves out
validation by DMS, which S3 targets do not have, and the merge.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import pulumi
import pulumi_aws as aws

from components.change_capture_alarms import failures, instance_alarm, task_alarms
from components.change_capture_config import ChangeCaptureConfig, RedshiftTarget
from components.change_capture_endpoints import (
    STAGING_PREFIX,
    bronze_target,
    source_endpoint,
    warehouse_target,
)
from components.change_capture_firewall import firewall
from components.change_capture_roles import Secret, account_roles, files_role, secrets_role
from components.change_capture_rules import table_mappings, task_settings
from components.encryption import Keys
from components.iam import Role
from components.lakehouse import Lakehouse
from components.naming import Site, checked
from components.network import Vpc
from components.shop_database import ChangeSource
from contract.shop_changes import CDC_PREFIX


class ChangeCapture(pulumi.ComponentResource):
    instance_arn: pulumi.Output[str]
    task_arn: pulumi.Output[str]
    warehouse_task_arn: pulumi.Output[str] | None

    def __init__(
        self,
        name: str,
        config: ChangeCaptureConfig,
        *,
        site: Site,
        source: ChangeSource,
        vpc: Vpc,
        lake: Lakehouse,
        keys: Keys,
        alarm_actions: Sequence[pulumi.Input[str]] = (),
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("shop:components:ChangeCapture", name, {}, opts)
        self._name = name
        self._config = config
        self._site = site
        self._lake = lake
        self._keys = keys
        self._actions = alarm_actions
        self._child = pulumi.ResourceOptions(parent=self)
        self._id = checked("rds", f"{site.prefix}-{site.env}-cdc")
        ready = (
            account_roles(name, site=site, opts=self._child)
            if config.account_roles == "create"
            else []
        )
        instance = self._create_instance(vpc, source, ready)
        self.instance_arn = instance.replication_instance_arn
        passwords = self._create_secrets_role(source)
        read_from = source_endpoint(
            f"{name}-source",
            source,
            site=site,
            secrets_role_arn=passwords.arn,
            capture_ddl=config.capture_ddl,
            opts=self._child,
        )
        self.task_arn = self._create_bronze_task(instance, read_from)
        self.warehouse_task_arn = (
            self._create_warehouse_task(config.redshift, instance, read_from, passwords)
            if config.redshift is not None
            else None
        )
        instance_alarm(name, instance_id=self._id, actions=alarm_actions, opts=self._child)
        outputs = {"instance_arn": self.instance_arn, "task_arn": self.task_arn}
        if self.warehouse_task_arn is not None:
            outputs["warehouse_task_arn"] = self.warehouse_task_arn
        self.register_outputs(outputs)

    def _create_instance(
        self, vpc: Vpc, source: ChangeSource, ready: Sequence[pulumi.Resource]
    ) -> aws.dms.ReplicationInstance:
        config = self._config
        subnets = aws.dms.ReplicationSubnetGroup(
            f"{self._name}-subnets",
            replication_subnet_group_id=f"{self._id}-subnets",
            replication_subnet_group_description="Change capture: subnets that reach AWS services",
            # Not the isolated ones: since DMS 3.4.7 the instance calls Secrets Manager by itself.
            subnet_ids=list(vpc.private_subnet_ids),
            # DMS answers AccessDenied while the account's roles are not there.
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(ready)),
        )
        log = aws.cloudwatch.LogGroup(
            f"{self._name}-log",
            # DMS would make it without retention and without our key, under this very name.
            name=f"dms-tasks-{self._id}",
            retention_in_days=config.log_days,
            kms_key_id=self._keys.logs,
            opts=self._child,
        )
        return aws.dms.ReplicationInstance(
            f"{self._name}-instance",
            replication_instance_id=self._id,
            replication_instance_class=config.instance_class,
            allocated_storage=config.storage_gb,
            engine_version=config.engine_version,
            multi_az=config.multi_az,
            publicly_accessible=False,
            kms_key_arn=self._keys.secrets,
            replication_subnet_group_id=subnets.replication_subnet_group_id,
            vpc_security_group_ids=[
                firewall(
                    self._name,
                    vpc=vpc,
                    source=source,
                    warehouse_port=config.redshift.port if config.redshift else None,
                    opts=self._child,
                )
            ],
            # Who names a version chose it.
            auto_minor_version_upgrade=config.engine_version is None,
            allow_major_version_upgrade=False,
            apply_immediately=True,
            preferred_maintenance_window="sun:04:30-sun:05:30",
            opts=pulumi.ResourceOptions(parent=self, depends_on=[log]),
        )

    def _create_secrets_role(self, source: ChangeSource) -> Role:
        secrets = [Secret(arn=source.secret_arn, key_arn=self._keys.secrets)]
        if (warehouse := self._config.redshift) is not None:
            key_arn = warehouse.secret_key_arn or self._keys.secrets
            secrets.append(Secret(arn=warehouse.secret_arn, key_arn=key_arn))
        return secrets_role(
            f"{self._name}-secrets-role", secrets, site=self._site, opts=self._child
        )

    def _create_bronze_task(
        self, instance: aws.dms.ReplicationInstance, source: aws.dms.Endpoint
    ) -> pulumi.Output[str]:
        role = files_role(
            f"{self._name}-files-role",
            site=self._site,
            lake=self._lake,
            prefixes=[CDC_PREFIX],
            services=["dms.amazonaws.com"],
            opts=self._child,
        )
        target = bronze_target(
            f"{self._name}-bronze",
            self._config,
            site=self._site,
            lake=self._lake,
            key_arn=self._keys.data,
            role=role,
            opts=self._child,
        )
        return self._create_task("task", instance, source, target.endpoint_arn, "s3")

    def _create_warehouse_task(
        self,
        redshift: RedshiftTarget,
        instance: aws.dms.ReplicationInstance,
        source: aws.dms.Endpoint,
        passwords: Role,
    ) -> pulumi.Output[str]:
        role = files_role(
            f"{self._name}-staging-role",
            site=self._site,
            lake=self._lake,
            prefixes=[STAGING_PREFIX],
            services=["dms.amazonaws.com", "redshift.amazonaws.com"],
            opts=self._child,
        )
        target = warehouse_target(
            f"{self._name}-warehouse",
            redshift,
            site=self._site,
            lake=self._lake,
            key_arn=self._keys.data,
            secrets_role_arn=passwords.arn,
            role=role,
            opts=self._child,
        )
        return self._create_task(
            "warehouse-task", instance, source, target.endpoint_arn, "redshift"
        )

    def _create_task(
        self,
        role: str,
        instance: aws.dms.ReplicationInstance,
        source: aws.dms.Endpoint,
        target_arn: pulumi.Output[str],
        kind: Literal["s3", "redshift"],
    ) -> pulumi.Output[str]:
        config = self._config
        task = aws.dms.ReplicationTask(
            f"{self._name}-{role}",
            replication_task_id=f"{self._id}-{kind}",
            migration_type=config.migration_type,
            replication_instance_arn=instance.replication_instance_arn,
            source_endpoint_arn=source.endpoint_arn,
            target_endpoint_arn=target_arn,
            table_mappings=table_mappings(config.selections, target=kind),
            replication_task_settings=task_settings(),
            # With it the provider stops a running task before a change and resumes it after.
            start_replication_task=config.start,
            opts=self._child,
        )
        task_alarms(
            f"{self._name}-{kind}",
            instance_id=self._id,
            task_arn=task.replication_task_arn,
            latency_minutes=config.latency_alarm_minutes,
            actions=self._actions,
            opts=self._child,
        )
        failures(
            f"{self._name}-{kind}",
            task_ids=[task.replication_task_id],
            actions=self._actions,
            opts=self._child,
        )
        return task.replication_task_arn
