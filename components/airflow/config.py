"""What a stack may say about Airflow: the section `airflow`, and its limits.

Plain values only: it imports no provider, so that a stack without Airflow pays nothing for it.
Secrets never stand here; a section names the secret that holds them.
"""

import re
from ipaddress import IPv4Network
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator, model_validator

from components.airflow.cron import checked
from components.section import Section

RoleArn = Annotated[
    str,
    Field(pattern=r"^arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+$"),
]
InstanceType = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*\.[a-z0-9]+$")]
ClusterLog = Literal["api", "audit", "authenticator", "controllerManager", "scheduler"]
# CloudWatch takes no other retention.
RetentionDays = Literal[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827]

MAX_PUBLIC_CIDRS = 40  # EKS takes no more
WIDEST_PREFIX = 8
PRIVATE_NETWORKS = tuple(
    IPv4Network(cidr) for cidr in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
)
# max_connections of RDS by the size of the class (memory in bytes / 9,531,392, less what RDS takes
# for itself); larger classes have more than any pool here.
CONNECTIONS = {"micro": 80, "small": 180, "medium": 400}
# What one pgbouncer pool gives all pods together stays below the connections of the smallest RDS.
MAX_PARALLELISM = 512


def is_arm(instance_type: str) -> bool:
    """Whether the type has AWS's own processor: its family says `g` after the generation."""
    return re.match(r"[a-z]+\d+g", instance_type) is not None


def _check_order(least: int, most: int) -> None:
    if least > most:
        raise ValueError(f"min {least} is above max {most}: lower the one or raise the other")


class AutoModeNodes(Section):
    kind: Literal["auto_mode"] = Field(
        description="EKS Auto Mode: AWS picks, patches and removes nodes; about 12 % on top of EC2."
    )
    task_capacity: Literal["spot", "on-demand"] = Field(
        description="What task pods run on. Spot costs about a third, and a task that loses its "
        "node is retried."
    )
    task_cpu_limit: int = Field(
        ge=2, le=1000, description="CPUs that task nodes may have together: the brake on the bill."
    )


class CoreNodes(Section):
    instance_types: list[InstanceType] = Field(
        min_length=1, max_length=20, description="On-demand types of Airflow's own pods."
    )
    min: int = Field(ge=1, le=20, description="Fewest nodes by day (1 to 20).")
    max: int = Field(ge=1, le=50, description="Most nodes (1 to 50).")
    disk_gb: int = Field(default=40, ge=20, le=1000, description="Disk of a node, GB (20 to 1000).")

    @model_validator(mode="after")
    def _min_is_not_above_max(self) -> Self:
        _check_order(self.min, self.max)
        return self


class TaskNodes(Section):
    instance_types: list[InstanceType] = Field(
        min_length=2,
        max_length=20,
        description="Spot types of task pods, alike in CPU and memory; at least 2, because one "
        "type alone is taken back all at once.",
    )
    min: int = Field(default=0, ge=0, le=50, description="Fewest nodes; 0 costs nothing when idle.")
    max: int = Field(ge=1, le=200, description="Most nodes (1 to 200): the brake on the bill.")
    disk_gb: int = Field(default=40, ge=20, le=1000, description="Disk of a node, GB (20 to 1000).")

    @model_validator(mode="after")
    def _min_is_not_above_max(self) -> Self:
        _check_order(self.min, self.max)
        return self


class ManagedNodes(Section):
    kind: Literal["managed"] = Field(
        description="Managed node groups and the cluster autoscaler: no surcharge, and we choose "
        "when nodes are replaced."
    )
    core: CoreNodes
    tasks: TaskNodes

    @model_validator(mode="after")
    def _each_group_has_one_architecture(self) -> Self:
        # EKS takes one image, hence one architecture, for a group.
        for group, nodes in (("core", self.core), ("tasks", self.tasks)):
            if len({is_arm(type_) for type_ in nodes.instance_types}) > 1:
                raise ValueError(
                    f"{group}.instance_types {', '.join(nodes.instance_types)} mix ARM and x86: "
                    "a node group has one image; name types of one architecture"
                )
        return self


Nodes = Annotated[AutoModeNodes | ManagedNodes, Field(discriminator="kind")]


