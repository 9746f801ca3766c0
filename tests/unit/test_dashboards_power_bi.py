"""The connection files are of the committed stacks and of Microsoft's form; the documented model
names what gold has, and its measures mean what the questions mean.
"""

import json
import re
from datetime import date
from typing import Any

import duckdb
import pytest
import yaml

from bi.connections import FOLDER, files
from contract.gold import MARTS, gold
from tests.graph import ROOT

PAGE = (FOLDER / "README.md").read_text()
COLUMNS = {table.name: {column.name for column in table.columns} for table in gold()}
RELATIONS = re.findall(r"^\| (\w+)\[(\w+)\] \| (\w+)\[(\w+)\] \|$", PAGE, re.MULTILINE)
(DAX,) = re.findall(r"```dax\n(.+?)```", PAGE, re.DOTALL)
MEASURES = dict(line.split(" = ", 1) for line in DAX.splitlines())


def test_the_files_are_those_of_the_stacks():
    found = {path.name: json.loads(path.read_text()) for path in FOLDER.glob("*.pbids")}
    assert found == files(), "run `python -m bi`"
    assert {name.partition("-")[0] for name in found} == {"dev", "staging", "prod"}


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.pbids")), ids=lambda path: path.name)
def test_a_file_has_the_form_that_microsoft_documents(path):
    document = json.loads(path.read_text())
    assert set(document) == {"version", "connections"}
    assert document["version"] == "0.1"
    (connection,) = document["connections"]  # several are an error in Desktop
    assert set(connection) == {"details", "options", "mode"}
    assert set(connection["details"]) == {"protocol", "address"}
    assert connection["mode"] in ("DirectQuery", "Import")
    assert all(isinstance(value, str) for value in connection["details"]["address"].values())
    assert not re.search(r"password|secret|token", path.read_text(), re.IGNORECASE)


def test_a_stack_is_connected_to_its_own_account():
    for stack in ("dev", "staging", "prod"):
        config = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())["config"]
        platform = config["shop:platform"]
        address = files()[f"{stack}-redshift.pbids"]["connections"][0]["details"]["address"]
        host = f"{platform['account_id']}.{platform['region']}.redshift-serverless.amazonaws.com"
        assert address["server"].endswith(f".{host}:5439")
        assert f"-{stack}-" in address["server"]
        assert (
            stack in files()[f"{stack}-athena.pbids"]["connections"][0]["details"]["address"]["dsn"]
        )


def test_the_page_names_outputs_that_the_program_has():
    named = set(re.findall(r"outputs? `(\w+)`", PAGE))
    source = (ROOT / "program.py").read_text()
    assert named == {"workgroup", "gold_database", "analyst_role_arn"}
    assert 'f"{zone}_database": database' in source
    for output in named - {"gold_database"}:
        assert f'"{output}": queries.' in source


def test_every_relation_leads_from_a_column_of_gold_to_a_unique_one():
    assert len(RELATIONS) == 9
    for table, column, other, key in RELATIONS:
        assert column in COLUMNS[table]
        assert _tests(other, key) >= {"unique", "not_null"}, (other, key)
        assert table.startswith("fct_")
        assert other.startswith("dim_")


def test_every_relation_that_dbt_tests_is_in_the_model_but_for_the_one_that_the_page_leaves_out():
    tested = {
        (fact, column["name"], match[1], column["name"])
        for fact in ("fct_sales", "fct_sessions")
        for column in _model(fact)["columns"]
        for test in column.get("data_tests", [])
        if isinstance(test, dict) and "relationships" in test
        for match in [re.search(r"ref\('(\w+)'\)", test["relationships"]["arguments"]["to"])]
        if match
    }
    assert tested - set(RELATIONS) == {("fct_sales", "session_key", "fct_sessions", "session_key")}
    assert set(RELATIONS) <= tested
    assert "`fct_sales[session_key]` stays without a relation" in PAGE


