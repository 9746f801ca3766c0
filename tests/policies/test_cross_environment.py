"""No environment reaches the data of another, whatever is granted: the policies of the recorded
stacks, evaluated as AWS does.

The evaluator is the emulator's own, which follows AWS's documented order: an explicit deny in any
policy wins; across accounts both sides must allow.
"""

from dataclasses import dataclass, field
from itertools import permutations
from typing import Any

import pytest
from ministack.core.iam_evaluator import (
    EvalContext,
    combine_resource_policy,
    evaluate,
    evaluate_resource_policy,
    parse_policy_document,
)

from components.encryption import Protection
from components.lakehouse import Lakehouse, LakehouseConfig
from components.naming import Site
from tests.graph import record, recorded, stack_file
from tests.policies.bench import with_statement, without_statement

BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
KEY = "aws:kms/key:Key"
GRANTS = "aws:iam/rolePolicy:RolePolicy"
CLOUDS = ("dev", "staging", "prod")
ACCOUNTS = {stack: stack_file(stack)["shop:platform"]["account_id"] for stack in CLOUDS}
EVERYTHING = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


@dataclass(kw_only=True)
class Call:
    """A request to a bucket or a key."""

    account: str
    action: str
    resource: str
    tls: bool = True
    keys: dict[str, Any] = field(default_factory=dict)

    def context(self) -> EvalContext:
        return EvalContext(
            principal_arn=f"arn:aws:sts::{self.account}:assumed-role/someone/session",
            principal_type="AssumedRole",
            principal_account=self.account,
            action=self.action,
            resource_arn=self.resource,
            region="eu-west-1",
            source_ip="198.51.100.7",
            secure_transport=self.tls,
            service_context={
                "aws:principalisawsservice": "false",
                **({"kms:calleraccount": self.account} if self.action.startswith("kms:") else {}),
                **self.keys,
            },
        )

    def answer(self, own: str | dict[str, Any], theirs: str, *, owner: str) -> tuple[str, str]:
        """The decision, and the statement that made it: `own` is the caller's policy, `theirs`
        that of the bucket or key.
        """
        context = self.context()
        result = combine_resource_policy(
            evaluate(context, [parse_policy_document(own)]),
            context,
            theirs,
            owner,
            required=self.action.startswith("kms:"),
        )
        return result.decision, result.matched_sid


def policy_of(stack: str, name: str, type_: str) -> str:
    return recorded(stack).named(name, type_).inputs["policy"]


def arn(name: str) -> str:
    return f"arn:aws:mock:::{name}"


def grant_to(account: str, action: str):
    """The mistake that somebody makes some day: a statement that lets an account in."""
    return with_statement(
        {
            "Sid": "Mistake",
            "Effect": "Allow",
            "Action": action,
            "Resource": "*",
            "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
        }
    )


