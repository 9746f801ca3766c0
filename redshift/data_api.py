"""SQL over the Redshift Data API: over HTTPS, with AWS credentials, with no way into the VPC.

Statements of one call are one transaction (BatchExecuteStatement reference).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from botocore.exceptions import BotoCoreError, ClientError

from automation.errors import UserError

POLL_SECONDS = 0.5
# A workgroup that nobody asked for a while takes some seconds to compute again.
LONGEST_SECONDS = 600
_ENDED = ("FINISHED", "FAILED", "ABORTED")


@dataclass(frozen=True, kw_only=True)
class Warehouse:
    """A workgroup, and the secret as whose user it is asked. `client` is boto3's."""

    client: Any
    workgroup: str
    database: str
    secret_arn: str
    sleep: Callable[[float], None] = time.sleep

    def run(self, *statements: str) -> str:
        """One transaction; returns its id. Raises `UserError` when it fails: then nothing is
        done.
        """
        where = {
            "WorkgroupName": self.workgroup,
            "Database": self.database,
            "SecretArn": self.secret_arn,
        }
        if len(statements) == 1:
            started = _asked(self.client.execute_statement, Sql=statements[0], **where)
        else:
            started = _asked(self.client.batch_execute_statement, Sqls=list(statements), **where)
        return self._ended(str(started["Id"]))

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """The rows of a query. Raises `UserError`."""
        id_ = self.run(statement)
        rows: list[tuple[Any, ...]] = []
        more: dict[str, str] = {}
        while True:
            page = _asked(self.client.get_statement_result, Id=id_, **more)
            rows += [tuple(map(_value, record)) for record in page["Records"]]
            if not page.get("NextToken"):
                return rows
            more = {"NextToken": str(page["NextToken"])}

    def _ended(self, id_: str) -> str:
        for _ in range(int(LONGEST_SECONDS / POLL_SECONDS)):
            described = _asked(self.client.describe_statement, Id=id_)
            status = str(described["Status"])
            if status == "FINISHED":
                return id_
            if status in _ENDED:
                raise UserError(_why(described))
            self.sleep(POLL_SECONDS)
        raise UserError(
            f"statement {id_} still runs after {LONGEST_SECONDS} s: see it in the query editor, "
            "and start again when it has ended"
        )


def _why(described: dict[str, Any]) -> str:
    """The failed statement of a batch and what the warehouse says of it."""
    parts = cast("Sequence[dict[str, Any]]", described.get("SubStatements") or [described])
    failed = next((part for part in parts if part.get("Error")), described)
    error = failed.get("Error") or described.get("Error") or f"it is {described['Status']}"
    sql = " ".join(str(failed.get("QueryString") or "").split())
    return f"the warehouse refuses `{sql[:200]}`: {error}" if sql else f"the warehouse: {error}"


def _value(field: dict[str, Any]) -> Any:  # noqa: ANN401 (whatever the column is)
    return None if field.get("isNull") else next(iter(field.values()))


def _asked(call: Callable[..., Any], **arguments: object) -> dict[str, Any]:
    try:
        return cast("dict[str, Any]", call(**arguments))
    except (ClientError, BotoCoreError) as error:
        raise UserError(f"the Redshift Data API: {error}") from None
