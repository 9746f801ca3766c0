"""The tables say what the estimate holds, the same on the terminal, as Markdown and as JSON."""

import io
import json
from decimal import Decimal

import pytest
from rich.console import Console

from automation.cost import money, report, tables
from automation.cost.estimate import estimate
from automation.results import UNKNOWN
from tests.cost.made import resource


@pytest.fixture
def found(book, assumed):
    some = [
        resource("aws:budgets/budget:Budget", "limit", limitAmount="40"),
        resource("aws:ec2/natGateway:NatGateway", "nat"),
        resource("aws:kms/key:Key", "key"),
        resource("aws:opensearch/domain:Domain", "search [all]"),
        resource(
            "aws:kinesis/stream:Stream",
            "events",
            streamModeDetails={"streamMode": "PROVISIONED"},
            shardCount=UNKNOWN,
        ),
        resource("aws:iam/role:Role", "reader"),
    ]
    return estimate("dev", some, assumed, book)


def shown(found, width=200) -> str:
    out = io.StringIO()
    report.show(found, Console(file=out, width=width))
    return out.getvalue()


def test_services_stand_with_both_parts_and_the_sum_below(found):
    table = tables.by_service(found)
    assert table.rows == (
        ("NAT gateway", "$35.04", "$4.80", "$39.84"),
        ("KMS", "$1.00", "$0.06", "$1.06"),
    )
    assert table.total == ("total", "$36.04", "$4.86", "$40.90")


def test_the_total_is_held_against_the_budget(found, book, assumed):
    assert tables.limits(found) == (
        "$40.90 is 102% of the budget of $40.00 a month "
        "(observability.budget_usd_per_month): ABOVE it."
    )
    assert tables.limits(estimate("dev", [], assumed, book)) == "The stack has no budget."


def test_what_the_total_leaves_out_is_listed_with_its_range(found):
    assert tables.uncounted(found).rows == (
        (
            "events",
            "unknown",
            "$12.51 to $6,205.10",
            "`shardCount` is known only after the update",
        ),
        (
            "search [all]",
            "unsupported",
            "no limits known",
            "no rule for aws:opensearch/domain:Domain",
        ),
    )
    assert tables.coverage(found) == (
        "6 resources: 2 free; of 4 others 0 priced, 2 by usage, 1 unknown, 1 unsupported."
    )


def test_hidden_costs_that_are_not_there_are_said_to_be_absent(found):
    assert [(row[0], row[2]) for row in tables.hidden(found).rows] == [
        ("NAT gateway", "$39.84"),
        ("VPC endpoints", "none in this stack"),
        ("KMS", "$1.06"),
        ("Backup storage", "none in this stack"),
    ]


def test_what_is_used_within_a_free_tier_is_counted_as_nothing_and_shown(book, assumed):
    database = resource("aws:glue/catalogDatabase:CatalogDatabase")
    found = estimate("dev", [database], assumed, book)
    assert tables.by_service(found).rows == (("Glue", "-", "-", "$0.00"),)


def test_prices_say_where_they_are_from(found):
    assert tables.prices(found) == (
        "4 rates in use (2 requirements, 2 typed), of 2026-11-25 to 2026-11-25; not compared "
        "with AWS's offer files."
    )


def test_terminal_and_markdown_hold_every_table_and_every_amount(found):
    terminal, text = shown(found), report.text(found)
    for part in report.sections(found):
        if isinstance(part, str):
            assert part in terminal
            continue
        assert part.title in terminal
        assert f"## {part.title}" in text
        for row in (*part.rows, *([part.total] if part.total else [])):
            for index in part.numeric:
                assert row[index] in terminal
                assert row[index] in text.replace("&lt;", "<")


def test_names_with_brackets_are_shown_as_they_are(found):
    assert "search [all]" in shown(found)
    assert r"search \[all\]" in report.text(found)


def test_the_files_hold_every_line_and_are_the_same_each_time(found, tmp_path):
    first = [path.read_bytes() for path in report.write(found, tmp_path / "a")]
    again = [path.read_bytes() for path in report.write(found, tmp_path / "b")]
    assert first == again
    document = json.loads(first[0])
    lines = [line for one in document["resources"] for line in one["lines"]]
    assert sum(Decimal(line["usd"]) for line in lines) == Decimal(document["total"])
    (stream,) = (one for one in document["resources"] if one["state"] == "unknown")
    assert [money.usd(Decimal(end)) for end in stream["range"]] == ["$12.51", "$6,205.10"]


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("0", "-"),
        ("0.004", "<$0.01"),
        ("0.005", "$0.01"),
        ("1234567.891", "$1,234,567.89"),
        ("-3", "-$3.00"),
    ],
)
def test_an_amount_that_is_there_is_never_shown_as_none(amount, shown):
    assert money.usd(Decimal(amount)) == shown


@pytest.mark.parametrize(
    ("amount", "shown"), [("12.4", "+$12.40"), ("-12.4", "-$12.40"), ("0", "±$0.00")]
)
def test_a_change_has_a_sign(amount, shown):
    assert money.change(Decimal(amount)) == shown
