"""Where the state of a stack is: its address for the engine, and the objects behind it for us.

Two kinds: a folder (before the bootstrap, and for the embedded stack) and the bucket of
`components.remote_state`. The engine reads and writes state; what is here looks at its objects
(locks, older versions), which the engine has no words for. Keys are relative to the backend's root:
`.pulumi/stacks/<project>/<stack>.json`.
"""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol, cast
from urllib.parse import quote, urlencode

from automation.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# How the engine spells them (pulumi/pkg/backend/diy: state.go, lock.go).
STACKS = ".pulumi/stacks"
LOCKS = ".pulumi/locks/organization"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """An object under a key. `changed` is by the clock of whoever keeps it."""

    key: str
    changed: datetime


@dataclass(frozen=True, kw_only=True)
class Version:
    """One state that a stack has had."""

    id: str
    changed: datetime
    bytes: int
    current: bool


class Store(Protocol):
    """The objects of a backend."""

    def entries(self, prefix: str) -> list[Entry]: ...

    def read(self, key: str, *, version: str | None = None) -> bytes | None:
        """None when there is no such object."""
        ...

    def delete(self, key: str) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Login:
    """How AWS is reached: as whoever is logged in, or the emulator with its own key."""

    region: str
    account_id: str
    emulator_url: str | None = None

    def client(self, service: str) -> Any:  # noqa: ANN401 (boto3 has no types)
        if self.emulator_url is not None:
            from local.access import Access

            return Access(endpoint=self.emulator_url, region=self.region).client(service)
        import boto3

        create = cast("Callable[..., Any]", boto3.client)
        return create(service, region_name=self.region)

    @property
    def environment(self) -> dict[str, str]:
        """What the engine's own clients of S3 and KMS need; nothing where one is logged in."""
        if self.emulator_url is None:
            return {}
        from local.emulator import ACCOUNT, SECRET

        return {"AWS_ACCESS_KEY_ID": ACCOUNT, "AWS_SECRET_ACCESS_KEY": SECRET}


@dataclass(frozen=True, kw_only=True)
class Folder:
    """A backend in a folder of this machine."""

    path: Path

    @property
    def url(self) -> str:
        return f"file://{self.path}"

    def entries(self, prefix: str) -> list[Entry]:
        return [
            Entry(
                key=path.relative_to(self.path).as_posix(),
                changed=datetime.fromtimestamp(path.stat().st_mtime, UTC),
            )
            for path in sorted((self.path / prefix).rglob("*"))
            if path.is_file()
        ]

    def read(self, key: str, *, version: str | None = None) -> bytes | None:
        if version is not None:
            raise UserError(f"{self.url} keeps no older versions; a bucket does")
        path = self.path / key
        return path.read_bytes() if path.is_file() else None

    def delete(self, key: str) -> None:
        (self.path / key).unlink(missing_ok=True)


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """A backend in a bucket of `account_id`; a bucket of that name in another account is refused by
    S3 (ExpectedBucketOwner).
    """

    name: str
    login: Login

    @property
    def url(self) -> str:
        """For `PULUMI_BACKEND_URL`."""
        query = {"region": self.login.region}
        if self.login.emulator_url is None:
            # So that the engine finds SSO and profile logins as the command line of AWS does.
            query["awssdk"] = "v2"
        else:
            query |= {"endpoint": self.login.emulator_url, "s3ForcePathStyle": "true"}
        return f"s3://{self.name}?{urlencode(query, safe=':/')}"

    def entries(self, prefix: str) -> list[Entry]:
        pages = self._s3.get_paginator("list_objects_v2").paginate(**self._own, Prefix=prefix)
        return [
            Entry(key=item["Key"], changed=item["LastModified"])
            for page in pages
            for item in page.get("Contents", [])
        ]

    def read(self, key: str, *, version: str | None = None) -> bytes | None:
        from botocore.exceptions import ClientError

        chosen = {"VersionId": version} if version else {}
        try:
            return self._s3.get_object(**self._own, Key=key, **chosen)["Body"].read()
        except ClientError as error:
            response = cast("dict[str, dict[str, str]]", error.response)
            code = response.get("Error", {}).get("Code", "")
            if code in ("NoSuchBucket", "NoSuchKey", "NoSuchVersion", "404"):
                return None
            raise UserError(_refused(self.name, key, str(error))) from None

    def delete(self, key: str) -> None:
        self._s3.delete_object(**self._own, Key=key)

    def versions(self, key: str) -> list[Version]:
        """Every version of one object, newest first."""
        pages = self._s3.get_paginator("list_object_versions").paginate(**self._own, Prefix=key)
        return [
            Version(
                id=item["VersionId"],
                changed=item["LastModified"],
                bytes=item["Size"],
                current=item["IsLatest"],
            )
            for page in pages
            for item in page.get("Versions", [])
            if item["Key"] == key
        ]

    @property
    def _own(self) -> dict[str, str]:
        return {"Bucket": self.name, "ExpectedBucketOwner": self.login.account_id}

    @cached_property  # writes past the frozen fields
    def _s3(self) -> Any:  # noqa: ANN401
        return self.login.client("s3")


def _refused(bucket: str, key: str, reason: str) -> str:
    return (
        f"s3://{bucket}/{key} cannot be read ({reason}): log in to the account of this stack, the "
        "one in shop:platform.account_id"
    )


def secrets_provider(alias: str, login: Login) -> str:
    """The engine's address of a KMS key, for `secretsprovider` in a stack file."""
    query = {"region": login.region}
    if login.emulator_url is None:
        query["awssdk"] = "v2"
    else:
        query["endpoint"] = login.emulator_url
    return f"awskms://{quote(alias, safe='/')}?{urlencode(query, safe=':/')}"


def state_key(project: str, stack: str) -> str:
    return f"{STACKS}/{project}/{stack}.json"


def stored_state(store: Store, project: str, stack: str) -> dict[str, Any] | None:
    """The state as it lies there, `{}` for a stack that was never deployed; None: no such stack."""
    key = state_key(project, stack)
    plain = store.read(key)
    if plain is None and (packed := store.read(f"{key}.gz")) is not None:
        plain = gzip.decompress(packed)
    if plain is None:
        return None
    document: dict[str, Any] = json.loads(plain)
    return document.get("checkpoint", {}).get("latest") or {}
