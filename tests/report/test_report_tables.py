"""Tables in a terminal, by value."""

import io
import re
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from rich.console import Console

from report.figures import NONE
from report.tables import print_tables


def printed(results, *, width=100, **options):
    terminal = io.StringIO()
    console = Console(file=terminal, width=width, force_terminal=False)
    print_tables(console, results, **options)
    return terminal.getvalue()


def only(results, name):
    return next(result for result in results if result.name == name)


def test_amounts_carry_their_currency_and_counts_their_separators(two_currencies):
    text = printed([only(two_currencies, "sales_by_channel")])
    rows = [line.split() for line in text.splitlines()]
    assert text.startswith("How much is sold through each channel?")
    assert ["Channel", "Channel", "type", "Orders", "Units", "Revenue"] in rows
    assert ["web", "online", "405", "1,215", "€23,874.63"] in rows
    assert ["store", "physical", "311", "933", "£18,434.70"] in rows


def test_numbers_end_in_one_column(week):
    lines = printed([only(week, "sales_by_channel")]).splitlines()
    ends = {
        len(line.rstrip()) for line in lines if "€" in line or line.rstrip().endswith("Revenue")
    }
    assert len(ends) == 1


def test_percentages_days_and_empty_cells_are_written_for_people(week):
    text = printed([only(week, "campaign_performance"), only(week, "order_summary")])
    rows = [line.split() for line in text.splitlines()]
    assert [NONE, "229", "76", "38", "33", "14.4%", "€2,046.00"] in rows
    assert ["O-5000", "2026-01-01", "web", "12", "€702.25"] in rows


def test_any_columns_can_be_shown(week):
    result = replace(
        week[0],
        columns=(
            "customer_key",
            "first_order_at",
            "avg_order_value",
            "lifetime_value",
            "order_count",
            "ratio",
            "active",
        ),
        rows=(
            (
                1234567,
                datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
                Decimal("61.5"),
                Decimal(9),
                1200,
                Decimal("0.25"),
                True,
            ),
        ),
    )
    row = printed([result], width=140).splitlines()[4]
    assert re.split(r" {2,}", row.strip()) == [
        "1234567",
        "2026-01-02 03:04:05+00:00",
        "61.50",
        "9.00",
        "1,200",
        "0.25",
        "True",
    ]


def test_long_answers_are_cut_and_say_so(week):
    text = printed([only(week, "sales_by_day")], max_rows=3)
    assert text.count("2026-01-") == 3
    assert "3 of 21 rows; athena (emulated), 0.4 s" in text


def test_a_narrow_terminal_cuts_names_and_never_numbers(week):
    text = printed([only(week, "campaign_performance")], width=62)
    assert max(map(len, text.splitlines())) <= 62
    assert "Search …" in text
    assert "€11,346.00" in text
    assert "1,375" in text


def test_columns_that_have_no_room_are_named(week):
    text = printed([only(week, "campaign_performance")], width=40)
    assert max(map(len, text.splitlines())) <= 40
    assert "no room for: Conversion, Revenue" in " ".join(text.split())
    assert "1,375" in text


def test_an_empty_answer_still_says_what_was_asked(file_only):
    assert printed([only(file_only, "funnel")]) == "Where do visits end?\nno rows\n\n"


def test_data_cannot_steer_the_terminal_or_its_markup(week):
    products = only(week, "top_products")
    rows = (("[red]Mug[/red]\x1b[2J\nnext", None, 1, Decimal(5), "EUR"),)
    text = printed([replace(products, rows=rows, title="[bold]Best[/]?")])
    assert "\x1b" not in text
    assert "[red]Mug[/red] [2J next" in text
    assert "[bold]Best[/]?" in text
