"""A stack with Airflow for tests: its settings, and what its values and graph are made of."""

import warnings
from typing import Any

import pulumi

from components.airflow.config import AirflowConfig
from components.airflow.values import Place
from components.encryption import Keys, Protection
from components.iam import Statement
from components.naming import Site
from components.network import Vpc
from tests.graph import Graph, record

SITE = Site(prefix="shop", env="test", account_id="123456789012", region="eu-west-1")
KEYS = Keys(data="arn:key:data", logs="arn:key:logs", secrets="arn:key:secrets")
GIT = {
    "kind": "git_sync",
    "repo": "git@git.example.com:data/dags.git",
    "branch": "main",
    "secret": "shop/git-key",
    "known_hosts": "git.example.com ssh-ed25519 AAAAEXAMPLE",
}
PLACE = Place(
    region="eu-west-1",
    vpc_cidr="10.20.0.0/16",
    log_bucket="shop-test-airflow-logs",
    dag_bucket="shop-test-airflow-dags",
    secrets_prefix="shop-test/airflow",
    task_selector={"workload": "airflow-tasks"},
    task_tolerations=[{"key": "airflow-tasks", "operator": "Exists", "effect": "NoSchedule"}],
)
ONE_OF_EACH: dict[str, Any] = {}
TWO_OF_EACH: dict[str, Any] = {
    "scheduler": {"min": 2, "max": 4},
    "triggerer": {"min": 2, "max": 3},
    "api_server": {"min": 2, "max": 4},
    "dag_processor": 2,
    "pgbouncer": 2,
}
# What the provider computes of a database, beside what it is given.
DATABASE = {
    "address": "airflow.rds.example",
    "masterUserSecrets": [{"secretArn": "arn:aws:secretsmanager:eu-west-1:1:secret:rds!db-1"}],
}
COMPUTED: dict[str, dict[str, Any]] = {
    "aws:rds/instance:Instance": DATABASE,
    "aws:amp/workspace:Workspace": {"prometheusEndpoint": "https://aps.example/workspaces/ws-1/"},
    "random:index/randomBytes:RandomBytes": {
        # Both letters that differ between the alphabets of base64.
        "base64": "+/" * 21 + "8=",
    },
    "random:index/randomPassword:RandomPassword": {"result": "Pa55word"},
}


def config(**changes: Any) -> AirflowConfig:
    """The cheapest Airflow there is, with the sections in `changes` in place of its own."""
    sections: dict[str, Any] = {
        "enabled": True,
        "endpoint": {"kind": "private"},
        "deletion_protection": False,
        "nodes": {"kind": "auto_mode", "task_capacity": "spot", "task_cpu_limit": 16},
        "night": None,
        "dags": {"kind": "s3"},
        "database": database(),
        "logs": {"task_days": 30, "cluster_days": 7},
        "monitoring": {"enabled": True},
    }
    return AirflowConfig.model_validate({**sections, **changes})


def database(**changes: Any) -> dict[str, Any]:
    return {
        "instance_class": "db.t4g.micro",
        "multi_az": False,
        "backup_days": 1,
        "retain": False,
        **changes,
    }


def vpc() -> Vpc:
    """Two zones."""

    def ids(*names: str) -> list[pulumi.Output[str]]:
        return [pulumi.Output.from_input(name) for name in names]

    return Vpc(
        vpc_id=pulumi.Output.from_input("vpc-1"),
        cidr="10.20.0.0/16",
        private_subnet_ids=ids("private-a", "private-b"),
        isolated_subnet_ids=ids("isolated-a", "isolated-b"),
        public_subnet_ids=[],
        private_route_table_ids=[],
    )


def airflow(**changes: Any) -> Graph:
    """The whole of it, recorded: the cluster too."""

    def program() -> None:
        with warnings.catch_warnings():
            # pulumi_eks warns of a class of its own while it is imported.
            warnings.filterwarnings("ignore", category=DeprecationWarning, module="pulumi_eks")
            from components.airflow.airflow import Airflow

        Airflow(
            "airflow",
            config(**changes),
            site=SITE,
            vpc=vpc(),
            keys=KEYS,
            protection=Protection(key_arn=KEYS.data, account_id=SITE.account_id),
            alarm_actions=["arn:aws:sns:eu-west-1:123456789012:alerts"],
            task_statements=[
                Statement(sid="Work", actions=["s3:GetObject"], resources=["arn:aws:s3:::lake/*"])
            ],
        )

    return record(program, computed=COMPUTED, calls=answer)


def answer(asked: str, _arguments: dict[str, Any]) -> dict[str, Any]:
    """Look-ups, as AWS would answer them."""
    if asked == "aws:secretsmanager/getSecretVersion:getSecretVersion":
        return {"id": "key", "secretString": "the deploy key"}
    return {"id": asked, "version": "v1.2.3"}


def plain(value: Any) -> Any:
    """A secret input without its mark."""
    return value["value"] if isinstance(value, dict) and "value" in value else value
