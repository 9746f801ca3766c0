"""The warehouse's versions: read, applied once, noted, and refused where they would lie.

The Data API is played by a DuckDB that gets the same SQL, translated, in real transactions.
"""

from dataclasses import dataclass, field
from itertools import count
from typing import Any

import boto3
import duckdb
import pytest
import sqlglot
from botocore.stub import Stubber
from sqlglot import exp

from automation.errors import ConfigurationError, Exit, UserError
from components.naming import Site
from redshift import __main__ as command
from redshift import data_api
from redshift.migrate import TABLE, migrate, pending
from redshift.versions import MOST_STATEMENTS, Version, versions
from tests.warehouse.rendered import PROJECT, render

SITE = Site(prefix="shop", env="test", account_id="123456789012", region="eu-west-1")
NAMES = command.names(SITE)
SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:redshift!shop-AbCdEf"  # noqa: S105
VIEWS = ("order_summary", "customer_360")
# Roles are Redshift's own; DuckDB has no users.
NOT_IN_DUCKDB = ("grant", "create role")


def in_duckdb(sql: str) -> str:
    bare = "\n".join(
        line for line in sql.splitlines() if not line.lstrip().startswith("--")
    ).strip()
    if bare.startswith(NOT_IN_DUCKDB):
        return "select 1"
    if bare.startswith("create external schema"):
        return f"create schema if not exists {bare.split()[6]}"
    bare = bare.replace("sysdate", "current_timestamp").removesuffix("with no schema binding")
    return sqlglot.transpile(bare, read="redshift", write="duckdb")[0]


@dataclass
class Duck:
    """As much of the Data API as the runner calls."""

    database: duckdb.DuckDBPyConnection = field(default_factory=duckdb.connect)
    asked: list[list[str]] = field(default_factory=list)
    results: dict[str, Any] = field(default_factory=dict)
    numbers: Any = field(default_factory=count)

    def execute_statement(self, *, Sql, **where):  # noqa: N803
        return self.batch_execute_statement(Sqls=[Sql], **where)

    def batch_execute_statement(self, *, Sqls, **where):  # noqa: N803
        assert where == {
            "WorkgroupName": "shop-test-warehouse",
            "Database": "shop",
            "SecretArn": SECRET,
        }
        id_ = f"statement-{next(self.numbers)}"
        self.asked.append(Sqls)
        sql, rows = "", []
        self.database.begin()
        try:
            for sql in Sqls:
                rows = self.database.execute(in_duckdb(sql)).fetchall()
        except duckdb.Error as error:
            self.database.rollback()
            part = {"QueryString": sql, "Error": str(error), "Status": "FAILED"}
            self.results[id_] = {"Status": "FAILED", "SubStatements": [part]}
        else:
            self.database.commit()
            self.results[id_] = {"Status": "FINISHED", "rows": rows}
        return {"Id": id_}

    def describe_statement(self, *, Id):  # noqa: N803
        return self.results[Id]

    def get_statement_result(self, *, Id):  # noqa: N803
        kinds = {int: "longValue", str: "stringValue"}
        rows = self.results[Id]["rows"]
        return {"Records": [[{kinds[type(v)]: v} for v in row] for row in rows]}

    @property
    def noted(self) -> list[tuple]:
        return self.database.execute(f"select version, name from {TABLE} order by 1").fetchall()  # noqa: S608


@pytest.fixture
def duck():
    duck = Duck()
    yield duck
    duck.database.close()


def at(client: Any) -> data_api.Warehouse:
    return data_api.Warehouse(
        client=client,
        workgroup="shop-test-warehouse",
        database="shop",
        secret_arn=SECRET,
        sleep=lambda _seconds: None,
    )


