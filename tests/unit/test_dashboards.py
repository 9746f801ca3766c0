"""The dashboards show what gold has, ask the same SQL as analysts, and hold together by the rules
of QuickSight's own API.
"""

import json
import re
from typing import Any

import botocore.session
import duckdb
import pytest
from botocore.validate import ParamValidator
from pydantic import TypeAdapter, ValidationError

from components.catalog import Catalog, CatalogConfig
from components.dashboards import Dashboards, DashboardsConfig, DashboardsSection
from components.encryption import Protection
from components.lakehouse import Lakehouse, LakehouseConfig, Zone
from components.naming import Site
from components.quicksight.access import asking, permissions
from components.quicksight.boards import BOARDS, Board, definition
from components.quicksight.questions import FOLDER, QUESTIONS, Question
from components.quicksight.template import template
from components.quicksight.visuals import COLUMNS, Measure, Visual, as_json, layout
from contract import gold
from tests.graph import Graph, record

SITE = Site(prefix="shop", env="test", account_id="123456789012", region="eu-west-1")
TABLES = [table.name for table in gold.gold()]
GROUP = "arn:aws:quicksight:eu-west-1:123456789012:group/default/"
AUTHORS, READERS = f"{GROUP}data-team", f"{GROUP}sales"
MINIMUM: dict[str, Any] = {"enabled": True, "authors": [AUTHORS], "currency": "EUR"}
SOURCE = "aws:quicksight/dataSource:DataSource"
DATA_SET = "aws:quicksight/dataSet:DataSet"
REFRESH = "aws:quicksight/refreshSchedule:RefreshSchedule"
TEMPLATE = "aws:cloudformation/stack:Stack"
# By the types that DuckDB gives to what Athena would answer.
DUCKDB = {"VARCHAR": "STRING", "BIGINT": "INTEGER", "DATE": "DATETIME", "DOUBLE": "DECIMAL"}


def config(**changes: Any) -> DashboardsConfig:
    return DashboardsConfig.model_validate({**MINIMUM, **changes})


def made(**changes: Any) -> Graph:
    def program() -> None:
        protection = Protection(key_arn="arn:key", account_id=SITE.account_id)
        lake = Lakehouse("lake", LakehouseConfig(retain=False), site=SITE, protection=protection)
        catalog = Catalog(
            "catalog",
            CatalogConfig(register_gold=True),
            site=SITE,
            lake=lake,
            tables={Zone.GOLD: gold.gold()},
        )
        Dashboards(
            "boards",
            config(**changes),
            site=SITE,
            catalog=catalog,
            workgroup="analysts",
            tables=TABLES,
            asking=asking(
                SITE,
                lake=lake,
                catalog=catalog,
                workgroup="analysts",
                results_bucket="shop-test-query-results",
                key_arn="arn:key",
            ),
        )

    return record(program)


@pytest.fixture(scope="module")
def graph() -> Graph:
    return made(readers=[READERS])


@pytest.fixture(scope="module")
def warehouse():
    """Gold's tables by their contract, in a schema that is not the current one, and some sales."""
    with duckdb.connect() as connection:
        connection.execute("create schema shop_gold")
        for table in gold.gold():
            columns = ", ".join(
                f"{column.name} {'varchar' if column.type == 'string' else column.type}"
                for column in table.columns
            )
            connection.execute(f"create table shop_gold.{table.name} ({columns})")
        for sql in (
            "dim_date (date_key, day) values (1, '2026-11-22'), (2, '2026-11-23')",
            "dim_channel (channel_key, channel, channel_type) values ('w', 'web', 'online'), "
            "('s', 'store', 'physical')",
            "dim_customer (customer_key, customer_id, first_order_on) values "
            "('c', 'C1', '2026-11-22'), ('', null, null)",
            "fct_sales (order_id, date_key, customer_key, channel_key, campaign_id, quantity, "
            "amount, currency, is_return) values "
            "('O1', 1, 'c', 'w', 'spring', 2, 20, 'EUR', false), "
            "('O2', 2, 'c', 's', null, 1, 5, 'EUR', false), "
            "('O3', 2, '', 'w', null, -1, -4, 'GBP', true)",
            "fct_sessions (campaign_id, pageviews, reached_cart, reached_checkout, reached_order) "
            "values ('spring', 3, true, true, true), ('winter', 1, true, false, false)",
        ):
            connection.execute(f"insert into shop_gold.{sql}")
        yield connection


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda one: one.name)
def test_columns_of_a_data_set_are_those_that_gold_answers(warehouse, question: Question):
    found = warehouse.sql(question.sql("shop_gold", TABLES))
    types = {
        name: DUCKDB.get(str(type_), "DECIMAL" if "DECIMAL" in str(type_) else str(type_))
        for name, type_ in zip(found.columns, found.types, strict=True)
    }
    assert types == dict(question.columns)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda one: one.name)
