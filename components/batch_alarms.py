"""When somebody must look after the batch jobs: a run failed, or was stopped because it took too
long.

Glue and EMR Serverless publish no metric of failed runs that outlives the run, but an event. So a
rule counts those, an alarm tells, and the events stay in a log group: they name the run and its
error.
"""

import json
from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from components.alarms import Metric, alarm_above
from components.encryption import Keys
from components.iam import Statement, policy_document
from components.naming import Site

GLUE_ENDINGS = ["FAILED", "TIMEOUT", "ERROR"]
EMR_ENDINGS = ["FAILED"]
PERIOD_SECONDS = 300
DELIVERY = {"Service": ["events.amazonaws.com", "delivery.logs.amazonaws.com"]}


def failed_runs(
    name: str,
    *,
    jobs: Sequence[pulumi.Output[str]],
    application_id: pulumi.Output[str] | None,
    site: Site,
    keys: Keys,
    log_retention_days: int,
    actions: Sequence[pulumi.Input[str]],
    opts: pulumi.ResourceOptions,
) -> None:
    """Of Glue jobs by their names, or of an application of EMR Serverless."""
    rule_name = f"{site.prefix}-{site.env}-batch-failures"
    log = aws.cloudwatch.LogGroup(
        f"{name}-failures-log",
        # EventBridge delivers to groups of this prefix only (its user guide, "Targets").
        name=f"/aws/events/{rule_name}",
        retention_in_days=log_retention_days,
        kms_key_id=keys.logs,
        opts=opts,
    )
    rule = aws.cloudwatch.EventRule(
        f"{name}-failures",
        name=rule_name,
        description="Runs of batch jobs that failed",
        event_pattern=_pattern(jobs, application_id),
        opts=opts,
    )
    allowed = aws.cloudwatch.LogResourcePolicy(
        f"{name}-failures-policy",
        policy_name=rule_name,
        policy_document=policy_document(
            # As the EventBridge user guide has it ("CloudWatch Logs permissions"): only the second
            # is asked for under the rule's name.
            Statement(
                sid="Open",
                actions=["logs:CreateLogStream"],
                resources=[pulumi.Output.concat(log.arn, ":*")],
                principals=DELIVERY,
            ),
            Statement(
                sid="Keep",
                actions=["logs:PutLogEvents"],
                resources=[pulumi.Output.concat(log.arn, ":*")],
                principals=DELIVERY,
                conditions={"ArnEquals": {"aws:SourceArn": rule.arn}},
            ),
        ),
        opts=opts,
    )
    aws.cloudwatch.EventTarget(
        f"{name}-failures-kept",
        rule=rule.name,
        arn=log.arn,
        # EventBridge tries the permission when it takes the target.
        opts=pulumi.ResourceOptions(parent=opts.parent, depends_on=[allowed]),
    )
    alarm_above(
        f"{name}-failed",
        Metric(
            namespace="AWS/Events",
            name="TriggeredRules",
            dimensions={"RuleName": rule.name},
            period_seconds=PERIOD_SECONDS,
        ),
        threshold=0,
        periods=1,
        meaning=f"A batch job failed: /aws/events/{rule_name} says which and why; its retry may "
        "mend it. A run for a day may be repeated.",
        actions=actions,
        opts=opts,
    )


def _pattern(
    jobs: Sequence[pulumi.Output[str]], application_id: pulumi.Output[str] | None
) -> pulumi.Output[str]:
    if application_id is not None:
        return application_id.apply(
            lambda known: json.dumps(
                {
                    "source": ["aws.emr-serverless"],
                    "detail-type": ["EMR Serverless Job Run State Change"],
                    "detail": {"applicationId": [known], "state": EMR_ENDINGS},
                }
            )
        )
    return pulumi.Output.all(*jobs).apply(
        lambda names: json.dumps(
            {
                "source": ["aws.glue"],
                "detail-type": ["Glue Job State Change"],
                "detail": {"jobName": list(names), "state": GLUE_ENDINGS},
            }
        )
    )
