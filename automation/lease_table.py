"""The table of deploy leases: who holds a stack, and writing that only where it is still so.

What is done with it, waiting and keeping alive, is `automation.lease`.
"""

from __future__ import annotations

import os
import socket
import time
from dataclasses import dataclass
from datetime import datetime
from getpass import getuser
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from automation.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# DynamoDB removes what nobody released, for housekeeping only (it may take days to).
FORGET_DAYS = 30


@dataclass(frozen=True, kw_only=True)
class Holder:
    """Who runs: `owner` is the address of a CI run, or `user@host`."""

    owner: str
    host: str
    pid: int

    @property
    def is_ci(self) -> bool:
        return "/actions/runs/" in self.owner


@dataclass(frozen=True, kw_only=True)
class Record:
    """A lease as it is written. Times are the holder's own clock, for people and for comparing with
    other times of the same host.
    """

    stack: str
    holder: Holder
    version: str
    seconds: float
    acquired_at: datetime
    renewed_at: datetime
    ended: tuple[Record, ...] = ()
    """Leases before this one whose holders fell silent, newest first."""


def here(environ: Mapping[str, str] = os.environ) -> Holder:
    """This process; in GitHub Actions it is the run and its attempt that own."""
    host = socket.gethostname()
    owner = f"{getuser()}@{host}"
    if run := environ.get("GITHUB_RUN_ID"):
        server = environ.get("GITHUB_SERVER_URL", "https://github.com")
        attempt = environ.get("GITHUB_RUN_ATTEMPT", "1")
        repository = environ.get("GITHUB_REPOSITORY", "")
        owner = f"{server}/{repository}/actions/runs/{run}/attempts/{attempt}"
    return Holder(owner=owner, host=host, pid=os.getpid())


@dataclass(frozen=True, kw_only=True)
class Leases:
    """The table. `client` is DynamoDB's."""

    table: str
    client: Any  # boto3 has no types

    def read(self, stack: str) -> Record | None:
        """Who holds the stack, or fell silent holding it."""
        answer = self._asked(self.client.get_item, Key={"stack": {"S": stack}}, ConsistentRead=True)
        item = answer.get("Item")
        return _RECORD.validate_json(item["record"]["S"]) if item else None

    def write(self, record: Record, *, after: str | None) -> bool:
        """Whether it was written: only where `after` is the version that is held (None: none)."""
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(stack)"}
        if after is not None:
            condition = _is(after)
        return self._try(
            self.client.put_item,
            Item={
                "stack": {"S": record.stack},
                "version": {"S": record.version},
                "record": {"S": _RECORD.dump_json(record).decode()},
                "forget_at": {"N": str(int(time.time()) + FORGET_DAYS * 86400)},
            },
            **condition,
        )

    def remove(self, record: Record) -> bool:
        """Whether it was still ours to remove."""
        return self._try(
            self.client.delete_item, Key={"stack": {"S": record.stack}}, **_is(record.version)
        )

    def _try(self, operation: Callable[..., Any], **request: object) -> bool:
        try:
            self._asked(operation, **request)
        except self.client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def _asked(self, operation: Callable[..., Any], **request: object) -> Any:  # noqa: ANN401
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return operation(TableName=self.table, **request)
        except self.client.exceptions.ConditionalCheckFailedException:
            raise
        except (BotoCoreError, ClientError) as error:
            raise UserError(
                f"the table of deploy leases, {self.table}, does not answer ({error}): log in to "
                "the account of this stack, and make the table with `make bootstrap`"
            ) from None


def _is(version: str) -> dict[str, Any]:
    return {
        "ConditionExpression": "#version = :version",
        "ExpressionAttributeNames": {"#version": "version"},
        "ExpressionAttributeValues": {":version": {"S": version}},
    }


_RECORD = TypeAdapter(Record)
