"""What holds and moves data: replications of DMS, clusters of Redshift, databases of RDS."""

from __future__ import annotations

from typing import Any, cast

from automation.sleep.kind import Client, Kind, Phase, Values, output, state_in


def _first(answer: Values, list_: str, field: str) -> dict[str, Any] | None:
    items = cast("list[dict[str, Any]]", answer.get(list_) or [])
    return {"State": items[0][field]} if items else None


def _replication(client: Client, arn: str) -> dict[str, Any] | None:
    by = [{"Name": "replication-config-arn", "Values": [arn]}]
    return _first(client.describe_replications(Filters=by), "Replications", "Status")


def _task(client: Client, arn: str) -> dict[str, Any] | None:
    by = [{"Name": "replication-task-arn", "Values": [arn]}]
    answer = client.describe_replication_tasks(Filters=by, WithoutSettings=True)
    return _first(answer, "ReplicationTasks", "Status")


def _available(now: Values, _before: Values) -> bool:
    return now["State"] == "available"


STORES = {
    "aws:dms/replicationTask:ReplicationTask": Kind(
        service="dms",
        phase=Phase.FLOWS,
        find=output("replicationTaskArn"),
        observe=_task,
        rests=lambda observed: observed["State"] not in ("running", "starting"),
        rest=lambda client, arn: client.stop_replication_task(ReplicationTaskArn=arn),
        restore=lambda client, arn, _before: client.start_replication_task(
            ReplicationTaskArn=arn, StartReplicationTaskType="resume-processing"
        ),
        traces=("status", "startReplicationTask"),
    ),
    "aws:dms/replicationConfig:ReplicationConfig": Kind(
        service="dms",
        phase=Phase.FLOWS,
        find=output("arn"),
        observe=_replication,
        rests=lambda observed: observed["State"] not in ("running", "starting"),
        rest=lambda client, arn: client.stop_replication(ReplicationConfigArn=arn),
        restore=lambda client, arn, _before: client.start_replication(
            ReplicationConfigArn=arn, StartReplicationType="resume-processing"
        ),
        traces=("startReplication",),
    ),
    "aws:redshift/cluster:Cluster": Kind(
        service="redshift",
        phase=Phase.STORES,
        find=output("clusterIdentifier"),
        observe=lambda client, id_: _first(
            client.describe_clusters(ClusterIdentifier=id_), "Clusters", "ClusterStatus"
        ),
        rests=state_in("paused", "pausing"),
        rest=lambda client, id_: client.pause_cluster(ClusterIdentifier=id_),
        restore=lambda client, id_, _before: client.resume_cluster(ClusterIdentifier=id_),
        woken=_available,
        traces=(),
    ),
    "aws:rds/instance:Instance": Kind(
        service="rds",
        phase=Phase.STORES,
        find=output("identifier"),
        observe=lambda client, id_: _first(
            client.describe_db_instances(DBInstanceIdentifier=id_),
            "DBInstances",
            "DBInstanceStatus",
        ),
        rests=state_in("stopped", "stopping"),
        rest=lambda client, id_: client.stop_db_instance(DBInstanceIdentifier=id_),
        restore=lambda client, id_, _before: client.start_db_instance(DBInstanceIdentifier=id_),
        woken=_available,
        traces=("status",),
    ),
    "aws:rds/cluster:Cluster": Kind(
        service="rds",
        phase=Phase.STORES,
        find=output("clusterIdentifier"),
        observe=lambda client, id_: _first(
            client.describe_db_clusters(DBClusterIdentifier=id_), "DBClusters", "Status"
        ),
        rests=state_in("stopped", "stopping"),
        rest=lambda client, id_: client.stop_db_cluster(DBClusterIdentifier=id_),
        restore=lambda client, id_, _before: client.start_db_cluster(DBClusterIdentifier=id_),
        woken=_available,
        traces=(),
    ),
}
