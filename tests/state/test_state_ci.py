"""The CI roles where policies are enforced: who gets in, and what the real engine can do as each.

The emulator weighs trust, grants, denies and boundary; it believes a token without its signature.
"""

import base64
import json
import time

import pytest
from botocore.exceptions import ClientError

from automation.backend import state_key
from automation.errors import UserError
from local.access import Access
from tests.state.tiny import STACK, Tiny

pytestmark = pytest.mark.engine

REPOSITORY = "repo:shoptrend/platform"
PREVIEW = f"{REPOSITORY}:environment:preview-local"
DEPLOY = f"{REPOSITORY}:environment:local"


def _nothing(_event: object) -> None:
    pass


def _token(subject: str, audience: str) -> str:
    """What GitHub hands to a job."""
    claims = {
        "iss": "https://token.actions.githubusercontent.com",
        "aud": audience,
        "sub": subject,
        "iat": int(time.time()),
        "exp": int(time.time()) + 300,
    }
    parts = [{"alg": "RS256", "typ": "JWT", "kid": "1"}, claims]
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts]
    return b".".join([*encoded, b"c2lnbmF0dXJl"]).decode()


def _login(access: Access, role_arn: str, subject: str, audience="sts.amazonaws.com") -> Access:
    given = access.client("sts").assume_role_with_web_identity(
        RoleArn=role_arn,
        RoleSessionName="ci-job",
        WebIdentityToken=_token(subject, audience),
    )["Credentials"]
    return Access(
        endpoint=access.endpoint,
        key=given["AccessKeyId"],
        secret=given["SecretAccessKey"],
        token=given["SessionToken"],
    )


@pytest.mark.parametrize(
    ("role", "subject", "audience"),
    [
        ("deploy", f"{REPOSITORY}:pull_request", "sts.amazonaws.com"),
        ("deploy", f"{REPOSITORY}:ref:refs/heads/main", "sts.amazonaws.com"),
        ("deploy", PREVIEW, "sts.amazonaws.com"),
        ("deploy", "repo:stranger/platform:environment:local", "sts.amazonaws.com"),
        ("deploy", DEPLOY, "https://github.com/shoptrend"),
        ("preview", f"{REPOSITORY}:pull_request", "sts.amazonaws.com"),
        ("preview", DEPLOY, "sts.amazonaws.com"),
    ],
)
def test_a_job_of_another_environment_repository_or_audience_is_refused(
    founded, access, role, subject, audience
):
    arn = founded.done.outputs[f"{role}_role_arn"]
    with pytest.raises(ClientError, match="Not authorized to perform"):
        _login(access, arn, subject, audience)


def test_a_preview_job_previews_and_cannot_deploy(tiny: Tiny, founded, access):
    with tiny.opened() as opened:
        opened.up(_nothing)
    before = tiny.bucket.read(state_key(tiny.project, STACK))

    key = _login(access, founded.done.outputs["preview_role_arn"], PREVIEW)
    with tiny.opened(key=key, word="two") as opened:
        assert opened.preview(_nothing).changes == {"same": 3}
        with pytest.raises(UserError, match=r"(?i)access ?denied|not authorized"):
            opened.up(_nothing)
    assert tiny.bucket.read(state_key(tiny.project, STACK)) == before
    assert tiny.bucket.entries(".pulumi/locks/organization/" + tiny.project) == []


def test_a_deploy_job_deploys_and_destroys_what_bears_the_stacks_name(tiny: Tiny, founded, access):
    key = _login(access, founded.done.outputs["deploy_role_arn"], DEPLOY)
    with tiny.opened(key=key) as opened:
        opened.up(_nothing)
        assert tiny.names() == {"queue", "bucket"}
        assert set(opened.refresh(_nothing).changes) == {"same"}
        opened.destroy(_nothing)
    buckets = {one["Name"] for one in access.client("s3").list_buckets()["Buckets"]}
    assert f"shoptrend-local-{tiny.project}-bucket" not in buckets


def test_a_deploy_job_can_neither_free_itself_nor_erase_the_history_of_the_state(
    founded, bench, access
):
    key = _login(access, founded.done.outputs["deploy_role_arn"], DEPLOY)
    state = bench.ground().bucket
    path = state_key("shop-bootstrap", STACK)
    (version, *_) = state.versions(path)
    iam, s3, kms = (key.client(service) for service in ("iam", "s3", "kms"))
    role = "shoptrend-local-ci-deploy"
    policy = founded.done.outputs["deploy_role_arn"].replace(
        f"role/{role}", "policy/shoptrend-local-ci-boundary"
    )
    tries = {
        "unbound": lambda: iam.delete_role_permissions_boundary(RoleName=role),
        "granted": lambda: iam.put_role_policy(
            RoleName=role, PolicyName="more", PolicyDocument="{}"
        ),
        "raised": lambda: iam.create_policy_version(PolicyArn=policy, PolicyDocument="{}"),
        "made another": lambda: iam.create_role(
            RoleName="administrator", AssumeRolePolicyDocument="{}"
        ),
        "erased": lambda: s3.delete_object(Bucket=state.name, Key=path, VersionId=version.id),
        "removed": lambda: s3.delete_bucket(Bucket=state.name),
        "strayed": lambda: s3.create_bucket(Bucket="shoptrend-prod-bronze"),
        "locked out": lambda: kms.schedule_key_deletion(
            KeyId=founded.done.outputs["state_key_arn"]
        ),
    }
    assert {what for what, attempt in tries.items() if not _is_denied(attempt)} == set()
    assert state.read(path, version=version.id) is not None


def _is_denied(attempt) -> bool:
    try:
        attempt()
    except ClientError as error:
        return error.response["Error"]["Code"].startswith("AccessDenied")
    return False
