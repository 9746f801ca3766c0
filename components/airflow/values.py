"""The values of Airflow's chart, as a function of the stack's settings: no resource is made here.

Secrets stand in it by name only, so that neither the state nor Helm's own record of the release
holds one. It leaves out the database's migration (`components.airflow.migration`): a Job of the
chart either waits for ever as a hook, or cannot be changed without one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components.airflow import names
from components.airflow.chart_types import (
    AirflowValues,
    ApiServer,
    DagProcessor,
    DisruptionBudget,
    Object,
    Pgbouncer,
    Service,
    ServiceAccount,
    Statsd,
    Triggerer,
    Workers,
)
from components.airflow.config import AirflowConfig
from components.airflow.dag_values import bundles, git_sync
from components.airflow.pods import AIRFLOW_POD, NO_PRIVILEGES, NOBODY, resources
from components.airflow.settings_file import airflow_settings

OFFICIAL_IMAGE = "apache/airflow"
# The chart's mappings miss these: the pool is the last part of the name, not the second.
POOL_GAUGES = ("running", "queued", "deferred", "scheduled")


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the release runs: plain values that are known before anything is made."""

    region: str
    vpc_cidr: str
    log_bucket: str
    dag_bucket: str | None
    """Only where DAGs come from S3."""
    secrets_prefix: str
    """Of the DAGs' connections and variables in Secrets Manager."""
    task_selector: Mapping[str, str]
    task_tolerations: Sequence[Object]


def image_of(config: AirflowConfig) -> str:
    """With its tag."""
    return config.image or f"{OFFICIAL_IMAGE}:{config.airflow_version}"


def airflow_values(
    config: AirflowConfig, place: Place, *, secrets_hash: pulumi.Input[str]
) -> AirflowValues:
    """`secrets_hash` changes with the secrets: pods do not restart when a Secret changes."""
    stamp = {"shoptrend/secrets": secrets_hash}
    repository, _, tag = image_of(config).rpartition(":")
    values: AirflowValues = {
        # Templates branch on the one, pods run the other.
        "airflowVersion": config.airflow_version,
        "defaultAirflowTag": config.airflow_version,
        "images": {"airflow": {"repository": repository, "tag": tag}},
        "useStandardNaming": True,
        "enableServiceLinks": False,
        "executor": "KubernetesExecutor",
        "postgresql": {"enabled": False},
        "redis": {"enabled": False},
        "webserver": {"enabled": False},
        "flower": {"enabled": False},
        # Without a name for the broker's, the chart makes that Secret in a hook, with no content.
        "data": {"metadataSecretName": names.METADATA, "brokerUrlSecretName": "unused"},
        # Without names the chart would make new keys at every rendering, and what the old fernet
        # key encrypted would be lost.
        "fernetKeySecretName": names.FERNET,
        "apiSecretKeySecretName": names.API_SECRET,
        "jwtSecretName": names.JWT,
        "airflowPodAnnotations": stamp,
        "securityContexts": {"pod": AIRFLOW_POD, "containers": NO_PRIVILEGES},
        "networkPolicies": {"enabled": True},
        "pgbouncer": _pgbouncer(config, place, stamp),
        "migrateDatabaseJob": {"enabled": False, "useHelmHooks": False, "applyCustomEnv": False},
        # The chart's would make admin/admin.
        "createUserJob": {"enabled": False, "useHelmHooks": False, "applyCustomEnv": False},
        "scheduler": _service(names.SCHEDULER, config.replicas.scheduler.min, 500, 1024),
        "apiServer": _api_server(config, place),
        "triggerer": _triggerer(config),
        "dagProcessor": _dag_processor(config, place),
        "workers": _workers(config, place),
        "statsd": _statsd(place),
        "cleanup": {"enabled": True, "schedule": "7,37 * * * *", "resources": resources(100, 512)},
        "databaseCleanup": {
            "enabled": True,
            "retentionDays": 60,
            "schedule": "23 3 * * 0",
            "resources": resources(100, 1024),
        },
        "config": airflow_settings(config, place.log_bucket, place.secrets_prefix),
        # For all pods, tasks included: a component's own env does not reach those. The empty
        # connection takes the pod's role; one kept in the database is not found by task pods.
        "env": [
            {"name": "AWS_REGION", "value": place.region},
            {"name": "AWS_DEFAULT_REGION", "value": place.region},
            {"name": "AIRFLOW_CONN_AWS_DEFAULT", "value": "aws://"},
        ],
    }
    if config.dags.kind == "git_sync":
        values["dags"] = {"gitSync": git_sync(config.dags)}
    return values


def _account(name: str) -> ServiceAccount:
    # `create` must be said: the task pods' template ignores a name without it.
    return {"create": True, "name": name}


def _budget(replicas: int) -> DisruptionBudget:
    # With one pod a budget would block every drain of its node.
    return {"enabled": replicas > 1, "config": {"maxUnavailable": 1}}


