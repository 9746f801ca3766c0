"""Mwaa: Amazon's managed Airflow with the platform's DAGs, for teams that want Airflow and no
cluster.

Its web server is private: people reach it through the VPC. It costs around the clock and cannot
sleep. Commands run in Lambda (`components.pipeline_runner`), because MWAA takes no image. It leaves
out requirements and plugins: what the DAGs import, the Amazon provider, is there already.
"""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from components.dag_delivery import deliver_dags
from components.encryption import Keys, Protection
from components.iam import Statement, role_with, trust
from components.mwaa_config import MwaaConfig
from components.naming import Site
from components.network import Vpc
from components.pipeline import Pipeline
from components.secure_bucket import SecureBucket

DAGS = "dags"
OLD_VERSION_DAYS = 30
SUBNETS = 2
# Airflow's own names for what it logs (MWAA user guide, "Viewing Airflow logs").
LOGS = ("DAGProcessing", "Scheduler", "Task", "WebServer", "Worker")


class Mwaa(pulumi.ComponentResource):
    environment: pulumi.Output[str]
    webserver_url: pulumi.Output[str]
    dag_bucket: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        config: MwaaConfig,
        *,
        site: Site,
        vpc: Vpc,
        keys: Keys,
        protection: Protection,
        pipeline: Pipeline,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("shop:components:Mwaa", name, {}, opts)
        self._name = name
        self._site = site
        self._child = pulumi.ResourceOptions(parent=self)
        environment_name = site.name("mwaa", "airflow")
        bucket = self._create_bucket(protection)
        delivered = deliver_dags(
            f"{name}-dag",
            bucket=bucket.name,
            places=pipeline.places,
            prefix=f"{DAGS}/",
            opts=self._child,
        )
        groups = self._create_logs(environment_name, keys, config.log_retention_days)
        role = role_with(
            f"{name}-role",
            description="MWAA: scheduler, workers and web server",
            trusted=trust(
                {"Service": ["airflow.amazonaws.com", "airflow-env.amazonaws.com"]},
                {"StringEquals": {"aws:SourceAccount": site.account_id}},
            ),
            statements=[
                *pipeline.step_statements,
                *environment_statements(site, environment_name, bucket.arn, keys, groups),
            ],
            opts=self._child,
        )
        level = config.log_level
        environment = aws.mwaa.Environment(
            f"{name}-environment",
            name=environment_name,
            airflow_version=config.airflow_version,
            environment_class=config.environment_class,
            min_workers=config.min_workers,
            max_workers=config.max_workers,
            execution_role_arn=role.arn,
            kms_key=keys.data,
            source_bucket_arn=bucket.arn,
            dag_s3_path=DAGS,
            webserver_access_mode="PRIVATE_ONLY",
            network_configuration={
                "subnet_ids": list(vpc.private_subnet_ids[:SUBNETS]),  # MWAA takes exactly two
                "security_group_ids": [self._create_group(vpc)],
            },
            airflow_configuration_options={"core.load_examples": "False"},
            logging_configuration={
                "dag_processing_logs": {"enabled": True, "log_level": "WARNING"},
                "scheduler_logs": {"enabled": True, "log_level": "WARNING"},
                "task_logs": {"enabled": True, "log_level": level},
                "webserver_logs": {"enabled": True, "log_level": "WARNING"},
                "worker_logs": {"enabled": True, "log_level": "WARNING"},
            },
            # A worker ends its task before it is replaced.
            worker_replacement_strategy="GRACEFUL",
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*delivered, *groups]),
        )
        self.environment = environment.name
        self.webserver_url = environment.webserver_url
        self.dag_bucket = bucket.name
        self.register_outputs(
            {
                "environment": self.environment,
                "webserver_url": self.webserver_url,
                "dag_bucket": self.dag_bucket,
            }
        )

    def _create_bucket(self, protection: Protection) -> SecureBucket:
        return SecureBucket(
            f"{self._name}-dags",
            # MWAA refuses a bucket without versions and with public access.
            bucket_name=self._site.name("s3", "mwaa-dags"),
            protection=protection,
            retain=False,  # everything in it comes from the repository
            versioned=True,
            lifecycle_rules=[
                {
                    "id": "noncurrent",
                    "status": "Enabled",
                    "filter": {"prefix": ""},
                    "noncurrent_version_expiration": {"noncurrent_days": OLD_VERSION_DAYS},
                }
            ],
            opts=self._child,
        )

    def _create_logs(
        self, environment_name: str, keys: Keys, days: int
    ) -> list[aws.cloudwatch.LogGroup]:
        """MWAA would make them itself, and keep them for ever: it finds these by their names."""
        return [
            aws.cloudwatch.LogGroup(
                f"{self._name}-log-{log.lower()}",
                name=f"airflow-{environment_name}-{log}",
                retention_in_days=days,
                kms_key_id=keys.logs,
                opts=self._child,
            )
            for log in LOGS
        ]

    def _create_group(self, vpc: Vpc) -> pulumi.Output[str]:
        """Its parts speak to each other, and to AWS."""
        group = aws.ec2.SecurityGroup(
            f"{self._name}-group",
            vpc_id=vpc.vpc_id,
            description="MWAA: scheduler, workers, web server and database among themselves",
            opts=self._child,
        )
        aws.vpc.SecurityGroupIngressRule(
            f"{self._name}-among-themselves",
            security_group_id=group.id,
            referenced_security_group_id=group.id,
            ip_protocol="-1",
            description="Scheduler, workers, web server and database",
            opts=self._child,
        )
        aws.vpc.SecurityGroupIngressRule(
            f"{self._name}-people",
            security_group_id=group.id,
            cidr_ipv4=vpc.cidr,
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            description="The web server, from inside the VPC",
            opts=self._child,
        )
        aws.vpc.SecurityGroupEgressRule(
            f"{self._name}-out",
            security_group_id=group.id,
            cidr_ipv4="0.0.0.0/0",
            ip_protocol="-1",
            description="AWS's services, by endpoints or the NAT",
            opts=self._child,
        )
        return group.id


