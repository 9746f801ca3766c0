"""The samples themselves, one for each type. `@` in a value is replaced by a mark of the test."""

from tests.provider.samples import TAGS, Sample, archive, open_to, policy, text_asset, trust

_COLUMNS = [{"name": "id", "type": "string"}, {"name": "amount", "type": "bigint", "comment": "cents"}]

STORAGE = [
    Sample(
        token="aws:s3/bucket:Bucket",
        inputs=lambda w: {"bucket": "sample-@", "forceDestroy": True, "tags": TAGS},
        change={"tags": {"team": "shop"}},
    ),
    Sample(
        token="aws:s3/bucketVersioning:BucketVersioning",
        inputs=lambda w: {"bucket": w.bucket, "versioningConfiguration": {"status": "Enabled"}},
        change={"versioningConfiguration": {"status": "Suspended"}},
        remains={"versioningConfiguration": {"status": "Suspended"}},
    ),
    Sample(
        token="aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        inputs=lambda w: {
            "bucket": w.bucket,
            "rules": [
                {
                    "applyServerSideEncryptionByDefault": {
                        "sseAlgorithm": "aws:kms",
                        "kmsMasterKeyId": w.key_arn,
                    },
                    "bucketKeyEnabled": True,
                }
            ],
        },
        change={"rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}]},
        remains={"rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}]},
    ),
    Sample(
        token="aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        inputs=lambda w: {
            "bucket": w.bucket,
            "blockPublicAcls": True,
            "blockPublicPolicy": True,
            "ignorePublicAcls": True,
            "restrictPublicBuckets": True,
        },
        change={"restrictPublicBuckets": False},
    ),
    Sample(
        token="aws:s3/bucketOwnershipControls:BucketOwnershipControls",
        inputs=lambda w: {"bucket": w.bucket, "rule": {"objectOwnership": "BucketOwnerEnforced"}},
        change={"rule": {"objectOwnership": "BucketOwnerPreferred"}},
    ),
    Sample(
        token="aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        inputs=lambda w: {
            "bucket": w.bucket,
            "rules": [
                {
                    "id": "cool",
                    "status": "Enabled",
                    "filter": {"prefix": "raw/"},
                    "transitions": [{"days": 30, "storageClass": "STANDARD_IA"}],
                    "expiration": {"days": 365},
                },
                {
                    "id": "tidy",
                    "status": "Enabled",
                    "filter": {"and": {"prefix": "tmp/", "tags": {"keep": "no"}}},
                    "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7},
                    "noncurrentVersionExpiration": {"noncurrentDays": 30},
                },
            ],
        },
        change={
            "rules": [
                {"id": "cool", "status": "Disabled", "filter": {"prefix": "raw/"}, "expiration": {"days": 90}}
            ]
        },
    ),
    Sample(
        token="aws:s3/bucketPolicy:BucketPolicy",
        inputs=lambda w: {
            "bucket": w.bucket,
            "policy": open_to("000000000000", "s3:GetObject", f"arn:aws:s3:::{w.bucket}/*"),
        },
        change={"policy": open_to("000000000000", "s3:PutObject", "arn:aws:s3:::world-bucket/*")},
    ),
    Sample(
        token="aws:s3/bucketNotification:BucketNotification",
        inputs=lambda w: {
            "bucket": w.bucket,
            "eventbridge": True,
            "queues": [
                {
                    "id": "drop",
                    "queueArn": w.queue_arn,
                    "events": ["s3:ObjectCreated:*"],
                    "filterPrefix": "drop/",
                    "filterSuffix": ".csv",
                }
            ],
        },
        change={"queues": [], "eventbridge": True, "topics": []},
    ),
    Sample(
        token="aws:s3/bucketObjectv2:BucketObjectv2",
        inputs=lambda w: {
            "bucket": w.bucket,
            "key": "jobs/@.py",
            "source": text_asset("print('one')"),
            "contentType": "text/x-python",
            "metadata": {"made-by": "tests"},
            "tags": TAGS,
        },
        change={"source": text_asset("print('two')"), "contentType": "text/plain", "tags": {"team": "shop"}},
    ),
    Sample(
        token="aws:dynamodb/table:Table",
        inputs=lambda w: {
            "name": "sample-@",
            "hashKey": "pk",
            "rangeKey": "sk",
            "attributes": [{"name": "pk", "type": "S"}, {"name": "sk", "type": "N"}],
            "billingMode": "PAY_PER_REQUEST",
            "ttl": {"attributeName": "expires", "enabled": True},
            "pointInTimeRecovery": {"enabled": True},
            "globalSecondaryIndexes": [{"name": "by-sk", "hashKey": "sk", "projectionType": "ALL"}],
            "tags": TAGS,
        },
        change={"pointInTimeRecovery": {"enabled": False}, "deletionProtectionEnabled": False, "tags": {"a": "b"}},
    ),
]

