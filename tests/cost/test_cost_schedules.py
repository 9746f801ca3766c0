"""How often a schedule runs, and how much of a week is day."""

from decimal import Decimal

import pytest

from automation.cost.schedules import runs_per_month, share_awake

DAYS = Decimal(730) / 24


@pytest.mark.parametrize(
    ("expression", "a_day"),
    [
        ("rate(1 minute)", 1440),
        ("rate(5 minutes)", 288),
        ("rate(1 day)", 1),
        ("cron(0 2 * * ? *)", 1),
        ("cron(0/15 * * * ? *)", 96),
        ("cron(0,30 8-17 ? * MON-FRI *)", Decimal(20) * 5 / 7),
        ("cron(0 6 ? 1-3 * *)", Decimal(1) / 4),
    ],
)
def test_a_schedule_runs_so_often(expression, a_day):
    assert float(runs_per_month(expression, DAYS)) == pytest.approx(float(a_day * DAYS))


@pytest.mark.parametrize(
    ("expression", "runs"),
    [("cron(0 3 1 * ? *)", 1), ("cron(0 3 L * ? *)", 1), ("at(2027-01-01T00:00:00)", 1)],
)
def test_once_a_month_is_once(expression, runs):
    assert runs_per_month(expression, DAYS) == runs


@pytest.mark.parametrize("expression", ["", "every day", "cron(0 3 * *)", "rate(1 moon)"])
def test_a_schedule_that_cannot_be_read_is_refused(expression):
    with pytest.raises(ValueError, match="cannot tell how often"):
        runs_per_month(expression, DAYS)


@pytest.mark.parametrize(
    ("sleep", "wake", "hours"),
    [
        ("0 20 * * *", "0 7 * * 1-5", 13 * 5),
        ("0 20 * * *", "0 8 * * *", 12 * 7),
        ("0 6 * * *", "0 22 * * *", 8 * 7),  # a night shift
        ("0 20 * * FRI", "0 7 * * MON", 4 * 24 + 13),
        ("0 20 * * 5", "0 7 * * 0", 5 * 24 + 13),
        ("0 20 * * 5", "0 7 * * 7", 5 * 24 + 13),  # Sunday has two numbers
    ],
)
def test_a_night_leaves_so_many_hours_of_a_week(sleep, wake, hours):
    assert share_awake([sleep], [wake]) == Decimal(hours) / 168


def test_a_night_needs_a_morning():
    with pytest.raises(ValueError, match="both a time to sleep and a time to wake"):
        share_awake(["0 20 * * *"], [])
    with pytest.raises(ValueError, match="cannot tell what"):
        share_awake(["0 20 1 * *"], ["0 7 * * *"])
