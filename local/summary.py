"""`out/demo/summary.json`: the demo's one machine-readable result, in the shape of
`summary.schema.json`.

Decimals are strings, seconds are numbers. It computes nothing that the demo has not measured.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TypedDict


class Engine(TypedDict):
    source: str
    version: str


class Resources(TypedDict):
    created: int
    by_type: dict[str, int]
    simulated: list[str]


class Events(TypedDict):
    published: int
    in_bronze: int
    in_silver: int
    duplicates: int
    quarantined: int


class Input(TypedDict):
    file: str
    lines: int
    loaded: int
    duplicates: int
    quarantined: int


class Shop(TypedDict):
    files: int
    loaded: int
    operations: dict[str, int]
    silver: dict[str, int]


class Kpis(TypedDict):
    orders: int
    units: int
    revenue: dict[str, str]


class Query(TypedDict):
    name: str
    engine: str
    rows: int
    seconds: float


class Summary(TypedDict):
    stack: str
    engine: Engine
    resources: Resources
    events: Events
    input: Input | None
    shop: Shop
    gold: dict[str, int]
    kpis: Kpis
    queries: list[Query]
    seconds: Mapping[str, float]


def write(summary: Summary, path: Path) -> None:
    path.write_text(json.dumps(summary, indent=2) + "\n")