def test_a_data_set_gives_the_rows_of_the_question_itself(warehouse, question: Question):
    asked = (FOLDER / f"{question.name}.sql").read_text()
    warehouse.execute("use shop_gold")
    plain = warehouse.sql(asked).fetchall()
    warehouse.execute("use main")
    assert sorted(warehouse.sql(question.sql("shop_gold", TABLES)).fetchall(), key=repr) == sorted(
        plain, key=repr
    )
    assert len(plain) > 1


def test_the_sql_of_the_warehouse_is_in_the_data_set_word_by_word(graph: Graph):
    sql = {
        node.inputs["physicalTableMaps"][0]["physicalTableMapId"]: node.inputs["physicalTableMaps"][
            0
        ]["customSql"]["sqlQuery"]
        for node in graph.of(DATA_SET)
    }
    for question in QUESTIONS:
        assert (FOLDER / f"{question.name}.sql").read_text().strip() in sql[question.id]
        assert '"shop_test_gold"."' in sql[question.id]


def test_the_three_dashboards_of_the_requirements_are_there():
    assert {board.id for board in BOARDS} == {
        "sales-by-channel",
        "campaign-performance",
        "new-vs-returning",
    }
    shown = {question.name for board in BOARDS for question in board.questions}
    assert shown == {question.name for question in QUESTIONS}


@pytest.mark.parametrize("board", BOARDS, ids=lambda one: one.id)
def test_every_field_that_is_shown_is_a_column_of_its_data_set(board: Board):
    whole = definition(board, _arns(), currency="EUR")
    columns = {question.id: question.columns for question in QUESTIONS}
    named = list(_references(whole))
    assert len(named) > len(board.visuals)
    for reference in named:
        assert reference["ColumnName"] in columns[reference["DataSetIdentifier"]]
    declared = {one["Identifier"] for one in whole["DataSetIdentifierDeclarations"]}
    assert {reference["DataSetIdentifier"] for reference in named} == declared


@pytest.mark.parametrize("board", BOARDS, ids=lambda one: one.id)
@pytest.mark.parametrize("operation", ["CreateDashboard", "CreateAnalysis"])
def test_quicksights_own_api_takes_the_definition(board: Board, operation: str):
    shape = _input(operation).members["Definition"]
    whole = definition(board, _arns(), currency="EUR")
    report = ParamValidator().validate(whole, shape)
    assert not report.has_errors(), report.generate_report()
    assert list(_not_of_their_list(whole, shape)) == []


def test_that_check_finds_a_wrong_word():
    shape = _input("CreateDashboard").members["Definition"]
    whole = definition(BOARDS[0], _arns(), currency="EUR")
    whole["Sheets"][0]["Visuals"][0]["KPIVisual"]["Titel"] = {}
    assert ParamValidator().validate(whole, shape).has_errors()
    whole = definition(BOARDS[0], _arns(), currency="EUR")
    whole["FilterGroups"][0]["Status"] = "ON"
    assert list(_not_of_their_list(whole, shape)) == ["ON"]


@pytest.mark.parametrize("board", BOARDS, ids=lambda one: one.id)
def test_money_is_shown_in_one_currency_at_a_time(board: Board):
    whole = definition(board, _arns(), currency="EUR")
    filtered = {
        group["Filters"][0]["CategoryFilter"]["Column"]["DataSetIdentifier"]
        for group in whole["FilterGroups"]
        if group["Filters"][0]["CategoryFilter"]["Column"]["ColumnName"] == "currency"
    }
    assert filtered == {question.id for question in board.questions}
    (parameter,) = whole["ParameterDeclarations"]
    assert parameter["StringParameterDeclaration"]["DefaultValues"] == {"StaticValues": ["EUR"]}
    assert parameter["StringParameterDeclaration"]["ParameterValueType"] == "SINGLE_VALUED"