def with_gold(duck: Duck) -> Duck:
    """A lake of two customers: one bought twice in two channels and returned a piece."""
    duck.database.execute("""
        create schema lake_gold;
        create table lake_gold.dim_customer as select * from (values
            ('k1', 'c1', 'PT', date '2026-01-05'), ('k2', 'c2', 'ES', null),
            ('k0', null, null, date '2026-01-07')
        ) t(customer_key, customer_id, country, first_order_on);
        create table lake_gold.dim_channel as select * from
            (values ('w', 'web'), ('s', 'store')) t(channel_key, channel);
        create table lake_gold.dim_store as select * from
            (values ('s1', 'Porto'), ('s0', null)) t(store_key, store_id);
        create table lake_gold.fct_sales as select * from (values
            ('l1', 'o1', 'k1', 'w', 's0', 'EUR', 2, 20.5, false, timestamp '2026-01-05 10:00:00'),
            ('l2', 'o1', 'k1', 'w', 's0', 'EUR', 1, 4.25, false, timestamp '2026-01-05 10:00:00'),
            ('l3', 'o2', 'k1', 's', 's1', 'EUR', 1, 10.0, false, timestamp '2026-01-06 09:00:00'),
            ('l4', 'o3', 'k1', 's', 's1', 'EUR', -1, -4.25, true, timestamp '2026-01-08 09:00:00'),
            ('l5', 'o4', 'k0', 's', 's1', 'EUR', 1, 7.0, false, timestamp '2026-01-07 12:00:00')
        ) t(line_id, order_id, customer_key, channel_key, store_key, currency, quantity, amount,
            is_return, sold_at);
        create table lake_gold.fct_sessions as select * from
            (values ('k1'), ('k1'), ('k2')) t(customer_key);
    """)
    return duck


def test_a_new_warehouse_gets_every_version_once_and_in_order(duck):
    said: list[str] = []
    done = migrate(at(with_gold(duck)), versions(), NAMES, said.append)
    assert [version.number for version in done] == [1, 2, 3, 4, 5]
    assert duck.noted == [(v.number, v.name) for v in versions()]
    assert said[-1] == "applied V005__builder.sql"
    again = Duck(duck.database)
    assert migrate(at(again), versions(), NAMES, said.append) == []
    assert len(again.asked) == 2, "the second run asks what is there, and changes nothing"


def test_order_summary_gives_one_row_per_order_net_of_returns(duck):
    migrate(at(with_gold(duck)), versions(), NAMES, lambda _: None)
    rows = duck.database.execute("""
        select order_id, customer_id, channel, store_id, lines, units, revenue, is_return
        from shop.order_summary order by order_id
    """).fetchall()
    assert [(*row[:6], float(row[6]), row[7]) for row in rows] == [
        ("o1", "c1", "web", None, 2, 3, 24.75, False),
        ("o2", "c1", "store", "Porto", 1, 1, 10.0, False),
        ("o3", "c1", "store", "Porto", 1, -1, -4.25, True),
        ("o4", None, "store", "Porto", 1, 1, 7.0, False),
    ]


def test_customer_360_has_who_never_bought_and_who_is_not_known(duck):
    migrate(at(with_gold(duck)), versions(), NAMES, lambda _: None)
    rows = duck.database.execute("""
        select customer_id, orders, units, revenue, favourite_channel, sessions, is_returning
        from shop.customer_360 order by customer_id nulls last
    """).fetchall()
    assert [(*row[:3], float(row[3]), *row[4:]) for row in rows] == [
        ("c1", 2, 3, 30.5, "store", 2, True),
        ("c2", 0, 0, 0.0, None, 1, False),
        (None, 1, 1, 7.0, "store", 0, None),
    ]


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_is_what_dbt_builds_everywhere_else(view):
    """The newest version of the view, against the model; a changed model wants a new version."""
    text = [v.text for v in versions() if f"view shop.{view} as" in v.text][-1]
    create = next(
        one for one in sqlglot.parse(text, read="redshift") if isinstance(one, exp.Create)
    )
    query = create.expression.copy()
    tables = {table.db for table in query.find_all(exp.Table) if table.db}
    assert tables == {"lake_gold"}
    for table in query.find_all(exp.Table):
        table.set("db", None)
    model = sqlglot.parse_one(render(PROJECT / f"models/marts/{view}.sql", "redshift"), "redshift")
    assert query.sql("redshift") == model.sql("redshift")


@pytest.mark.parametrize("version", versions(), ids=lambda version: version.file)
def test_every_statement_parses_as_redshift_and_names_what_the_catalog_has(version):
    for statement in version.statements(NAMES):
        assert "${" not in statement
        bare = "\n".join(x for x in statement.splitlines() if not x.startswith("--"))
        if not bare.startswith(("create external schema", "create role")):  # sqlglot knows neither
            assert sqlglot.parse_one(statement, read="redshift")


