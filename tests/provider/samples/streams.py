"""Samples: Kinesis and Firehose. `@` in a value is replaced by a mark of the test."""

from tests.provider.samples.world import TAGS, Sample

STREAMS = [
    Sample(
        type="aws:kinesis/stream:Stream",
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
        type="aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream",
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
                                {
                                    "parameterName": "MetadataExtractionQuery",
                                    "parameterValue": "{a:.a}",
                                },
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
