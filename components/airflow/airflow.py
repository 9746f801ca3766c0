"""Airflow: the cluster, its database, its keys, and the official chart, in the order in which each
needs the other.

Its UI is private: `kubectl -n airflow port-forward svc/airflow-api-server 8080`, and the password
of `admin` is in the secret that `secret_arn` names. It leaves out an ingress (a load balancer costs
about $20 a month, and a sign-on in front of it is each company's own), and the DAGs.
"""

from collections.abc import Sequence

import pulumi
import pulumi_kubernetes as kubernetes

from components.airflow import names
from components.airflow.certificates import database_ca
from components.airflow.cluster import Cluster, EksCluster
from components.airflow.cluster_secrets import cluster_secrets
from components.airflow.config import AirflowConfig
from components.airflow.dags import DagBucket, dag_bucket, dag_bucket_name, deploy_key
from components.airflow.database import AirflowDatabase
from components.airflow.database_user import database_user
from components.airflow.identities import grants, identities, read_master
from components.airflow.migration import migration
from components.airflow.release import airflow_release
from components.airflow.scaling import scalers
from components.airflow.secrets import AirflowSecrets, dag_prefix, read_dag_secrets
from components.airflow.task_logs import TaskLogs, log_bucket_name, task_logs
from components.airflow.values import Place, airflow_values, image_of
from components.encryption import Keys, Protection
from components.iam import Statement
from components.naming import Site
from components.network import Vpc


