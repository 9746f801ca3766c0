"""The charts: which there are, what they say, and that no two currencies meet in one."""

import struct
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from report.charts import NAMES, draw
from report.figures import NONE, money, percent, short_money
from report.periods import periods, span
from report.png import write_pngs
from report.results import by_currency, currencies
from report.sales_charts import apart
from report.theme.palette import DARK, LIGHT


def reading(results, name):
    return next(chart.reading for chart in draw(results) if chart.name == name)


def only(results, name):
    return next(result for result in results if result.name == name)


def values(spec):
    """Every inline row of a spec."""
    found = []
    stack = [spec]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            found += node.get("values", []) if isinstance(node.get("values"), list) else []
            stack += node.values()
        elif isinstance(node, list):
            stack += node
    return found


def png_size(path):
    head = path.read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    return struct.unpack(">II", head[16:24])


def luminance(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_readings_say_what_is_seen(week):
    assert {chart.name: chart.reading for chart in draw(week)} == {
        "revenue_by_day": "The best day was Saturday, 3 January 2026 with €10,692.64.",
        "sales_by_channel": "Online 67%, physical 33% of €57,549.33.",
        "new_vs_returning": "Of the orders that name a customer, 70% came from one who had "
        "bought before; 249 name none.",
        "funnel": "13% of 5,210 sessions got to the last step; "
        "most leave between Pageview and Add to cart (62%).",
        "campaign_performance": "Winter sale brought the most visits, Social video converted best: "
        "18.3% of its visits ended in an order.",
        "top_products": "Trail running shoe leads with €6,400.21 from 118 units.",
    }


def test_a_chart_of_money_holds_one_currency(two_currencies):
    charts = {chart.name: chart for chart in draw(two_currencies)}
    assert charts["sales_by_channel"].title == "Sales by channel, EUR"
    assert charts["sales_by_channel-gbp"].title == "Sales by channel, GBP"
    assert set(charts) == {
        *NAMES,
        "revenue_by_day-gbp",
        "sales_by_channel-gbp",
        "campaign_performance-gbp",
        "top_products-gbp",
    }
    for name in ("sales_by_channel", "top_products", "campaign_performance", "revenue_by_day"):
        euros, pounds = str(values(charts[name].spec)), str(values(charts[f"{name}-gbp"].spec))
        assert "€" in euros
        assert "£" not in euros
        assert "£" in pounds
        assert "€" not in pounds


def test_orders_of_all_currencies_are_counted_together(week, two_currencies):
    def total(results):
        chart = next(chart for chart in draw(results) if chart.name == "new_vs_returning")
        return sum(row["orders"] for row in values(chart.spec))

    listed = sum(int(str(row[3])) for row in only(two_currencies, "new_vs_returning").rows)
    assert total(two_currencies) == listed > total(week)


def test_more_currencies_than_fit_are_named(week):
    channels = only(week, "sales_by_channel")
    rows = tuple(
        (*row[:2], currency, *row[3:])
        for currency in ("EUR", "USD", "GBP", "BRL")
        for row in channels.rows
    )
    charts = [
        chart
        for chart in draw([replace(channels, rows=rows)])
        if chart.name.startswith("sales_by_channel")
    ]
    assert [chart.name for chart in charts] == [
        "sales_by_channel",
        "sales_by_channel-eur",
        "sales_by_channel-gbp",
    ]
    assert charts[-1].reading.endswith("USD: see the table.")


def test_a_currency_out_of_the_data_cannot_leave_the_folder(tmp_path, two_currencies):
    bad = [
        replace(
            r, rows=tuple(tuple("../" if cell == "GBP" else cell for cell in row) for row in r.rows)
        )
        for r in two_currencies
    ]
    folder = tmp_path / "charts"
    written = write_pngs(folder, bad)
    assert sorted(path.name for path in folder.iterdir()) == sorted(path.name for path in written)
    assert "sales_by_channel-___.png" in {path.name for path in written}


def test_rows_without_a_currency_go_with_the_first(week):
    rows = [{"currency": "EUR", "n": 1}, {"currency": None, "n": 2}, {"currency": "GBP", "n": 3}]
    assert {c: [r["n"] for r in own] for c, own in by_currency(rows, ("GBP", "EUR")).items()} == {
        "GBP": [2, 3],
        "EUR": [1],
    }
    assert currencies(week) == ("EUR",)


def test_a_quiet_day_is_drawn_as_zero(file_only):
    spec = next(chart.spec for chart in draw(file_only) if chart.name == "revenue_by_day")
    drawn = {row["start"]: row["revenue"] for row in values(spec) if "revenue" in row}
    assert drawn == {
        "2010-12-01": 58635.56,
        "2010-12-02": 46207.28,
        "2010-12-03": 45620.46,
        "2010-12-04": 0.0,
        "2010-12-05": 31383.95,
    }


def test_many_days_become_weeks_without_losing_money(week):
    days = only(week, "sales_by_day")
    first = date(2026, 1, 7)
    rows = tuple((first + timedelta(days=n), "web", "EUR", 1, Decimal("10.10")) for n in range(100))
    spec = next(
        chart.spec for chart in draw([replace(days, rows=rows)]) if chart.name == "revenue_by_day"
    )
    drawn = [row for row in values(spec) if "revenue" in row]
    assert drawn[0] == {
        "start": "2026-01-05",
        "channel": "web",
        "revenue": 50.5,
        "when": "5 Jan 2026",
        "figure": "€50.50",
    }
    assert len(drawn) == 15
    assert sum(row["revenue"] for row in drawn) == pytest.approx(1010)
    assert "first or last week has only some of its days" in reading(
        [replace(days, rows=rows)], "revenue_by_day"
    )


def test_an_absurd_date_does_not_make_a_chart_of_a_thousand_months():
    assert len(periods([date(1, 1, 1), date(2026, 1, 1)]).starts) == 2


def test_no_days_make_no_axis():
    with pytest.raises(ValueError, match="no day"):
        periods([])


@pytest.mark.parametrize(
    ("days", "written"),
    [
        ([], ""),
        ([date(2026, 1, 1)], "1 January 2026"),
        ([date(2026, 1, 7), date(2026, 1, 1)], "1 to 7 January 2026"),
        ([date(2026, 1, 31), date(2026, 2, 2)], "31 January to 2 February 2026"),
        ([date(2025, 12, 31), date(2026, 1, 1)], "31 December 2025 to 1 January 2026"),
    ],
)
def test_the_time_covered_reads_like_a_sentence(days, written):
    assert span(days) == written


def test_returns_that_outweigh_sales_make_no_nonsense_shares(week):
    channels = only(week, "sales_by_channel")
    rows = (
        ("web", "online", "EUR", 3, 3, Decimal("30.00")),
        ("store", "physical", "EUR", 1, -4, Decimal("-50.00")),
    )
    (chart,) = (c for c in draw([replace(channels, rows=rows)]) if c.name == "sales_by_channel")
    assert chart.reading == "-€20.00 in all."
    assert [row["figure"] for row in values(chart.spec) if "figure" in row] == ["€30", "-€50"]


def test_a_campaign_without_orders_is_shown_without_a_made_up_amount(week):
    campaigns = only(week, "campaign_performance")
    rows = (
        ("Spring", 100, 20, 10, 5, Decimal("5.0"), Decimal("99.50"), "EUR"),
        ("Quiet", 40, 0, 0, 0, Decimal(0), None, None),
    )
    (chart,) = (
        c for c in draw([replace(campaigns, rows=rows)]) if c.name == "campaign_performance"
    )
    quiet = [row["figure"] for row in values(chart.spec) if row.get("name") == "Quiet"]
    assert quiet == ["40", "0.0%", NONE]


def test_names_at_the_ends_of_lines_do_not_cover_each_other():
    placed = apart({"web": 100.0, "store": 101.0, "app": 20.0, "kiosk": 102.0}, gap=10)
    assert placed == {"app": 20.0, "web": 100.0, "store": 110.0, "kiosk": 120.0}


@pytest.mark.parametrize(
    ("amount", "written"),
    [
        ("0", "€0"),
        ("12.5", "€12.50"),
        ("950", "€950"),
        ("999.994", "€999.99"),
        ("999.6", "€999.60"),
        ("1250", "€1.3k"),
        ("12345.6", "€12.3k"),
        ("999949", "€1M"),
        ("999400", "€999k"),
        ("1250000", "€1.3M"),
        ("3000000000", "€3B"),
        ("-1250", "-€1.3k"),
    ],
)
def test_short_amounts(amount, written):
    assert short_money(Decimal(amount), "EUR") == written


def test_amounts_and_shares_are_written_for_people():
    assert money(Decimal("1234567.005"), "GBP") == "£1,234,567.01"
    assert money(Decimal("-0.001"), "GBP") == "£0.00"
    assert money(Decimal("-7"), "CHF") == "-CHF 7.00"
    assert money(Decimal(7), "") == "7.00"
    assert [percent(1, 3), percent(1, 30), percent(0, 5), percent(5, 0)] == [
        "33%",
        "3.3%",
        "0%",
        NONE,
    ]


def test_each_chart_with_rows_is_an_image_of_its_own(tmp_path, week):
    written = write_pngs(tmp_path, week)
    assert [path.name for path in written] == [f"{name}.png" for name in NAMES]
    for path in written:
        width, height = png_size(path)
        assert 1360 <= width <= 1480, path.name
        assert 400 <= height <= 1200, path.name
    assert len({path.read_bytes() for path in written}) == len(NAMES)


def test_images_of_an_earlier_run_do_not_stay(tmp_path, two_currencies, file_only):
    (tmp_path / "photo.png").write_bytes(b"mine")
    write_pngs(tmp_path, two_currencies)
    written = write_pngs(tmp_path, file_only)
    assert {path.name for path in tmp_path.iterdir()} == {
        "photo.png",
        *(path.name for path in written),
    }
    assert "funnel.png" not in {path.name for path in written}


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_text_and_bars_stand_out_from_their_card(colours):
    for role in ("ink", "muted", "link", "web", "app", "store"):
        assert contrast(colours[role], colours["card"]) >= 4.5, role
    assert contrast(colours["muted"], colours["page"]) >= 4.5
    for role in ("accent", "new", "returning", "unknown"):
        assert contrast(colours[role], colours["card"]) >= 3, role


def test_both_themes_have_the_same_colours():
    assert list(LIGHT) == list(DARK)
