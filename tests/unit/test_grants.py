"""Each role may do what it is for, and a test says what it must not be able to do."""

import fnmatch
import json

import pytest

from tests.graph import Graph


def allowed(graph: Graph, role: str, action: str, resource: str) -> bool:
    """Whether the role's own policy allows it; a resource is a name in the mocked ARN."""
    policy = graph.named(f"{role}-policy", "aws:iam/rolePolicy:RolePolicy")
    return any(
        action in statement["Action"]
        and any(fnmatch.fnmatchcase(resource, pattern) for pattern in statement["Resource"])
        for statement in json.loads(policy.inputs["policy"])["Statement"]
    )


def arn(name: str) -> str:
    return f"arn:aws:mock:::{name}"


MAY = [
    ("consumer-role", "kinesis:GetRecords", "ingest-stream"),
    ("consumer-role", "s3:PutObject", "lake-silver/events/x.parquet"),
    ("consumer-role", "s3:PutObject", "lake-bronze/quarantine/events/x.json.gz"),
    ("ingest-delivery-role", "s3:PutObject", "lake-bronze/raw/events/x"),
    ("producer-role", "kinesis:PutRecords", "ingest-stream"),
    ("transform-role", "s3:GetObject", "lake-silver/events/x.parquet"),
    ("transform-role", "s3:PutObject", "lake-gold/fct_sales/fct_sales.parquet"),
    ("queries-analyst", "s3:GetObject", "lake-gold/fct_sales/fct_sales.parquet"),
    ("queries-analyst", "athena:StartQueryExecution", "queries-workgroup"),
]
MAY_NOT = [
    ("consumer-role", "s3:PutObject", "lake-bronze/raw/events/x"),
    ("consumer-role", "s3:PutObject", "lake-gold/fct_sales/x"),
    ("consumer-role", "s3:GetObject", "lake-silver/events/x.parquet"),
    ("consumer-role", "s3:DeleteObject", "lake-silver/events/x.parquet"),
    ("consumer-role", "kinesis:PutRecords", "ingest-stream"),
    ("ingest-delivery-role", "s3:PutObject", "lake-silver/events/x"),
    ("ingest-delivery-role", "s3:GetObject", "lake-bronze/raw/events/x"),
    ("producer-role", "kinesis:GetRecords", "ingest-stream"),
    ("producer-role", "s3:PutObject", "lake-bronze/raw/events/x"),
    ("transform-role", "s3:DeleteObject", "lake-bronze/raw/events/x"),
    ("transform-role", "s3:PutObject", "lake-bronze/raw/events/x"),
    ("transform-role", "s3:PutObject", "lake-silver/events/x.parquet"),
    ("queries-analyst", "s3:PutObject", "lake-gold/fct_sales/x"),
    ("queries-analyst", "s3:GetObject", "lake-silver/events/x.parquet"),
    ("queries-analyst", "s3:GetObject", "lake-bronze/raw/events/x"),
    ("queries-analyst", "kinesis:GetRecords", "ingest-stream"),
]


@pytest.mark.parametrize(("role", "action", "resource"), MAY)
def test_a_role_may_do_its_work(graph: Graph, role, action, resource):
    assert allowed(graph, role, action, arn(resource))


@pytest.mark.parametrize(("role", "action", "resource"), MAY_NOT)
def test_a_role_lacks_what_it_should_not_have(graph: Graph, role, action, resource):
    assert not allowed(graph, role, action, arn(resource))
