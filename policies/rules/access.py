"""Who may do what: roles name their actions, and no other account gets in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from policies.rule import Context, Rule, Severity
from policies.subject import Subject, covers_bucket, principals, statements, texts

ROLE = "aws:iam/role:Role"
ATTACHMENTS = frozenset(
    {
        "aws:iam/groupPolicyAttachment:GroupPolicyAttachment",
        "aws:iam/policyAttachment:PolicyAttachment",
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        "aws:iam/userPolicyAttachment:UserPolicyAttachment",
    }
)
DOCUMENTS = frozenset(
    {
        "aws:iam/groupPolicy:GroupPolicy",
        "aws:iam/policy:Policy",
        "aws:iam/rolePolicy:RolePolicy",
        "aws:iam/userPolicy:UserPolicy",
    }
)
# The condition key that names the caller's account, by whose policy it is.
CALLER = {
    "aws:s3/bucketPolicy:BucketPolicy": ("s3:*", "aws:PrincipalAccount"),
    "aws:kms/key:Key": ("kms:*", "kms:CallerAccount"),
}
SERVICES = {"aws:PrincipalIsAWSService": "false"}
WIDE = re.compile(r":policy/(.*/)?(AdministratorAccess|PowerUserAccess|\w*FullAccess)$")
WHOLE_SERVICE = re.compile(r"\*|[\w-]+:\*")


def _least_privilege(subject: Subject, _context: Context) -> Iterator[str]:
    if subject.type in DOCUMENTS:
        yield from _grants(subject.get("policy"))
        return
    if subject.type in ATTACHMENTS:
        yield from _managed([subject.get("policyArn")])
        return
    for statement in statements(subject.get("assumeRolePolicy")):
        if statement.get("Effect") == "Allow" and "*" in principals(statement):
            yield "anyone of any account may assume it: name the principal that may"
    if subject.given("managedPolicyArns"):
        yield from _managed(subject.get("managedPolicyArns"))
    for inline in subject.get("inlinePolicies") or ():
        yield from _grants(inline.get("policy"))


def _managed(arns: object) -> Iterator[str]:
    for arn in texts(arns):
        if WIDE.search(arn):
            yield f"{arn} grants whole services: write the actions that are needed into a policy"


def _grants(document: object) -> Iterator[str]:
    for statement in statements(document):
        if statement.get("Effect") == "Allow":
            sid = statement.get("Sid") or "(without a Sid)"
            yield from (f"statement {sid} {problem}" for problem in _too_wide(statement))


def _too_wide(statement: Mapping[str, Any]) -> Iterator[str]:
    actions, resources = texts(statement.get("Action")), texts(statement.get("Resource"))
    for action in actions:
        if WHOLE_SERVICE.fullmatch(action):
            yield f"allows {action}: name the actions that are needed"
    for inverse in ("NotAction", "NotResource"):
        if inverse in statement:
            yield f"allows by {inverse}, that is, everything new of AWS too: name what is needed"
    if "iam:PassRole" in actions and "*" in resources:
        yield "may pass any role on, and so become it: name the roles"


def _closed(subject: Subject, _context: Context) -> Iterator[str]:
    action, key = CALLER[subject.type]
    if not any(_denies_others(one, action, key) for one in statements(subject.get("policy"))):
        yield (
            f"no statement of its policy denies {action} to callers of other accounts ({key}): "
            "make it with SecureBucket or EncryptionKeys"
        )


def _denies_others(statement: Mapping[str, Any], action: str, key: str) -> bool:
    conditions: dict[str, Any] = dict(statement.get("Condition", {}))
    others = conditions.pop("StringNotEquals", {})
    return (
        statement.get("Effect") == "Deny"
        and action in texts(statement.get("Action"))
        and "*" in principals(statement)
        and covers_bucket(statement)
        and set(others) == {key}
        and len(texts(others[key])) == 1
        # It may spare nobody but services of AWS, and a request that lacks the key.
        and conditions.pop("BoolIfExists", SERVICES) == SERVICES
        and conditions.pop("Null", {key: "false"}) == {key: "false"}
        and not conditions
    )


RULES = (
    Rule(
        name="least-privilege",
        says="Policies name their actions, and roles the ones who may assume them.",
        severity=Severity.HIGH,
        types=frozenset({ROLE, *ATTACHMENTS, *DOCUMENTS}),
        check=_least_privilege,
    ),
    Rule(
        name="other-accounts-denied",
        says="Buckets and keys refuse every other account, whatever grants it.",
        severity=Severity.CRITICAL,
        types=frozenset(CALLER),
        check=_closed,
    ),
)