STREAMS = [
    Sample(
        token="aws:kinesis/stream:Stream",
        inputs=lambda w: {
            "name": "sample-@",
            "shardCount": 1,
            "retentionPeriod": 48,
            "encryptionType": "KMS",
            "kmsKeyId": w.key_arn,
            "streamModeDetails": {"streamMode": "PROVISIONED"},
            "enforceConsumerDeletion": True,
            "tags": TAGS,
        },
        change={"retentionPeriod": 24, "shardCount": 2, "tags": {"team": "shop"}},
    ),
    Sample(
        token="aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream",
        inputs=lambda w: {
            "name": "sample-@",
            "destination": "extended_s3",
            "kinesisSourceConfiguration": {"kinesisStreamArn": w.stream_arn, "roleArn": w.role_arn},
            "extendedS3Configuration": {
                "bucketArn": f"arn:aws:s3:::{w.bucket}",
                "roleArn": w.role_arn,
                "bufferingSize": 64,
                "bufferingInterval": 60,
                "compressionFormat": "GZIP",
                "prefix": "raw/!{timestamp:yyyy}/",
                "errorOutputPrefix": "errors/!{firehose:error-output-type}/",
                "kmsKeyArn": w.key_arn,
                "cloudwatchLoggingOptions": {
                    "enabled": True,
                    "logGroupName": w.group,
                    "logStreamName": "s3",
                },
                "dynamicPartitioningConfiguration": {"enabled": True, "retryDuration": 300},
                "processingConfiguration": {
                    "enabled": True,
                    "processors": [
                        {
                            "type": "MetadataExtraction",
                            "parameters": [
                                {"parameterName": "MetadataExtractionQuery", "parameterValue": "{a:.a}"},
                                {"parameterName": "JsonParsingEngine", "parameterValue": "JQ-1.6"},
                            ],
                        }
                    ],
                },
            },
            "tags": TAGS,
        },
        change={
            "extendedS3Configuration": {
                "bucketArn": "arn:aws:s3:::world-bucket",
                "roleArn": "arn:aws:iam::000000000000:role/world-role",
                "bufferingSize": 128,
                "bufferingInterval": 120,
                "prefix": "raw/!{timestamp:yyyy}/",
                "errorOutputPrefix": "bad/!{firehose:error-output-type}/",
            }
        },
    ),
]

COMPUTE = [
    Sample(
        token="aws:lambda/function:Function",
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
        token="aws:lambda/layerVersion:LayerVersion",
        inputs=lambda w: {
            "layerName": "sample-@",
            "code": archive(w.code),
            "compatibleRuntimes": ["python3.11"],
            "description": "sample",
        },
    ),
    Sample(
        token="aws:lambda/alias:Alias",
        inputs=lambda w: {
            "functionName": w.function,
            "name": "live-@",
            "functionVersion": "1",
            "description": "sample",
        },
        change={"description": "changed"},
    ),
    Sample(
        token="aws:lambda/eventSourceMapping:EventSourceMapping",
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
        token="aws:lambda/permission:Permission",
        inputs=lambda w: {
            "function": w.function,
            "statementId": "allow-@",
            "action": "lambda:InvokeFunction",
            "principal": "scheduler.amazonaws.com",
            "sourceArn": "arn:aws:scheduler:eu-west-1:000000000000:schedule/default/x",
        },
    ),
    Sample(
        token="aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
        inputs=lambda w: {
            "functionName": w.function,
            "maximumEventAgeInSeconds": 600,
            "maximumRetryAttempts": 1,
            "destinationConfig": {"onFailure": {"destination": w.queue_arn}},
        },
        change={"maximumRetryAttempts": 0, "maximumEventAgeInSeconds": 60},
    ),
]

