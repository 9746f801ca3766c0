"""How DAGs arrive: by git or by the bucket, and who may do what with them."""

import json
from collections.abc import Callable, Sequence

import pulumi
import pulumi_aws as aws
import pytest
from pydantic import ValidationError

from components.airflow import names
from components.airflow.dags import DagBucket, dag_bucket
from components.encryption import Protection
from components.iam import Statement, policy_document
from tests.graph import record
from tests.unit.airflow_stack import GIT, KEYS, SITE, airflow, config, plain

BUCKET = "aws:s3/bucket:Bucket"
POLICY = "aws:iam/rolePolicy:RolePolicy"
KUBERNETES = "kubernetes:core/v1:Secret"


def granted(grant: Callable[[DagBucket], Sequence[Statement]]) -> dict[str, set[str]]:
    """Actions by statement of a role that has the grant."""

    def program() -> None:
        bucket = dag_bucket(
            "dags",
            site=SITE,
            protection=Protection(key_arn=KEYS.data, account_id=SITE.account_id),
            opts=pulumi.ResourceOptions(),
        )
        aws.iam.RolePolicy("policy", role="role", policy=policy_document(*grant(bucket)))

    policy = record(program).only(POLICY).inputs["policy"]
    return {one["Sid"]: set(one["Action"]) for one in json.loads(policy)["Statement"]}


def test_a_stack_that_takes_dags_from_git_has_no_bucket_for_them_but_the_key():
    graph = airflow(dags=GIT)
    assert [bucket.name for bucket in graph.of(BUCKET)] == ["airflow-logs"]
    key = graph.named("airflow-git-key", KUBERNETES)
    assert key.inputs["metadata"]["name"] == names.GIT_KEY
    assert plain(plain(key.inputs["stringData"])["gitSshKey"]) == "the deploy key"


def test_the_deploy_key_is_secret_in_the_state():
    data = airflow(dags=GIT).named("airflow-git-key", KUBERNETES).inputs["stringData"]
    marked = data if "value" in data else data["gitSshKey"]
    assert plain(marked) != marked


def test_a_public_repository_needs_no_key():
    public = {"kind": "git_sync", "repo": "https://git.example/dags.git", "branch": "main"}
    assert not [n for n in airflow(dags=public).of(KUBERNETES) if n.name == "airflow-git-key"]


def test_a_deploy_key_for_https_is_refused_because_it_would_never_be_used():
    with pytest.raises(ValidationError, match="over https, where a deploy key means nothing"):
        config(dags={**GIT, "repo": "https://git.example/dags.git"})


def test_the_bucket_keeps_what_was_replaced_for_a_month():
    graph = airflow()
    assert graph.named("airflow-dags", BUCKET).inputs["bucket"] == "shop-test-airflow-dags"
    rules = graph.named(
        "airflow-dags-lifecycle", "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
    ).inputs["rules"]
    assert {"noncurrentDays": 30} in [r.get("noncurrentVersionExpiration") for r in rules]


def test_pods_fetch_dags_and_cannot_change_them():
    allowed = set().union(*granted(DagBucket.fetch).values())
    assert "s3:GetObject" in allowed
    assert not {action for action in allowed if "Put" in action or "Delete" in action}


def test_ci_uploads_and_removes_dags_and_encrypts_them():
    allowed = granted(DagBucket.upload)
    assert allowed["UploadDags"] == {"s3:GetObject", "s3:PutObject", "s3:DeleteObject"}
    assert "kms:GenerateDataKey" in allowed["EncryptWithKey"]


def test_only_those_who_run_dags_may_fetch_them():
    graph = airflow()
    fetch = {
        node.name
        for node in graph.of(POLICY)
        if any(one["Sid"] == "FetchDags" for one in json.loads(node.inputs["policy"])["Statement"])
    }
    assert fetch == {
        "airflow-worker-role-policy",
        "airflow-triggerer-role-policy",
        "airflow-dag-processor-role-policy",
    }
