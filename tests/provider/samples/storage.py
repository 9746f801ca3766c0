"""Samples: S3 and DynamoDB. `@` in a value is replaced by a mark of the test."""

from tests.provider.samples.world import TAGS, Sample, open_to, text_asset

STORAGE = [
    Sample(
        type="aws:s3/bucket:Bucket",
        inputs=lambda w: {"bucket": "sample-@", "forceDestroy": True, "tags": TAGS},
        change={"tags": {"team": "shop"}},
    ),
    Sample(
        type="aws:s3/bucketVersioning:BucketVersioning",
        inputs=lambda w: {"bucket": w.bucket, "versioningConfiguration": {"status": "Enabled"}},
        change={"versioningConfiguration": {"status": "Suspended"}},
        remains=True,
    ),
    Sample(
        type="aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
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
        remains=True,
    ),
    Sample(
        type="aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
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
        type="aws:s3/bucketOwnershipControls:BucketOwnershipControls",
        inputs=lambda w: {"bucket": w.bucket, "rule": {"objectOwnership": "BucketOwnerEnforced"}},
        change={"rule": {"objectOwnership": "BucketOwnerPreferred"}},
    ),
    Sample(
        type="aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
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
                {
                    "id": "cool",
                    "status": "Disabled",
                    "filter": {"prefix": "raw/"},
                    "expiration": {"days": 90},
                }
            ]
        },
    ),
    Sample(
        type="aws:s3/bucketPolicy:BucketPolicy",
        inputs=lambda w: {
            "bucket": w.bucket,
            "policy": open_to("000000000000", "s3:GetObject", f"arn:aws:s3:::{w.bucket}/*"),
        },
        change={"policy": open_to("000000000000", "s3:PutObject", "arn:aws:s3:::world-bucket/*")},
    ),
    Sample(
        type="aws:s3/bucketNotification:BucketNotification",
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
        type="aws:s3/bucketObjectv2:BucketObjectv2",
        inputs=lambda w: {
            "bucket": w.bucket,
            "key": "jobs/@.py",
            "source": text_asset("print('one')"),
            "contentType": "text/x-python",
            "metadata": {"made-by": "tests"},
            "tags": TAGS,
        },
        change={
            "source": text_asset("print('two')"),
            "contentType": "text/plain",
            "tags": {"team": "shop"},
        },
    ),
    Sample(
        type="aws:dynamodb/table:Table",
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
        change={
            "pointInTimeRecovery": {"enabled": False},
            "deletionProtectionEnabled": False,
            "tags": {"a": "b"},
        },
    ),
]
