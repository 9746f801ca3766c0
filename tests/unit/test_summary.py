"""The summary's schema accepts a whole summary and refuses one that lost or gained a key."""

import copy
import json
from typing import Any

import jsonschema
import pytest

from tests.graph import ROOT

SCHEMA = json.loads((ROOT / "local" / "summary.schema.json").read_text())
SUMMARY: dict[str, Any] = {
    "stack": "local",
    "engine": {"source": "Go module", "version": "3.232.0"},
    "resources": {"created": 99, "by_type": {"aws:s3/bucket:Bucket": 4}, "simulated": []},
    "events": {
        "published": 10,
        "in_bronze": 10,
        "in_silver": 8,
        "duplicates": 1,
        "quarantined": 1,
    },
    "input": {"file": "a.csv", "lines": 3, "loaded": 1, "duplicates": 1, "quarantined": 1},
    "shop": {"files": 2, "loaded": 9, "operations": {"I": 1}, "silver": {"orders": 3}},
    "gold": {"fct_sales": 4},
    "kpis": {"orders": 2, "units": -1, "revenue": {"EUR": "-3.10"}},
    "queries": [{"name": "kpis", "engine": "Athena", "rows": 1, "seconds": 0.1}],
    "seconds": {"up": 9.5},
}


def test_the_schema_accepts_a_summary_with_and_without_a_file():
    jsonschema.validate(SUMMARY, SCHEMA)
    jsonschema.validate({**SUMMARY, "input": None}, SCHEMA)


@pytest.mark.parametrize("key", sorted(SUMMARY))
def test_a_summary_without_a_part_is_refused(key):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({k: v for k, v in SUMMARY.items() if k != key}, SCHEMA)


def test_money_is_a_decimal_in_text():
    broken = copy.deepcopy(SUMMARY)
    broken["kpis"]["revenue"]["EUR"] = 3.1
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken, SCHEMA)


def test_the_demo_writes_what_the_schema_says():
    from local import summary

    assert set(summary.Summary.__annotations__) == set(SCHEMA["required"])
