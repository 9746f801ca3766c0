"""Warehouse: Redshift Serverless over the lake: namespace, workgroup, limits, and the role by which
it reads silver and gold in place (Spectrum).

Schemas and views are versioned SQL that `python -m redshift` applies; the engine would have to hold
the admin's password for that. There is no pause: Serverless bills compute while a query runs and
nothing between, so what bounds the bill are `max_rpu` and the usage limits, of which `deactivate`
refuses queries until its period ends. It leaves out users and loads: people come by IAM, and the
lake is read where it lies.
"""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from components.catalog import Catalog
from components.encryption import Keys
from components.iam import Role, role_with, trust
from components.lakehouse import Lakehouse, Zone
from components.naming import Site
from components.network import Vpc
from components.redshift_alarms import warehouse_alarms
from components.redshift_config import WarehouseConfig
from components.redshift_snapshots import nightly_snapshots

ROLE = "warehouse"
ADMIN = "platform"
PORT = 5439
HTTPS = 443
ANYWHERE = "0.0.0.0/0"
# All there are (CreateNamespace reference, logExports).
LOGS = ("connectionlog", "useractivitylog", "userlog")


def warehouse_name(site: Site) -> str:
    """Of the namespace and of the workgroup: people type it, and `python -m redshift` looks it
    up.
    """
    return site.name("redshift", ROLE)