def _service(name: str, replicas: int, millicores: int, memory_mb: int) -> Service:
    component = name.removeprefix(f"{names.RELEASE}-")
    return {
        "replicas": replicas,
        "resources": resources(millicores, memory_mb, limit_mb=2 * memory_mb),
        "serviceAccount": _account(name),
        "podDisruptionBudget": _budget(replicas),
        "topologySpreadConstraints": [
            {
                "maxSkew": 1,
                "topologyKey": "topology.kubernetes.io/zone",
                "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": {
                    "matchLabels": {"release": names.RELEASE, "component": component}
                },
            }
        ],
    }


def _api_server(config: AirflowConfig, place: Place) -> ApiServer:
    replicas = config.replicas.api_server
    scales = replicas.max > replicas.min
    return {
        **_service(names.API_SERVER, replicas.min, 500, 1024),
        "hpa": {
            "enabled": scales,
            "minReplicaCount": replicas.min,
            "maxReplicaCount": replicas.max,
        },
        # The chart's empty list denies everyone, and task pods report to the API server.
        "networkPolicy": {
            "ingress": {"from": [{"podSelector": {}}, {"ipBlock": {"cidr": place.vpc_cidr}}]}
        },
        "startupProbe": {"failureThreshold": 30},  # five minutes, on a node that is still pulling
    }


def _triggerer(config: AirflowConfig) -> Triggerer:
    return {
        **_service(names.TRIGGERER, config.replicas.triggerer.min, 200, 512),
        # Otherwise a StatefulSet with 100 GB of disk for each pod; logs go to S3 anyway.
        "persistence": {"enabled": False},
    }


def _dag_processor(config: AirflowConfig, place: Place) -> DagProcessor:
    values: DagProcessor = {
        **_service(names.DAG_PROCESSOR, config.replicas.dag_processor, 300, 768),
        "enabled": True,
    }
    if config.dags.kind == "s3" and place.dag_bucket is not None:
        values["dagBundleConfigList"] = bundles(config.dags, place.dag_bucket)
    return values


def _workers(config: AirflowConfig, place: Place) -> Workers:
    """Task pods; nothing else of `workers` is read under the KubernetesExecutor."""
    return {
        # Otherwise builds of the chart before 1.22's release make the account a second time.
        "celery": {"enableDefault": False},
        "kubernetes": {
            "serviceAccount": _account(names.WORKER),
            "resources": resources(config.tasks.cpu_millicores, config.tasks.memory_mb),
            "nodeSelector": place.task_selector,
            "tolerations": place.task_tolerations,
            # Neither Karpenter (Auto Mode) nor the cluster autoscaler may move a running task.
            "podAnnotations": {"karpenter.sh/do-not-disrupt": "true"},
            "safeToEvict": False,
        },
    }


def _pgbouncer(
    config: AirflowConfig, place: Place, stamp: dict[str, pulumi.Input[str]]
) -> Pgbouncer:
    replicas = config.replicas.pgbouncer
    return {
        "enabled": True,
        "replicas": replicas,
        # Without it the chart writes a configuration that names its own Postgres.
        "configSecretName": names.PGBOUNCER_CONFIG,
        "metricsExporterSidecar": {
            "statsSecretName": names.PGBOUNCER_STATS,
            "statsSecretKey": "connection",
            "resources": resources(10, 32, limit_mb=64),
        },
        "extraNetworkPolicies": _from_vpc(place),
        "extraVolumes": [{"name": "database-ca", "configMap": {"name": names.DATABASE_CA}}],
        "extraVolumeMounts": [
            {"name": "database-ca", "mountPath": names.CA_FOLDER, "readOnly": True}
        ],
        "podAnnotations": stamp,
        "podDisruptionBudget": _budget(replicas),
        "securityContexts": NOBODY,
        "resources": resources(100, 64, limit_mb=256),
        "serviceAccount": _account(names.PGBOUNCER),
    }


def _statsd(place: Place) -> Statsd:
    return {
        "enabled": True,
        # By default gauges of a DAG that is gone live for ever.
        "cache": {"type": "lru", "size": 1000, "ttl": "10m"},
        "extraMappings": [
            {
                "match": f"airflow.pool.{state}_slots.*",
                "name": f"airflow_pool_{state}_slots",
                "labels": {"pool": "$1"},
            }
            for state in POOL_GAUGES
        ],
        "extraNetworkPolicies": _from_vpc(place),
        "securityContexts": NOBODY,
        "resources": resources(20, 64, limit_mb=256),
        "serviceAccount": _account(names.STATSD),
    }


def _from_vpc(place: Place) -> Sequence[Object]:
    """The managed scraper comes from an address of the VPC, not from a pod."""
    return [{"ipBlock": {"cidr": place.vpc_cidr}}]
