"""Scaling of scheduler and triggerer by CPU, which the chart has for the API server only.

It scales the triggerer with KEDA, by a query on the database, and the scheduler not at all. A
scaler of Kubernetes on their Deployments needs no operator more: both find their work in the
database and lock what they take, so that any number of them may run. Helm sets the least number
again at each upgrade, and the scaler corrects it within a minute.

The DAG processor and pgbouncer keep a fixed number: the one is slow by its files, which more pods
share badly; the other must not open more connections than the database has. Task pods are scaled by
the scheduler, which starts one for each task, and nodes follow the pods.
"""

import pulumi
import pulumi_kubernetes as kubernetes

from components.airflow import names
from components.airflow.config import Replicas, Scaled

CPU_PERCENT = 70
# A scheduler that goes leaves its tasks to the others, which takes a minute: not too often.
CALM_SECONDS = 600


def scalers(
    name: str, replicas: Replicas, *, opts: pulumi.ResourceOptions
) -> list[kubernetes.autoscaling.v2.HorizontalPodAutoscaler]:
    """One for each that has room between its bounds."""
    deployments = {names.SCHEDULER: replicas.scheduler, names.TRIGGERER: replicas.triggerer}
    return [
        _scaler(f"{name}-{deployment.removeprefix('airflow-')}", deployment, bounds, opts)
        for deployment, bounds in deployments.items()
        if bounds.max > bounds.min
    ]


def _scaler(
    name: str, deployment: str, bounds: Scaled, opts: pulumi.ResourceOptions
) -> kubernetes.autoscaling.v2.HorizontalPodAutoscaler:
    return kubernetes.autoscaling.v2.HorizontalPodAutoscaler(
        name,
        metadata={"name": deployment, "namespace": names.NAMESPACE},
        spec={
            "scale_target_ref": {
                "api_version": "apps/v1",
                "kind": "Deployment",
                "name": deployment,
            },
            "min_replicas": bounds.min,
            "max_replicas": bounds.max,
            "metrics": [
                {
                    "type": "Resource",
                    "resource": {
                        "name": "cpu",
                        "target": {"type": "Utilization", "average_utilization": CPU_PERCENT},
                    },
                }
            ],
            "behavior": {"scale_down": {"stabilization_window_seconds": CALM_SECONDS}},
        },
        opts=opts,
    )
