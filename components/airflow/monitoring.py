"""AirflowMonitoring: Airflow's metrics in Amazon Managed Prometheus, and who is told of them.

Airflow sends StatsD; the exporter of its chart turns that into metrics, and a managed scraper
fetches them from outside the cluster. Metrics lie under AWS's own key: they hold counts and names
only, and a workspace's key can never be changed. It leaves out metrics of nodes and of the control
plane.
"""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from components.airflow import rules
from components.airflow.cluster import Cluster
from components.airflow.config import Monitoring
from components.airflow.grafana import Grafana
from components.encryption import Keys
from components.naming import Site
from components.network import Vpc

LOG_DAYS = 30


class AirflowMonitoring(pulumi.ComponentResource):
    workspace_id: pulumi.Output[str]
    grafana_secret_arn: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        config: Monitoring,
        *,
        site: Site,
        vpc: Vpc,
        cluster: Cluster,
        keys: Keys,
        sleeps: bool,
        alarm_actions: Sequence[pulumi.Input[str]],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`sleeps`: the cluster has a night. `alarm_actions`: topics on which Prometheus
        (`aps.amazonaws.com`) may publish.
        """
        super().__init__("shop:components:AirflowMonitoring", name, {}, opts)
        self._name = name
        self._child = pulumi.ResourceOptions(parent=self)

        workspace = self._create_workspace(config, site, keys)
        self._create_scraper(site, vpc, cluster, workspace.arn)
        self._create_alarms(site, workspace.id, sleeps, alarm_actions)
        grafana = Grafana(
            f"{name}-grafana",
            site=site,
            cluster=cluster,
            keys=keys,
            workspace_arn=workspace.arn,
            endpoint=workspace.prometheus_endpoint,
            opts=self._child,
        )
        self.workspace_id = workspace.id
        self.grafana_secret_arn = grafana.secret_arn
        self.register_outputs(
            {"workspace_id": self.workspace_id, "grafana_secret_arn": self.grafana_secret_arn}
        )

    def _create_workspace(self, config: Monitoring, site: Site, keys: Keys) -> aws.amp.Workspace:
        alias = f"{site.prefix}-{site.env}-airflow"
        log = aws.cloudwatch.LogGroup(
            f"{self._name}-log",
            # Under this prefix the service may write by itself.
            name=f"/aws/vendedlogs/prometheus/{alias}",
            retention_in_days=LOG_DAYS,
            kms_key_id=keys.logs,
            opts=self._child,
        )
        workspace = aws.amp.Workspace(
            f"{self._name}-workspace",
            alias=alias,
            # Alarms that could not be sent are told here and nowhere else.
            logging_configuration={"log_group_arn": pulumi.Output.concat(log.arn, ":*")},
            opts=self._child,
        )
        aws.amp.WorkspaceConfiguration(
            f"{self._name}-retention",
            workspace_id=workspace.id,
            retention_period_in_days=config.retention_days,
            opts=self._child,
        )
        return workspace

    def _create_scraper(
        self, site: Site, vpc: Vpc, cluster: Cluster, workspace_arn: pulumi.Output[str]
    ) -> None:
        aws.amp.Scraper(
            f"{self._name}-scraper",
            alias=f"{site.prefix}-{site.env}-airflow",
            source={
                "eks": {
                    "cluster_arn": cluster.arn,
                    "subnet_ids": list(vpc.private_subnet_ids),
                    # The cluster's own group lets in whoever belongs to it.
                    "security_group_ids": [cluster.security_group_id],
                }
            },
            destination={"amp": {"workspace_arn": workspace_arn}},
            scrape_configuration=rules.scrape_file(),
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(cluster.ready)),
        )

    def _create_alarms(
        self,
        site: Site,
        workspace_id: pulumi.Output[str],
        sleeps: bool,
        alarm_actions: Sequence[pulumi.Input[str]],
    ) -> None:
        aws.amp.RuleGroupNamespace(
            f"{self._name}-rules",
            name="airflow",
            workspace_id=workspace_id,
            data=rules.rule_file(sleeps=sleeps),
            opts=self._child,
        )
        if alarm_actions:
            aws.amp.AlertManagerDefinition(
                f"{self._name}-alerts",
                workspace_id=workspace_id,
                definition=pulumi.Output.all(*alarm_actions).apply(
                    lambda topics: rules.alert_manager_file(topics, site.region)
                ),
                opts=self._child,
            )
