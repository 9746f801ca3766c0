"""A Lambda function's log group, made before the function so that it has a retention and our key,
and the grant to write it.
"""

import pulumi
import pulumi_aws as aws

from components.iam import Statement


def function_log(
    name: str,
    *,
    function_name: str,
    retention_days: int,
    key_arn: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> tuple[aws.cloudwatch.LogGroup, Statement]:
    """The log group, and the statement for the function's role; it may not create groups of its
    own.
    """
    group = aws.cloudwatch.LogGroup(
        f"{name}-log",
        name=f"/aws/lambda/{function_name}",
        retention_in_days=retention_days,
        kms_key_id=key_arn,
        opts=opts,
    )
    return group, Statement(
        sid="WriteLog",
        actions=["logs:CreateLogStream", "logs:PutLogEvents"],
        resources=[pulumi.Output.concat(group.arn, ":log-stream:*")],
    )
