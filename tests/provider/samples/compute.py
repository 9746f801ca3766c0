"""Samples: Lambda. `@` in a value is replaced by a mark of the test."""

from tests.provider.samples.world import TAGS, Sample, archive

COMPUTE = [
    Sample(
        type="aws:lambda/function:Function",
        inputs=lambda w: {
            "name": "sample-@",
            "role": w.role_arn,
            "handler": "handler.main",
            "runtime": "python3.11",
            "description": "sample",
            "code": archive(w.code),
            "memorySize": 256,
            "timeout": 30,
            "architectures": ["arm64"],
            "environment": {"variables": {"MODE": "one", "OTHER": "x"}},
            "deadLetterConfig": {"targetArn": w.queue_arn},
            "tracingConfig": {"mode": "Active"},
            "reservedConcurrentExecutions": 5,
            "tags": TAGS,
        },
        change={
            "memorySize": 512,
            "environment": {"variables": {"MODE": "two"}},
            "reservedConcurrentExecutions": 2,
            "tags": {"team": "shop"},
        },
    ),
    Sample(
        type="aws:lambda/layerVersion:LayerVersion",
        inputs=lambda w: {
            "layerName": "sample-@",
            "code": archive(w.code),
            "compatibleRuntimes": ["python3.11"],
            "description": "sample",
        },
    ),
    Sample(
        type="aws:lambda/alias:Alias",
        inputs=lambda w: {
            "functionName": w.function,
            "name": "live-@",
            "functionVersion": "1",
            "description": "sample",
        },
        change={"description": "changed"},
    ),
    Sample(
        type="aws:lambda/eventSourceMapping:EventSourceMapping",
        inputs=lambda w: {
            "functionName": w.function_arn,
            "eventSourceArn": w.stream_arn,
            "startingPosition": "TRIM_HORIZON",
            "batchSize": 200,
            "enabled": True,
            "maximumBatchingWindowInSeconds": 5,
            "bisectBatchOnFunctionError": True,
            "maximumRetryAttempts": 3,
            "maximumRecordAgeInSeconds": 3600,
            "parallelizationFactor": 2,
            "functionResponseTypes": ["ReportBatchItemFailures"],
            "destinationConfig": {"onFailure": {"destinationArn": w.queue_arn}},
            "filterCriteria": {"filters": [{"pattern": '{"data": {"type": ["order"]}}'}]},
        },
        change={"batchSize": 100, "enabled": False, "maximumRetryAttempts": 1},
    ),
    Sample(
        type="aws:lambda/permission:Permission",
        inputs=lambda w: {
            "function": w.function,
            "statementId": "allow-@",
            "action": "lambda:InvokeFunction",
            "principal": "scheduler.amazonaws.com",
            "sourceArn": "arn:aws:scheduler:eu-west-1:000000000000:schedule/default/x",
        },
    ),
    Sample(
        type="aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
        inputs=lambda w: {
            "functionName": w.function,
            "maximumEventAgeInSeconds": 600,
            "maximumRetryAttempts": 1,
            "destinationConfig": {"onFailure": {"destination": w.queue_arn}},
        },
        change={"maximumRetryAttempts": 0, "maximumEventAgeInSeconds": 60},
    ),
]
