"""Where a stack may be, and whose it is: region, account and tags."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, cast

from policies.rule import Context, Rule, Severity
from policies.subject import PROVIDER, Subject, texts

# Resources that carry a region or tags of their own, beside the provider's.
ELSEWHERE = frozenset(
    {
        "aws:dynamodb/table:Table",
        "aws:kms/key:Key",
        "aws:rds/cluster:Cluster",
        "aws:rds/instance:Instance",
        "aws:s3/bucket:Bucket",
        "aws:secretsmanager/secret:Secret",
    }
)


def _plain(value: object) -> Any:  # noqa: ANN401 (whatever the provider takes)
    """A nested setting of a provider, which the engine keeps as JSON text."""
    return json.loads(value) if isinstance(value, str) else value


def _own_account(provider: Subject, _context: Context) -> Iterator[str]:
    allowed = _plain(provider.get("allowedAccountIds"))
    if len(texts(allowed)) != 1:
        yield (
            "allowedAccountIds does not name the one account of the stack: a wrong login would "
            "build it in another; set aws:allowedAccountIds"
        )


def _region(subject: Subject, context: Context) -> Iterator[str]:
    region = subject.get("region")
    if region is None and subject.type != PROVIDER:  # the provider's
        return
    if region not in context.limits.regions:
        yield f"region is {region}, only {', '.join(context.limits.regions)} are allowed"


def _tagged(subject: Subject, context: Context) -> Iterator[str]:
    if subject.type == PROVIDER:
        defaults = cast("Mapping[str, Any]", _plain(subject.get("defaultTags")) or {})
        tags = cast("Mapping[str, Any]", defaults.get("tags") or {})
        if missing := [name for name in context.limits.tags if name not in set(tags)]:
            yield f"default tag {', '.join(missing)} is missing: set aws:defaultTags"
    else:  # what a resource says itself wins over the provider's
        tags = cast("Mapping[str, Any]", subject.get("tags") or {})
    for name, allowed in context.limits.tags.items():
        if name in set(tags) and allowed and tags[name] not in allowed:
            yield f"tag {name} is {tags[name]}, only {', '.join(allowed)} is allowed"


RULES = (
    Rule(
        name="one-account",
        says="The provider takes the one account of the stack, and no other.",
        severity=Severity.CRITICAL,
        types=frozenset({PROVIDER}),
        check=_own_account,
    ),
    Rule(
        name="allowed-regions",
        says="Data stays in the regions that were agreed on.",
        severity=Severity.HIGH,
        types=frozenset({PROVIDER, *ELSEWHERE}),
        check=_region,
    ),
    Rule(
        name="required-tags",
        says="Everything tells whose it is, where it belongs, who pays and how secret it is.",
        severity=Severity.MEDIUM,
        types=frozenset({PROVIDER, *ELSEWHERE}),
        check=_tagged,
    ),
)