IDENTITY = [
    Sample(
        token="aws:iam/role:Role",
        inputs=lambda w: {
            "name": "sample-@",
            "path": "/shop/",
            "assumeRolePolicy": trust("lambda.amazonaws.com"),
            "description": "sample",
            "maxSessionDuration": 7200,
            "inlinePolicies": [{"name": "inner", "policy": policy("sqs:SendMessage")}],
            "managedPolicyArns": [w.policy_arn],
            "tags": TAGS,
        },
        change={
            "assumeRolePolicy": trust("glue.amazonaws.com"),
            "maxSessionDuration": 3600,
            "inlinePolicies": [{"name": "inner", "policy": policy("sqs:ReceiveMessage")}],
            "tags": {"team": "shop"},
        },
    ),
    Sample(
        token="aws:iam/rolePolicy:RolePolicy",
        inputs=lambda w: {"name": "sample-@", "role": w.role, "policy": policy("kinesis:PutRecords")},
        change={"policy": policy("kinesis:GetRecords")},
    ),
    Sample(
        token="aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        inputs=lambda w: {"role": w.role, "policyArn": w.policy_arn},
    ),
    Sample(
        token="aws:iam/policy:Policy",
        inputs=lambda w: {
            "name": "sample-@",
            "path": "/shop/",
            "description": "sample",
            "policy": policy("s3:GetObject"),
            "tags": TAGS,
        },
        change={"policy": policy("s3:PutObject"), "tags": {"team": "shop"}},
    ),
    Sample(
        token="aws:iam/user:User",
        inputs=lambda w: {"name": "sample-@", "path": "/people/", "tags": TAGS, "forceDestroy": True},
        change={"tags": {"team": "shop"}},
    ),
    Sample(
        token="aws:kms/key:Key",
        inputs=lambda w: {
            "description": "sample",
            "enableKeyRotation": True,
            "deletionWindowInDays": 7,
            "policy": open_to("000000000000", "kms:*", "*"),
            "tags": TAGS,
        },
        change={"description": "changed", "enableKeyRotation": False, "tags": {"team": "shop"}},
    ),
    Sample(
        token="aws:kms/alias:Alias",
        inputs=lambda w: {"name": "alias/sample-@", "targetKeyId": w.key_arn},
        change={"targetKeyId": "other-key"},
    ),
    Sample(
        token="aws:secretsmanager/secret:Secret",
        inputs=lambda w: {
            "name": "sample-@",
            "description": "sample",
            "recoveryWindowInDays": 0,
            "kmsKeyId": w.key_arn,
            "policy": open_to("000000000000", "secretsmanager:GetSecretValue", "*"),
            "tags": TAGS,
        },
        change={"description": "changed", "tags": {"team": "shop"}},
    ),
    Sample(
        token="aws:secretsmanager/secretVersion:SecretVersion",
        inputs=lambda w: {"secretId": w.secret_arn, "secretString": "open sesame @"},
        # The current version of a secret can't be deleted.
        remains={"secretString": "open sesame @"},
    ),
    Sample(
        token="aws:ssm/parameter:Parameter",
        inputs=lambda w: {
            "name": "/sample/@",
            "type": "SecureString",
            "value": "one",
            "description": "sample",
            "tags": TAGS,
        },
        change={"value": "two", "description": "changed", "tags": {"team": "shop"}},
    ),
]

MESSAGES = [
    Sample(
        token="aws:sqs/queue:Queue",
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
        token="aws:sqs/queuePolicy:QueuePolicy",
        inputs=lambda w: {
            "queueUrl": w.queue_url,
            "policy": open_to("000000000000", "sqs:SendMessage", w.queue_arn),
        },
        change={"policy": open_to("000000000000", "sqs:ReceiveMessage", "*")},
    ),
    Sample(
        token="aws:sns/topic:Topic",
        inputs=lambda w: {"name": "sample-@", "displayName": "Sample", "kmsMasterKeyId": w.key_id, "tags": TAGS},
        change={"displayName": "Changed", "tags": {"team": "shop"}},
    ),
    Sample(
        token="aws:sns/topicSubscription:TopicSubscription",
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
        token="aws:scheduler/schedule:Schedule",
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
        token="aws:scheduler/scheduleGroup:ScheduleGroup",
        inputs=lambda w: {"name": "sample-@", "tags": TAGS},
        change={"tags": {"team": "shop"}},
    ),
    Sample(
        token="aws:cloudwatch/eventRule:EventRule",
        inputs=lambda w: {
            "name": "sample-@",
            "description": "sample",
            "eventPattern": '{"source": ["aws.s3"]}',
            "state": "ENABLED",
            "tags": TAGS,
        },
        change={"eventPattern": '{"source": ["aws.glue"]}', "state": "DISABLED", "tags": {"team": "shop"}},
    ),
    Sample(
        token="aws:cloudwatch/eventTarget:EventTarget",
        inputs=lambda w: {
            "rule": w.rule,
            "targetId": "sample-@",
            "arn": w.queue_arn,
            "inputTransformer": {"inputPaths": {"n": "$.detail.n"}, "inputTemplate": '{"n": <n>}'},
            "retryPolicy": {"maximumRetryAttempts": 2, "maximumEventAgeInSeconds": 60},
            "deadLetterConfig": {"arn": w.queue_arn},
        },
        change={"inputTransformer": {"inputPaths": {"m": "$.detail.m"}, "inputTemplate": '{"m": <m>}'}},
    ),
]

