"""Every model and test as dbt's own adapters compile it for Athena, Redshift and Databricks, with
no engine there: dbt resolves references and macros, a parser of the dialect reads the result, and
its functions are ones that the engine documents.

Not shown: that an engine takes the types and gives the same rows; nothing here runs on one.
"""

import json
from dataclasses import dataclass

import pytest
from sqlglot import ErrorLevel, exp, parse_one

from contract.gold import gold
from tests.warehouse.rendered import PROJECT
from tests.warehouse.test_warehouse_portable import TRINO, functions_in
from warehouse import run as dbt
from warehouse.maintain import COMPILE, main
from warehouse.run import BuildFailed
from warehouse.targets import ENVIRONMENTS, PYTHON, TARGETS, Target, known, ready

OFFLINE = ("--no-introspect", "--no-populate-cache")
ROOT = PROJECT.parent
NAMES = {
    "redshift": TRINO - {"date_add", "day_of_week", "to_hex", "to_utf8", "unnest"}
    | {"dateadd", "json_parse", "mod", "varchar"},
    "athena": TRINO,
    "databricks": TRINO - {"day_of_week", "to_hex", "to_utf8", "unnest"} | {"explode", "weekday"},
}
VIEWS = {"customer_360", "order_summary"}


@dataclass(frozen=True, kw_only=True)
class Compiled:
    """The SQL of each model and test, of fct_sales also for a first run, and of maintenance;
    `nodes` is dbt's manifest.
    """

    target: str
    sql: dict[str, str]
    sales_anew: str
    maintenance: list[str]
    nodes: dict[str, dict]


def _adapter_of(target: Target) -> None:
    if not (ENVIRONMENTS / target.setup / "bin" / "python").exists():
        pytest.skip(f"there is no adapter of {target.name}: `make dbt-setup` installs it")


@pytest.fixture(scope="module", params=list(TARGETS))
def compiled(request, tmp_path_factory) -> Compiled:
    target = TARGETS[request.param]
    _adapter_of(target)
    work = tmp_path_factory.mktemp(target.name)
    select = ("compile", *OFFLINE, "--select")
    code, said = dbt.run(
        [
            ["parse"],
            [*select, "fct_sales", "--full-refresh"],
            [*select, "resource_type:model", "resource_type:test"],
            COMPILE,
        ],
        target=target.name,
        work=work,
        variables={"offline": True, "silver_schema": "shop_silver", "max_age_hours": 36},
        python=target.python(),
        environment=target.offline(),
    )
    assert code == 0, said.error
    anew, maintenance = said.compiled
    return Compiled(
        target=target.name,
        sql={
            path.stem: path.read_text()
            for folder in ("models", "tests")
            for path in (work / "compiled" / "shoptrend" / folder).rglob("*.sql")
        },
        sales_anew=anew,
        maintenance=json.loads(maintenance),
        nodes=json.loads((work / "manifest.json").read_text())["nodes"],
    )


@pytest.mark.dbt_targets
def test_everything_compiles_and_parses_in_the_engine_s_dialect(compiled: Compiled):
    wanted = {
        path.stem for path in (*PROJECT.glob("models/*/*.sql"), *PROJECT.glob("tests/**/*.sql"))
    }
    assert wanted <= compiled.sql.keys()
    assert len(compiled.sql) > len(wanted) + 30  # tests that are written in yml
    dialect = TARGETS[compiled.target].dialect
    for name, sql in compiled.sql.items():
        assert "{{" not in sql, name
        tree = parse_one(sql, read=dialect, error_level=ErrorLevel.RAISE)
        assert isinstance(tree, exp.Query), name


@pytest.mark.dbt_targets
def test_only_functions_are_called_that_the_engine_documents(compiled: Compiled):
    for name, sql in compiled.sql.items():
        assert functions_in(sql) <= NAMES[compiled.target], name


@pytest.mark.dbt_targets
def test_the_first_run_reads_no_table_of_its_own_and_a_later_one_does(compiled: Compiled):
    dialect = TARGETS[compiled.target].dialect

    def tables(sql: str) -> set[str]:
        return {table.name for table in parse_one(sql, read=dialect).find_all(exp.Table)}

    assert "fct_sales" in tables(compiled.sql["fct_sales"])
    assert "fct_sales" not in tables(compiled.sales_anew)


