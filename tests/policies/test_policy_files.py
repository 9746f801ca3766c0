"""Levels and exceptions: what the files may say, and what happens when their time is over."""

from datetime import date, timedelta

import pytest

from policies import exceptions, levels
from policies.exceptions import Exemption
from policies.levels import BadFileError, Level
from policies.rules import RULES
from tests.policies.bench import LEVELS, NAMES, TODAY, Bench

LOG = "aws:cloudwatch/logGroup:LogGroup"
URN = f"urn:pulumi:prod::shop::*${LOG}::consumer-log"


def exempt(**values) -> Exemption:
    plain = {
        "policy": "logs-kept-and-encrypted",
        "urn": URN,
        "reason": "An auditor wants ten years of this one.",
        "expires": TODAY,
    }
    return Exemption.model_validate({**plain, **values})


def test_an_exception_in_force_excuses_its_resource_and_no_other(prod: Bench):
    spoilt = prod.changed("consumer-log", LOG, "retentionInDays", 3653.0)
    both = spoilt.changed("producer-log", LOG, "retentionInDays", 3653.0)
    verdict = both.verdict([exempt()])
    logs = [one for one in verdict.violations if one.policy == "logs-kept-and-encrypted"]
    assert [one.urn.rsplit("::")[-1] for one in logs] == ["producer-log"]
    (excused,) = verdict.excused
    assert "until 2026-12-01: An auditor wants ten years" in excused.message


def test_an_exception_that_expired_yesterday_excuses_nothing_and_fails(prod: Bench):
    spoilt = prod.changed("consumer-log", LOG, "retentionInDays", 3653.0)
    verdict = spoilt.verdict([exempt()], today=TODAY + timedelta(days=1))
    found = {one.policy: one for one in verdict.violations}
    assert "consumer-log" in found["logs-kept-and-encrypted"].urn
    assert found["exceptions"].level is Level.MANDATORY
    assert "expired on 2026-12-01: mend what it excused" in found["exceptions"].message


def test_an_exception_that_excuses_nothing_must_go(prod: Bench):
    (found,) = [one for one in prod.verdict([exempt()]).violations if one.policy == "exceptions"]
    assert "excuses nothing any more: remove it" in found.message
    assert URN in found.message


@pytest.mark.parametrize("there", ["urn:pulumi:dev::shop::", "urn:pulumi:prod::shop-bootstrap::"])
def test_an_exception_of_another_stack_or_project_is_not_judged_here(prod: Bench, there):
    other = exempt(urn=URN.replace("urn:pulumi:prod::shop::", there))
    assert not [one for one in prod.verdict([other]).violations if one.policy == "exceptions"]


def test_an_exception_that_nobody_can_judge_yet_is_left_alone(prod: Bench):
    from automation.results import UNKNOWN

    waits = prod.changed("consumer-log", LOG, "retentionInDays", UNKNOWN)
    verdict = waits.verdict([exempt()])
    assert not [one for one in verdict.violations if one.policy == "exceptions"]
    assert [rule for rule, urn in verdict.unknown if "consumer-log" in urn] == [
        "logs-kept-and-encrypted"
    ]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("policy: no-such-rule", "there is no rule no-such-rule; the rules are"),
        ("urn: urn:pulumi:*::shop::x", "exceptions.0.urn"),
        ("urn: urn:pulumi:dev::*", "exceptions.0.urn"),
        ("reason: later", "exceptions.0.reason"),
        ("expires: never", "exceptions.0.expires"),
        ("until: 2027-01-01", "exceptions.0.until"),
    ],
)
def test_a_wrong_exception_is_named(tmp_path, line, message):
    key, _, value = line.partition(": ")
    entry = {
        "policy": "backups",
        "urn": "urn:pulumi:dev::shop::x",
        "reason": "Long enough to be a reason.",
        "expires": "2027-01-01",
        key: value,
    }
    path = tmp_path / "exceptions.yaml"
    lines = "\n    ".join(f"{name}: '{text}'" for name, text in entry.items())
    path.write_text(f"exceptions:\n  - {lines}\n")
    with pytest.raises(BadFileError, match=r"^exceptions\.yaml: ") as refused:
        exceptions.load(NAMES, path)
    assert message in str(refused.value)


def test_every_rule_has_a_level_in_every_environment():
    assert set(LEVELS.levels) == set(NAMES)
    assert len(NAMES) == len(set(NAMES))
    assert set(LEVELS.limits) == {"local", "dev", "staging", "prod"}


def test_prod_is_never_looser_than_dev():
    order = [Level.DISABLED, Level.ADVISORY, Level.MANDATORY]
    for rule in RULES:
        assert order.index(LEVELS.level(rule.name, "prod")) >= order.index(
            LEVELS.level(rule.name, "dev")
        ), rule.name


def test_a_stack_of_an_unknown_name_is_judged_as_prod():
    assert LEVELS.environment("anna") == "prod"
    assert LEVELS.level("deletion-protection", "anna") is Level.MANDATORY
    assert LEVELS.limits_of("anna") == LEVELS.limits["prod"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("  backups: ", "  backup: ", "no levels for backups"),
        ("local: disabled, dev: advisory, staging: mandatory, prod: mandatory}", "dev: x}", "'x'"),
        ("  one-account:             {local: mandatory, ", "  one-account: {", "must name each of"),
        ("  prod:\n    regions", "  live:\n    regions", "limits.prod is missing"),
        ("backup_days: 14", "backup_days: -1", "limits.prod.backup_days"),
    ],
)
def test_a_wrong_line_of_the_levels_is_named(tmp_path, old, new, message):
    path = tmp_path / "levels.yaml"
    text = levels.FILE.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(BadFileError) as refused:
        levels.load(NAMES, path)
    assert message in str(refused.value)


def test_no_exception_lasts_longer_than_a_year():
    for entry in exceptions.load(NAMES):
        assert entry.expires <= date(2027, 12, 1), entry
