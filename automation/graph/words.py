"""What things are called in the picture: AWS services as people know them, a few words for each
component, and who stands outside.

Nothing has to be entered here: a component without words shows its services, and its place comes
from what it does (`automation.graph.picture`).
"""

import re
from dataclasses import dataclass
from typing import Literal

BUCKET = "aws:s3/bucket:Bucket"
STREAM = "aws:kinesis/stream:Stream"
FIREHOSE = "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"

# Service of a resource by the module of its type, the ones that say most about a component first.
_SERVICES = {
    "eks": "EKS",
    "helm.sh": "Helm",
    "rds": "RDS",
    "redshiftserverless": "Redshift",
    "dms": "DMS",
    "quicksight": "QuickSight",
    "sfn": "Step Functions",
    "kinesis": "Kinesis",
    "lambda": "Lambda",
    "glue": "Glue",
    "athena": "Athena",
    "kms": "KMS",
    "sns": "SNS",
    "dynamodb": "DynamoDB",
    "ec2": "VPC",
    "vpc": "VPC",
    "cloudwatch": "CloudWatch",
    "budgets": "Budgets",
    "cloudtrail": "CloudTrail",
    "s3": "S3",
    "scheduler": "Scheduler",
    "amp": "Prometheus",
    "secretsmanager": "Secrets Manager",
    "sqs": "SQS",
    "iam": "IAM role",
}
# These have a name of their own beside their module's.
_BY_TYPE = {FIREHOSE: "Firehose"}
# What every component has; told only of one that has nothing else.
_ORDINARY = re.compile(
    r"aws:(iam/|cloudwatch/(logGroup|logStream|metricAlarm):|kms/alias:|lambda/layer)"
    r"|pulumi:|random:"
)

PARTS = {STREAM: "Kinesis stream", FIREHOSE: "Firehose"}

# By class of a component, or by title of a part.
WORDS = {
    "Producer": "fetches a public API",
    "StreamConsumer": "types every event",
    "Transform": "order files, dbt, replays",
    "Airflow": "runs the pipelines",
    "Catalog": "tables of the contract",
    "QueryLayer": "questions in SQL",
    "DriftWatch": "finds unknown fields",
    "EncryptionKeys": "data, logs, secrets",
    "Network": "subnets, ways out",
    "Alerts": "mail, pager",
    "BatchEtl": "Spark, for large days",
    "ChangeCapture": "the shop's changes",
    "DagDelivery": "DAGs to Airflow",
    "Dashboards": "three questions, drawn",
    "Databricks": "Delta tables",
    "DataValidator": "a verdict on each object",
    "Pipeline": "the daily, weekly steps",
    "ShopDatabase": "orders, customers",
    "Warehouse": "SQL over the lake",
    "Observability": "dashboard, budget, trail",
    "bronze": "untouched copy",
    "silver": "typed Parquet",
    "gold": "star schema",
    "Kinesis stream": "every event, in order",
    "Firehose": "copies everything",
}


@dataclass(frozen=True, kw_only=True)
class Outsider:
    """Somebody whom no resource stands for, beside the component that deals with them."""

    title: str
    component: str
    part: str = ""
    """Only one part of the component, by its title."""
    gives: bool
    """Whether data comes from them."""


OUTSIDERS = (
    Outsider(title="Public API", component="Producer", gives=True),
    Outsider(title="Shop database", component="ChangeCapture", gives=True),
    Outsider(title="Order files", component="Lakehouse", part="bronze", gives=True),
    Outsider(title="Analysts", component="QueryLayer", gives=False),
)

# What an action of a policy does with what its resource stands for.
Access = Literal["read", "write", "start"]
ACCESS: dict[str, Access] = {
    "s3:GetObject": "read",
    "s3:PutObject": "write",
    "kinesis:GetRecords": "read",
    "kinesis:PutRecord": "write",
    "kinesis:PutRecords": "write",
    "firehose:PutRecord": "write",
    "firehose:PutRecordBatch": "write",
    "sts:AssumeRole": "start",
    "lambda:InvokeFunction": "start",
    "states:StartExecution": "start",
    "glue:StartJobRun": "start",
}


def spaced(camel: str) -> str:
    """`StreamIngest` as `Stream Ingest`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", camel)


def service(type_: str) -> str:
    """The service of a resource type: `Kinesis` of `aws:kinesis/stream:Stream`."""
    package, module, _ = type_.split(":", 2)
    area = module.split("/")[0]
    if package != "aws":
        area = area if area in _SERVICES else package
    known = _BY_TYPE.get(type_) or _SERVICES.get(area)
    return known or (area.upper() if len(area) <= len("acm1") else area.capitalize())


def services(types: set[str], longest: int) -> str:
    """The services of a component, the telling ones first, as many as make no longer line."""
    telling = {type_ for type_ in types if not _ORDINARY.match(type_)} or types
    order = [*_SERVICES.values()]
    names = sorted(
        {service(type_) for type_ in telling},
        key=lambda name: (order.index(name) if name in order else len(order), name),
    )
    line = ""
    for name in names:
        longer = f"{line} · {name}" if line else name
        if len(longer) <= longest or not line:
            line = longer
    return line
