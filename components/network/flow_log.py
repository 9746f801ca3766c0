"""The record of who spoke to whom in the VPC, accepted and refused.

It goes to CloudWatch, not to S3. In the Infrequent Access class a GB costs half of Standard, which
is what delivery to S3 costs too, and there the retention is the group's own, our logs key encrypts
it, and Logs Insights asks it where it lies. A bucket would add a policy, a lifecycle and a grant on
the key to save cents of storage. The class takes no metric filters: alarms on flows want Standard.
"""

import pulumi
import pulumi_aws as aws

from components.iam import Statement, role_with, trust
from components.naming import Site
from components.network.labels import label

# Records are written at the latest after so long; an interface of a Nitro instance writes each
# minute whatever we say (Amazon VPC user guide, "Aggregation interval").
AGGREGATION_SECONDS = 600


def flow_log(
    name: str,
    *,
    site: Site,
    vpc_id: pulumi.Input[str],
    keep_days: int,
    key_arn: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> None:
    group = aws.cloudwatch.LogGroup(
        f"{name}-flow-log",
        name=f"/aws/vpc/{site.prefix}-{site.env}-flows",
        log_group_class="INFREQUENT_ACCESS",
        retention_in_days=keep_days,
        kms_key_id=key_arn,
        opts=opts,
    )
    region = f"{site.region}:{site.account_id}"
    role = role_with(
        f"{name}-flow-role",
        description="VPC flow logs: to their log group",
        trusted=trust(
            {"Service": "vpc-flow-logs.amazonaws.com"},
            # Against the confused deputy (Amazon VPC user guide, "IAM role for flow logs").
            {
                "StringEquals": {"aws:SourceAccount": site.account_id},
                "ArnLike": {"aws:SourceArn": f"arn:aws:ec2:{region}:vpc-flow-log/*"},
            },
        ),
        statements=[
            Statement(
                sid="WriteFlows",
                actions=["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"],
                resources=[group.arn, pulumi.Output.concat(group.arn, ":log-stream:*")],
            ),
            Statement(
                sid="FindGroup",
                actions=["logs:DescribeLogGroups"],
                # It lists by prefix: a narrower resource than the region's groups never matches.
                resources=[f"arn:aws:logs:{region}:log-group:*"],
            ),
        ],
        opts=opts,
    )
    aws.ec2.FlowLog(
        f"{name}-flows",
        vpc_id=vpc_id,
        traffic_type="ALL",
        log_destination_type="cloud-watch-logs",
        log_destination=group.arn,
        iam_role_arn=role.arn,
        max_aggregation_interval=AGGREGATION_SECONDS,
        tags=label(site, "flows"),
        opts=opts,
    )
