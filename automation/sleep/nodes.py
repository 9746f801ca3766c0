"""What computes: the nodes of EKS, managed groups by their Auto Scaling groups, Auto Mode by its
built-in pools.
"""

from __future__ import annotations

from typing import Any, cast

from automation.sleep.kind import Client, Kind, Phase, Values


# Node groups: the sizes of their Auto Scaling group. EKS's own API takes no largest size below 1,
# and the cluster autoscaler would then fetch a node for pods that wait (components.airflow.night).
def scaling_group(outputs: Values) -> str | None:
    made = cast("list[dict[str, Any]]", outputs.get("resources") or [])
    groups = cast("list[dict[str, Any]]", made[0].get("autoscalingGroups") or []) if made else []
    return str(groups[0]["name"]) if groups else None


_SIZES = ("MinSize", "MaxSize", "DesiredCapacity")


def sizes(client: Client, name: str) -> dict[str, Any] | None:
    """The way back; under `Now` the largest size as it is, and what the group's own night does."""
    groups = client.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]
    if not groups:
        return None
    actions = client.describe_scheduled_actions(AutoScalingGroupName=name)
    scheduled = cast("list[dict[str, Any]]", actions["ScheduledUpdateGroupActions"])
    way_back = {key: groups[0][key] for key in _SIZES}
    if way_back["MaxSize"] == 0:  # by its own night, perhaps: then back to what its morning brings
        waking = [one for one in scheduled if one.get("MaxSize")]
        way_back = {key: waking[0].get(key, 0) for key in _SIZES} if waking else way_back
    suspended = cast("list[dict[str, str]]", groups[0].get("SuspendedProcesses") or [])
    return {
        **way_back,
        "Now": groups[0]["MaxSize"],
        "Scheduled": bool(scheduled),
        "Suspended": any(one["ProcessName"] == "ScheduledActions" for one in suspended),
    }


def no_nodes(observed: Values) -> bool:
    return observed["Now"] == 0 and observed["Suspended"] >= observed["Scheduled"]


def woken(now: Values, before: Values) -> bool:
    """The autoscaler may have moved the number of nodes since: only its bounds count."""
    bounds = now["Now"] == before["MaxSize"] and now["MinSize"] == before["MinSize"]
    return bounds and not (before["Scheduled"] and now["Suspended"])


def had_nodes(before: Values) -> bool:
    return before["MaxSize"] > 0


def to_zero(client: Client, name: str) -> None:
    held = sizes(client, name)
    if held and held["Scheduled"]:  # or its own wake would end the sleep
        client.suspend_processes(AutoScalingGroupName=name, ScalingProcesses=["ScheduledActions"])
    client.update_auto_scaling_group(
        AutoScalingGroupName=name, MinSize=0, MaxSize=0, DesiredCapacity=0
    )


def back(client: Client, name: str, before: Values) -> None:
    client.update_auto_scaling_group(
        AutoScalingGroupName=name, **{key: before[key] for key in _SIZES}
    )
    if before["Scheduled"]:
        client.resume_processes(AutoScalingGroupName=name, ScalingProcesses=["ScheduledActions"])


# EKS Auto Mode: its built-in pools off and on; EKS wants the three parts in one request, and
# refuses a node role without pools.
def auto_mode(outputs: Values) -> str | None:
    compute = cast("dict[str, Any]", outputs.get("computeConfig") or {})
    return str(outputs["name"]) if compute.get("enabled") else None


def pools(client: Client, name: str) -> dict[str, Any]:
    cluster: Values = client.describe_cluster(name=name)["cluster"]
    compute: Values = cluster.get("computeConfig") or {}
    return {"nodePools": compute.get("nodePools") or [], "nodeRoleArn": compute.get("nodeRoleArn")}


def set_pools(client: Client, name: str, values: Values) -> None:
    compute: dict[str, Any] = {"enabled": True, "nodePools": values["nodePools"]}
    if values["nodePools"]:
        compute["nodeRoleArn"] = values["nodeRoleArn"]
    client.update_cluster_config(
        name=name,
        computeConfig=compute,
        kubernetesNetworkConfig={"elasticLoadBalancing": {"enabled": True}},
        storageConfig={"blockStorage": {"enabled": True}},
    )


NODES = {
    "aws:eks/nodeGroup:NodeGroup": Kind(
        service="autoscaling",
        phase=Phase.NODES,
        find=scaling_group,
        observe=sizes,
        rests=no_nodes,
        rest=to_zero,
        restore=back,
        returns=had_nodes,
        woken=woken,
        traces=("scalingConfig", "scalingConfig.*"),
    ),
    "aws:eks/cluster:Cluster": Kind(
        service="eks",
        phase=Phase.NODES,
        find=auto_mode,
        observe=pools,
        rests=lambda observed: not observed["nodePools"],
        rest=lambda client, name: set_pools(client, name, {"nodePools": []}),
        restore=set_pools,
        traces=("computeConfig", "computeConfig.*"),
    ),
}