def environment_statements(
    site: Site,
    environment_name: str,
    bucket_arn: pulumi.Output[str],
    keys: Keys,
    groups: Sequence[aws.cloudwatch.LogGroup],
) -> list[Statement]:
    """What MWAA itself does in the name of the role (MWAA user guide, "Execution role")."""
    here = f"{site.region}:{site.account_id}"
    return [
        Statement(
            sid="PublishMetrics",
            actions=["airflow:PublishMetrics"],
            resources=[f"arn:aws:airflow:{here}:environment/{environment_name}"],
        ),
        Statement(
            sid="ReadDags",
            actions=[
                "s3:GetObject",
                "s3:GetObjectVersion",
                "s3:GetBucketPublicAccessBlock",
                "s3:ListBucket",
            ],
            resources=[bucket_arn, pulumi.Output.concat(bucket_arn, "/*")],
        ),
        Statement(
            sid="WriteLogs",
            actions=[
                "logs:CreateLogStream",
                "logs:PutLogEvents",
                "logs:GetLogEvents",
                "logs:GetLogRecord",
                "logs:GetLogGroupFields",
                "logs:GetQueryResults",
            ],
            resources=[pulumi.Output.concat(group.arn, ":*") for group in groups],
        ),
        Statement(
            # The queue between scheduler and workers lies in an account of AWS.
            sid="TaskQueue",
            actions=[
                "sqs:ChangeMessageVisibility",
                "sqs:DeleteMessage",
                "sqs:GetQueueAttributes",
                "sqs:GetQueueUrl",
                "sqs:ReceiveMessage",
                "sqs:SendMessage",
            ],
            resources=[f"arn:aws:sqs:{site.region}:*:airflow-celery-*"],
        ),
        Statement(
            # IAM knows no narrower resource for these three (Service authorization reference).
            sid="AccountWide",
            actions=[
                "cloudwatch:PutMetricData",
                "logs:DescribeLogGroups",
                "s3:GetAccountPublicAccessBlock",
            ],
            resources=["*"],
        ),
        Statement(
            sid="UseKey",
            actions=["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"],
            resources=[keys.data],
        ),
    ]
