"""The event contract may grow; what breaks a producer or a reader needs a new version."""

import copy
import json

import pytest

from contract import versions
from contract.events import VERSION
from tools import contract as tool


@pytest.fixture
def schema():
    return versions.current()


def test_the_contract_keeps_what_its_version_promised():
    found = versions.breakages(versions.committed(VERSION), versions.current())
    assert not found, versions.explained(found)


@pytest.mark.parametrize(
    ("path", "written"),
    [
        (versions.FOLDER / f"{VERSION}.json", tool.promise),
        (tool.SOURCES, tool.sources),
        (tool.DICTIONARY, tool.dictionary),
    ],
    ids=["promise", "sources", "dictionary"],
)
def test_what_is_generated_is_current(path, written):
    assert path.read_text() == written(), "run `python -m tools.contract`"


def _without(schema, type_, field):
    del schema[type_]["properties"][field]
    if field in schema[type_]["required"]:
        schema[type_]["required"].remove(field)


def _set(schema, type_, field, **values):
    schema[type_]["properties"][field].update(values)


BREAKING = {
    "a type is gone": (lambda s: s.pop("Checkout"), "Checkout is gone"),
    "a field is gone": (lambda s: _without(s, "Checkout", "items"), "Checkout.items is gone"),
    "a field changes its type": (
        lambda s: _set(s, "PageView", "page", type="integer"),
        "PageView.page was string and is integer",
    ),
    "an optional field is required": (
        lambda s: s["PageView"]["required"].append("customer_id"),
        "PageView.customer_id is now required",
    ),
    "a required field is optional": (
        lambda s: s["Checkout"]["required"].remove("currency"),
        "Checkout.currency may now be missing",
    ),
    "a limit is narrower": (
        lambda s: _set(s, "PageView", "page", maxLength=10),
        "PageView.page maxLength was 1024 and is 10",
    ),
    "a new floor": (
        lambda s: _set(s, "PageView", "page", minLength=1),
        "PageView.page minLength was none and is 1",
    ),
    "a value is no longer taken": (
        lambda s: s["PageView"]["properties"]["channel"]["enum"].remove("store"),
        "PageView.channel no longer takes store",
    ),
    "a field of a line is gone": (
        lambda s: _without(s, "OrderLine", "quantity"),
        "OrderLine.quantity is gone",
    ),
}


@pytest.mark.parametrize(("change", "told"), BREAKING.values(), ids=BREAKING)
def test_a_change_that_breaks_somebody_is_found_and_named(schema, change, told):
    changed = copy.deepcopy(schema)
    change(changed)
    found = [str(one) for one in versions.breakages(schema, changed)]
    assert len(found) == 1
    assert found[0].startswith(told)


GROWTH = {
    "a new type": lambda s: s.update(Wishlist={"type": "object", "properties": {}}),
    "a new optional field": lambda s: s["PageView"]["properties"].update(
        referrer={"anyOf": [{"type": "string"}, {"type": "null"}], "default": None}
    ),
    "a wider limit": lambda s: _set(s, "PageView", "page", maxLength=4096),
    "one more value": lambda s: s["PageView"]["properties"]["channel"]["enum"].append("phone"),
    "another meaning": lambda s: _set(s, "PageView", "page", description="The page."),
}


@pytest.mark.parametrize("change", GROWTH.values(), ids=GROWTH)
def test_growth_breaks_nobody(schema, change):
    changed = copy.deepcopy(schema)
    change(changed)
    assert versions.breakages(schema, changed) == []


def test_the_refusal_names_the_readers_and_the_way_out(schema):
    changed = copy.deepcopy(schema)
    _without(changed, "Checkout", "cart_value_micros")
    told = versions.explained(versions.breakages(schema, changed))
    assert "Checkout.cart_value_micros is gone" in told
    assert "stg_events" in told or "base_events" in told
    assert "raise VERSION" in told


def test_the_tool_refuses_to_overwrite_a_broken_promise(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(versions, "FOLDER", tmp_path)
    broken = versions.current()
    broken["PageView"]["properties"]["gone"] = {"type": "string"}
    path = tmp_path / f"{VERSION}.json"
    path.write_text(json.dumps(broken))
    before = path.read_text()
    assert tool.main() == 1
    assert path.read_text() == before
    assert "PageView.gone is gone" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("hive", "duckdb"),
    [
        ("string", "varchar"),
        ("bigint", "bigint"),
        ("array<struct<a:string,b:bigint>>", "struct(a varchar, b bigint)[]"),
    ],
)
def test_types_of_glue_are_types_of_duckdb(hive, duckdb):
    assert tool.duckdb_type(hive) == duckdb
