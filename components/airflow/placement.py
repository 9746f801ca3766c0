"""Where pods go, and the tags of what AWS makes for the cluster: joints of nodes and releases."""

from collections.abc import Mapping, Sequence

from components.naming import Site

LABEL = "workload"
CORE = {LABEL: "airflow-core"}
TASKS = {LABEL: "airflow-tasks"}
TASK_TAINT = "airflow-tasks"
TASK_TOLERATIONS: Sequence[Mapping[str, object]] = (
    {"key": TASK_TAINT, "operator": "Exists", "effect": "NoSchedule"},
)


def tags(site: Site, name: str) -> dict[str, str]:
    """Tags of nodes, disks and interfaces. The provider's default tags do not reach them, because
    another than Pulumi makes them; the keys are the same.
    """
    return {
        "Name": name,
        "project": site.prefix,
        "environment": site.env,
        "component": "airflow",
    }