def test_analysts_read_and_dbt_writes_in_one_schema_only():
    granted = [
        statement
        for version in versions()
        for statement in version.statements(NAMES)
        if "grant " in statement
    ]
    for statement in granted:
        rights, _, rest = statement.partition("grant ")[2].partition(" on ")
        if rest.endswith("to role analyst"):
            assert rights in ("usage", "select"), statement
        if "create" in rights:
            assert rest == "schema built to role builder"
    assert sum("create" in statement for statement in granted) == 1


def test_the_external_schemas_are_of_the_catalog_s_databases():
    (lake,) = [version for version in versions() if version.name == "lake"]
    text = "\n".join(lake.statements(NAMES))
    assert "database 'shop_test_silver'\niam_role default" in text
    assert "database 'shop_test_gold'\niam_role default" in text


def version(number: int, text: str, name: str = "step") -> Version:
    return Version(number=number, name=name, text=text)


def test_a_version_that_fails_leaves_nothing_and_those_before_it_stay(duck):
    steps = [
        version(1, "create schema one;\n"),
        version(2, "create schema two;\ncreate table two.t as select * from nowhere;\n"),
    ]
    with pytest.raises(UserError, match=r"V002__step.sql was not applied.*nowhere"):
        migrate(at(duck), steps, {}, lambda _: None)
    assert duck.noted == [(1, "step")]
    found = duck.database.execute("select schema_name from duckdb_schemas()").fetchall()
    assert ("one",) in found
    assert ("two",) not in found
    steps[1] = version(2, "create schema two;\n")
    assert [v.number for v in migrate(at(duck), steps, {}, lambda _: None)] == [2]


def test_an_edited_version_is_refused_before_anything_is_applied(duck):
    migrate(at(duck), [version(1, "create schema one;\n")], {}, lambda _: None)
    edited = [version(1, "create schema uno;\n"), version(2, "create schema two;\n")]
    with pytest.raises(UserError, match="differs from what was applied as version 1"):
        migrate(at(duck), edited, {}, lambda _: None)
    assert duck.noted == [(1, "step")]


def test_a_warehouse_that_is_ahead_is_left_alone(duck):
    migrate(at(duck), [version(1, "select 1;\n"), version(2, "select 2;\n")], {}, lambda _: None)
    with pytest.raises(UserError, match="is at version 2, and this commit knows 1"):
        pending(at(duck), [version(1, "select 1;\n")])


def test_a_slip_in_the_last_version_is_found_before_the_first_is_applied(duck):
    steps = [version(1, "create schema one;\n"), version(2, "create schema ${mistyped};\n")]
    with pytest.raises(UserError, match=r"asks for a name.*mistyped.*\$\{gold_database\}"):
        migrate(at(duck), steps, NAMES, lambda _: None)
    assert duck.noted == []


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (["V001__a.sql", "V003__c.sql"], "V003__c.sql comes where V002 should"),
        (["V001__a.sql", "V001__b.sql"], "V001__b.sql comes where V002 should"),
        (["V1__a.sql"], "V1__a.sql is no version"),
    ],
)
def test_versions_count_without_gaps(tmp_path, files, said):
    for name in files:
        (tmp_path / name).write_text("select 1;\n")
    with pytest.raises(UserError, match=said):
        versions(tmp_path)


def test_a_version_fits_one_transaction():
    assert len(version(1, "select 1;\n" * MOST_STATEMENTS).statements({})) == MOST_STATEMENTS
    for text in ("select 1;\n" * (MOST_STATEMENTS + 1), "-- nothing;\n"):
        with pytest.raises(UserError, match="a version has 1 to 39"):
            version(1, text).statements({})


def test_a_semicolon_inside_a_line_ends_nothing():
    assert version(1, "select ';' || 'a; b';\nselect 2;").statements({}) == [
        "select ';' || 'a; b'",
        "select 2",
    ]


# The real client, so that every call is one that AWS's own model knows.