class PrivateEndpoint(Section):
    kind: Literal["private"] = Field(
        description="The Kubernetes API answers inside the VPC only: whoever deploys must be there."
    )


class PublicEndpoint(Section):
    kind: Literal["public"] = Field(
        description="The Kubernetes API also answers the addresses named here."
    )
    cidrs: list[str] = Field(
        min_length=1,
        max_length=MAX_PUBLIC_CIDRS,
        description="IPv4 networks that may reach the API: office, VPN, CI. Never the whole world.",
    )

    @field_validator("cidrs")
    @classmethod
    def _not_the_world(cls, cidrs: list[str]) -> list[str]:
        for cidr in cidrs:
            network = IPv4Network(cidr)
            if network.prefixlen < WIDEST_PREFIX:
                raise ValueError(
                    f"{cidr} is nearly everyone: name your networks (/8 or narrower), or set "
                    "kind: private"
                )
            if any(network.subnet_of(private) for private in PRIVATE_NETWORKS):
                raise ValueError(
                    f"{cidr} is a private network, which never arrives at the public endpoint: "
                    "give the addresses that the internet sees, or set kind: private"
                )
        return cidrs


Endpoint = Annotated[PrivateEndpoint | PublicEndpoint, Field(discriminator="kind")]


class Night(Section):
    """When the cluster sleeps: Airflow's pods and nodes go to zero, the control plane stays."""

    sleep: str = Field(
        description="When pods and nodes go, five cron fields, e.g. `0 20 * * *` (every day)."
    )
    wake: str = Field(description="When they come back, e.g. `0 7 * * 1-5` (working days).")
    timezone: str = Field(description="Time zone of both, e.g. `Europe/Lisbon`.")

    @field_validator("sleep", "wake")
    @classmethod
    def _is_cron(cls, cron: str) -> str:
        return checked(cron)

    @field_validator("timezone")
    @classmethod
    def _is_known(cls, timezone: str) -> str:
        try:
            ZoneInfo(timezone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(
                f"{timezone!r} is no time zone of the IANA list: write it as in `Europe/Lisbon`"
            ) from error
        return timezone

    @model_validator(mode="after")
    def _both_differ(self) -> Self:
        if self.sleep == self.wake:
            raise ValueError(f"sleep and wake are both {self.sleep!r}: it would never be up")
        return self


class GitSyncDags(Section):
    kind: Literal["git_sync"] = Field(
        description="DAGs come from a git repository by a sidecar: what is merged is what runs."
    )
    repo: str = Field(
        pattern=r"^(git@[\w.-]+:|ssh://|https://)\S+$",
        description="The repository: `git@host:team/repo.git`, ssh:// or https://.",
    )
    branch: str = Field(min_length=1, description="The branch that runs.")
    subpath: str = Field(
        default="dags",
        pattern=r"^([\w.-][\w./-]*)?$",
        description="Folder of the DAGs in the repository.",
    )
    period_seconds: int = Field(
        default=60, ge=10, le=3600, description="Seconds between two pulls (10 to 3600)."
    )
    secret: str | None = Field(
        default=None,
        max_length=512,
        pattern=r"^[\w/+=.@-]+$",
        description="Name of the Secrets Manager secret that holds the SSH deploy key (its plain "
        "text); null for a public https repository.",
    )
    known_hosts: str | None = Field(
        default=None,
        description="Host keys of an SSH repository, lines as in `ssh-keyscan`: without them "
        "anyone in between could serve DAGs.",
    )

    @model_validator(mode="after")
    def _ssh_needs_key_and_host(self) -> Self:
        over_ssh = not self.repo.startswith("https://")
        if over_ssh and (self.secret is None or self.known_hosts is None):
            raise ValueError(
                f"{self.repo} is fetched over SSH: set secret (the deploy key's name in Secrets "
                "Manager) and known_hosts (from `ssh-keyscan`), or use an https:// address"
            )
        if not over_ssh and (self.secret is not None or self.known_hosts is not None):
            raise ValueError(
                f"{self.repo} is fetched over https, where a deploy key means nothing: remove "
                "secret and known_hosts, or use the git@ address"
            )
        if ".." in self.subpath.split("/"):
            raise ValueError(f"subpath {self.subpath!r} leaves the repository: remove `..`")
        return self


class S3Dags(Section):
    kind: Literal["s3"] = Field(
        description="DAGs are uploaded to a bucket of this stack; every pod fetches them from it."
    )
    sync_seconds: int = Field(
        default=60, ge=10, le=3600, description="Seconds between two looks at it (10 to 3600)."
    )


Dags = Annotated[GitSyncDags | S3Dags, Field(discriminator="kind")]


class DatabaseConfig(Section):
    instance_class: str = Field(
        pattern=r"^db\.[a-z0-9]+\.[a-z0-9]+$",
        description="RDS class of the metadata database, e.g. `db.t4g.micro`.",
    )
    engine_version: str = Field(
        default="17", pattern=r"^1[4-8](\.\d+)?$", description="PostgreSQL version (14 to 18)."
    )
    storage_gb: int = Field(
        default=20, ge=20, le=1000, description="First size, GB (20 to 1000; RDS never shrinks)."
    )
    max_storage_gb: int = Field(
        default=100, ge=20, le=4000, description="RDS grows it by itself up to here, GB."
    )
    multi_az: bool = Field(
        description="A standby in another zone: survives the loss of one, costs the same again."
    )
    backup_days: int = Field(
        ge=0, le=35, description="Days of point-in-time backups (0 to 35; 0 keeps none)."
    )
    retain: bool = Field(
        description="True: deletion protection, a final snapshot, and a destroy leaves it alone. "
        "False: run history and connections go with a destroy."
    )
    pool_size: int = Field(
        default=20,
        ge=5,
        le=500,
        description="Connections of a pgbouncer pod to it (5 to 500); all pods together must stay "
        "below the class's max_connections (about 80 on db.t4g.micro).",
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        # RDS refuses a ceiling that is less than 10 % above the size.
        if self.max_storage_gb * 10 < self.storage_gb * 11:
            raise ValueError(
                f"max_storage_gb {self.max_storage_gb} is less than 10 % above storage_gb "
                f"{self.storage_gb}: raise it"
            )
        if self.retain and self.backup_days == 0:
            raise ValueError(
                "retain is true but backup_days is 0: what must be kept needs backups; give 1 to 35"
            )
        return self


class Scaled(Section):
    """Pods that follow the load between two bounds; equal bounds fix their number."""

    min: int = Field(default=1, ge=1, le=10, description="Fewest pods (1 to 10).")
    max: int = Field(default=1, ge=1, le=20, description="Most pods, by CPU (1 to 20).")

    @model_validator(mode="after")
    def _min_is_not_above_max(self) -> Self:
        _check_order(self.min, self.max)
        return self


class Replicas(Section):
    """Pods of each service by day. One means no disruption budget: it would block every drain."""

    scheduler: Scaled = Field(
        default_factory=Scaled,
        description="Schedulers; each starts up to `tasks.parallelism` pods, so more of them "
        "also means more tasks at once.",
    )
    triggerer: Scaled = Field(default_factory=Scaled, description="Triggerers, for deferred tasks.")
    api_server: Scaled = Field(default_factory=Scaled, description="UI and API.")
    dag_processor: int = Field(
        default=1, ge=1, le=4, description="DAG processors (1 to 4), a fixed number."
    )
    pgbouncer: int = Field(
        default=1, ge=1, le=4, description="Connection poolers (1 to 4), a fixed number."
    )


class Tasks(Section):
    parallelism: int = Field(
        default=16,
        ge=1,
        le=MAX_PARALLELISM,
        description="Task pods at once, of all DAGs, for each scheduler (1 to 512).",
    )
    per_dag: int = Field(default=8, ge=1, le=MAX_PARALLELISM, description="The same for one DAG.")
    cpu_millicores: int = Field(
        default=250, ge=100, le=16_000, description="CPU that a task pod asks for, thousandths."
    )
    memory_mb: int = Field(
        default=1024, ge=512, le=65_536, description="Memory that a task pod asks for and may use."
    )

    @model_validator(mode="after")
    def _one_dag_is_not_above_all(self) -> Self:
        if self.per_dag > self.parallelism:
            raise ValueError(
                f"per_dag {self.per_dag} is above parallelism {self.parallelism}: one DAG cannot "
                "run more than all; lower it"
            )
        return self


class Logs(Section):
    task_days: int = Field(ge=1, le=3650, description="Days until task logs in S3 are deleted.")
    cluster_days: RetentionDays = Field(
        description="Days until the control plane's logs are deleted, one of CloudWatch's steps."
    )
    cluster_types: list[ClusterLog] = Field(
        default_factory=lambda: ["api", "audit", "authenticator"],
        min_length=1,
        description="Logs of the control plane; audit says who did what, and is most of the bill.",
    )


class Monitoring(Section):
    enabled: bool = Field(
        description="Managed Prometheus scrapes Airflow, and alarms watch the heartbeats: about "
        "$30 a month and more with the number of series."
    )
    retention_days: int = Field(
        default=30, ge=1, le=1095, description="Days that metrics are kept (1 to 1095)."
    )


class NoAirflow(Section):
    """A stack without Airflow."""

    enabled: Literal[False]


class AirflowConfig(Section):
    enabled: Literal[True] = Field(
        description="EKS, its nodes, RDS and Airflow: from about $150 a month; nothing is free at "
        "night but the nodes."
    )
    kubernetes_version: str = Field(
        default="1.35",
        pattern=r"^1\.(3[3-9]|4\d)$",
        description="EKS version, one step up at a time; outside standard support AWS upgrades it "
        "by itself, because extended support costs six times as much.",
    )
    chart_version: str = Field(
        default="1.22.0",
        pattern=r"^1\.2[2-9]\.\d+$",
        description="Version of the official Helm chart; the values here are written for 1.22.",
    )
    airflow_version: str = Field(
        default="3.2.2",
        pattern=r"^3\.\d+\.\d+$",
        description="Version of Airflow; the database is migrated before the new pods start.",
    )
    image: str | None = Field(
        default=None,
        pattern=r"^[\w.:/-]+:[\w.-]+$",
        description="An own image with the providers and libraries of the DAGs, with its tag: "
        "what `make image` pushed; null for apache/airflow of airflow_version.",
    )
    endpoint: Endpoint
    admins: list[RoleArn] = Field(
        default_factory=list[str],
        description="IAM roles (ARNs) that administer the cluster, beside the one that made it.",
    )
    deploy_role: RoleArn | None = Field(
        default=None,
        description="Role that deployments assume to speak to the cluster; becomes an admin. Never "
        "the one that makes the cluster, which EKS makes an admin by itself and takes no second "
        "time. Null: whoever runs the deployment, the same for up and destroy.",
    )
    deletion_protection: bool = Field(
        description="True: EKS refuses to delete the cluster until this is false and applied."
    )
    nodes: Nodes
    night: Night | None = Field(
        description="When the cluster sleeps; null: never, and it costs around the clock."
    )
    dags: Dags
    database: DatabaseConfig
    replicas: Replicas = Field(default_factory=Replicas)
    tasks: Tasks = Field(default_factory=Tasks)
    logs: Logs
    monitoring: Monitoring

    @field_validator("admins")
    @classmethod
    def _each_once(cls, admins: list[str]) -> list[str]:
        for admin in admins:
            if admins.count(admin) > 1:
                raise ValueError(f"{admin} stands twice: EKS takes one access entry for a role")
        return admins

    @model_validator(mode="after")
    def _the_database_takes_all_poolers(self) -> Self:
        most = CONNECTIONS.get(self.database.instance_class.rpartition(".")[2])
        wanted = self.replicas.pgbouncer * self.database.pool_size
        if most is not None and wanted > most:
            raise ValueError(
                f"replicas.pgbouncer {self.replicas.pgbouncer} x database.pool_size "
                f"{self.database.pool_size} are {wanted} connections, and "
                f"{self.database.instance_class} takes about {most}: lower pool_size, or take a "
                "larger instance_class"
            )
        return self

    @model_validator(mode="after")
    def _the_chart_knows_the_airflow(self) -> Self:
        major, minor, _ = self.airflow_version.split(".")
        if (int(major), int(minor)) < (3, 1):
            raise ValueError(
                f"airflow_version {self.airflow_version} is below 3.1: the values here are written "
                "for 3.1 and newer"
            )
        return self


AirflowSection = Annotated[NoAirflow | AirflowConfig, Field(discriminator="enabled")]
