"""The values of Grafana's chart: private, provisioned, without a disk or a right in the cluster."""

from collections.abc import Mapping, Sequence
from typing import TypedDict

import pulumi

from components.airflow import names
from components.airflow.chart_types import Resources, ServiceAccount, Switch
from components.airflow.pods import resources

PLUGIN_VERSION = "3.3.5"
FOLDER = "/var/lib/grafana/dashboards/default"


class Login(TypedDict):
    existingSecret: str
    userKey: str
    passwordKey: str


class Rbac(TypedDict):
    create: bool


class GrafanaService(TypedDict):
    type: str


# "grafana.ini" is no name of Python, hence this form.
GrafanaValues = TypedDict(
    "GrafanaValues",
    {
        "replicas": int,
        "serviceAccount": ServiceAccount,
        "rbac": Rbac,
        "automountServiceAccountToken": bool,
        "testFramework": Switch,
        "persistence": Switch,
        "service": GrafanaService,
        "admin": Login,
        "plugins": Sequence[str],
        "grafana.ini": Mapping[str, Mapping[str, object]],
        "datasources": Mapping[str, object],
        "dashboardProviders": Mapping[str, object],
        "dashboardsConfigMaps": Mapping[str, str],
        "resources": Resources,
    },
)


def grafana_values(
    *,
    endpoint: pulumi.Input[str],
    region: str,
    datasource: str,
    plugin: str,
    dashboards: str,
) -> GrafanaValues:
    """`dashboards`: the ConfigMap that holds them."""
    return {
        "replicas": 1,
        "serviceAccount": {"create": True, "name": names.GRAFANA},
        "rbac": {"create": False},
        "automountServiceAccountToken": False,
        "testFramework": {"enabled": False},
        "persistence": {"enabled": False},
        "service": {"type": "ClusterIP"},
        "admin": {
            "existingSecret": names.GRAFANA_ADMIN,
            "userKey": "admin-user",
            "passwordKey": "admin-password",
        },
        "plugins": [f"{plugin}@{PLUGIN_VERSION}"],
        "grafana.ini": {
            "server": {"root_url": "http://localhost:3000"},
            "auth": {"sigv4_auth_enabled": True},
            "aws": {"allowed_auth_providers": "default"},
            "analytics": {"reporting_enabled": False, "check_for_updates": False},
            "users": {"allow_sign_up": False},
        },
        "datasources": {"datasources.yaml": _datasources(endpoint, region, datasource, plugin)},
        "dashboardProviders": {
            "dashboardproviders.yaml": {
                "apiVersion": 1,
                "providers": [
                    {
                        "name": "default",
                        "orgId": 1,
                        "folder": "",
                        "type": "file",
                        "disableDeletion": True,
                        "editable": False,
                        "options": {"path": FOLDER},
                    }
                ],
            }
        },
        "dashboardsConfigMaps": {"default": dashboards},
        "resources": resources(100, 256, limit_mb=512),
    }


def _datasources(
    endpoint: pulumi.Input[str], region: str, uid: str, plugin: str
) -> dict[str, object]:
    source: dict[str, object] = {
        "name": "Amazon Managed Prometheus",
        "uid": uid,
        "type": plugin,
        "url": endpoint,
        "access": "proxy",
        "isDefault": True,
        "editable": False,
        "jsonData": {
            "httpMethod": "POST",
            "sigV4Auth": True,
            "sigV4AuthType": "default",  # the pod's role
            "sigV4Region": region,
        },
    }
    return {"apiVersion": 1, "datasources": [source]}
