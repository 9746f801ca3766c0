"""Who may log in as which role, and what the policies of each add up to.

`Verdict` weighs them as IAM does (policy evaluation logic, IAM user guide): a deny decides, then an
allow is needed, and of a boundary too.
"""

import fnmatch
import json
import re
from collections import Counter
from dataclasses import dataclass

import pytest
from pydantic import ValidationError

from components import ci_actions, ci_policies
from components.ci_identity import CiConfig, CiIdentity
from components.encryption import EncryptionConfig
from components.naming import Site
from components.remote_state import RemoteState, StateConfig
from tests.graph import ROOT, STACKS, Graph, record

ACCOUNT = "123456789012"
SITE = Site(prefix="shop", env="dev", account_id=ACCOUNT, region="eu-west-1")
ROLE = "aws:iam/role:Role"
POLICY = "aws:iam/policy:Policy"
STATE = "arn:aws:mock:::state-bucket"
STATE_KEY = "arn:aws:mock:::state-key"


def identity(**values) -> Graph:
    base = {"enabled": True, "repository": "shoptrend/platform", "deletes_data": True}
    config = CiConfig.model_validate({**base, **values})

    def program():
        state = RemoteState(
            "state",
            StateConfig(retain=False),
            site=SITE,
            encryption=EncryptionConfig(deletion_window_days=7),
        )
        CiIdentity("ci", config, site=SITE, state=state, retain=False)

    return record(program)


@pytest.fixture(scope="module")
def graph() -> Graph:
    return identity()


def _characters(policy: str) -> int:
    """As IAM counts them: white space is free."""
    return len(re.sub(r"\s", "", policy))


def _document(node) -> list[dict]:
    return json.loads(node.inputs["policy"])["Statement"]


@dataclass
class Verdict:
    """The policies of one role."""

    granted: list[dict]
    ceiling: list[dict] | None

    @classmethod
    def of(cls, graph: Graph, role: str) -> "Verdict":
        inline = graph.named(f"ci-{role}-policy", "aws:iam/rolePolicy:RolePolicy")
        attached = [one for one in graph.of(POLICY) if one.name.startswith(f"ci-{role}-")]
        ceiling = graph.named("ci-boundary", POLICY) if role == "deploy" else None
        return cls(
            granted=[one for node in (inline, *attached) for one in _document(node)],
            ceiling=_document(ceiling) if ceiling else None,
        )

    def allows(self, action: str, resource: str, **context: str) -> bool:
        known = {"aws:RequestedRegion": "eu-west-1", "aws:ResourceAccount": ACCOUNT, **context}
        both = [self.granted, *([self.ceiling] if self.ceiling else [])]
        effects = [
            {one["Effect"] for one in policy if _applies(one, action, resource, known)}
            for policy in both
        ]
        return all(effect == {"Allow"} for effect in effects)


def _applies(statement: dict, action: str, resource: str, context: dict) -> bool:
    conditions = statement.get("Condition", {})
    for key, values in conditions.get("StringNotEquals", {}).items():
        wanted = values if isinstance(values, list) else [values]
        if context[key] in wanted:
            return False
    assert conditions.keys() <= {"StringNotEquals", "Null"}
    named = _matches(statement.get("Action", []), action)
    if "NotAction" in statement:
        named = not _matches(statement["NotAction"], action)
    meant = _matches(statement.get("Resource", []), resource)
    if "NotResource" in statement:
        meant = not _matches(statement["NotResource"], resource)
    return named and meant


def _matches(patterns, value: str) -> bool:
    patterns = [patterns] if isinstance(patterns, str) else patterns
    return any(fnmatch.fnmatchcase(value, pattern) for pattern in patterns)


def test_each_role_is_for_one_github_environment_of_one_repository(graph):
    subjects = {}
    for role in graph.of(ROLE):
        (statement,) = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
        assert statement["Action"] == ["sts:AssumeRoleWithWebIdentity"]
        assert statement["Principal"] == {"Federated": "arn:aws:mock:::ci-github"}
        (operator,) = statement["Condition"]
        assert operator == "StringEquals"  # never a pattern
        claims = statement["Condition"]["StringEquals"]
        assert claims["token.actions.githubusercontent.com:aud"] == "sts.amazonaws.com"
        subjects[role.name] = claims["token.actions.githubusercontent.com:sub"]
    assert subjects == {
        "ci-preview": "repo:shoptrend/platform:environment:preview-dev",
        "ci-deploy": "repo:shoptrend/platform:environment:dev",
    }