def stubbed(service: str) -> tuple[Any, Stubber]:
    client = boto3.client(
        service,
        region_name="eu-west-1",
        aws_access_key_id="x",
        aws_secret_access_key="x",  # noqa: S106 (of nothing)
    )
    stub = Stubber(client)
    stub.activate()
    return client, stub


def test_the_data_api_is_asked_as_aws_s_model_of_it_wants():
    client, stub = stubbed("redshift-data")
    where = {"WorkgroupName": "shop-test-warehouse", "Database": "shop", "SecretArn": SECRET}
    id_ = "d9b6c0c9-0747-4bf4-b142-e8883122f766"
    stub.add_response("execute_statement", {"Id": id_}, {"Sql": "select 1, null", **where})
    stub.add_response("describe_statement", {"Id": id_, "Status": "STARTED"}, {"Id": id_})
    stub.add_response("describe_statement", {"Id": id_, "Status": "FINISHED"}, {"Id": id_})
    page = {"Records": [[{"longValue": 1}, {"isNull": True}]], "NextToken": "more"}
    stub.add_response("get_statement_result", page, {"Id": id_})
    last = {"Records": [[{"longValue": 2}, {"stringValue": "b"}]]}
    stub.add_response("get_statement_result", last, {"Id": id_, "NextToken": "more"})
    assert at(client).rows("select 1, null") == [(1, None), (2, "b")]
    stub.assert_no_pending_responses()


def test_what_aws_refuses_is_one_sentence():
    client, stub = stubbed("redshift-data")
    stub.add_client_error("batch_execute_statement", "ValidationException", "no such workgroup")
    with pytest.raises(UserError, match=r"the Redshift Data API: .*no such workgroup"):
        at(client).run("select 1", "select 2")


def test_a_statement_that_never_ends_is_given_up_with_its_id(monkeypatch):
    monkeypatch.setattr(data_api, "LONGEST_SECONDS", 1)
    client, stub = stubbed("redshift-data")
    stub.add_response("execute_statement", {"Id": "d9b6c0c9"})
    for _ in range(2):
        stub.add_response("describe_statement", {"Id": "d9b6c0c9", "Status": "STARTED"})
    with pytest.raises(UserError, match="statement d9b6c0c9 still runs after 1 s"):
        at(client).run("select 1")


def namespace(account: str = SITE.account_id) -> dict:
    return {
        "namespace": {
            "namespaceArn": f"arn:aws:redshift-serverless:eu-west-1:{account}:namespace/1",
            "namespaceName": "shop-test-warehouse",
            "dbName": "shop",
            "adminPasswordSecretArn": SECRET,
        }
    }


def test_the_warehouse_is_found_by_its_name_and_asked_as_its_admin():
    client, stub = stubbed("redshift-serverless")
    stub.add_response("get_namespace", namespace(), {"namespaceName": "shop-test-warehouse"})
    found = command.find(client, None, SITE)
    assert (found.workgroup, found.database) == ("shop-test-warehouse", "shop")
    assert found.secret_arn == SECRET


def test_a_login_of_another_account_changes_nothing():
    client, stub = stubbed("redshift-serverless")
    stub.add_response("get_namespace", namespace("999999999999"))
    with pytest.raises(ConfigurationError, match=r"of account 999999999999.* is of 123456789012"):
        command.find(client, None, SITE)


def test_a_stack_without_a_warehouse_says_how_to_get_one():
    client, stub = stubbed("redshift-serverless")
    stub.add_client_error("get_namespace", "ResourceNotFoundException")
    with pytest.raises(UserError, match=r"there is no warehouse shop-test-warehouse.*deploy"):
        command.find(client, None, SITE)


def test_check_says_what_is_missing_by_its_exit_code(duck, monkeypatch, capsys):
    monkeypatch.setattr(command, "_client", lambda _service, _site: None)
    monkeypatch.setattr(command, "find", lambda _serverless, _data, _site: at(with_gold(duck)))
    assert command.main(["--stack", "prod", "--check"]) == Exit.CHANGES
    assert "missing V004__customer_360.sql" in capsys.readouterr().out
    assert duck.noted == []


def test_a_stack_that_does_not_exist_is_told_without_a_traceback(capsys):
    assert command.main(["--stack", "nowhere"]) == Exit.CONFIGURATION
    assert "there is no stack 'nowhere'" in capsys.readouterr().err