def test_every_column_that_a_measure_or_a_page_names_is_in_gold():
    named = re.findall(r"\b(\w+)\[(\w+)\]", PAGE)
    assert len(named) > 40
    for table, column in named:
        assert column in COLUMNS[table], f"{table}[{column}]"
    for table in re.findall(r"(?:COUNTROWS|REMOVEFILTERS|FILTER) \( (\w+)", DAX):
        assert table in COLUMNS


def test_every_measure_that_is_used_is_defined():
    used = set(re.findall(r"(?<!\w)\[([\w% ]+)\]", PAGE))
    assert used <= set(MEASURES), used - set(MEASURES)
    assert len(MEASURES) == 11


def test_every_bracket_of_a_measure_closes():
    for name, formula in MEASURES.items():
        assert formula.count("(") == formula.count(")"), name


def test_every_question_that_the_page_names_is_one():
    named = set(re.findall(r"\| ((?:`\w+`(?:, )?)+) \|$", PAGE, re.MULTILINE))
    questions = {name for cell in named for name in re.findall(r"`(\w+)`", cell)}
    assert questions == {
        "sales_by_channel",
        "sales_by_day",
        "campaign_performance",
        "new_vs_returning",
    }
    for question in questions:
        assert (ROOT / "warehouse" / "questions" / f"{question}.sql").exists()


# What a measure means, as SQL over the model's join; DAX itself has no engine outside Power BI.
MEANING = {
    "Revenue": "sum(amount)",
    "Orders": "count(distinct case when not is_return then order_id end)",
    "New customers": "count(distinct case when day = first_order_on then customer_id end)",
    "Returning customers": "count(distinct case when day <> first_order_on then customer_id end)",
}


def test_new_and_returning_customers_of_the_model_are_those_of_the_question():
    with duckdb.connect() as connection:
        for sql in (
            "create table dim_date as select * from (values (1, date '2026-11-22'), "
            "(2, date '2026-11-23')) as t (date_key, day)",
            "create table dim_customer as select * from (values ('c', 'C1', date '2026-11-22'), "
            "('d', 'C2', date '2026-11-23'), ('', null, null)) "
            "as t (customer_key, customer_id, first_order_on)",
            "create table fct_sales as select * from (values ('O1', 1, 'c', 10, false), "
            "('O2', 2, 'c', 5, false), ('O3', 2, 'd', 7, false), ('O4', 2, '', 1, false), "
            "('O5', 2, 'd', -2, true)) as t (order_id, date_key, customer_key, amount, is_return)",
            "alter table fct_sales add column currency varchar default 'EUR'",
        ):
            connection.execute(sql)
        question = (ROOT / "warehouse" / "questions" / "new_vs_returning.sql").read_text()
        asked = {(row[0], row[1]): row[2:5] for row in connection.sql(question).fetchall()}
        model = connection.sql(
            f"select day, {', '.join(MEANING.values())} from fct_sales "  # noqa: S608
            "join dim_date using (date_key) join dim_customer using (customer_key) group by day"
        ).fetchall()
    for day, revenue, orders, new, returning in model:
        of_day = {kind: row for (when, kind), row in asked.items() if when == day}
        assert revenue == sum(row[2] for row in of_day.values())
        assert orders == sum(row[1] for row in of_day.values())
        assert new == of_day.get("new", (0,))[0]
        assert returning == of_day.get("returning", (0,))[0]
    assert {row[0] for row in model} == {date(2026, 11, 22), date(2026, 11, 23)}
    assert set(MEANING) <= set(MEASURES)


def _model(name: str) -> dict[str, Any]:
    (model,) = yaml.safe_load((MARTS / f"{name}.yml").read_text())["models"]
    return model


def _tests(table: str, column: str) -> set[str]:
    (found,) = [one for one in _model(table)["columns"] if one["name"] == column]
    return {test for test in found.get("data_tests", []) if isinstance(test, str)}