def test_a_provider_that_the_account_has_already_is_used():
    arn = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
    graph = identity(provider_arn=arn)
    assert not list(graph.of("aws:iam/openIdConnectProvider:OpenIdConnectProvider"))
    for role in graph.of(ROLE):
        assert arn in role.inputs["assumeRolePolicy"]


MAY_PREVIEW = [
    ("s3:GetObject", f"{STATE}/.pulumi/stacks/shop/dev.json"),
    ("s3:ListBucket", STATE),
    ("kms:Decrypt", STATE_KEY),
    (
        "kinesis:DescribeStreamSummary",
        f"arn:aws:kinesis:eu-west-1:{ACCOUNT}:stream/shop-dev-events",
    ),
    ("s3:GetBucketPolicy", "arn:aws:s3:::shop-dev-bronze"),
    ("iam:GetRole", f"arn:aws:iam::{ACCOUNT}:role/shop-dev-transform-role-1a2b3c4"),
    ("logs:DescribeLogGroups", "*"),
]
MAY_NOT_PREVIEW = [
    ("s3:PutObject", f"{STATE}/.pulumi/stacks/shop/dev.json"),
    ("s3:PutObject", f"{STATE}/.pulumi/locks/organization/shop/dev/a.json"),
    ("s3:GetObject", "arn:aws:s3:::shop-prod-state/.pulumi/stacks/shop/prod.json"),
    ("s3:GetObject", "arn:aws:s3:::shop-dev-gold/fct_sales/1.parquet"),
    ("kms:Decrypt", f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/data"),
    ("kms:Encrypt", STATE_KEY),
    ("kinesis:GetRecords", f"arn:aws:kinesis:eu-west-1:{ACCOUNT}:stream/shop-dev-events"),
    ("kinesis:CreateStream", f"arn:aws:kinesis:eu-west-1:{ACCOUNT}:stream/shop-dev-events"),
    (
        "secretsmanager:GetSecretValue",
        f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:shop-dev",
    ),
    ("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/shop-dev-transform-role-1a2b3c4"),
    ("dynamodb:PutItem", "arn:aws:mock:::state-lease"),
    ("sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/shop-dev-ci-deploy"),
]


@pytest.mark.parametrize(("action", "resource"), MAY_PREVIEW)
def test_a_preview_reads_state_and_configuration(graph, action, resource):
    assert Verdict.of(graph, "preview").allows(action, resource)


@pytest.mark.parametrize(("action", "resource"), MAY_NOT_PREVIEW)
def test_a_preview_writes_nothing_and_reads_no_data(graph, action, resource):
    assert not Verdict.of(graph, "preview").allows(action, resource)


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("s3:PutObject", f"{STATE}/.pulumi/stacks/shop/dev.json"),
        ("iam:PassRole", "arn:aws:iam::1:role/x"),
        ("s3:GetObject", "arn:aws:s3:::shop-prod-state/.pulumi/stacks/shop/prod.json"),
        ("kms:Decrypt", "arn:aws:kms:eu-west-1:1:key/of-prod"),
        ("redshift:DeleteCluster", "*"),
    ],
)
def test_a_grant_that_is_added_to_the_preview_role_by_mistake_opens_nothing(
    graph, action, resource
):
    verdict = Verdict.of(graph, "preview")
    verdict.granted.append({"Effect": "Allow", "Action": ["*"], "Resource": ["*"]})
    assert not verdict.allows(action, resource)


