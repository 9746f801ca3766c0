"""The queue for what was given up: messages of Lambda, of a stream or of a schedule.

It leaves out who sends there (`send_to` is the grant) and what a person does about it: that is the
text of the alarm on `waiting`.
"""

import pulumi
import pulumi_aws as aws

from components.alarms import Metric
from components.iam import Statement

# 14 days, the longest that SQS keeps a message: time to notice and to repair.
KEPT_SECONDS = 1_209_600


def dead_letter_queue(
    name: str, *, key_arn: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> aws.sqs.Queue:
    return aws.sqs.Queue(
        name, message_retention_seconds=KEPT_SECONDS, kms_master_key_id=key_arn, opts=opts
    )


def send_to(queue: aws.sqs.Queue, *, sid: str = "SendDeadLetters") -> Statement:
    """Grant: put a message there. The sender needs the queue's key as well."""
    return Statement(sid=sid, actions=["sqs:SendMessage"], resources=[queue.arn])


def waiting(queue: aws.sqs.Queue) -> Metric:
    """How many messages lie there."""
    return Metric(
        namespace="AWS/SQS",
        name="ApproximateNumberOfMessagesVisible",
        dimensions={"QueueName": queue.name},
        statistic="Maximum",
    )
