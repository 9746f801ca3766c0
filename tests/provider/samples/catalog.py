"""Samples: Glue, Athena, logs and alarms. `@` in a value is replaced by a mark of the test."""

from tests.provider.samples.world import TAGS, Sample

_PARQUET = "org.apache.hadoop.hive.ql.io.parquet"
_COLUMNS = [
    {"name": "id", "type": "string"},
    {"name": "amount", "type": "bigint", "comment": "cents"},
]

CATALOG = [
    Sample(
        type="aws:glue/catalogDatabase:CatalogDatabase",
        inputs=lambda w: {
            "name": "sample_@",
            "description": "sample",
            "locationUri": "s3://world-bucket/db",
            "parameters": {"owner": "data"},
            "tags": TAGS,
        },
        change={
            "description": "changed",
            "parameters": {"owner": "shop"},
            "tags": {"team": "shop"},
        },
    ),
    Sample(
        type="aws:glue/catalogTable:CatalogTable",
        inputs=lambda w: {
            "name": "sample_@",
            "databaseName": w.database,
            "description": "sample",
            "tableType": "EXTERNAL_TABLE",
            "parameters": {"classification": "parquet", "EXTERNAL": "TRUE"},
            "partitionKeys": [{"name": "year", "type": "int"}, {"name": "month", "type": "int"}],
            "storageDescriptor": {
                "location": "s3://world-bucket/t",
                "inputFormat": f"{_PARQUET}.MapredParquetInputFormat",
                "outputFormat": f"{_PARQUET}.MapredParquetOutputFormat",
                "columns": _COLUMNS,
                "serDeInfo": {
                    "name": "parquet",
                    "serializationLibrary": f"{_PARQUET}.serde.ParquetHiveSerDe",
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
        type="aws:athena/workgroup:Workgroup",
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
                    "encryptionConfiguration": {
                        "encryptionOption": "SSE_KMS",
                        "kmsKeyArn": w.key_arn,
                    },
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
        type="aws:athena/namedQuery:NamedQuery",
        inputs=lambda w: {
            "name": "sample-@",
            "database": w.database,
            "query": "select 1 as one",
            "description": "sample",
            "workgroup": "primary",
        },
    ),
    Sample(
        type="aws:cloudwatch/logGroup:LogGroup",
        inputs=lambda w: {
            "name": "/sample/@",
            "retentionInDays": 14,
            "kmsKeyId": w.key_arn,
            "tags": TAGS,
        },
        change={"retentionInDays": 30, "tags": {"team": "shop"}},
    ),
    Sample(
        type="aws:cloudwatch/logStream:LogStream",
        inputs=lambda w: {"name": "sample-@", "logGroupName": w.group},
    ),
    Sample(
        type="aws:cloudwatch/metricAlarm:MetricAlarm",
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