class Warehouse(pulumi.ComponentResource):
    workgroup: pulumi.Output[str]
    workgroup_arn: pulumi.Output[str]
    database: pulumi.Output[str]
    group_id: pulumi.Output[str]
    """The security group of its network interfaces; whoever connects is let in by it."""
    spectrum_role_arn: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        config: WarehouseConfig,
        *,
        site: Site,
        vpc: Vpc,
        lake: Lakehouse,
        catalog: Catalog,
        keys: Keys,
        alarm_actions: Sequence[pulumi.Input[str]] = (),
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("shop:components:Warehouse", name, {}, opts)
        self._name = name
        self._config = config
        self._child = pulumi.ResourceOptions(parent=self)

        role = self._create_role(site, lake, catalog)
        namespace = self._create_namespace(site, keys, role)
        group_id = self._create_firewall(vpc)
        workgroup = self._create_workgroup(site, vpc, namespace, group_id)
        limit_ids = {
            limit.role: aws.redshiftserverless.UsageLimit(
                f"{name}-limit-{limit.role}",
                resource_arn=workgroup.arn,
                usage_type="serverless-compute",
                amount=limit.rpu_hours,
                period=limit.period,
                breach_action=limit.breach,
                opts=self._child,
            ).id
            for limit in config.limits
        }
        if config.snapshot_days:
            nightly_snapshots(
                name,
                namespace,
                keep_days=config.snapshot_days,
                site=site,
                keys=keys,
                alarm_actions=alarm_actions,
                opts=self._child,
            )
        warehouse_alarms(
            name,
            config,
            workgroup=workgroup.workgroup_name,
            limit_ids=limit_ids,
            actions=alarm_actions,
            opts=self._child,
        )
        self.workgroup = workgroup.workgroup_name
        self.workgroup_arn = workgroup.arn
        self.database = pulumi.Output.from_input(config.database)
        self.group_id = group_id
        self.spectrum_role_arn = role.arn
        self.register_outputs(
            {
                "workgroup": self.workgroup,
                "workgroup_arn": self.workgroup_arn,
                "database": self.database,
                "group_id": self.group_id,
                "spectrum_role_arn": self.spectrum_role_arn,
            }
        )

    def _create_role(self, site: Site, lake: Lakehouse, catalog: Catalog) -> Role:
        return role_with(
            f"{self._name}-spectrum",
            description="Warehouse: reads silver and gold where they lie",
            # Serverless assumes it under the second name, queries of Spectrum under the first.
            # Redshift documents no condition on the account that calls; what keeps others out is
            # that a role can be passed to a service within its own account only.
            trusted=trust(
                {"Service": ["redshift.amazonaws.com", "redshift-serverless.amazonaws.com"]}
            ),
            statements=[
                catalog.read(Zone.SILVER, Zone.GOLD),
                *lake.read(Zone.SILVER),
                *lake.read(Zone.GOLD),
            ],
            opts=self._child,
        )

    def _create_namespace(
        self, site: Site, keys: Keys, role: Role
    ) -> aws.redshiftserverless.Namespace:
        namespace_name = warehouse_name(site)
        # Before the namespace, which would make them without retention and without our key.
        logs = [
            aws.cloudwatch.LogGroup(
                f"{self._name}-{log}",
                name=f"/aws/redshift/{namespace_name}/{log}",
                retention_in_days=self._config.log_days,
                kms_key_id=keys.logs,
                opts=self._child,
            )
            for log in LOGS
        ]
        return aws.redshiftserverless.Namespace(
            f"{self._name}-namespace",
            namespace_name=namespace_name,
            db_name=self._config.database,
            admin_username=ADMIN,
            manage_admin_password=True,
            admin_password_secret_kms_key_id=keys.secrets,
            kms_key_id=keys.data,
            iam_roles=[role.arn],
            # `IAM_ROLE default` in SQL, so that no file of a version names an account.
            default_iam_role_arn=role.arn,
            log_exports=list(LOGS),
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=self._config.retain,
                retain_on_delete=self._config.retain,
                depends_on=logs,
            ),
        )

    def _create_firewall(self, vpc: Vpc) -> pulumi.Output[str]:
        group = aws.ec2.SecurityGroup(
            f"{self._name}-group",
            description="The warehouse: in from its clients, out to AWS",
            vpc_id=vpc.vpc_id,
            opts=self._child,
        )
        for client in self._config.client_group_ids:
            aws.vpc.SecurityGroupIngressRule(
                f"{self._name}-from-{client}",
                security_group_id=group.id,
                description="A client of the warehouse",
                referenced_security_group_id=client,
                ip_protocol="tcp",
                from_port=PORT,
                to_port=PORT,
                opts=self._child,
            )
        for cidr in self._config.client_cidrs:
            aws.vpc.SecurityGroupIngressRule(
                f"{self._name}-from-{cidr.replace('/', '-')}",
                security_group_id=group.id,
                description="A network of clients",
                cidr_ipv4=cidr,
                ip_protocol="tcp",
                from_port=PORT,
                to_port=PORT,
                opts=self._child,
            )
        out = aws.vpc.SecurityGroupEgressRule(
            f"{self._name}-to-aws",
            security_group_id=group.id,
            # The gateway of S3 answers under S3's public addresses.
            description="HTTPS to AWS services",
            cidr_ipv4=ANYWHERE,
            ip_protocol="tcp",
            from_port=HTTPS,
            to_port=HTTPS,
            opts=self._child,
        )
        return pulumi.Output.all(group.id, out.id).apply(lambda known: str(known[0]))

    def _create_workgroup(
        self,
        site: Site,
        vpc: Vpc,
        namespace: aws.redshiftserverless.Namespace,
        group_id: pulumi.Output[str],
    ) -> aws.redshiftserverless.Workgroup:
        parameters = {
            "require_ssl": "true",
            "enable_user_activity_logging": "true",  # else useractivitylog stays empty
            "max_query_execution_time": str(self._config.query_seconds),
        }
        return aws.redshiftserverless.Workgroup(
            f"{self._name}-workgroup",
            workgroup_name=warehouse_name(site),
            namespace_name=namespace.namespace_name,
            base_capacity=self._config.base_rpu,
            max_capacity=self._config.max_rpu,
            enhanced_vpc_routing=True,
            publicly_accessible=False,
            port=PORT,
            # Private, not isolated: with enhanced routing Spectrum looks tables up in Glue through
            # the VPC.
            subnet_ids=vpc.private_subnet_ids,
            security_group_ids=[group_id],
            config_parameters=[
                {"parameter_key": key, "parameter_value": value}
                for key, value in parameters.items()
            ],
            opts=self._child,
        )