MAY_DEPLOY = [
    ("s3:PutObject", f"{STATE}/.pulumi/stacks/shop/dev.json"),
    ("s3:DeleteObject", f"{STATE}/.pulumi/locks/organization/shop/dev/a.json"),
    ("dynamodb:PutItem", "arn:aws:mock:::state-lease"),
    ("kms:Encrypt", STATE_KEY),
    ("s3:CreateBucket", "arn:aws:s3:::shop-dev-bronze"),
    ("s3:DeleteBucket", "arn:aws:s3:::shop-dev-bronze"),
    ("iam:CreateRole", f"arn:aws:iam::{ACCOUNT}:role/shop-dev-transform-role-1a2b3c4"),
    ("lambda:CreateFunction", f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:shop-dev-consumer"),
    ("glue:CreateTable", f"arn:aws:glue:eu-west-1:{ACCOUNT}:table/shop_dev_silver/events"),
    ("logs:CreateLogGroup", f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:/aws/lambda/shop-dev-c"),
    ("kms:CreateKey", "*"),
]
MAY_NOT_DEPLOY = [
    ("s3:DeleteObjectVersion", f"{STATE}/.pulumi/stacks/shop/dev.json"),
    ("s3:DeleteBucket", STATE),
    ("s3:PutBucketVersioning", STATE),
    ("s3:PutLifecycleConfiguration", STATE),
    ("kms:ScheduleKeyDeletion", STATE_KEY),
    ("dynamodb:DeleteTable", "arn:aws:mock:::state-lease"),
    ("s3:CreateBucket", "arn:aws:s3:::shop-prod-bronze"),
    ("iam:CreateRole", f"arn:aws:iam::{ACCOUNT}:role/administrator"),
    ("iam:PutRolePolicy", f"arn:aws:iam::{ACCOUNT}:role/shop-dev-ci-deploy"),
    ("iam:UpdateAssumeRolePolicy", f"arn:aws:iam::{ACCOUNT}:role/shop-dev-ci-preview"),
    ("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/shop-dev-ci-deploy"),
    ("iam:CreatePolicyVersion", f"arn:aws:iam::{ACCOUNT}:policy/shop-dev-ci-boundary"),
    ("iam:DeleteRolePermissionsBoundary", f"arn:aws:iam::{ACCOUNT}:role/shop-dev-ci-deploy"),
    ("iam:CreateUser", f"arn:aws:iam::{ACCOUNT}:user/shop-dev-me"),
    ("ec2:RunInstances", "arn:aws:ec2:eu-west-1:999999999999:instance/i-1"),
    ("rds:DeleteDBInstance", f"arn:aws:rds:eu-west-1:{ACCOUNT}:db:someone-elses"),
    ("sagemaker:CreateEndpoint", f"arn:aws:sagemaker:eu-west-1:{ACCOUNT}:endpoint/shop-dev-x"),
    ("organizations:LeaveOrganization", "*"),
]


@pytest.mark.parametrize(("action", "resource"), MAY_DEPLOY)
def test_a_deployment_does_its_work(graph, action, resource):
    assert Verdict.of(graph, "deploy").allows(action, resource)


@pytest.mark.parametrize(("action", "resource"), MAY_NOT_DEPLOY)
def test_a_deployment_keeps_to_its_environment_and_off_its_own_identity(graph, action, resource):
    assert not Verdict.of(graph, "deploy").allows(action, resource)


@pytest.mark.parametrize(
    "context",
    [{"aws:RequestedRegion": "us-west-2"}, {"aws:ResourceAccount": "999999999999"}],
    ids=["region", "account"],
)
def test_the_boundary_holds_against_any_grant_outside_region_and_account(graph, context):
    verdict = Verdict.of(graph, "deploy")
    verdict.granted.append({"Effect": "Allow", "Action": ["*"], "Resource": ["*"]})
    bucket = "arn:aws:s3:::anything"
    assert verdict.allows("s3:CreateBucket", bucket)
    assert not verdict.allows("s3:CreateBucket", bucket, **context)


def test_a_region_more_is_open_where_the_stack_says_so():
    verdict = Verdict.of(identity(extra_regions=["eu-central-1"]), "deploy")
    replica = "arn:aws:s3:::shop-dev-bronze-replica"
    elsewhere = {"aws:RequestedRegion": "eu-central-1"}
    assert verdict.allows("s3:CreateBucket", replica, **elsewhere)


def test_services_without_regions_are_not_denied_for_theirs(graph):
    verdict = Verdict.of(graph, "deploy")
    role = f"arn:aws:iam::{ACCOUNT}:role/shop-dev-x"
    assert verdict.allows("iam:CreateRole", role, **{"aws:RequestedRegion": "us-east-1"})


@pytest.mark.parametrize("action", ci_policies.LOSES_DATA)
def test_where_data_is_to_stay_no_deployment_deletes_it(action):
    verdict = Verdict.of(identity(deletes_data=False), "deploy")
    verdict.granted.append({"Effect": "Allow", "Action": ["*"], "Resource": ["*"]})
    assert not verdict.allows(action, "arn:aws:s3:::shop-dev-bronze")


def test_every_policy_is_within_what_iam_holds(graph):
    for policy in graph.of(POLICY):
        assert _characters(policy.inputs["policy"]) <= 6144, policy.name  # IAM quotas
    for policy in graph.of("aws:iam/rolePolicy:RolePolicy"):
        assert _characters(policy.inputs["policy"]) <= 10240, policy.name
    attached = graph.of("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
    assert max(Counter(one.name.split("-")[1] for one in attached).values()) <= 10


def test_the_longest_prefix_and_stack_still_fit():
    """A name stands in a policy dozens of times."""
    site = Site(prefix="p" * 21, env="staging", account_id=ACCOUNT, region="ap-southeast-2")
    for group in ci_actions.GROUPS:
        statements = ci_policies.deployment(site, group)
        size = sum(
            len(json.dumps([list(one.actions), list(one.resources)], separators=(",", ":"))) + 60
            for one in statements
        )
        assert size <= 6144, group


def test_nothing_is_granted_by_a_wildcard_but_where_aws_knows_no_single_resource(graph):
    for role in ("preview", "deploy"):
        for statement in Verdict.of(graph, role).granted:
            if statement["Effect"] == "Deny":
                continue
            assert all("*" not in action for action in statement["Action"]), statement["Sid"]
            assert ("*" in statement["Resource"]) is (
                re.fullmatch(r"AccountWide\d*", statement["Sid"]) is not None
            )


def test_no_statement_is_empty(graph):
    """One without an action is refused by some readers of a policy, and means all to others."""
    for policy in (*graph.of(POLICY), *graph.of("aws:iam/rolePolicy:RolePolicy")):
        for statement in _document(policy):
            assert statement.get("Action") or statement.get("NotAction"), policy.name
            assert statement.get("Resource") or statement.get("NotResource"), policy.name


# Names of Pulumi's modules where they are not IAM's.
PREFIXES = {
    "amp": {"aps"},
    "cloudwatch": {"cloudwatch", "logs"},
    "emrserverless": {"emr-serverless"},
    "kinesis": {"kinesis", "firehose"},
    "redshiftserverless": {"redshift-serverless"},
    "sfn": {"states"},
    "vpc": {"ec2"},
}


def test_every_service_that_a_stack_uses_is_one_that_ci_may_look_at_and_deploy():
    used = set[str]()
    for stack in STACKS:  # the foundation is made by a person
        path = ROOT / "tests" / "urns" / f"{stack}.txt"
        for module in re.findall(r"aws:(\w+)/\w+:\w+::", path.read_text()):
            used |= PREFIXES.get(module, {module})
    assert used <= set(ci_actions.services()), "add what it does to components/ci_actions.py"


def test_reading_is_spelt_as_reading():
    """The deny of the preview role goes by these words."""
    reading = re.compile(r"[\w-]+:(Get|List|Describe)\w+|budgets:ViewBudget")
    for kind in ci_actions.kinds():
        assert [one for one in kind.actions(write=False) if not reading.fullmatch(one)] == []


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"repository": None}, "repository is not set"),
        ({"repository": "platform"}, "repository"),
        ({"session_minutes": 30}, "greater than or equal to 60"),
        ({"provider_arn": "arn:aws:iam::1:oidc-provider/example.com"}, "provider_arn"),
    ],
)
def test_a_wrong_value_is_refused(values, message):
    with pytest.raises(ValidationError, match=message):
        identity(**values)