@pytest.mark.dbt_targets
def test_models_are_made_as_the_engine_keeps_tables(compiled: Compiled):
    made = {
        node["name"]: node["config"]
        for node in compiled.nodes.values()
        if node["resource_type"] == "model"
    }
    marts = {table.name for table in gold()}
    for name in marts:
        kind = "view" if name in VIEWS else "incremental" if name == "fct_sales" else "table"
        assert made[name]["materialized"] == kind
        assert made[name]["contract"]["enforced"]
        assert made[name]["table_type"] == "iceberg"
    strategy = "delete+insert" if compiled.target == "redshift" else "merge"
    assert made["fct_sales"]["incremental_strategy"] == strategy
    staged = "table" if compiled.target == "redshift" else "view"
    assert {made[name]["materialized"] for name in made.keys() - marts} == {staged}


@pytest.mark.dbt_targets
def test_smoke_tests_are_left_out_of_gold_on_every_engine(compiled: Compiled):
    assert "session_id not like 'smoke-%'" in compiled.sql["base_events"]
    for name, sql in compiled.sql.items():
        if name not in ("base_events", "base_order_lines"):
            assert "shop_silver" not in sql, f"{name} reads silver past the filter"


@pytest.mark.dbt_targets
def test_maintenance_is_sql_of_the_engine_for_every_table_of_gold(compiled: Compiled):
    """Against the engines' reference pages: sqlglot has no grammar of OPTIMIZE and VACUUM."""
    kinds = {
        "athena": ("optimize {} rewrite data using bin_pack", "vacuum {}"),
        "redshift": ("vacuum full {}", "analyze {}"),
        "databricks": (
            "optimize {}", "vacuum {} retain 168 hours", "analyze table {} compute statistics",
        ),
    }[compiled.target]  # fmt: skip
    tables = sorted({table.name for table in gold()} - VIEWS)
    bare = [sql.translate(str.maketrans("", "", '"`')) for sql in compiled.maintenance]
    catalog = "awsdatacatalog" if compiled.target == "athena" else "shop"
    wanted = [kind.format(f"{catalog}.shop_gold.{one}") for one in tables for kind in kinds]
    assert bare == wanted


@pytest.mark.dbt_targets
def test_a_dry_run_prints_the_sql_and_asks_nobody(capsys):
    _adapter_of(TARGETS["athena"])
    assert main(["--target", "athena", "--dry-run"]) == 0
    first, *rest = capsys.readouterr().out.splitlines()
    assert first.startswith("optimize awsdatacatalog.")
    assert first.endswith(".dim_channel rewrite data using bin_pack;")
    assert len(rest) == 13


def test_a_target_says_which_variables_nobody_set():
    given = dict(TARGETS["redshift"].environment)
    assert ready("redshift", given) is TARGETS["redshift"]
    del given["WAREHOUSE_HOST"]
    with pytest.raises(BuildFailed, match=r"nobody said WAREHOUSE_HOST: set these variables"):
        ready("redshift", given)


def test_without_an_adapter_the_way_out_is_told(monkeypatch, tmp_path):
    monkeypatch.delenv(PYTHON, raising=False)
    monkeypatch.setattr("warehouse.targets.ENVIRONMENTS", tmp_path)
    with pytest.raises(BuildFailed, match="`make dbt-setup`, or name a Python"):
        known("athena").python()
    monkeypatch.setenv(PYTHON, "/opt/dbt/bin/python")
    assert known("athena").python() == "/opt/dbt/bin/python"


def test_the_readme_names_every_variable_of_every_target():
    readme = (PROJECT / "README.md").read_text()
    for target in TARGETS.values():
        for variable in target.environment:
            assert f"`{variable}`" in readme, variable


@pytest.mark.parametrize("setup", ["dbt-aws", "dbt-databricks"])
def test_dbt_is_of_one_version_everywhere(setup: str):
    (core,) = (
        line
        for line in (ROOT / "requirements-local.txt").read_text().splitlines()
        if line.startswith("dbt-core==")
    )
    assert core in (ROOT / f"requirements-{setup}.txt").read_text().splitlines()
    assert f"\n{core} \\\n" in (ROOT / f"requirements-{setup}.lock").read_text()
