"""The SQL is one that Athena (Trino) takes too, as far as that shows without Athena.

Shown: the rendered text parses in each engine's grammar, and calls only functions that Trino's
documentation lists. Not shown: argument types, name resolution, and that an engine gives the same
rows: nothing here runs on Athena, Redshift or Spark.
"""

import re

import duckdb
import msgspec
import pyarrow as pa
import pytest
import yaml
from sqlglot import exp, parse_one

from contract.events import Channel, OrderLine
from contract.tables import SILVER
from functions.consumer.parquet import arrow_type
from tests.warehouse.conftest import Gold
from tests.warehouse.rendered import MODELS, PROJECT, QUESTIONS, render

ENGINES = ("athena", "redshift", "spark")  # sqlglot's names are the same
WORDS_BEFORE_PARENTHESES = {"as", "from", "in", "on", "over", "and", "or", "not", "values"}
TYPES = {"decimal", "timestamp", "u"}  # u: the alias of an unnest, with its columns
TRINO = {
    "abs", "cast", "coalesce", "count", "date_add", "date_trunc", "day_of_week", "extract",
    "length", "lower", "max", "md5", "min", "round", "row_number", "sum", "to_hex", "to_utf8",
    "unnest",
}  # fmt: skip
# What the emulator's Athena, a DuckDB, lacks of them (shown by running them there).
NOT_IN_THE_EMULATOR = {"date_add", "day_of_week", "to_hex", "to_utf8"}


def functions_in(sql: str) -> set[str]:
    text = re.sub(r"--[^\n]*|'[^']*'", "", sql.lower())
    called = set(re.findall(r"\b([a-z_][a-z0-9_]*)\s*\(", text))
    return called - WORDS_BEFORE_PARENTHESES - TYPES


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_every_model_and_test_parses_for_every_engine(path, engine):
    for incremental in (False, True):
        sql = render(path, engine, incremental=incremental)
        assert "{{" not in sql
        parse_one(sql, read=engine)


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_every_model_and_test_calls_only_functions_of_trino(path):
    assert functions_in(render(path, "athena", incremental=True)) <= TRINO


def test_a_function_of_duckdb_alone_would_be_found():
    assert functions_in("select isodow(day), max(x) from t") - TRINO == {"isodow"}


@pytest.mark.parametrize("path", QUESTIONS, ids=lambda path: path.stem)
def test_every_question_is_described_and_portable(path):
    sql = path.read_text()
    assert sql.startswith("-- ")
    assert functions_in(sql) <= TRINO - NOT_IN_THE_EMULATOR
    for engine in ENGINES:
        query = parse_one(sql, read=engine)
        assert isinstance(query, exp.Select)
        assert all(column.alias_or_name for column in query.selects)


def test_the_fields_of_a_line_stand_in_the_order_of_the_contract():
    macro = (PROJECT / "macros" / "unnest_lines.sql").read_text()
    fields = [field.name for field in msgspec.structs.fields(OrderLine)]
    assert f"\n{' '.join(fields)}\n" in macro


@pytest.mark.parametrize("table", SILVER, ids=lambda table: table.name)
def test_silver_is_declared_as_the_contract_has_it(table):
    declared = yaml.safe_load((PROJECT / "models" / "staging" / "silver.yml").read_text())
    tables = {entry["name"]: entry["columns"] for entry in declared["sources"][0]["tables"]}
    columns = {
        column["name"]: str(duckdb.sqltype(column["data_type"])) for column in tables[table.name]
    }
    schema = pa.schema([(column.name, arrow_type(column.type)) for column in table.columns])
    relation = duckdb.from_arrow(schema.empty_table())
    assert columns == dict(zip(relation.columns, map(str, relation.types), strict=True))


def test_dim_channel_has_the_channels_of_the_contract(gold: Gold):
    assert {row[0] for row in gold.rows("select channel from dim_channel")} == set(Channel.__args__)
