"""The engines that keep gold in tables of their own: what each needs to be asked, and which Python
has its adapter. DuckDB is not here: it is everywhere, and keeps gold in files (`warehouse.build`).
"""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from warehouse.run import BuildFailed

ENVIRONMENTS = Path(__file__).parent.parent / ".local"
# The adapters do not agree with the program on their libraries, nor all of them with each other.
PYTHON = "WAREHOUSE_PYTHON"


@dataclass(frozen=True, kw_only=True)
class Target:
    """`name` is that in profiles.yml. `dialect` is sqlglot's. `environment` are the variables that
    profiles.yml reads, each with a value for compiling offline.
    """

    name: str
    adapter: str
    dialect: str
    setup: str
    environment: Mapping[str, str]

    def missing(self, environment: Mapping[str, str]) -> list[str]:
        return [name for name in self.environment if not environment.get(name)]

    def offline(self) -> dict[str, str]:
        """Every variable: its own value, or one that names no engine."""
        return {name: os.environ.get(name) or value for name, value in self.environment.items()}

    def python(self) -> str:
        """The interpreter that has the adapter: named by WAREHOUSE_PYTHON, this one, or the one
        that `make dbt-setup` made. Raises BuildFailed.
        """
        if named := os.environ.get(PYTHON):
            return named
        if find_spec("dbt.adapters") and find_spec(f"dbt.adapters.{self.adapter}"):
            return sys.executable
        made = ENVIRONMENTS / self.setup / "bin" / "python"
        if made.exists():
            return str(made)
        raise BuildFailed(
            f"dbt has no adapter for {self.name} here: run `make dbt-setup`, or name a Python that "
            f"has dbt-{self.adapter} in {PYTHON}."
        )


_SCHEMA = {"WAREHOUSE_SCHEMA": "shop_gold", "WAREHOUSE_SILVER": "shop_silver"}
TARGETS = {
    target.name: target
    for target in (
        Target(
            name="athena",
            adapter="athena",
            dialect="athena",
            setup="dbt-aws",
            environment=_SCHEMA
            | {
                "AWS_DEFAULT_REGION": "eu-west-1",
                "WAREHOUSE_DATA": "s3://shop-gold/",
                "WAREHOUSE_WORKGROUP": "shop",
            },
        ),
        Target(
            name="redshift",
            adapter="redshift",
            dialect="redshift",
            setup="dbt-aws",
            environment=_SCHEMA
            | {
                "AWS_DEFAULT_REGION": "eu-west-1",
                "WAREHOUSE_DATABASE": "shop",
                "WAREHOUSE_HOST": "shop.123456789012.eu-west-1.redshift-serverless.amazonaws.com",
            },
        ),
        Target(
            name="databricks",
            adapter="databricks",
            dialect="databricks",
            setup="dbt-databricks",
            environment=_SCHEMA
            | {
                "DATABRICKS_CLIENT_ID": "nobody",
                "DATABRICKS_CLIENT_SECRET": "nothing",
                "DATABRICKS_HOST": "shop.cloud.databricks.com",
                "DATABRICKS_HTTP_PATH": "/sql/1.0/warehouses/0",
                "WAREHOUSE_DATABASE": "shop",
            },
        ),
    )
}


def known(name: str) -> Target:
    """Raises BuildFailed."""
    if name not in TARGETS:
        raise BuildFailed(f"{name!r} is no target: it is one of {', '.join(TARGETS)}.")
    return TARGETS[name]


def ready(name: str, environment: Mapping[str, str]) -> Target:
    """One that can be asked: it is known, and its variables are set. Raises BuildFailed."""
    target = known(name)
    if missing := target.missing(environment):
        raise BuildFailed(
            f"{name} cannot be asked, nobody said {', '.join(missing)}: set these variables, see "
            "warehouse/README.md."
        )
    return target
