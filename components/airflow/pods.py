"""What a pod of ours asks for and may do: sizes, and the security that the namespace enforces."""

from collections.abc import Mapping

from components.airflow.chart_types import PodSecurity, Resources

AIRFLOW_UID = 50000  # of the official image; its group is root's, as OpenShift wants it
NOBODY_UID = 65534
GIT_SYNC_UID = 65533

NO_PRIVILEGES: Mapping[str, object] = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
}
AIRFLOW_POD: Mapping[str, object] = {
    "runAsUser": AIRFLOW_UID,
    "runAsGroup": 0,
    "fsGroup": 0,
    "runAsNonRoot": True,
    "seccompProfile": {"type": "RuntimeDefault"},
}
NOBODY: PodSecurity = {
    "pod": {
        "runAsUser": NOBODY_UID,
        "runAsGroup": NOBODY_UID,
        "runAsNonRoot": True,
        "seccompProfile": {"type": "RuntimeDefault"},
    },
    "container": NO_PRIVILEGES,
}


def resources(millicores: int, memory_mb: int, *, limit_mb: int | None = None) -> Resources:
    """Asks for CPU in thousandths and memory in MB; no CPU limit, which would only throttle.

    `limit_mb`: what it may use at most before it is killed, by default what it asks for.
    """
    return {
        "requests": {"cpu": f"{millicores}m", "memory": f"{memory_mb}Mi"},
        "limits": {"memory": f"{limit_mb or memory_mb}Mi"},
    }
