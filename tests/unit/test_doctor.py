"""The doctor says what is wrong and the way out, and never passes what it could not look at."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from rich.console import Console

from automation import doctor, stackfile
from automation.doctor import Finding, Health
from automation.errors import ConfigurationError, NoEngineError

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


def _said(off: timedelta) -> str:
    return format_datetime(NOW + off, usegmt=True)


@pytest.mark.parametrize(
    ("said", "health"),
    [
        (_said(timedelta(seconds=2)), Health.GOOD),
        (_said(timedelta(minutes=-6)), Health.BAD),
        (_said(timedelta(minutes=6)), Health.BAD),
        (None, Health.UNSURE),
    ],
)
def test_a_clock_that_aws_would_not_take_is_found(said, health):
    assert doctor.clock(said, NOW).health is health


def test_another_account_is_bad_and_both_are_named():
    finding = doctor.account("999999999999", ["111111111111"], "dev")
    assert finding.health is Health.BAD
    assert "999999999999" in finding.found
    assert "111111111111" in finding.way_out


def test_packages_of_another_version_are_named_with_the_one_wanted(monkeypatch):
    monkeypatch.setattr(doctor, "version", lambda name: "0.0.1")
    finding = doctor.packages()
    assert finding.health is Health.BAD
    assert "pulumi-aws 0.0.1, wanted " in finding.found
    assert finding.way_out == "`make setup`"


def test_a_missing_engine_is_bad_and_is_not_built_on_the_way(monkeypatch):
    def none_here(_say, *, fetch):
        assert not fetch
        raise NoEngineError("none")

    monkeypatch.setattr(doctor.engines, "find", none_here)
    assert doctor.engine().health is Health.BAD


def test_a_full_disk_is_bad(monkeypatch):
    class Full:
        free = 1_000_000_000

    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _path: Full)
    assert doctor.disk().health is Health.BAD


def test_a_state_kept_on_a_laptop_is_bad_for_a_real_stack():
    (finding,) = doctor._state("prod", "eu-west-1", "file://~")
    assert finding.health is Health.BAD
    assert "make bootstrap STACK=prod" in finding.way_out


def test_a_stack_without_a_file_is_refused():
    with pytest.raises(ConfigurationError, match="no stack 'qa'"):
        next(doctor.examine("qa"))


@pytest.mark.parametrize("health", list(Health))
def test_only_what_is_bad_fails(health):
    console = Console(file=open("/dev/null", "w"), width=120)  # noqa: SIM115, PTH123
    findings = iter([Finding(check="one", health=health, found="x")])
    shown = doctor.show(findings, "dev", console)
    assert doctor.is_well(shown) is (health is not Health.BAD)
    assert doctor.document(shown) == [
        {"check": "one", "health": health, "found": "x", "way_out": ""}
    ]
    console.file.close()


def test_the_state_is_where_a_run_would_keep_it(monkeypatch):
    monkeypatch.delenv("PULUMI_BACKEND_URL", raising=False)
    assert doctor._bucket_url("prod", stackfile.read("prod")) == "s3://shoptrend-prod-state"
    monkeypatch.setenv("PULUMI_BACKEND_URL", "s3://another")
    assert doctor._bucket_url("prod", stackfile.read("prod")) == "s3://another"
