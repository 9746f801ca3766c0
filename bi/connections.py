"""Connection files of Power BI Desktop (`.pbids`) for a stack: to Athena by the name of an ODBC
data source, to Redshift by the address of its workgroup.

The form is Microsoft's ("Data sources in Power BI Desktop", PBIDS files): one connection a file,
no credentials, no tables. What Microsoft does not publish is how a connector spells its protocol;
`amazon-redshift` and `amazon-athena` follow the pattern of those that it does. A file that Desktop
does not take is replaced by its own export (bi/README.md says how).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, cast

from automation import stackfile
from automation.errors import ROOT
from components.naming import Site

FOLDER = Path(__file__).parent
PORT = 5439
# What `warehouse.database` is where the stack file does not say.
DATABASE = "shop"

Mode = Literal["DirectQuery", "Import"]


def athena(site: Site) -> dict[str, Any]:
    """By the ODBC data source of that name, which bi/README.md says how to make: Athena's connector
    takes nothing else.
    """
    return _file("amazon-athena", {"dsn": site.name("athena", "athena")}, mode="Import")


def redshift(site: Site, database: str = DATABASE) -> dict[str, Any]:
    """By the address of a workgroup of Redshift Serverless (Redshift management guide, "Connecting
    to Amazon Redshift Serverless").
    """
    workgroup = site.name("redshift", "warehouse")
    host = f"{workgroup}.{site.account_id}.{site.region}.redshift-serverless.amazonaws.com"
    # Redshift answers in seconds and bills by them; a copy would be as old as its refresh.
    return _file(
        "amazon-redshift", {"server": f"{host}:{PORT}", "database": database}, mode="DirectQuery"
    )


def _file(protocol: str, address: Mapping[str, str], *, mode: Mode) -> dict[str, Any]:
    return {
        "version": "0.1",
        "connections": [
            {
                "details": {"protocol": protocol, "address": dict(address)},
                "options": {},
                "mode": mode,
            }
        ],
    }


def files(root: Path = ROOT) -> dict[str, dict[str, Any]]:
    """Every file by its name: two for each stack that lives in an account."""
    found: dict[str, dict[str, Any]] = {}
    for stack in stackfile.stacks(root):
        document = stackfile.read(stack, root)
        if stackfile.emulator_url(document) is not None:
            continue  # Power BI has no way to an emulator
        platform = document["config"]["shop:platform"]
        site = Site(
            prefix=platform.get("prefix", "shoptrend"),
            env=stack,
            account_id=platform["account_id"],
            region=platform["region"],
        )
        warehouse = cast("dict[str, str]", document["config"].get("shop:warehouse") or {})
        found[f"{stack}-athena.pbids"] = athena(site)
        found[f"{stack}-redshift.pbids"] = redshift(site, warehouse.get("database", DATABASE))
    return found
