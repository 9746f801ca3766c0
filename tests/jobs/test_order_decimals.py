"""Which decimal mark a file uses."""

import pytest

from jobs.order_file.decimals import MarkEvidence
from jobs.order_file.errors import OrderFileError


def told(prices, delimiter=";"):
    evidence = MarkEvidence(delimiter)
    for line_number, price in enumerate(prices, start=2):
        evidence.add(line_number, price)
    return evidence.decide()


@pytest.mark.parametrize(
    ("prices", "mark"),
    [
        (["2.55", "3"], "."),
        (["2,55", "3"], ","),
        (["0,125"], ","),
        (["1,234", "-2,5"], ","),
        (["1.234", "1234.567"], "."),
        (["3", "", "x"], "."),
        ([], "."),
        (["2,55"] * 19 + ["2.55"], ","),
    ],
)
def test_the_mark_of_most_prices_is_the_mark_of_the_file(prices, mark):
    assert told(prices) == mark


def test_a_file_parted_by_commas_has_decimal_points():
    assert told(["2,55", "2,55"], delimiter=",") == "."


@pytest.mark.parametrize("prices", [["1,234", "2,500"], ["1.234", "7"], ["1,234"] * 19 + ["2.5"]])
def test_prices_that_may_all_be_thousands_are_refused_with_the_way_out(prices):
    with pytest.raises(OrderFileError, match=r"may be a fraction or thousands; .*DECIMAL_MARK=\."):
        told(prices)


def test_both_marks_in_use_are_refused_with_the_way_out():
    with pytest.raises(
        OrderFileError, match=r"1 prices have a point and 2 a comma \(line 2 has '2.5'"
    ):
        told(["2.5", "2,5", "2,5"])
