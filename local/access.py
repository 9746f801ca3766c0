"""How the demo reaches the emulator: as its root for set-up, as one of the stack's roles for
everything else.

Working under the roles is what shows, with authorisation on, that they grant enough.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any, cast

from local.emulator import ACCOUNT, REGION, SECRET


@dataclass(frozen=True, kw_only=True)
class Access:
    """An identity at an endpoint."""

    endpoint: str
    region: str = REGION
    key: str = ACCOUNT
    secret: str = field(default=SECRET, repr=False)
    token: str | None = field(default=None, repr=False)

    def client(self, service: str) -> Any:  # noqa: ANN401 (boto3 has no types)
        return _client(self, service)

    def under(self, role_arn: str) -> "Access":
        """The same endpoint under a role, for an hour."""
        given = self.client("sts").assume_role(RoleArn=role_arn, RoleSessionName="demo")
        credentials = given["Credentials"]
        return Access(
            endpoint=self.endpoint,
            region=self.region,
            key=credentials["AccessKeyId"],
            secret=credentials["SecretAccessKey"],
            token=credentials["SessionToken"],
        )


@cache
def _client(access: Access, service: str) -> Any:  # noqa: ANN401
    import boto3
    from botocore.config import Config

    create = cast("Callable[..., Any]", boto3.client)  # boto3 has no types
    return create(
        service,
        endpoint_url=access.endpoint,
        region_name=access.region,
        aws_access_key_id=access.key,
        aws_secret_access_key=access.secret,
        aws_session_token=access.token,
        config=Config(
            # A function that publishes thousands of events takes longer than botocore's minute.
            read_timeout=300,
            retries={"total_max_attempts": 2},
            s3={"addressing_style": "path"},
        ),
    )
