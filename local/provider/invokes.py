"""The data sources a program may ask for: who and where it is, IAM policy documents, the value of a
secret, and the version of an EKS add-on. What only AWS knows is answered with what it would be
asked for.
"""

import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from local.provider.clients import Clients
from local.provider.config import PARTITION, ProviderConfig
from local.provider.errors import UserError
from local.provider.values import Json, Props, as_list, is_list

_POLICY_VERSION = "2012-10-17"
# camelCase argument → key of an IAM statement
_LISTS = {
    "actions": "Action",
    "notActions": "NotAction",
    "resources": "Resource",
    "notResources": "NotResource",
}


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a provider would work, by its configuration alone: nobody was asked."""

    account: str
    config: ProviderConfig


Asked: TypeAlias = Clients | Place


def invoke(token: str, args: Props, place: Asked) -> Props:
    """Raises UserError for a data source that is not answered here."""
    try:
        answer = ANSWERS[token]
    except KeyError:
        raise UserError(
            f"the local provider does not answer {token}; it answers {', '.join(sorted(ANSWERS))}"
        ) from None
    return answer(args, place)


def _caller(_args: Props, place: Asked) -> Props:
    account = place.account
    arn = f"arn:{PARTITION}:iam::{account}:root"
    return {"accountId": account, "arn": arn, "userId": account, "id": account}


def _region(args: Props, place: Asked) -> Props:
    region = args.get("region") or place.config.region
    return {
        "region": region,
        "name": region,
        "id": region,
        "description": region,
        "endpoint": f"ec2.{region}.amazonaws.com",
    }


def _partition(_args: Props, _place: Asked) -> Props:
    return {
        "partition": PARTITION,
        "dnsSuffix": "amazonaws.com",
        "reverseDnsPrefix": "com.amazonaws",
        "id": PARTITION,
    }


def _zones(args: Props, place: Asked) -> Props:
    region = args.get("region") or place.config.region
    zones = [f"{region}{letter}" for letter in "abc"]
    return {
        "names": zones,
        "zoneIds": [f"{region}-az{number}" for number in (1, 2, 3)],
        "groupNames": [region],
        "id": region,
        "region": region,
    }


def _add_on_version(args: Props, _place: Asked) -> Props:
    which = "latest" if args.get("mostRecent") else "default"
    return {
        **args,
        "version": f"{which} for Kubernetes {args['kubernetesVersion']}",
        "id": args["addonName"],
    }


def _secret_version(args: Props, place: Asked) -> Props:
    """A value that nobody reads here, in the shape of a real one."""
    secret = args["secretId"]
    arn = f"arn:{PARTITION}:secretsmanager:{place.config.region}:{place.account}:secret:{secret}"
    version = args.get("versionId") or "not-read-offline"
    return {
        **args,
        "id": f"{secret}|AWSCURRENT",
        "arn": arn,
        "region": place.config.region,
        "versionId": version,
        "secretString": "not-read-offline",
        "secretBinary": "",
        "versionStages": ["AWSCURRENT"],
        "createdDate": "",
    }


def _policy_document(args: Props, _place: Asked) -> Props:
    statements: dict[str, Props] = {}
    for source in as_list(args.get("sourcePolicyDocuments")):
        _add(statements, json.loads(source).get("Statement", []))
    _add(statements, [_statement(item) for item in as_list(args.get("statements"))])
    for source in as_list(args.get("overridePolicyDocuments")):
        _add(statements, json.loads(source).get("Statement", []))
    document: Props = {"Version": args.get("version") or _POLICY_VERSION}
    if args.get("policyId"):
        document["Id"] = args["policyId"]
    document["Statement"] = list(statements.values())
    text = json.dumps(document, indent=2)
    return {
        **args,
        "json": text,
        "minifiedJson": json.dumps(document, separators=(",", ":")),
        "id": str(zlib.crc32(text.encode())),
    }


def _add(statements: dict[str, Props], more: Json) -> None:
    """A later statement takes the place of an earlier one with the same Sid."""
    for statement in more if is_list(more) else [more]:
        statements[statement.get("Sid") or f"#{len(statements)}"] = statement


def _statement(given: Props) -> Props:
    statement: Props = {}
    if given.get("sid"):
        statement["Sid"] = given["sid"]
    statement["Effect"] = given.get("effect") or "Allow"
    statement |= {key: _one_or_list(given[arg]) for arg, key in _LISTS.items() if given.get(arg)}
    for arg, key in (("principals", "Principal"), ("notPrincipals", "NotPrincipal")):
        if given.get(arg):
            statement[key] = _principals(given[arg])
    if given.get("conditions"):
        conditions: dict[str, Props] = {}
        for condition in given["conditions"]:
            test = conditions.setdefault(condition["test"], {})
            test[condition["variable"]] = _one_or_list(condition["values"])
        statement["Condition"] = conditions
    return statement


def _principals(given: list[Props]) -> Json:
    if len(given) == 1 and given[0]["type"] == "*" and given[0]["identifiers"] == ["*"]:
        return "*"
    by_type: dict[str, list[str]] = {}
    for principal in given:
        by_type.setdefault(principal["type"], []).extend(principal["identifiers"])
    return {kind: _one_or_list(identifiers) for kind, identifiers in by_type.items()}


def _one_or_list(values: list[str]) -> Json:
    return values[0] if len(values) == 1 else values


ANSWERS: Mapping[str, Callable[[Props, Asked], Props]] = {
    "aws:index/getCallerIdentity:getCallerIdentity": _caller,
    "aws:index/getRegion:getRegion": _region,
    "aws:index/getPartition:getPartition": _partition,
    "aws:index/getAvailabilityZones:getAvailabilityZones": _zones,
    "aws:eks/getAddonVersion:getAddonVersion": _add_on_version,
    "aws:iam/getPolicyDocument:getPolicyDocument": _policy_document,
    "aws:secretsmanager/getSecretVersion:getSecretVersion": _secret_version,
}
