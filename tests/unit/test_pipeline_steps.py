"""What may be a pipeline, and that ours become state machines as Step Functions takes them."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.pipeline_runner import runner_files
from pipelines.asl import state_machine
from pipelines.commands import COMMANDS, CommandFailed, Work, run
from pipelines.commands.work import day_of
from pipelines.daily import daily
from pipelines.places import NoPlaces, Places, from_json, load, to_json
from pipelines.steps import Command, Dbt, Function, Pipeline, PipelineError, Step
from pipelines.templates import jinja, jsonata, with_day
from pipelines.weekly import weekly

PLACES = Places(
    bronze_bucket="shop-bronze",
    silver_bucket="shop-silver",
    gold_bucket="shop-gold",
    silver_database="shop_silver",
    gold_database="shop_gold",
    workgroup="shop",
    alert_topic_arn="arn:aws:sns:eu-west-1:123456789012:alerts",
    runner_function="shop-runner",
)
ALL = replace(PLACES, jobs="glue", order_etl_job="o", crm_etl_job="c", maintenance_target="athena")
DAY = "2026-01-31"


def pipeline(*steps: Step) -> Pipeline:
    return Pipeline(name="shop", description="", steps=steps)


def step(name: str, *after: str, **more: Any) -> Step:
    return Step(name=name, work=Command(command="order_etl"), after=after, **more)


def test_steps_that_wait_for_each_other_are_named():
    with pytest.raises(PipelineError, match=r"wait for each other \(.*b.*\)"):
        pipeline(step("a", "c"), step("b", "a"), step("c", "b"))


def test_an_unknown_step_is_named_with_those_there_are():
    with pytest.raises(
        PipelineError, match="b comes after 'z', which is no step: name one of a, b"
    ):
        pipeline(step("a"), step("b", "z"))


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ((), "shop has no steps"),
        ((step("a"), step("a")), "two steps are called 'a'"),
        ((step("not a name"),), "'not a name' is no name of a step"),
        ((step("a", timeout_seconds=0),), "a timeout of 0 s"),
        ((step("a", retries=-1),), "a has -1 retries"),
        (
            (Step(name="a", work=Function(function="f", payload={"day": "{dya}"})),),
            r"a uses \{dya\}",
        ),
    ],
)
def test_what_is_no_pipeline_is_refused(steps, message):
    with pytest.raises(PipelineError, match=message):
        pipeline(*steps)


@given(st.dictionaries(st.integers(0, 11), st.sets(st.integers(0, 11)), min_size=1))
def test_every_step_is_in_one_wave_after_those_it_waits_for(given):
    # Waiting only for smaller numbers makes no circle.
    steps = {n: {m for m in after if m < n and m in given} for n, after in given.items()}
    made = pipeline(
        *(step(f"s{n}", *(f"s{m}" for m in sorted(after))) for n, after in steps.items())
    )
    wave_of = {one.name: n for n, wave in enumerate(made.waves()) for one in wave}
    assert wave_of.keys() == {f"s{n}" for n in given}
    for n, after in steps.items():
        assert all(wave_of[f"s{m}"] < wave_of[f"s{n}"] for m in after)


def test_a_day_is_written_the_same_in_every_language():
    text = "raw/{yyyy}/{mm}/{dd}/{day}.json"
    assert with_day(text, DAY) == "raw/2026/01/31/2026-01-31.json"
    assert jinja(text, "d") == "raw/{{ d[0:4] }}/{{ d[5:7] }}/{{ d[8:10] }}/{{ d[0:10] }}.json"
    assert jsonata(text, "$day") == (
        '{% "raw/" & $substring($day, 0, 4) & "/" & $substring($day, 5, 2) & "/" & '
        '$substring($day, 8, 2) & "/" & $substring($day, 0, 10) & ".json" %}'
    )
    assert jsonata("no day in it {}", "$day") == "no day in it {}"


@pytest.mark.parametrize("places", [PLACES, ALL], ids=["commands", "glue"])
@pytest.mark.parametrize("steps", [daily, weekly])
def test_a_state_machine_leads_from_every_state_to_an_end(steps, places):
    definition = json.loads(state_machine(steps(places), places))
    names: list[str] = []
    for machine in _machines(definition):
        states = machine["States"]
        names += states
        assert _reached(machine) == set(states)
        for name, state in states.items():
            ends = state.get("End") or state["Type"] in ("Succeed", "Fail")
            assert ends or state.get("Next") or state["Type"] == "Choice", name
    # Step Functions wants names unique in the whole machine, of at most 80 characters.
    assert len(names) == len(set(names))
    assert max(map(len, names)) <= 80


def test_each_variable_belongs_to_one_step():
    text = state_machine(daily(ALL), ALL)
    assigned = re.findall(r'"Assign": \{\s*"(\w+)"', text)
    assert {"await_bronze_deadline", "order_etl_run", "quality_gate_query"} <= set(assigned)
    assert len(assigned) == len(set(assigned))


def test_steps_are_tried_again_as_a_whole():
    definition = json.loads(state_machine(daily(PLACES), PLACES))
    wave = definition["States"]["Run"]["Branches"][0]["States"]["Wave 2"]
    gate = next(
        b["States"]["quality_gate"] for b in wave["Branches"] if "quality_gate" in b["States"]
    )
    (retry,) = gate["Retry"]
    assert retry["ErrorEquals"] == ["States.ALL"]
    assert retry["MaxAttempts"] == 1


def test_a_command_that_takes_longer_than_lambda_is_refused_with_the_way_out():
    slow = pipeline(Step(name="build", work=Dbt(), timeout_seconds=901))
    with pytest.raises(PipelineError, match=r"build may take 901 s.*after 900.*on Airflow"):
        state_machine(slow, PLACES)


def test_a_command_without_a_function_and_a_glue_step_without_a_job_are_refused():
    with pytest.raises(PipelineError, match="give runner_function"):
        state_machine(daily(PLACES), replace(PLACES, runner_function=""))
    with pytest.raises(PipelineError, match="order_etl has no Glue job: set jobs: commands"):
        state_machine(daily(replace(ALL, order_etl_job="")), replace(ALL, order_etl_job=""))


def test_tables_are_compacted_only_where_they_have_snapshots():
    assert "maintain" not in {one.name for one in weekly(PLACES).steps}
    assert "maintain" in {one.name for one in weekly(ALL).steps}


def test_places_survive_the_way_and_anything_else_is_refused(monkeypatch, tmp_path):
    assert from_json(to_json(ALL)) == ALL
    for text, message in (
        ("{", "are no JSON"),
        ("[]", "no JSON object"),
        (to_json(ALL).replace('"workgroup"', '"group"'), "name group, which this version"),
        ("{}", "are incomplete"),
        (to_json(ALL).replace('"glue"', '"spark"'), "jobs is 'spark'"),
    ):
        with pytest.raises(NoPlaces, match=message):
            from_json(text)
    monkeypatch.setattr("pipelines.places.FILE", tmp_path / "places.json")
    monkeypatch.delenv("SHOPTREND_PLACES", raising=False)
    with pytest.raises(NoPlaces, match="the deployment of `pipeline` writes one of them"):
        load()
    (tmp_path / "places.json").write_text(to_json(PLACES))
    assert load() == PLACES
    monkeypatch.setenv("SHOPTREND_PLACES", to_json(ALL))
    assert load() == ALL


def test_every_command_of_a_step_exists_and_an_unknown_one_is_named():
    named = {
        one.work.command
        for steps in (daily(PLACES), weekly(ALL))
        for one in steps.steps
        if isinstance(one.work, Command | Dbt)
    }
    assert named == set(COMMANDS)
    with pytest.raises(CommandFailed, match="'brew' is no command: one of order_etl"):
        run("brew", Work(day=day_of(DAY), places=PLACES))


@pytest.mark.parametrize("text", ["", "yesterday", "2026-02-30", "20260131", "2026-01-31T05:00"])
def test_what_is_no_day_is_refused(text):
    with pytest.raises(CommandFailed, match="is no day: write it as 2026-01-31"):
        day_of(text)


def test_the_archive_of_the_commands_holds_what_they_read_and_nothing_built():
    files = runner_files()
    assert {"warehouse/dbt_project.yml", "warehouse/models/marts/fct_sales.sql"} <= set(files)
    assert {"pipelines/commands/handler.py", "jobs/order_file/recount.sql"} <= set(files)
    assert not [path for path in files if "__pycache__" in path or "/target/" in path]
    assert files == sorted(set(files))


def _machines(machine: dict[str, Any]) -> list[dict[str, Any]]:
    """It, and those inside it."""
    inner = [branch for state in machine["States"].values() for branch in state.get("Branches", [])]
    return [machine, *(one for branch in inner for one in _machines(branch))]


def _reached(machine: dict[str, Any]) -> set[str]:
    reached: set[str] = set()
    waiting = [machine["StartAt"]]
    while waiting:
        name = waiting.pop()
        if name in reached:
            continue
        reached.add(name)
        state = machine["States"][name]
        waiting += [state[key] for key in ("Next", "Default") if key in state]
        waiting += [one["Next"] for key in ("Choices", "Catch") for one in state.get(key, [])]
    return reached
