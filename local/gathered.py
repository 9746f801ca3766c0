"""What a demo gathered, as the summary and as what the report tells of its own making."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from automation.engine import Engine
from automation.session import Outcome, Session
from jobs.order_file.results import Loaded
from local import arrival, summary
from local.shop_database.batch import Batch
from report.results import QueryResult, amount, count, records_of
from warehouse.build import BuildResult


@dataclass(frozen=True, kw_only=True)
class Gathered:
    """What the lake holds and says, between deploying and destroying."""

    published: int
    arrived: arrival.Arrived
    loaded: Loaded | None
    shop: Batch
    built: BuildResult
    results: tuple[QueryResult, ...]


def facts(result: summary.Summary) -> dict[str, Any]:
    """What the report tells of its own making."""
    told: dict[str, Any] = {
        "Engine": f"Pulumi {result['engine']['version']} ({result['engine']['source']})",
        "Resources": result["resources"]["created"],
        "Simulated types": result["resources"]["simulated"] or "none",
        "Events": dict(result["events"]),
        "Shop database": {
            "rows loaded": result["shop"]["loaded"],
            **result["shop"]["operations"],
        },
        "Rows in gold": result["gold"],
        "Seconds": dict(result["seconds"]),
    }
    if result["input"] is not None:
        told["Order file"] = dict(result["input"])
    return told


def summarised(
    engine: Engine,
    deployed: Outcome,
    session: Session,
    gathered: Gathered,
    seconds: Mapping[str, float],
) -> summary.Summary:
    """What was measured, in the shape of the summary."""
    arrived, loaded = gathered.arrived, gathered.loaded
    kpis = records_of(gathered.results, "kpis")
    return {
        "stack": session.name,
        "engine": {"source": engine.source, "version": engine.version},
        "resources": {
            "created": sum(deployed.created_types.values()),
            "by_type": dict(sorted(deployed.created_types.items())),
            "simulated": sorted(session.simulated),
        },
        "events": {
            "published": gathered.published,
            "in_bronze": arrived.in_bronze,
            "in_silver": len(arrived.event_ids),
            "duplicates": arrived.duplicates,
            "quarantined": arrived.quarantined,
        },
        "input": None
        if loaded is None
        else {
            "file": loaded.source_file,
            "lines": loaded.lines,
            "loaded": loaded.totals.lines,
            "duplicates": loaded.duplicates,
            "quarantined": loaded.quarantined,
        },
        "shop": {
            "files": gathered.shop.files,
            "loaded": gathered.shop.loaded,
            "operations": dict(gathered.shop.operations),
            "silver": gathered.shop.silver,
        },
        "gold": gathered.built.models,
        "kpis": {
            "orders": sum(count(row["orders"]) for row in kpis),
            "units": sum(count(row["units"]) for row in kpis),
            "revenue": {str(row["currency"]): _cents(amount(row["revenue"])) for row in kpis},
        },
        "queries": [
            {
                "name": result.name,
                "engine": result.engine,
                "rows": len(result.rows),
                "seconds": result.seconds,
            }
            for result in gathered.results
        ],
        "seconds": dict(seconds),
    }


def _cents(value: Decimal) -> str:
    return str(value.quantize(Decimal("0.01")))
