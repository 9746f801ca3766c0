"""The Helm release of Airflow, with its chart by address and version.

`helm.v3.Release`, not `v4.Chart`: it can be previewed before the cluster exists, keeps Helm's
history and roll-back, and is one resource to wait for.
"""

from collections.abc import Sequence

import pulumi
import pulumi_kubernetes as kubernetes

from components.airflow import names
from components.airflow.chart_types import AirflowValues

REPOSITORY = "https://airflow.apache.org"
# Nodes start first, then images are pulled, then six Deployments become ready one after another.
SECONDS = 1200


def airflow_release(
    name: str,
    values: AirflowValues,
    *,
    chart_version: str,
    after: Sequence[pulumi.Resource],
    opts: pulumi.ResourceOptions,
) -> kubernetes.helm.v3.Release:
    """Known only when every Deployment is ready. `after`: what pods need when they start."""
    return kubernetes.helm.v3.Release(
        name,
        name=names.RELEASE,
        namespace=names.NAMESPACE,
        chart="airflow",
        version=chart_version,
        repository_opts={"repo": REPOSITORY},
        values=values,
        timeout=SECONDS,
        # A failed release stays, so that its pods can be looked at; the next `up` mends it.
        atomic=False,
        cleanup_on_fail=False,
        max_history=5,
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=list(after))),
    )