def test_what_repeats_on_rows_is_never_summed():
    never = {"visits", "carts", "checkouts", "conversion_pct", "customers"}
    for board in BOARDS:
        for visual in board.visuals:
            for measure in visual.values:
                assert measure.column not in never or measure.by == "MAX", (board.id, visual.id)


def test_customers_are_only_counted_by_day():
    for board in BOARDS:
        for visual in board.visuals:
            if any(measure.column == "customers" for measure in visual.values):
                assert (visual.along, visual.split) == ("day", "customer_type")


@pytest.mark.parametrize("board", BOARDS, ids=lambda one: one.id)
def test_visuals_have_a_place_each_and_none_overlaps(board: Board):
    taken: set[tuple[int, int]] = set()
    places = layout(board.visuals)
    assert [place["ElementId"] for place in places] == [visual.id for visual in board.visuals]
    assert len({visual.id for visual in board.visuals}) == len(board.visuals)
    for place in places:
        assert place["ColumnIndex"] + place["ColumnSpan"] <= COLUMNS
        cells = {
            (row, column)
            for row in range(place["RowIndex"], place["RowIndex"] + place["RowSpan"])
            for column in range(place["ColumnIndex"], place["ColumnIndex"] + place["ColumnSpan"])
        }
        assert not cells & taken
        taken |= cells


def test_a_column_that_is_not_there_is_refused_with_those_that_are():
    wrong = Visual(
        kind="number", id="x", title="X", question=QUESTIONS[0], values=[Measure(column="profit")]
    )
    with pytest.raises(KeyError, match="sales_by_channel has no column profit: channel,"):
        as_json(wrong)


def test_each_dashboard_and_its_analysis_are_one_template(graph: Graph):
    for board in BOARDS:
        node = graph.named(f"boards-{board.id}-board", TEMPLATE)
        resources = json.loads(node.inputs["templateBody"])["Resources"]
        for resource, id_ in (("Dashboard", "DashboardId"), ("Analysis", "AnalysisId")):
            assert resources[resource]["Type"] == f"AWS::QuickSight::{resource}"
            properties = resources[resource]["Properties"]
            assert properties[id_] == f"shop-test-{board.id}"
            declared = properties["Definition"]["DataSetIdentifierDeclarations"]
            arns = {graph.named(f"boards-{one['Identifier']}", DATA_SET).arn for one in declared}
            assert {one["DataSetArn"] for one in declared} == arns
            assert graph.reaches(node, DATA_SET)


def test_readers_look_and_authors_build(graph: Graph):
    body = graph.named("boards-new-vs-returning-board", TEMPLATE).inputs["templateBody"]
    resources = json.loads(body)["Resources"]
    of_dashboard = {
        one["Principal"]: one["Actions"]
        for one in resources["Dashboard"]["Properties"]["Permissions"]
    }
    assert set(of_dashboard) == {AUTHORS, READERS}
    assert of_dashboard[READERS] == [
        "quicksight:DescribeDashboard",
        "quicksight:ListDashboardVersions",
        "quicksight:QueryDashboard",
    ]
    analysis = resources["Analysis"]["Properties"]["Permissions"]
    assert [one["Principal"] for one in analysis] == [AUTHORS]
    for node in (graph.only(SOURCE), *graph.of(DATA_SET)):
        assert [one["principal"] for one in node.inputs["permissions"]] == [AUTHORS]


def test_authors_cannot_change_what_the_program_owns():
    for thing in ("data_set", "data_source"):
        (granted,) = permissions(thing, authors=["a"])
        verbs = set(re.findall(r"quicksight:([A-Z][a-z]+)", " ".join(granted.actions)))
        assert verbs <= {"Describe", "List", "Pass"}, thing


def test_who_reads_and_builds_is_named_once():
    found = permissions("dashboard", authors=["a"], readers=["a", "b"])
    assert sorted(one.principal for one in found) == ["a", "b"]
    # ResourcePermission of QuickSight's API: at most 16 actions.
    assert all(len(one.actions) <= 16 for one in found)


