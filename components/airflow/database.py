"""AirflowDatabase: the Postgres that keeps Airflow's metadata, on RDS, in subnets without internet.

The master's password is RDS's own secret and rotates; Airflow has a user of its own
(`components.airflow.database_user`). It leaves out read replicas and proxies: pgbouncer is the
pooler.
"""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from components.airflow.config import AirflowConfig
from components.airflow.database_alarms import database_alarms
from components.encryption import Keys
from components.naming import Site
from components.network import Vpc
from components.rds_instance import Engine, create_instance, master_secret, needed_by

PORT = 5432
LOGS = ("postgresql", "upgrade")
PARAMETERS = (
    {"name": "rds.force_ssl", "value": "1"},
    # A session that was forgotten holds locks, and migrations wait for those.
    {"name": "idle_in_transaction_session_timeout", "value": "600000"},
)


class AirflowDatabase(pulumi.ComponentResource):
    address: pulumi.Output[str]
    identifier: pulumi.Output[str]
    master_secret_arn: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        config: AirflowConfig,
        *,
        site: Site,
        vpc: Vpc,
        keys: Keys,
        client_group_id: pulumi.Input[str],
        alarm_actions: Sequence[pulumi.Input[str]] = (),
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`client_group_id`: the only security group that may connect."""
        super().__init__("shop:components:AirflowDatabase", name, {}, opts)
        self._name = name
        self._child = pulumi.ResourceOptions(parent=self)
        self._needed = needed_by(self, config.database)

        instance = create_instance(
            name,
            config.database,
            engine=Engine(
                name="postgres",
                family=f"postgres{config.database.engine_version.partition('.')[0]}",
                port=PORT,
                parameters=PARAMETERS,
                logs=LOGS,
            ),
            identifier=site.name("rds", "airflow"),
            keys=keys,
            vpc=vpc,
            group_id=self._create_firewall(vpc, client_group_id),
            log_days=config.logs.cluster_days,
            parent=self,
        )
        self.address = instance.address
        self.identifier = instance.identifier
        self.master_secret_arn = master_secret(instance)
        database_alarms(
            name,
            identifier=self.identifier,
            connections=config.replicas.pgbouncer * config.database.pool_size,
            actions=alarm_actions,
            opts=self._child,
        )
        self.register_outputs(
            {
                "address": self.address,
                "identifier": self.identifier,
                "master_secret_arn": self.master_secret_arn,
            }
        )

    def _create_firewall(self, vpc: Vpc, client_group_id: pulumi.Input[str]) -> pulumi.Output[str]:
        group = aws.ec2.SecurityGroup(
            f"{self._name}-group",
            description="Airflow's database: in from its cluster only, out to nowhere",
            vpc_id=vpc.vpc_id,
            opts=self._needed,
        )
        rule = aws.vpc.SecurityGroupIngressRule(
            f"{self._name}-from-cluster",
            security_group_id=group.id,
            description="PostgreSQL from the pods of the cluster",
            referenced_security_group_id=client_group_id,
            ip_protocol="tcp",
            from_port=PORT,
            to_port=PORT,
            opts=self._child,
        )
        # Through the rule: who can see the database can also reach it.
        return pulumi.Output.all(group.id, rule.id).apply(lambda known: str(known[0]))
