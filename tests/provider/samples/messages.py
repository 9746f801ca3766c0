"""Samples: queues, topics, schedules and event rules. `@` in a value is replaced by a mark of the
test.
"""

from tests.provider.samples.world import TAGS, Sample, open_to

MESSAGES = [
    Sample(
        type="aws:sqs/queue:Queue",
        inputs=lambda w: {
            "name": "sample-@",
            "visibilityTimeoutSeconds": 60,
            "messageRetentionSeconds": 1209600,
            "receiveWaitTimeSeconds": 5,
            "delaySeconds": 1,
            "kmsMasterKeyId": w.key_id,
            "redrivePolicy": f'{{"maxReceiveCount": 3, "deadLetterTargetArn": "{w.queue_arn}"}}',
            "policy": open_to("000000000000", "sqs:SendMessage", "*"),
            "tags": TAGS,
        },
        change={"visibilityTimeoutSeconds": 90, "delaySeconds": 0, "tags": {"team": "shop"}},
    ),
    Sample(
        type="aws:sqs/queuePolicy:QueuePolicy",
        inputs=lambda w: {
            "queueUrl": w.queue_url,
            "policy": open_to("000000000000", "sqs:SendMessage", w.queue_arn),
        },
        change={"policy": open_to("000000000000", "sqs:ReceiveMessage", "*")},
    ),
    Sample(
        type="aws:sns/topic:Topic",
        inputs=lambda w: {
            "name": "sample-@",
            "displayName": "Sample",
            "kmsMasterKeyId": w.key_id,
            "tags": TAGS,
        },
        change={"displayName": "Changed", "tags": {"team": "shop"}},
    ),
    Sample(
        type="aws:sns/topicSubscription:TopicSubscription",
        inputs=lambda w: {
            "topic": w.topic_arn,
            "protocol": "sqs",
            "endpoint": w.queue_arn,
            "rawMessageDelivery": True,
            "filterPolicy": '{"kind": ["order"]}',
        },
        change={"rawMessageDelivery": False, "filterPolicy": '{"kind": ["refund"]}'},
    ),
    Sample(
        type="aws:scheduler/schedule:Schedule",
        inputs=lambda w: {
            "name": "sample-@",
            "scheduleExpression": "rate(5 minutes)",
            "scheduleExpressionTimezone": "Europe/Lisbon",
            "flexibleTimeWindow": {"mode": "OFF"},
            "description": "sample",
            "state": "ENABLED",
            "target": {
                "arn": w.function_arn,
                "roleArn": w.role_arn,
                "input": '{"a": 1}',
                "retryPolicy": {"maximumRetryAttempts": 2, "maximumEventAgeInSeconds": 60},
                "deadLetterConfig": {"arn": w.queue_arn},
            },
        },
        change={"scheduleExpression": "rate(1 hour)", "state": "DISABLED"},
    ),
    Sample(
        type="aws:scheduler/scheduleGroup:ScheduleGroup",
        inputs=lambda w: {"name": "sample-@", "tags": TAGS},
        change={"tags": {"team": "shop"}},
    ),
    Sample(
        type="aws:cloudwatch/eventRule:EventRule",
        inputs=lambda w: {
            "name": "sample-@",
            "description": "sample",
            "eventPattern": '{"source": ["aws.s3"]}',
            "state": "ENABLED",
            "tags": TAGS,
        },
        change={
            "eventPattern": '{"source": ["aws.glue"]}',
            "state": "DISABLED",
            "tags": {"team": "shop"},
        },
    ),
    Sample(
        type="aws:cloudwatch/eventTarget:EventTarget",
        inputs=lambda w: {
            "rule": w.rule,
            "targetId": "sample-@",
            "arn": w.queue_arn,
            "inputTransformer": {"inputPaths": {"n": "$.detail.n"}, "inputTemplate": '{"n": <n>}'},
            "retryPolicy": {"maximumRetryAttempts": 2, "maximumEventAgeInSeconds": 60},
            "deadLetterConfig": {"arn": w.queue_arn},
        },
        change={
            "inputTransformer": {"inputPaths": {"m": "$.detail.m"}, "inputTemplate": '{"m": <m>}'}
        },
    ),
]
