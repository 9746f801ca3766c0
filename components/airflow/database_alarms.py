"""When somebody must look after Airflow's database: its disk, its connections, its CPU."""

from collections.abc import Sequence

import pulumi

from components.alarms import Expression, Metric, alarm_above, alarm_on_math

GIGABYTE = 1024**3
# RDS grows the disk by itself at 10 % free, which for the smallest disk (20 GB) is 2 GB.
LEAST_FREE_GB = 2
PERIOD_SECONDS = 300
# Of what all poolers together may open. Above it, queries wait for a connection.
BUSY_SHARE = 0.9


def database_alarms(
    name: str,
    *,
    identifier: pulumi.Output[str],
    connections: int,
    actions: Sequence[pulumi.Input[str]],
    opts: pulumi.ResourceOptions,
) -> None:
    """`connections`: what the poolers together may open."""

    def metric(metric_name: str) -> Metric:
        return Metric(
            namespace="AWS/RDS",
            name=metric_name,
            dimensions={"DBInstanceIdentifier": identifier},
            statistic="Average",
            period_seconds=PERIOD_SECONDS,
        )

    alarm_on_math(
        f"{name}-storage",
        Expression(
            formula=f"{LEAST_FREE_GB * GIGABYTE} - free",
            label="Bytes short of the least free space",
            metrics={"free": metric("FreeStorageSpace")},
        ),
        threshold=0,
        periods=3,
        meaning=f"Airflow's database has less than {LEAST_FREE_GB} GB free and RDS did not grow "
        "it: raise database.max_storage_gb, or look what fills it.",
        actions=actions,
        opts=opts,
    )
    alarm_above(
        f"{name}-connections",
        metric("DatabaseConnections"),
        threshold=int(connections * BUSY_SHARE),
        periods=3,
        meaning=f"pgbouncer has nearly all of its {connections} connections open: look for "
        "sessions that hold them, or raise database.pool_size with the instance class.",
        actions=actions,
        opts=opts,
    )
    alarm_above(
        f"{name}-cpu",
        metric("CPUUtilization"),
        threshold=80,
        periods=3,
        meaning="Airflow's database is busy for a quarter of an hour: look at its Performance "
        "Insights, or take a larger instance class.",
        actions=actions,
        opts=opts,
    )