CATALOG = [
    Sample(
        token="aws:glue/catalogDatabase:CatalogDatabase",
        inputs=lambda w: {
            "name": "sample_@",
            "description": "sample",
            "locationUri": "s3://world-bucket/db",
            "parameters": {"owner": "data"},
            "tags": TAGS,
        },
        change={"description": "changed", "parameters": {"owner": "shop"}, "tags": {"team": "shop"}},
    ),
    Sample(
        token="aws:glue/catalogTable:CatalogTable",
        inputs=lambda w: {
            "name": "sample_@",
            "databaseName": w.database,
            "description": "sample",
            "tableType": "EXTERNAL_TABLE",
            "parameters": {"classification": "parquet", "EXTERNAL": "TRUE"},
            "partitionKeys": [{"name": "year", "type": "int"}, {"name": "month", "type": "int"}],
            "storageDescriptor": {
                "location": "s3://world-bucket/t",
                "inputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
                "outputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
                "columns": _COLUMNS,
                "serDeInfo": {
                    "name": "parquet",
                    "serializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
                    "parameters": {"serialization.format": "1"},
                },
            },
        },
        change={
            "description": "changed",
            "storageDescriptor": {
                "location": "s3://world-bucket/u",
                "columns": [*_COLUMNS, {"name": "more", "type": "double"}],
            },
        },
    ),
    Sample(
        token="aws:athena/workgroup:Workgroup",
        inputs=lambda w: {
            "name": "sample-@",
            "description": "sample",
            "forceDestroy": True,
            "state": "ENABLED",
            "configuration": {
                "enforceWorkgroupConfiguration": True,
                "publishCloudwatchMetricsEnabled": True,
                "bytesScannedCutoffPerQuery": 10_000_000_000,
                "resultConfiguration": {
                    "outputLocation": "s3://world-bucket/results/",
                    "encryptionConfiguration": {"encryptionOption": "SSE_KMS", "kmsKeyArn": w.key_arn},
                },
            },
            "tags": TAGS,
        },
        change={
            "description": "changed",
            "configuration": {
                "enforceWorkgroupConfiguration": False,
                "bytesScannedCutoffPerQuery": 20_000_000_000,
                "resultConfiguration": {"outputLocation": "s3://world-bucket/other/"},
            },
            "tags": {"team": "shop"},
        },
    ),
    Sample(
        token="aws:athena/namedQuery:NamedQuery",
        inputs=lambda w: {
            "name": "sample-@",
            "database": w.database,
            "query": "select 1 as one",
            "description": "sample",
            "workgroup": "primary",
        },
    ),
    Sample(
        token="aws:cloudwatch/logGroup:LogGroup",
        inputs=lambda w: {"name": "/sample/@", "retentionInDays": 14, "kmsKeyId": w.key_arn, "tags": TAGS},
        change={"retentionInDays": 30, "tags": {"team": "shop"}},
    ),
    Sample(
        token="aws:cloudwatch/logStream:LogStream",
        inputs=lambda w: {"name": "sample-@", "logGroupName": w.group},
    ),
    Sample(
        token="aws:cloudwatch/metricAlarm:MetricAlarm",
        inputs=lambda w: {
            "name": "sample-@",
            "alarmDescription": "sample",
            "comparisonOperator": "GreaterThanThreshold",
            "evaluationPeriods": 3,
            "datapointsToAlarm": 2,
            "metricName": "IteratorAge",
            "namespace": "AWS/Kinesis",
            "period": 60,
            "statistic": "Maximum",
            "threshold": 1000.5,
            "treatMissingData": "notBreaching",
            "dimensions": {"StreamName": "a", "ShardId": "b"},
            "alarmActions": [w.topic_arn],
            "okActions": [w.topic_arn],
            "tags": TAGS,
        },
        change={"threshold": 5, "dimensions": {"StreamName": "c"}, "tags": {"team": "shop"}},
    ),
]

SAMPLES = [*STORAGE, *STREAMS, *COMPUTE, *IDENTITY, *MESSAGES, *CATALOG]
