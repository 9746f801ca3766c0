"""The page: everything inside one file, no data taken as code, drawn by a browser."""

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from report.charts import draw
from report.html import write_html
from report.results import Facts, QueryResult

CHROMIUM = shutil.which("chromium")
ATTACK = (
    "</script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
)
# XML namespaces and a schema's name are told apart by their text, never fetched.
NAMES_NOT_ADDRESSES = ("http://www.w3.org/", "https://vega.github.io/schema/")


def page(path: Path, results: list[QueryResult], facts: Facts | None = None) -> str:
    write_html(path, results, facts or {})
    return path.read_text()


def outside_of_scripts(text: str) -> str:
    return re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)


def with_cell(
    results: list[QueryResult], name: str, column: str, value: object
) -> list[QueryResult]:
    """The results with one cell of the named result's first row replaced."""
    changed: list[QueryResult] = []
    for result in results:
        at = result.columns.index(column) if result.name == name else 0
        first = (*result.rows[0][:at], value, *result.rows[0][at + 1 :]) if result.rows else ()
        changed.append(
            replace(result, rows=(first, *result.rows[1:])) if result.name == name else result
        )
    return changed


def in_browser(path: Path, profile: Path) -> tuple[str, str]:
    """The document after its scripts ran, and what they wrote to the console."""
    if CHROMIUM is None:
        pytest.skip("chromium is not installed: the page is checked as text only")
    flags = [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--virtual-time-budget=10000",
        "--enable-logging=stderr",
    ]
    done = subprocess.run(
        [
            CHROMIUM,
            *flags,
            f"--user-data-dir={profile}",
            "--window-size=1280,2400",
            "--dump-dom",
            path.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return done.stdout, "\n".join(line for line in done.stderr.splitlines() if "CONSOLE" in line)


def drawn(document: str) -> list[str]:
    return re.findall(
        r'<div class="chart drawn" data-chart="([^"]+)" role="img" aria-label="[^"]+\. '
        r'The figures are in the tables below."><div class="vega-embed[^>]*><svg',
        document,
    )


def test_the_page_refers_to_nothing_outside_itself(tmp_path, week, facts):
    text = page(tmp_path / "report.html", week, facts)
    assert not re.findall(
        r"<(?:link|iframe|object|embed|base)\b|\ssrc=|@import|url\(", outside_of_scripts(text)
    )
    assert "http" not in outside_of_scripts(text).replace("http-equiv", "")
    ours = text[text.index('id="data"') :].split('<script type="module">')
    assert not [part for part in (ours[0], ours[-1]) if "http" in part]
    addresses = re.findall(r"https?://[^\s\"'`)]+", ours[1])
    assert not [
        a
        for a in addresses
        if not a.startswith(
            (*NAMES_NOT_ADDRESSES, "https://github.com/vega", "https://vega.github.io/editor")
        )
    ]


def test_the_policy_of_the_page_forbids_every_connection(tmp_path, week):
    policy = re.search(
        r'Content-Security-Policy" content="([^"]+)"', page(tmp_path / "report.html", week)
    )
    assert policy is not None
    assert policy[1].startswith("default-src 'none';")
    assert "connect-src" not in policy[1]
    assert "'unsafe-inline'" not in policy[1][policy[1].index("script-src") :]


def test_a_browser_draws_every_chart_without_an_error(tmp_path, week, facts):
    path = tmp_path / "report.html"
    page(path, week, facts)
    document, console = in_browser(path, tmp_path / "profile")
    assert drawn(document) == [chart.name for chart in draw(week)]
    assert console == ""


def test_a_browser_draws_the_colours_of_the_theme_rather_than_fixed_ones(tmp_path, week):
    path = tmp_path / "report.html"
    page(path, week)
    document, _ = in_browser(path, tmp_path / "profile")
    svgs = "".join(re.findall(r'<svg[^>]*class="marks".*?</svg>', document, flags=re.DOTALL))
    colours = set(re.findall(r'(?:fill|stroke)="([^"]+)"', svgs))
    assert {"var(--web)", "var(--app)", "var(--store)", "var(--new)", "var(--ink)"} <= colours
    # Only the invisible areas that take the mouse may have a colour of their own.
    assert {c for c in colours if not c.startswith("var(")} <= {"none", "transparent"}


def test_a_browser_shows_a_file_without_visits(tmp_path, file_only):
    path = tmp_path / "report.html"
    page(path, file_only)
    document, console = in_browser(path, tmp_path / "profile")
    assert drawn(document) == [
        "revenue_by_day",
        "sales_by_channel",
        "new_vs_returning",
        "top_products",
    ]
    assert console == ""


@pytest.mark.parametrize(
    ("query", "column"),
    [
        ("top_products", "product"),
        ("top_products", "category"),
        ("customer_360", "customer_id"),
        ("funnel", "step_name"),
        ("campaign_performance", "campaign"),
        ("sales_by_channel", "channel"),
        ("sales_by_channel", "channel_type"),
        ("sales_by_day", "channel"),
        ("new_vs_returning", "customer_type"),
        ("sales_by_channel", "currency"),
    ],
)
def test_markup_in_the_data_stays_text(tmp_path, week, query, column):
    text = page(tmp_path / "report.html", with_cell(week, query, column, ATTACK))
    assert text.count("<script") == text.count("</script>") == 3
    assert "<img" not in outside_of_scripts(text)
    assert "&lt;/script&gt;" in text


def test_markup_in_titles_sql_and_facts_stays_text(tmp_path, week):
    bad = [replace(result, title=ATTACK, sql=ATTACK, engine=ATTACK) for result in week]
    text = page(
        tmp_path / "report.html", bad, {ATTACK: ATTACK, "rows": {ATTACK: ATTACK}, "list": [ATTACK]}
    )
    assert text.count("<script") == text.count("</script>") == 3
    assert "<img" not in outside_of_scripts(text)


def test_a_browser_does_not_run_what_a_product_is_called(tmp_path, week):
    path = tmp_path / "report.html"
    page(path, with_cell(week, "top_products", "product", ATTACK))
    document, console = in_browser(path, tmp_path / "profile")
    assert "<title>ShopTrend report, 1 to 7 January 2026</title>" in document
    assert "top_products" in drawn(document)
    assert console == ""


def test_empty_charts_say_why(tmp_path, file_only):
    text = page(tmp_path / "report.html", file_only)
    assert "There are no visits to follow. An order file holds orders only" in text
    assert "No visit came from a campaign." in text
    assert text.count('class="card empty"') == 2


def test_a_run_without_any_answer_is_still_a_page(tmp_path):
    text = page(tmp_path / "deep" / "report.html", [])
    assert "No sales in this run" in text
    assert text.count("This question was not asked in this run.") == 6


def test_key_figures_keep_currencies_apart(tmp_path, two_currencies):
    text = page(tmp_path / "report.html", two_currencies)
    cards = {
        re.sub(r"<.*?>", "", card[0]): re.findall(r'<p class="figure.*?">(.*?)</p>', card[1])
        for card in re.findall(
            r'<div class="card kpi">\s*<h2>(.*?)</h2>(.*?)</div>', text, flags=re.DOTALL
        )
    }
    assert cards == {
        "Revenue": ["€57,549.33", "£6,100.10"],
        "Orders": ["1,053"],
        "Units": ["3,159"],
        "Revenue per order": ["€60.39", "£61.00"],
        "Conversion": ["13%"],
    }


def test_tables_show_rows_and_the_question_as_sql(tmp_path, week):
    text = page(tmp_path / "report.html", week)
    assert '<th scope="col" class="number">Revenue</th>' in text
    assert '<td>Winter sale</td><td class="number">1,375</td>' in text
    assert "where revenue &lt; 1e9 and 1 &gt; 0" in text


def test_long_tables_are_cut_and_say_so(tmp_path, week):
    orders = next(result for result in week if result.name == "order_summary")
    long = replace(orders, rows=orders.rows * 100)
    text = page(tmp_path / "report.html", [long])
    assert text.count("<td>O-5000</td>") == 25
    assert "The first 200 rows." in text
    assert "800 rows" in text


def test_facts_are_shown_as_values_and_small_tables(tmp_path, week, facts):
    text = page(tmp_path / "report.html", week, facts)
    assert '<tr><th scope="row">Engine</th><td>pulumi 3.272.0, built from source</td></tr>' in text
    assert '<tr><th scope="row">In bronze</th><td class="number">20,240</td></tr>' in text
    assert '<tr><th scope="row">publish</th><td class="number">6.2</td></tr>' in text
    assert "<tr><td>aws:athena/workgroup:Workgroup</td></tr>" in text
