"""One Job of Kubernetes that does a thing once before Airflow starts, and again when it changes.

A Job's pod cannot be changed, so its name ends in a hash of what it is made of: another image or
script is another Job. It leaves out removal by age: the next refresh would miss it and run it
again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pulumi
import pulumi_kubernetes as kubernetes

from components.airflow import names
from components.airflow.pods import AIRFLOW_UID

if TYPE_CHECKING:
    from pulumi_kubernetes.core.v1 import (
        ContainerArgsDict,
        EnvVarArgsDict,
        PodSecurityContextArgsDict,
        PodSpecArgsDict,
        SecurityContextArgsDict,
    )

    from components.airflow.chart_types import Resources

SECONDS = 900  # a migration of a large history takes minutes
# Read by libpq and asyncpg alike; in the address they would be read by the one only.
TLS: Mapping[str, pulumi.Input[str]] = {
    "PGSSLMODE": "verify-full",
    "PGSSLROOTCERT": names.CA_FILE,
}
POD: PodSecurityContextArgsDict = {
    "run_as_user": AIRFLOW_UID,
    "run_as_group": 0,
    "fs_group": 0,
    "run_as_non_root": True,
    "seccomp_profile": {"type": "RuntimeDefault"},
}
CONTAINER: SecurityContextArgsDict = {
    "allow_privilege_escalation": False,
    "capabilities": {"drop": ["ALL"]},
}


def container(
    name: str,
    image: str,
    args: Sequence[str],
    *,
    env: Mapping[str, pulumi.Input[str]],
    secrets: Mapping[str, tuple[str, str]],
    resources: Resources,
) -> ContainerArgsDict:
    """A container that reaches the database over verified TLS. `secrets`: variables by the Secret
    and the key that hold them.
    """
    said: list[EnvVarArgsDict] = [
        {"name": key, "value": value} for key, value in {**env, **TLS}.items()
    ]
    hidden: list[EnvVarArgsDict] = [
        {"name": key, "value_from": {"secret_key_ref": {"name": secret, "key": entry}}}
        for key, (secret, entry) in secrets.items()
    ]
    return {
        "name": name,
        "image": image,
        "args": list(args),
        "env": [*said, *hidden],
        "resources": {"requests": resources["requests"], "limits": resources["limits"]},
        "security_context": CONTAINER,
        "volume_mounts": [
            {"name": "database-ca", "mount_path": names.CA_FOLDER, "read_only": True}
        ],
    }


def run_once(
    name: str,
    *,
    account: str,
    steps: Sequence[ContainerArgsDict],
    made_of: Sequence[str],
    stamp: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> kubernetes.batch.v1.Job:
    """The steps one after the other. `made_of`: what the name changes with; `stamp`: what else
    makes it run again. Known only when the Job has succeeded.
    """
    *first, last = steps
    pod: PodSpecArgsDict = {
        "service_account_name": account,
        "automount_service_account_token": False,
        "restart_policy": "Never",
        "security_context": POD,
        "init_containers": [*first],
        "containers": [last],
        "volumes": [{"name": "database-ca", "config_map": {"name": names.DATABASE_CA}}],
    }
    return kubernetes.batch.v1.Job(
        name,
        metadata={"name": job_name(account, made_of), "namespace": names.NAMESPACE},
        spec={
            "backoff_limit": 4,
            "active_deadline_seconds": SECONDS,
            "template": {
                "metadata": {"annotations": {"shoptrend/secrets": stamp}},
                "spec": pod,
            },
        },
        opts=pulumi.ResourceOptions.merge(
            opts,
            pulumi.ResourceOptions(
                custom_timeouts=pulumi.CustomTimeouts(create=f"{SECONDS + 60}s")
            ),
        ),
    )


def job_name(account: str, made_of: Sequence[str]) -> str:
    """The same for the same content, so that nothing runs again without need."""
    digest = hashlib.sha256(json.dumps(list(made_of)).encode()).hexdigest()[:10]
    return f"{account}-{digest}"
