"""No secret stands where it can be read: in a variable, an argument, a script or the state."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from policies.rule import Context, Rule, Severity
from policies.subject import Subject, UnknownValueError

FUNCTION, JOB = "aws:lambda/function:Function", "aws:glue/job:Job"
TEMPLATE, MACHINE = "aws:ec2/launchTemplate:LaunchTemplate", "aws:ec2/instance:Instance"
# Type, to the maps that AWS shows to whoever may describe the resource.
MAPS = {
    FUNCTION: ("environment.variables",),
    JOB: ("defaultArguments", "nonOverridableArguments"),
}
# Type, to the input that holds a password, and what to use in its place.
PASSWORDS = {
    "aws:dms/endpoint:Endpoint": ("password", "secretsManagerArn"),
    "aws:rds/cluster:Cluster": ("masterPassword", "manageMasterUserPassword"),
    "aws:rds/instance:Instance": ("password", "manageMasterUserPassword"),
    "aws:redshiftserverless/namespace:Namespace": ("adminUserPassword", "manageAdminPassword"),
}
SCRIPTS = {TEMPLATE: ("userData",), MACHINE: ("userData", "userDataBase64")}
NAME = re.compile(
    r"pass(word|wd|phrase)|pwd|secret|token|credential|(private|api|access)[_-]?key", re.IGNORECASE
)
# A secret's address is none.
ADDRESS = re.compile(r"[_-](arn|id|name|path|prefix|url)$", re.IGNORECASE)
VALUE = re.compile(
    r"\b(AKIA|ASIA)[A-Z0-9]{16}\b"  # an access key of AWS
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----"
    r"|://[^/\s:@]+:[^/\s@]+@"  # user:password@ in a URL
    r"|\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\."  # a JSON web token
)


def _no_secrets(subject: Subject, _context: Context) -> Iterator[str]:
    if subject.type in PASSWORDS:
        path, instead = PASSWORDS[subject.type]
        if subject.given(path):
            yield f"{path} is set, and so stands in the state: use {instead}"
    for path in SCRIPTS.get(subject.type, ()):
        if VALUE.search(_decoded(subject.get(path))):
            yield f"{path} holds a secret: let the machine read it from Secrets Manager"
    unknown: UnknownValueError | None = None
    for path in MAPS.get(subject.type, ()):
        for name in cast("Mapping[str, Any]", subject.get(path) or {}):
            try:
                value = str(subject.get(path)[name])
            except UnknownValueError as error:  # the others are still looked at
                unknown = error
                continue
            if _is_secret(name, value):
                yield f"{path}.{name} is a secret in the clear: pass the ARN of one instead"
    if unknown:
        raise unknown


def _is_secret(name: str, value: str) -> bool:
    if VALUE.search(value):
        return True
    return bool(NAME.search(name)) and not ADDRESS.search(name) and not value.startswith("arn:")


def _decoded(script: object) -> str:
    text = str(script or "")
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return text


def _session_tokens(subject: Subject, _context: Context) -> Iterator[str]:
    if subject.get("metadataOptions.httpTokens") != "required":
        yield (
            "metadataOptions.httpTokens is not required: a program tricked into a request gives "
            "the role's credentials away; set it"
        )


RULES = (
    Rule(
        name="no-plaintext-secrets",
        says="Secrets are read from Secrets Manager when they are needed.",
        severity=Severity.CRITICAL,
        types=frozenset({*MAPS, *PASSWORDS, *SCRIPTS}),
        check=_no_secrets,
    ),
    Rule(
        name="metadata-needs-a-token",
        says="Machines give their credentials to nobody without a session token (IMDSv2).",
        severity=Severity.HIGH,
        types=frozenset(SCRIPTS),
        check=_session_tokens,
    ),
)
