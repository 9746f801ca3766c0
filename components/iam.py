"""IAM documents as values: components give out `Statement`s, consumers of those attach them to
their own role.

No managed policies and no wildcard grants: a role names its actions and its resources.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import pulumi
import pulumi_aws as aws

Principals = Mapping[str, pulumi.Input[str] | Sequence[str]]
Conditions = Mapping[str, Mapping[str, pulumi.Input[str] | Sequence[str]]]


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement of a policy. `principals` only in resource and trust policies, e.g.
    `{"Service": "lambda.amazonaws.com"}`.
    """

    sid: str
    actions: Sequence[str]
    resources: Sequence[pulumi.Input[str]] = ()
    conditions: Conditions = field(
        default_factory=dict[str, Mapping[str, pulumi.Input[str] | Sequence[str]]]
    )
    principals: str | Principals | None = None
    effect: Literal["Allow", "Deny"] = "Allow"


def policy_document(*statements: Statement) -> pulumi.Output[str]:
    """The policy as JSON text. Equal statements stand in it once; equal ids get a number, since IAM
    wants them unique.
    """
    once: list[Statement] = []
    for statement in statements:
        if statement not in once:
            once.append(statement)
    seen: dict[str, int] = {}
    plain: list[dict[str, object]] = []
    for statement in once:
        count = seen[statement.sid] = seen.get(statement.sid, 0) + 1
        plain.append(_plain(statement, statement.sid if count == 1 else f"{statement.sid}{count}"))
    return _as_json({"Version": "2012-10-17", "Statement": plain})


def _as_json(document: Mapping[str, object]) -> pulumi.Output[str]:
    """As `Output.json_dumps`, which makes an output, and later one more, of each text and list in
    it (a third of all outputs of a stack); here only of what is one. Equal text, equal edges.
    """
    waiting: dict[int, pulumi.Output[Any]] = {}

    def note(value: object) -> str:
        if not isinstance(value, pulumi.Output):
            raise TypeError(f"a policy can't hold {value!r}: it is neither text nor an output")
        waiting[id(value)] = value  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType] (an output of anything)
        return ""

    text = json.dumps(document, default=note)
    if not waiting:
        return pulumi.Output.from_input(text)

    def filled(values: list[Any]) -> str:
        known = dict(zip(waiting, values, strict=True))
        return json.dumps(document, default=lambda value: known[id(value)])

    return pulumi.Output.all(*waiting.values()).apply(filled)


def _plain(statement: Statement, sid: str) -> dict[str, object]:
    plain: dict[str, object] = {
        "Sid": sid,
        "Effect": statement.effect,
        "Action": list(statement.actions),
    }
    if statement.principals is not None:
        plain["Principal"] = statement.principals
    if statement.resources:
        plain["Resource"] = list(statement.resources)
    if statement.conditions:
        plain["Condition"] = statement.conditions
    return plain


def account_root(account_id: str) -> str:
    """The account itself as principal: whoever its IAM policies allow."""
    return f"arn:aws:iam::{account_id}:root"


def trust(principals: Principals, conditions: Conditions | None = None) -> pulumi.Output[str]:
    """Who may assume a role, and under which conditions."""
    return policy_document(
        Statement(
            sid="Assume",
            actions=["sts:AssumeRole"],
            principals=principals,
            conditions=conditions or {},
        )
    )


def assume(role_arn: pulumi.Input[str]) -> Statement:
    """Grant: act under another role; that role must trust this one's account."""
    return Statement(sid="ActAs", actions=["sts:AssumeRole"], resources=[role_arn])


@dataclass(frozen=True, kw_only=True)
class Role:
    """A role that may already do what it is for: `arn` is known only once the policy is attached.

    AWS checks some grants when the role is handed over (an event source mapping, a delivery
    stream), so waiting for the role alone is not enough.
    """

    name: pulumi.Output[str]
    arn: pulumi.Output[str]


def role_with(
    name: str,
    *,
    trusted: pulumi.Output[str],
    statements: Sequence[Statement],
    opts: pulumi.ResourceOptions,
    description: str,
) -> Role:
    """A role with one inline policy, so that grants live and die with the role."""
    role = aws.iam.Role(name, assume_role_policy=trusted, description=description, opts=opts)
    policy = aws.iam.RolePolicy(
        f"{name}-policy", role=role.name, policy=policy_document(*statements), opts=opts
    )
    return Role(
        name=role.name,
        arn=pulumi.Output.all(role.arn, policy.id).apply(lambda known: str(known[0])),
    )
