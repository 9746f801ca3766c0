"""The rows of `components.ci_actions` for what CI does beside deploying: putting a stack to sleep
and waking it (`automation.sleep`), and sending one event through it (`automation.smoke`).
"""

from components.ci_kind import Kind, arns

OPERATIONS = (
    # How things were before they slept; drift detection reads it too.
    Kind(
        service="ssm",
        resources=arns("ssm", "parameter/off-hours/{name}", "parameter/off-hours/{name}/*"),
        read="GetParametersByPath",
        write="GetParameter PutParameter DeleteParameter",
    ),
    Kind(
        service="kinesis",
        resources=arns("kinesis", "stream/{name}-*"),
        write="PutRecords",
    ),
    Kind(
        service="events",
        resources=arns("events", "rule/{name}-*"),
        read="DescribeRule ListTargetsByRule ListTagsForResource",
        write="PutRule DeleteRule PutTargets RemoveTargets DisableRule EnableRule TagResource "
        "UntagResource",
    ),
    Kind(
        service="rds",
        resources=arns("rds", "db:{name}-*", "cluster:{name}-*"),
        write="StopDBInstance StartDBInstance StopDBCluster StartDBCluster",
    ),
    Kind(
        service="redshift",
        resources=arns("redshift", "cluster:{name}-*"),
        write="PauseCluster ResumeCluster",
    ),
    # A task's ARN ends in an id that AWS draws.
    Kind(
        service="dms",
        resources=arns("dms", "task:*", "replication-config:*"),
        write="StopReplicationTask StartReplicationTask StopReplication StartReplication",
    ),
    Kind(
        service="eks",
        resources=arns("eks", "cluster/{name}-*"),
        write="DescribeCluster UpdateClusterConfig",
    ),
    Kind(
        service="glue",
        resources=arns("glue", "crawler/{name}-*"),
        write="StopCrawlerSchedule StartCrawlerSchedule",
    ),
    Kind(
        service="autoscaling",
        resources=arns("autoscaling", "autoScalingGroup:*:autoScalingGroupName/*{name}-*"),
        write="UpdateAutoScalingGroup SuspendProcesses ResumeProcesses",
    ),
)