def test_quicksight_asks_gold_through_the_workgroup_and_nothing_else(graph: Graph):
    policy = graph.named("boards-role-policy", "aws:iam/rolePolicy:RolePolicy").inputs["policy"]
    statements = json.loads(policy)["Statement"]
    objects = {
        arn: statement["Action"]
        for statement in statements
        for arn in statement["Resource"]
        if any(action.startswith("s3:") and "Object" in action for action in statement["Action"])
    }
    lake_gold = graph.named("lake-gold", "aws:s3/bucket:Bucket").arn
    assert set(objects) == {f"{lake_gold}/*", "arn:aws:s3:::shop-test-query-results/*"}
    assert objects[f"{lake_gold}/*"] == ["s3:GetObject"]
    wide = [statement for statement in statements if statement["Resource"] == ["*"]]
    assert [statement["Sid"] for statement in wide] == ["AccountWide"]
    assert all(action.startswith("athena:List") for action in wide[0]["Action"])
    trust = json.loads(graph.named("boards-role", "aws:iam/role:Role").inputs["assumeRolePolicy"])
    assert [one["Principal"] for one in trust["Statement"]] == [
        {"Service": "quicksight.amazonaws.com"}
    ]


def test_the_source_asks_under_that_role_in_that_workgroup(graph: Graph):
    athena = graph.only(SOURCE).inputs["parameters"]["athena"]
    assert athena["workGroup"] == "analysts"
    assert athena["roleArn"] == graph.named("boards-role", "aws:iam/role:Role").arn
    assert graph.reaches(graph.only(SOURCE), "aws:iam/rolePolicy:RolePolicy")


def test_what_is_copied_is_refreshed_and_what_is_live_is_not(graph: Graph):
    modes = {node.name: node.inputs["importMode"] for node in graph.of(DATA_SET)}
    assert modes.pop("boards-campaign-performance") == "DIRECT_QUERY"
    assert set(modes.values()) == {"SPICE"}
    assert {node.name for node in graph.of(REFRESH)} == {f"{name}-refresh" for name in modes}
    for node in graph.of(REFRESH):
        assert node.inputs["schedule"]["scheduleFrequency"] == {
            "interval": "DAILY",
            "timeOfTheDay": "06:00",
            "timezone": "Etc/UTC",
        }


def test_direct_and_hourly_are_a_word_each():
    assert not list(made(mode="direct").of(REFRESH))
    (first, *_) = made(refresh="hourly", live=[]).of(REFRESH)
    assert first.inputs["schedule"]["scheduleFrequency"] == {"interval": "HOURLY"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"authors": []}, "at least 1 item"),
        ({"authors": ["arn:aws:iam::123456789012:user/ana"]}, "should match pattern"),
        ({"currency": "euro"}, "should match pattern"),
        ({"refresh_at": "24:00"}, "should match pattern"),
        ({"live": ["profit"]}, "sales_by_day"),
        ({"colour": "blue"}, "Extra inputs are not permitted"),
    ],
)
def test_a_wrong_value_is_refused(change: dict[str, Any], said: str):
    with pytest.raises(ValidationError, match=said):
        config(**change)


def test_switched_off_it_takes_nothing_else():
    section = TypeAdapter(DashboardsSection)
    assert section.validate_python({"enabled": False}).enabled is False
    with pytest.raises(ValidationError):
        section.validate_python({"enabled": False, "currency": "EUR"})


def test_a_template_that_is_too_large_is_refused_here():
    many = [f"{GROUP}{'g' * 400}{number}" for number in range(64)]
    with pytest.raises(ValueError, match=r"the limit is 51,200: name groups"):
        template(
            account_id=SITE.account_id,
            id_="x",
            title="X",
            definition=definition(BOARDS[0], _arns(), currency="EUR"),
            authors=many,
            readers=[],
        )


def _arns() -> dict[str, str]:
    data_set = "arn:aws:quicksight:eu-west-1:123456789012:dataset/"
    return {question.name: f"{data_set}{question.id}" for question in QUESTIONS}


def _input(operation: str) -> Any:
    model = botocore.session.get_session().get_service_model("quicksight")
    return model.operation_model(operation).input_shape


def _references(value: Any):
    """Every reference to a column, wherever it stands."""
    if isinstance(value, dict):
        if "ColumnName" in value:
            yield value
        for inner in value.values():
            yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)


def _not_of_their_list(value: Any, shape: Any):
    """Words where the API has a list of words, and these are not among them."""
    if shape.type_name == "structure":
        for name, inner in value.items():
            yield from _not_of_their_list(inner, shape.members[name])
    elif shape.type_name == "list":
        for inner in value:
            yield from _not_of_their_list(inner, shape.member)
    elif shape.type_name == "string" and shape.enum and value not in shape.enum:
        yield value
