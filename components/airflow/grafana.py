"""Grafana: the dashboard of Airflow, in the cluster, with no way in from outside.

Everything in it is provisioned, so it keeps no disk: what is changed in it by hand goes with its
pod. It is reached by `kubectl -n monitoring port-forward svc/grafana 3000:80`. It leaves out
alerting (`components.airflow.rules`) and single sign-on.
"""

import json

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes
import pulumi_random as random

from components.airflow import names
from components.airflow.cluster import Cluster
from components.airflow.grafana_dashboard import DATASOURCE_UID, PLUGIN, dashboard
from components.airflow.grafana_values import grafana_values
from components.encryption import Keys
from components.iam import Statement
from components.naming import Site, checked

REPOSITORY = "https://grafana-community.github.io/helm-charts"
CHART_VERSION = "12.11.1"  # Grafana 13.2
DASHBOARDS = "grafana-dashboards"
USER = "admin"
SECONDS = 600


class Grafana(pulumi.ComponentResource):
    secret_arn: pulumi.Output[str]
    """Where the password of `admin` is."""

    def __init__(
        self,
        name: str,
        *,
        site: Site,
        cluster: Cluster,
        keys: Keys,
        workspace_arn: pulumi.Output[str],
        endpoint: pulumi.Output[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`endpoint`: of the workspace, without the query's path."""
        super().__init__("shop:components:Grafana", name, {}, opts)
        self._name = name
        self._child = pulumi.ResourceOptions(parent=self)
        self._inside = pulumi.ResourceOptions(
            parent=self, provider=cluster.provider, depends_on=list(cluster.ready)
        )
        namespace = kubernetes.core.v1.Namespace(
            f"{name}-namespace",
            metadata={
                "name": names.MONITORING_NAMESPACE,
                "labels": {"pod-security.kubernetes.io/enforce": "restricted"},
            },
            opts=self._inside,
        )
        identity = cluster.identity(
            name,
            namespace=names.MONITORING_NAMESPACE,
            service_account=names.GRAFANA,
            statements=[_query(workspace_arn)],
            opts=self._child,
        )
        within = pulumi.ResourceOptions.merge(
            self._inside, pulumi.ResourceOptions(depends_on=[namespace])
        )
        password, self.secret_arn = self._create_password(site, keys)
        content = [
            self._create_login(password, within),
            self._create_dashboards(f"Airflow: {site.prefix} {site.env}", within),
        ]
        kubernetes.helm.v3.Release(
            f"{name}-release",
            name=names.GRAFANA,
            namespace=names.MONITORING_NAMESPACE,
            chart="grafana",
            version=CHART_VERSION,
            repository_opts={"repo": REPOSITORY},
            values=grafana_values(
                endpoint=endpoint,
                region=site.region,
                datasource=DATASOURCE_UID,
                plugin=PLUGIN,
                dashboards=DASHBOARDS,
            ),
            timeout=SECONDS,
            max_history=5,
            opts=pulumi.ResourceOptions.merge(
                within, pulumi.ResourceOptions(depends_on=[identity, *content])
            ),
        )
        self.register_outputs({"secret_arn": self.secret_arn})

    def _create_password(
        self, site: Site, keys: Keys
    ) -> tuple[pulumi.Output[str], pulumi.Output[str]]:
        made = random.RandomPassword(
            f"{self._name}-password", length=40, special=False, opts=self._child
        )
        secret = aws.secretsmanager.Secret(
            f"{self._name}-secret",
            name=checked("secret", f"{site.prefix}-{site.env}/airflow-grafana"),
            description="The administrator of Grafana; made by the deployment",
            kms_key_id=keys.secrets,
            recovery_window_in_days=0,  # another password does as well
            opts=self._child,
        )
        password = pulumi.Output.secret(made.result)
        version = aws.secretsmanager.SecretVersion(
            f"{self._name}-version",
            secret_id=secret.id,
            secret_string=pulumi.Output.json_dumps({"username": USER, "password": password}),
            opts=self._child,
        )
        # Through the version: whoever knows the secret also finds something in it.
        arn = pulumi.Output.all(secret.arn, version.id).apply(lambda known: str(known[0]))
        return password, arn

    def _create_login(
        self, password: pulumi.Output[str], opts: pulumi.ResourceOptions
    ) -> pulumi.Resource:
        return kubernetes.core.v1.Secret(
            f"{self._name}-login",
            metadata={"name": names.GRAFANA_ADMIN, "namespace": names.MONITORING_NAMESPACE},
            string_data={"admin-user": USER, "admin-password": password},
            opts=opts,
        )

    def _create_dashboards(self, title: str, opts: pulumi.ResourceOptions) -> pulumi.Resource:
        """Of our own: the chart would read the legends' braces as its templates."""
        return kubernetes.core.v1.ConfigMap(
            f"{self._name}-dashboards",
            metadata={"name": DASHBOARDS, "namespace": names.MONITORING_NAMESPACE},
            data={"airflow.json": json.dumps(dashboard(title), indent=1)},
            opts=opts,
        )


def _query(workspace_arn: pulumi.Output[str]) -> Statement:
    return Statement(
        sid="QueryMetrics",
        actions=[
            "aps:QueryMetrics",
            "aps:GetLabels",
            "aps:GetSeries",
            "aps:GetMetricMetadata",
        ],
        resources=[workspace_arn],
    )
