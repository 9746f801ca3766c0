"""The usage file of a stack: what the estimate assumes to happen in a month, each number with its
source.

Entries stand under the resource's logical name, or under `default` for all others of the kind. A
resource without either is unknown, never zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import Field, ValidationError

from automation.cost import usage_sections as use
from automation.errors import ROOT, ConfigurationError
from components.section import Section

FOLDER = ROOT / "usage"
DEFAULT = "default"
T = TypeVar("T")


class NoUsageError(Exception):
    """The usage file says nothing of a resource."""


class Usage(Section):
    name: str = Field(description="The file's, for messages.")
    events: use.EventUse
    network: use.NetworkUse
    catalog: use.CatalogUse
    dashboards: use.DashboardUse
    functions: Mapping[str, use.FunctionUse] = {}
    buckets: Mapping[str, use.BucketUse] = {}
    keys: Mapping[str, use.KeyUse] = {}
    queues: Mapping[str, use.QueueUse] = {}
    topics: Mapping[str, use.TopicUse] = {}
    logs: Mapping[str, use.LogUse] = {}
    workgroups: Mapping[str, use.WorkgroupUse] = {}
    crawlers: Mapping[str, use.CrawlerUse] = {}
    jobs: Mapping[str, use.JobUse] = {}
    trails: Mapping[str, use.TrailUse] = {}
    nodes: Mapping[str, use.NodeUse] = {}
    auto_mode: Mapping[str, use.AutoModeUse] = {}
    balancers: Mapping[str, use.BalancerUse] = {}
    databases: Mapping[str, use.DatabaseUse] = {}
    replications: Mapping[str, use.ReplicationUse] = {}
    tables: Mapping[str, use.TableUse] = {}
    warehouses: Mapping[str, use.WarehouseUse] = {}
    machines: Mapping[str, use.MachineUse] = {}
    databricks: Mapping[str, use.DatabricksUse] = {}
    spark: Mapping[str, use.SparkUse] = {}
    airflow: Mapping[str, use.AirflowUse] = {}
    images: Mapping[str, use.ImageUse] = {}
    secrets: Mapping[str, use.SecretUse] = {}
    metrics: Mapping[str, use.MetricUse] = {}

    def of(self, section: str, entries: Mapping[str, T], resource: str) -> T:
        """The entry for a resource; raises `NoUsageError`."""
        for name in (resource, DEFAULT):
            if name in entries:
                return entries[name]
        raise NoUsageError(
            f"usage/{self.name}.yaml has neither `{section}.{resource}` nor `{section}.{DEFAULT}`"
        )

    def named(self) -> list[tuple[str, str]]:
        """Section and name of each entry for one resource."""
        plain = self.model_dump()
        return [
            (section, name)
            for section in PER_RESOURCE
            for name in plain[section]
            if name != DEFAULT
        ]


PER_RESOURCE = sorted(
    set(Usage.model_fields) - {"name", "events", "network", "catalog", "dashboards"}
)


def load(name: str, folder: Path = FOLDER) -> Usage:
    """The usage file of a stack; raises `ConfigurationError` where it is not there or wrong."""
    path = folder / f"{name}.yaml"
    if not path.exists():
        raise ConfigurationError(
            f"there is no {path.parent.name}/{path.name}: an estimate needs to know what happens "
            "in a month; copy usage/dev.yaml and change its numbers"
        )
    try:
        document: object = yaml.safe_load(path.read_text(encoding="utf-8"))
        return Usage.model_validate({**_mapping(document), "name": name})
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{path.name} is not YAML: {error}") from None
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']} (found {one['input']!r})"
            for one in error.errors()
        )
        raise ConfigurationError(f"usage/{path.name}: {problems}") from None


def _mapping(document: object) -> dict[str, object]:
    return dict(document) if isinstance(document, dict) else {}  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType] (validated right after)
