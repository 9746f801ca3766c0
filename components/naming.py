"""The site of a stack, and physical names for the resources whose names people and other systems
type; everything else is auto-named by Pulumi.

It knows each service's limit, and nothing about stacks.
"""

import re
from dataclasses import dataclass
from typing import Literal

Service = Literal[
    "s3",
    "kinesis",
    "glue",
    "athena",
    "lambda",
    "alias",
    "dynamodb",
    "iam",
    "rds",
    "secret",
    "eks",
    "mwaa",
    "states",
    "ecr",
    "quicksight",
    "cloudformation",
    "redshift",
    "databricks",
]

# (longest name, allowed characters, what they are in words). Sources: the naming rules in the S3
# and Athena user guides, the Kinesis CreateStream, Lambda CreateFunction, KMS CreateAlias, DynamoDB
# CreateTable, IAM CreateRole and EKS CreateCluster API references; for Glue, Athena's rule for
# database names, which is the narrower one.
RULES: dict[Service, tuple[int, str, str]] = {
    "s3": (63, r"[a-z0-9][a-z0-9-]+[a-z0-9]", "lower-case letters, digits and hyphens"),
    "kinesis": (128, r"[a-zA-Z0-9_.-]+", "letters, digits, '_', '.' and '-'"),
    "glue": (255, r"[a-z0-9_]+", "lower-case letters, digits and underscores"),
    "athena": (128, r"[a-zA-Z0-9._-]+", "letters, digits, '.', '_' and '-'"),
    "lambda": (64, r"[a-zA-Z0-9_-]+", "letters, digits, '-' and '_'"),
    "alias": (250, r"[a-zA-Z0-9/_-]+", "letters, digits, '/', '_' and '-'"),
    "dynamodb": (255, r"[a-zA-Z0-9_.-]{3,}", "three or more letters, digits, '_', '.' and '-'"),
    "iam": (64, r"[a-zA-Z0-9_+=,.@-]+", "letters, digits and '_+=,.@-'"),
    "rds": (63, r"[a-z](-?[a-z0-9])*", "lower-case letters, digits and single hyphens"),
    # CreateSecret's 512, less the 7 characters that the service adds in the ARN.
    "secret": (505, r"[a-zA-Z0-9/_+=.@-]+", "letters, digits and '/_+=.@-'"),
    "eks": (100, r"[a-zA-Z0-9][a-zA-Z0-9_-]*", "letters, digits, '-' and '_'"),
    # MWAA CreateEnvironment, Step Functions CreateStateMachine and ECR CreateRepository references.
    "mwaa": (80, r"[a-zA-Z][0-9a-zA-Z_-]*", "letters, digits, '-' and '_'"),
    "states": (80, r"[a-zA-Z0-9_-]+", "letters, digits, '-' and '_'"),
    "ecr": (256, r"[a-z0-9]+([._/-][a-z0-9]+)*", "lower-case letters, digits and single '._/-'"),
    # QuickSight CreateDashboard and CloudFormation CreateStack references.
    "quicksight": (512, r"[a-zA-Z0-9_-]+", "letters, digits, '-' and '_'"),
    "cloudformation": (128, r"[a-zA-Z][a-zA-Z0-9-]*", "letters, digits and '-'"),
    # Redshift Serverless CreateNamespace and CreateWorkgroup references; 3 is the least of both.
    "redshift": (64, r"[a-z0-9-]{3,}", "three or more lower-case letters, digits and hyphens"),
    # Names of Unity Catalog's objects (Databricks SQL reference, "Names").
    "databricks": (255, r"[a-zA-Z0-9_-]+", "letters, digits, '-' and '_'"),
}


@dataclass(frozen=True, kw_only=True)
class Site:
    """Where a stack lives and how its things are called: `{prefix}-{env}-{role}`."""

    prefix: str
    env: str
    account_id: str
    region: str

    def name(self, service: Service, role: str) -> str:
        """The physical name of `role`; raises ValueError when it breaks the service's rule."""
        name = f"{self.prefix}-{self.env}-{role}"
        if service == "glue":
            name = name.replace("-", "_")
        return checked(service, name)


def checked(service: Service, name: str) -> str:
    """The name itself, when the service takes it; raises ValueError otherwise."""
    longest, allowed, words = RULES[service]
    if len(name) > longest:
        raise ValueError(
            f"{service} name {name!r} has {len(name)} characters, the limit is {longest}: shorten "
            "platform.prefix"
        )
    if not re.fullmatch(allowed, name):
        raise ValueError(
            f"{service} name {name!r} is not allowed: only {words}; change platform.prefix"
        )
    return name
