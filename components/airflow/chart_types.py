"""The values of Airflow's chart that are set here, as types: a misspelt key is an error of the type
checker. The chart itself takes many of them in silence.

Names and nesting are those of `values.yaml` of chart 1.22. It leaves out every value that stays as
the chart has it.
"""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

# What Kubernetes defines and the chart only passes on.
Object = Mapping[str, object]


class Resources(TypedDict):
    requests: dict[str, str]
    limits: dict[str, str]


class ServiceAccount(TypedDict):
    create: bool
    name: str


class DisruptionBudget(TypedDict):
    enabled: bool
    config: dict[str, int]


class PodSecurity(TypedDict):
    pod: Object
    container: Object


class PodsSecurity(TypedDict):
    """The global form: the chart calls it `containers` there."""

    pod: Object
    containers: Object


class ContainerSecurity(TypedDict):
    container: Object


class Service(TypedDict):
    """What the long-running parts of Airflow have in common."""

    replicas: int
    resources: Resources
    serviceAccount: ServiceAccount
    podDisruptionBudget: DisruptionBudget
    topologySpreadConstraints: Sequence[Object]


class Persistence(TypedDict):
    enabled: bool


class Triggerer(Service):
    persistence: Persistence


class Bundle(TypedDict):
    name: str
    classpath: str
    kwargs: dict[str, str | int]


class DagProcessor(Service):
    enabled: bool
    dagBundleConfigList: NotRequired[list[Bundle]]


class Hpa(TypedDict):
    enabled: bool
    minReplicaCount: NotRequired[int]
    maxReplicaCount: NotRequired[int]


class NetworkIngress(TypedDict):
    # Written with "from", which is a keyword of Python.
    ingress: Mapping[str, Sequence[Object]]


class StartupProbe(TypedDict):
    failureThreshold: int


class ApiServer(Service):
    hpa: Hpa
    networkPolicy: NetworkIngress
    startupProbe: StartupProbe


class StatsSidecar(TypedDict):
    statsSecretName: str
    statsSecretKey: str
    resources: Resources


class Pgbouncer(TypedDict):
    enabled: bool
    replicas: int
    configSecretName: str
    metricsExporterSidecar: StatsSidecar
    extraNetworkPolicies: Sequence[Object]
    extraVolumes: Sequence[Object]
    extraVolumeMounts: Sequence[Object]
    podAnnotations: dict[str, pulumi.Input[str]]
    podDisruptionBudget: DisruptionBudget
    securityContexts: PodSecurity
    resources: Resources
    serviceAccount: ServiceAccount


class HookJob(TypedDict):
    """A Job of the chart; on hooks it would wait for pods that wait for it."""

    enabled: bool
    useHelmHooks: bool
    applyCustomEnv: bool


class KubernetesWorkers(TypedDict):
    serviceAccount: ServiceAccount
    resources: Resources
    nodeSelector: Mapping[str, str]
    tolerations: Sequence[Object]
    podAnnotations: dict[str, str]
    safeToEvict: bool


class CeleryWorkers(TypedDict):
    enableDefault: bool


class Workers(TypedDict):
    celery: CeleryWorkers
    kubernetes: KubernetesWorkers


class GitSync(TypedDict):
    enabled: bool
    repo: str
    branch: str
    ref: str
    subPath: str
    period: str
    maxFailures: int
    recommendedProbeSetting: bool
    securityContexts: ContainerSecurity
    resources: Resources
    sshKeySecret: NotRequired[str]
    knownHosts: NotRequired[str]


class DagSource(TypedDict):
    gitSync: GitSync


class StatsdCache(TypedDict):
    type: str
    size: int
    ttl: str


class Statsd(TypedDict):
    enabled: bool
    cache: StatsdCache
    extraMappings: Sequence[Object]
    extraNetworkPolicies: Sequence[Object]
    securityContexts: PodSecurity
    resources: Resources
    serviceAccount: ServiceAccount


class Cleanup(TypedDict):
    enabled: bool
    schedule: str
    resources: Resources


class DatabaseCleanup(TypedDict):
    enabled: bool
    retentionDays: int
    schedule: str
    resources: Resources


class DataSecrets(TypedDict):
    metadataSecretName: str
    brokerUrlSecretName: str


class Switch(TypedDict):
    enabled: bool


class EnvVar(TypedDict):
    name: str
    value: str


class AirflowImage(TypedDict):
    repository: str
    tag: str


class Images(TypedDict):
    airflow: AirflowImage


class AirflowValues(TypedDict):
    airflowVersion: str
    defaultAirflowTag: str
    images: Images
    useStandardNaming: bool
    enableServiceLinks: bool
    executor: str
    postgresql: Switch
    redis: Switch
    webserver: Switch
    flower: Switch
    data: DataSecrets
    fernetKeySecretName: str
    apiSecretKeySecretName: str
    jwtSecretName: str
    airflowPodAnnotations: dict[str, pulumi.Input[str]]
    securityContexts: PodsSecurity
    networkPolicies: Switch
    pgbouncer: Pgbouncer
    migrateDatabaseJob: HookJob
    createUserJob: HookJob
    scheduler: Service
    apiServer: ApiServer
    triggerer: Triggerer
    dagProcessor: DagProcessor
    workers: Workers
    statsd: Statsd
    cleanup: Cleanup
    databaseCleanup: DatabaseCleanup
    dags: NotRequired[DagSource]
    config: dict[str, dict[str, str | int]]
    env: list[EnvVar]
