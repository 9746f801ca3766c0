"""`python -m redshift --stack prod`: applies the versions that the stack's warehouse lacks.

It takes the credentials that are at hand, which must be of the stack's account and may read the
admin's secret. `--check` applies nothing and ends with 7 where something is missing.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any, cast

from automation import stackfile
from automation.errors import ConfigurationError, Exit, UserError
from redshift import migrate
from redshift.data_api import Warehouse
from redshift.versions import versions

if TYPE_CHECKING:
    from collections.abc import Callable

    from components.naming import Site

# Of a failed look-up: no such namespace, or nobody who may ask.
_NOT_THERE = "ResourceNotFoundException"


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m redshift", description=__doc__)
    parser.add_argument("--stack", required=True, help="the stack whose warehouse it is")
    parser.add_argument("--check", action="store_true", help="only say what is missing")
    options = parser.parse_args(argv)
    try:
        return _run(str(options.stack), only_check=bool(options.check))
    except UserError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit


def _run(stack: str, *, only_check: bool) -> Exit:
    known = versions()
    site = _site(stack)
    warehouse = find(_client("redshift-serverless", site), _client("redshift-data", site), site)
    if only_check:
        missing = migrate.pending(warehouse, known)
        for version in missing:
            _say(f"missing {version.file}")
        return Exit.CHANGES if missing else Exit.OK
    if not migrate.migrate(warehouse, known, names(site), _say):
        _say(f"the warehouse of {stack} is at version {known[-1].number}: nothing to do")
    return Exit.OK


def names(site: Site) -> dict[str, str]:
    """What the versions may name: the catalog's databases."""
    return {f"{zone}_database": site.name("glue", zone) for zone in ("silver", "gold")}


def find(serverless: Any, data: Any, site: Site) -> Warehouse:  # noqa: ANN401 (boto3 has no types)
    """The stack's warehouse, asked as its admin. Raises `UserError` for one that is not there or
    is of another account.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    from components.redshift import warehouse_name

    name = warehouse_name(site)
    try:
        namespace: dict[str, Any] = serverless.get_namespace(namespaceName=name)["namespace"]
    except ClientError as error:
        if _code(error) == _NOT_THERE:
            raise UserError(
                f"there is no warehouse {name} in {site.region}: set warehouse.enabled: true and "
                "deploy the stack first"
            ) from None
        raise UserError(f"{name} cannot be looked up: {error}") from None
    except BotoCoreError as error:
        raise UserError(f"{name} cannot be looked up: {error}") from None
    account = str(namespace["namespaceArn"]).split(":")[4]
    if account != site.account_id:
        raise ConfigurationError(
            f"these credentials are of account {account}, and the stack is of {site.account_id}: "
            "log in there"
        )
    return Warehouse(
        client=data,
        workgroup=name,
        database=str(namespace["dbName"]),
        secret_arn=str(namespace["adminPasswordSecretArn"]),
    )


def _code(error: Any) -> str:  # noqa: ANN401 (its types leave the code out)
    return str(error.response.get("Error", {}).get("Code", ""))


def _site(stack: str) -> Site:
    from automation.session import validated

    return validated(stack, stackfile.read(stack)).site


def _client(service: str, site: Site) -> Any:  # noqa: ANN401 (boto3 has no types)
    import boto3

    create = cast("Callable[..., Any]", boto3.client)
    return create(service, region_name=site.region)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