@pytest.mark.parametrize(("caller", "owner"), list(permutations(CLOUDS, 2)))
@pytest.mark.parametrize("action", ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"])
def test_no_bucket_answers_a_role_of_another_environment(caller, owner, action):
    policies = list(recorded(owner).of(BUCKET_POLICY))
    assert len(policies) >= 4
    for policy in policies:
        bucket = policy.name.removesuffix("-tls")
        call = Call(account=ACCOUNTS[caller], action=action, resource=f"{arn(bucket)}/x")
        theirs = grant_to(ACCOUNTS[caller], "s3:*")(policy.inputs["policy"])
        assert call.answer(EVERYTHING, theirs, owner=ACCOUNTS[owner]) == (
            "Deny",
            "OtherAccountsDenied",
        )


@pytest.mark.parametrize(("caller", "owner"), list(permutations(CLOUDS, 2)))
@pytest.mark.parametrize("action", ["kms:Decrypt", "kms:CreateGrant", "kms:PutKeyPolicy"])
def test_no_key_serves_a_role_of_another_environment(caller, owner, action):
    keys = list(recorded(owner).of(KEY))
    assert len(keys) >= 3
    for key in keys:
        call = Call(account=ACCOUNTS[caller], action=action, resource=arn(key.name))
        theirs = grant_to(ACCOUNTS[caller], "kms:*")(key.inputs["policy"])
        assert call.answer(EVERYTHING, theirs, owner=ACCOUNTS[owner]) == (
            "Deny",
            "OtherAccountsDenied",
        )


@pytest.mark.parametrize(
    ("name", "type_", "action"),
    [("lake-gold-tls", BUCKET_POLICY, "s3:GetObject"), ("keys-data", KEY, "kms:Decrypt")],
)
def test_without_the_denial_the_same_mistake_would_open_prod_to_dev(name, type_, action):
    resource = arn("lake-gold") + "/x" if type_ == BUCKET_POLICY else arn(name)
    call = Call(account=ACCOUNTS["dev"], action=action, resource=resource)
    mistaken = grant_to(ACCOUNTS["dev"], action)(policy_of("prod", name, type_))
    bare = without_statement("OtherAccountsDenied")(mistaken)
    assert call.answer(EVERYTHING, bare, owner=ACCOUNTS["prod"])[0] == "Allow"


def test_an_anonymous_request_is_denied():
    call = Call(account="anonymous", action="s3:GetObject", resource=f"{arn('lake-gold')}/x")
    context = call.context()
    del context.service_context["aws:principalisawsservice"]  # AWS sends none without a signature
    public = with_statement(
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Principal": "*"}
    )(policy_of("prod", "lake-gold-tls", BUCKET_POLICY))
    assert evaluate_resource_policy(public, context).matched_sid == "OtherAccountsDenied"


@pytest.mark.parametrize("stack", CLOUDS)
def test_a_role_of_the_same_account_does_its_work(stack):
    own = policy_of(stack, "transform-role-policy", GRANTS)
    silver = policy_of(stack, "lake-silver-tls", BUCKET_POLICY)
    key = policy_of(stack, "keys-data", KEY)
    account = ACCOUNTS[stack]
    read = Call(
        account=account, action="s3:GetObject", resource=f"{arn('lake-silver')}/events/x.parquet"
    )
    decrypt = Call(account=account, action="kms:Decrypt", resource=arn("keys-data"))
    assert read.answer(own, silver, owner=account)[0] == "Allow"
    assert decrypt.answer(own, key, owner=account)[0] == "Allow"


def test_plain_http_is_denied_to_a_role_of_the_same_account():
    own = policy_of("prod", "transform-role-policy", GRANTS)
    silver = policy_of("prod", "lake-silver-tls", BUCKET_POLICY)
    call = Call(
        account=ACCOUNTS["prod"],
        action="s3:GetObject",
        resource=f"{arn('lake-silver')}/events/x.parquet",
        tls=False,
    )
    assert call.answer(own, silver, owner=ACCOUNTS["prod"]) == ("Deny", "TlsOnly")


PROD = ACCOUNTS["prod"]
TRAIL = f"arn:aws:cloudtrail:eu-west-1:{PROD}:trail/shoptrend-prod-audit"
SERVICES = [
    (
        "logging.s3.amazonaws.com",
        ("lake-access-logs-tls", BUCKET_POLICY),
        "s3:PutObject",
        f"{arn('lake-access-logs')}/bronze/x",
        {"aws:sourceaccount": PROD},
    ),
    (
        "cloudtrail.amazonaws.com",
        ("watch-audit-logs-tls", BUCKET_POLICY),
        "s3:PutObject",
        f"{arn('watch-audit-logs')}/AWSLogs/{PROD}/x",
        {"aws:sourcearn": TRAIL, "s3:x-amz-acl": "bucket-owner-full-control"},
    ),
    (
        "logs.eu-west-1.amazonaws.com",
        ("keys-logs", KEY),
        "kms:Encrypt",
        arn("keys-logs"),
        {"kms:encryptioncontext:aws:logs:arn": f"arn:aws:logs:eu-west-1:{PROD}:log-group:x"},
    ),
    (
        "cloudwatch.amazonaws.com",
        ("keys-logs", KEY),
        "kms:Decrypt",
        arn("keys-logs"),
        {"aws:sourceaccount": PROD},
    ),
    (
        "cloudtrail.amazonaws.com",
        ("keys-logs", KEY),
        "kms:GenerateDataKey",
        arn("keys-logs"),
        {"aws:sourcearn": TRAIL},
    ),
]


@pytest.mark.parametrize(("service", "policy", "action", "resource", "keys"), SERVICES)
def test_a_service_of_aws_that_works_for_the_account_gets_in(
    service, policy, action, resource, keys
):
    # A service calls from an account of its own, which is none of ours.
    call = Call(
        account="999999999999",
        action=action,
        resource=resource,
        keys={"aws:principalisawsservice": "true", **keys},
    )
    found = evaluate_resource_policy(policy_of("prod", *policy), call.context(), service=service)
    assert found.decision == "Allow"


def test_a_caller_whose_account_the_key_does_not_know_is_not_locked_out():
    own = policy_of("prod", "transform-role-policy", GRANTS)
    call = Call(
        account=PROD,
        action="kms:Decrypt",
        resource=arn("keys-data"),
        keys={"kms:calleraccount": None, "aws:principalisawsservice": None},
    )
    assert call.answer(own, policy_of("prod", "keys-data", KEY), owner=PROD)[0] == "Allow"


def test_a_copy_in_another_region_is_closed_like_its_source():
    config = LakehouseConfig(retain=True, replica_region="eu-central-1")
    site = Site(prefix="shop", env="prod", account_id=PROD, region="eu-west-1")
    protection = Protection(key_arn="arn:key", account_id=PROD)
    graph = record(lambda: Lakehouse("lake", config, site=site, protection=protection))
    for name, type_, action, resource in (
        (
            "lake-bronze-copy-replica-tls",
            BUCKET_POLICY,
            "s3:GetObject",
            "lake-bronze-copy-replica/x",
        ),
        ("lake-bronze-copy-key", KEY, "kms:Decrypt", "lake-bronze-copy-key"),
    ):
        call = Call(account=ACCOUNTS["dev"], action=action, resource=arn(resource))
        theirs = grant_to(ACCOUNTS["dev"], action)(graph.named(name, type_).inputs["policy"])
        assert call.answer(EVERYTHING, theirs, owner=PROD) == ("Deny", "OtherAccountsDenied")
