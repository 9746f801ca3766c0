"""The provider's configuration: the `aws:` keys of a stack, as the official plugin spells them.

Keys that mean nothing to an emulator (profiles, retries, `skip…`) are ignored. Endpoints are not
optional and must be on this machine: that is what keeps this provider away from a real account.
"""

import ipaddress
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from local.provider.errors import UserError
from local.provider.values import Json

PARTITION = "aws"


@dataclass(frozen=True, kw_only=True)
class ProviderConfig:
    """One `aws` provider of a run."""

    region: str
    access_key: str
    secret_key: str
    token: str | None = None
    endpoints: Mapping[str, str]
    default_tags: Mapping[str, str] = field(default_factory=dict[str, str])
    allowed_account_ids: tuple[str, ...] = ()
    forbidden_account_ids: tuple[str, ...] = ()

    def endpoint(self, service: str) -> str:
        """URL of a service. Raises UserError when the stack names none."""
        try:
            return self.endpoints[service]
        except KeyError:
            raise UserError(
                f"no endpoint for {service!r}: add `{service}: http://127.0.0.1:…` to the "
                "aws:endpoints of this stack"
            ) from None


def parse(variables: Mapping[str, str]) -> ProviderConfig:
    """Reads what Configure sent: `aws:config:region`, every value a string, nested ones JSON.

    Raises UserError.
    """
    values = {key.rsplit(":", 1)[-1]: value for key, value in variables.items()}
    endpoints = {
        service: url
        for group in _json(values, "endpoints", [])
        for service, url in group.items()
        if url
    }
    if not endpoints:
        raise UserError(
            "aws:endpoints is missing: the local provider only talks to an emulator on this machine"
        )
    for service, url in endpoints.items():
        if not _is_loopback(url):
            raise UserError(
                f"aws:endpoints: {service} is {url!r}, which is not on this machine; "
                "the local provider accepts localhost and 127.0.0.1 only"
            )
    region = values.get("region")
    if not region:
        raise UserError("aws:region is missing: set it, for example to eu-west-1")
    return ProviderConfig(
        region=region,
        access_key=values.get("accessKey") or "000000000000",
        secret_key=values.get("secretKey") or "test",
        token=values.get("token"),
        endpoints=endpoints,
        default_tags=_json(values, "defaultTags", {}).get("tags") or {},
        allowed_account_ids=tuple(map(str, _json(values, "allowedAccountIds", []))),
        forbidden_account_ids=tuple(map(str, _json(values, "forbiddenAccountIds", []))),
    )


def check_account(config: ProviderConfig, account: str) -> None:
    """Raises UserError when the stack does not want this account."""
    if config.allowed_account_ids and account not in config.allowed_account_ids:
        allowed = ", ".join(config.allowed_account_ids)
        raise UserError(
            f"aws:allowedAccountIds allows {allowed}, but the emulator answers as account {account}"
        )
    if account in config.forbidden_account_ids:
        raise UserError(
            f"aws:forbiddenAccountIds forbids account {account}, which the emulator answers as"
        )


def _json(values: Mapping[str, str], key: str, default: Json) -> Json:
    text = values.get(key)
    if not text:
        return default
    try:
        value = json.loads(text)
    except ValueError as error:
        raise UserError(f"aws:{key} is not valid JSON ({error}): {text[:80]!r}") from None
    if not isinstance(value, type(default)):
        # A single object may stand where a list of one is meant.
        return [value] if isinstance(default, list) else default
    return value


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
