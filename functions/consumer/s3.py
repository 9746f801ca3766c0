"""PutObject and nothing else, signed by botocore's signer and sent by urllib3.

boto3's client takes more than twice the CPU for it and twice the cold start. Kept from it:
credentials with session token and refresh, signature with a hash of the body (S3 checks it on
arrival), the endpoint variables, retries of connections and 5xx answers. Left out: every other
operation, streaming, regions learned from redirects. Encryption is the bucket's default, KMS
included.
"""

# botocore carries no types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

import os
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import Protocol, cast
from urllib.parse import quote

import botocore.session
import urllib3
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from functions.consumer.objects import NewObject

CONNECTIONS = 10
# The signature is good for 15 minutes; four pauses come to 3 seconds.
_RETRY = urllib3.Retry(
    total=4,
    backoff_factor=0.2,
    status_forcelist=(500, 502, 503, 504),
    allowed_methods={"PUT"},  # of a whole object, hence idempotent
    redirect=False,
    raise_on_status=False,
)
_TIMEOUT = urllib3.Timeout(connect=3, read=20)
_WRITERS = ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="put")


class StoreError(Exception):
    """S3 refused an object, or could not be reached."""


class Store(Protocol):
    def put(self, bucket: str, key: str, body: bytes) -> None: ...


@dataclass(frozen=True, kw_only=True)
class S3Store:
    """Thread-safe. `endpoint`, without the bucket, is for emulators and proxies."""

    credentials: Credentials
    region: str
    endpoint: str | None
    pool: urllib3.PoolManager

    def put(self, bucket: str, key: str, body: bytes) -> None:
        """Raises StoreError, after retries, unless S3 says that it has the object."""
        url = self._url(bucket, key)
        request = AWSRequest("PUT", url, data=body)
        signer = S3SigV4Auth(self.credentials.get_frozen_credentials(), "s3", self.region)
        signer.add_auth(request)
        try:
            answer = self.pool.urlopen("PUT", url, body=body, headers=dict(request.headers))
        except urllib3.exceptions.HTTPError as error:
            raise StoreError(f"s3://{bucket}/{key}: {error}") from error
        if answer.status != HTTPStatus.OK:
            code = re.search(rb"<Code>(\w+)</Code>", answer.data)
            reason = code[1].decode() if code else answer.reason
            raise StoreError(f"s3://{bucket}/{key}: {answer.status} {reason}")

    def _url(self, bucket: str, key: str) -> str:
        path = quote(key, safe="/")
        if self.endpoint:
            return f"{self.endpoint}/{bucket}/{path}"
        suffix = "amazonaws.com.cn" if self.region.startswith("cn-") else "amazonaws.com"
        return f"https://{bucket}.s3.{self.region}.{suffix}/{path}"


def put_all(store: Store, objects: Sequence[tuple[str, NewObject]]) -> None:
    """Put (bucket, object) pairs; raises the first error, after all were tried."""

    def put(target: tuple[str, NewObject]) -> None:
        bucket, new = target
        store.put(bucket, new.key, new.body)

    if len(objects) == 1:
        put(objects[0])
        return
    puts = [_WRITERS.submit(put, target) for target in objects]
    wait(puts)  # none may go on after the handler has raised and its process is frozen
    for each in puts:
        each.result()


@cache
def s3_store() -> S3Store:
    """Of this environment, as boto3 would read it; made once, so that connections stay open."""
    session = botocore.session.get_session()
    credentials = session.get_credentials()
    region = session.get_config_variable("region")
    if credentials is None or region is None:
        raise StoreError(
            "no AWS credentials or no region: set AWS_PROFILE, or keys and AWS_DEFAULT_REGION"
        )
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    return S3Store(
        credentials=cast("Credentials", credentials),
        region=region,
        endpoint=endpoint.rstrip("/") if endpoint else None,
        pool=urllib3.PoolManager(maxsize=CONNECTIONS, retries=_RETRY, timeout=_TIMEOUT),
    )
