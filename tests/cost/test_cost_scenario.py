"""The guide's scenario is reproduced to its total, and its errors are found by counting again."""

from decimal import Decimal

from automation.cost import pricebook, scenario
from automation.cost.scenario import REGION, guide

BOOK = pricebook.load(REGION)


def line(start: str):
    (found,) = (
        line for part in guide().parts for line in part.lines if line.what.startswith(start)
    )
    return found


def test_the_guide_s_parts_are_its_total():
    assert sum(part.guide for part in guide().parts) == guide().total == Decimal("3846.20")


def test_the_guide_s_lines_are_its_parts():
    for part in guide().parts:
        assert sum(line.guide for line in part.lines) == part.guide, part.name


def test_the_requirements_errors_are_all_there():
    slips = {(slip.guide, slip.right) for slip in guide().errors}
    assert slips >= {
        (Decimal("956.50"), Decimal("957.00")),
        (Decimal(40), Decimal(400)),
        (Decimal(2), Decimal(20)),
    }
    assert all(slip.guide != slip.right for slip in guide().errors)


def test_two_billion_invocations_are_400_dollars_at_the_guide_s_own_price():
    found = line("Lambda, 2 billion")
    assert (found.guide, found.listed(BOOK)) == (40, 400)


def test_the_two_nodes_are_in_the_guide_at_two_prices_and_at_neither_in_the_list():
    found = line("Redshift, 2 dc2.large")
    (slip,) = (slip for slip in guide().errors if "dc2.large" in slip.what)
    assert (found.guide, slip.guide) == (1600, 800)
    assert found.listed(BOOK) == slip.right == 360  # 2 nodes x 720 hours x $0.25


def test_lines_that_the_guide_has_right_come_out_the_same():
    for start in ("S3 raw", "S3 logs", "Athena", "CloudWatch Logs", "To the internet"):
        found = line(start)
        assert found.listed(BOOK) == found.guide, start


def test_every_line_of_the_guide_stands_in_the_table_with_its_difference():
    table = scenario.scenario()
    assert len(table.rows) == sum(len(part.lines) for part in guide().parts) == 21
    (glue,) = (row for row in table.rows if row[1].startswith("Glue, 5 DPU"))
    # 5 DPU x 20 hours x 30 days x $0.44
    assert glue[2:5] == ("$300.00", "$1,320.00", "+$1,020.00")
    assert table.total[2] == "$3,846.20"


def test_a_line_that_differs_much_says_why():
    for part in guide().parts:
        for found in part.lines:
            listed = found.listed(BOOK)
            if abs(listed - found.guide) > found.guide / 2 and found.guide > 10:
                assert found.note or "m5.xlarge" in found.what, found.what