class Airflow(pulumi.ComponentResource):
    cluster_name: pulumi.Output[str]
    database_address: pulumi.Output[str]
    secret_arn: pulumi.Output[str]
    """Where the password of the UI's `admin` and the fernet key are."""
    log_bucket: pulumi.Output[str]
    dag_upload: tuple[Statement, ...]
    """Grant for whoever delivers DAGs to the bucket; empty where they come from git."""

    def __init__(
        self,
        name: str,
        config: AirflowConfig,
        *,
        site: Site,
        vpc: Vpc,
        keys: Keys,
        protection: Protection,
        alarm_actions: Sequence[pulumi.Input[str]] = (),
        task_statements: Sequence[Statement] = (),
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`task_statements`: what tasks may do, beside reading DAGs' secrets and writing logs."""
        super().__init__("shop:components:Airflow", name, {}, opts)
        self._name = name
        self._config = config
        self._site = site
        self._keys = keys
        self._child = pulumi.ResourceOptions(parent=self)
        self._image = image_of(config)

        cluster = EksCluster(
            f"{name}-cluster", config, site=site, vpc=vpc, keys=keys, opts=self._child
        ).cluster
        database = AirflowDatabase(
            f"{name}-database",
            config,
            site=site,
            vpc=vpc,
            keys=keys,
            client_group_id=cluster.security_group_id,
            alarm_actions=alarm_actions,
            opts=self._child,
        )
        secrets = AirflowSecrets(
            f"{name}-keys", site=site, keys=keys, retain=config.database.retain, opts=self._child
        )
        logs, bucket = self._create_buckets(protection)
        roles = identities(
            name,
            cluster,
            grants(
                dag_secrets=read_dag_secrets(site, keys),
                logs=logs,
                dags=bucket,
                tasks=task_statements,
            ),
            opts=self._child,
        )
        content, migrated = self._create_foundation(cluster, database, secrets)
        self._create_release(cluster, vpc, secrets.stamp, [*roles, *content, migrated])
        if config.monitoring.enabled:
            from components.airflow.monitoring import AirflowMonitoring

            AirflowMonitoring(
                f"{name}-monitoring",
                config.monitoring,
                site=site,
                vpc=vpc,
                cluster=cluster,
                keys=keys,
                sleeps=config.night is not None,
                alarm_actions=alarm_actions,
                opts=self._child,
            )
        self.cluster_name = cluster.name
        self.database_address = database.address
        self.secret_arn = secrets.secret_arn
        self.log_bucket = logs.name
        self.dag_upload = bucket.upload() if bucket is not None else ()
        self.register_outputs(
            {
                "cluster_name": self.cluster_name,
                "database_address": self.database_address,
                "secret_arn": self.secret_arn,
                "log_bucket": self.log_bucket,
            }
        )

    def _create_buckets(self, protection: Protection) -> tuple[TaskLogs, DagBucket | None]:
        config = self._config
        logs = task_logs(
            f"{self._name}-logs",
            site=self._site,
            protection=protection,
            days=config.logs.task_days,
            retain=config.database.retain,
            opts=self._child,
        )
        if config.dags.kind == "git_sync":
            return logs, None
        return logs, dag_bucket(
            f"{self._name}-dags", site=self._site, protection=protection, opts=self._child
        )

    def _create_foundation(
        self, cluster: Cluster, database: AirflowDatabase, secrets: AirflowSecrets
    ) -> tuple[list[pulumi.Resource], pulumi.Resource]:
        """What the release finds in its namespace, and the migrated database."""
        name, config = self._name, self._config
        namespace = kubernetes.core.v1.Namespace(
            f"{name}-namespace",
            metadata={
                "name": names.NAMESPACE,
                "labels": {"pod-security.kubernetes.io/enforce": "restricted"},
            },
            opts=self._inside(cluster, *cluster.ready),
        )
        inside = self._inside(cluster, namespace)
        content = cluster_secrets(
            f"{name}-secret",
            secrets,
            address=database.address,
            pool_size=config.database.pool_size,
            opts=inside,
        )
        content.append(
            kubernetes.core.v1.ConfigMap(
                f"{name}-database-ca",
                metadata={"name": names.DATABASE_CA, "namespace": names.NAMESPACE},
                data={"ca.pem": database_ca(self._site.region)},
                opts=inside,
            )
        )
        if config.dags.kind == "git_sync":
            content += deploy_key(f"{name}-git-key", config.dags, opts=inside)
        return content, self._create_jobs(cluster, database, secrets.stamp, content)

    def _create_jobs(
        self,
        cluster: Cluster,
        database: AirflowDatabase,
        stamp: pulumi.Output[str],
        content: Sequence[pulumi.Resource],
    ) -> pulumi.Resource:
        name = self._name
        accounts = [
            kubernetes.core.v1.ServiceAccount(
                f"{account}-account",
                metadata={"name": account, "namespace": names.NAMESPACE},
                opts=self._inside(cluster, *content),
            )
            for account in (names.DATABASE_ADMIN, names.MIGRATE)
        ]
        (role,) = identities(
            name,
            cluster,
            {names.DATABASE_ADMIN: read_master(database.master_secret_arn, self._keys)},
            opts=self._child,
        )
        user = database_user(
            f"{name}-database-user",
            image=self._image,
            address=database.address,
            master_secret_arn=database.master_secret_arn,
            region=self._site.region,
            stamp=stamp,
            opts=self._inside(cluster, *content, *accounts, role),
        )
        return migration(
            f"{name}-migration",
            image=self._image,
            stamp=stamp,
            opts=self._inside(cluster, *accounts, user),
        )

    def _create_release(
        self,
        cluster: Cluster,
        vpc: Vpc,
        stamp: pulumi.Output[str],
        after: Sequence[pulumi.Resource],
    ) -> None:
        name, config, site = self._name, self._config, self._site
        place = Place(
            region=site.region,
            vpc_cidr=vpc.cidr,
            log_bucket=log_bucket_name(site),
            dag_bucket=dag_bucket_name(site) if config.dags.kind == "s3" else None,
            secrets_prefix=dag_prefix(site),
            task_selector=cluster.task_selector,
            task_tolerations=cluster.task_tolerations,
        )
        release = airflow_release(
            f"{name}-release",
            airflow_values(config, place, secrets_hash=stamp),
            chart_version=config.chart_version,
            after=after,
            opts=self._inside(cluster),
        )
        scalers(f"{name}-scaler", config.replicas, opts=self._inside(cluster, release))

    def _inside(self, cluster: Cluster, *after: pulumi.Resource) -> pulumi.ResourceOptions:
        """For what lives in the cluster; `after` must be there first."""
        return pulumi.ResourceOptions(
            parent=self, provider=cluster.provider, depends_on=list(after)
        )
