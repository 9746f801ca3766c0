"""Rows come out of a file as a CSV writer put them in, each with its physical line."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.order_file.header import FIELDS, read_layout
from jobs.order_file.reader import LINE_END, rows
from tests.jobs.order_files import GOOD, csv_bytes, csv_line, good, raw_file

nasty = st.text(st.sampled_from(list(" ab,;\t\"'\n\ré\u2028\x85\ufeff")), max_size=8)


def read_rows(source: bytes):
    return list(rows(source, read_layout(source)))


@given(
    table=st.lists(st.tuples(*[nasty] * 8), max_size=6),
    delimiter=st.sampled_from(",;\t"),
    line_end=st.sampled_from(["\n", "\r\n", "\r"]),
)
@settings(deadline=None)
def test_fields_and_line_numbers_survive_the_round_trip(table, delimiter, line_end):
    # A line with nothing but blanks is no row, so a first field that is seen marks each.
    table = [("x" + row[0], *row[1:]) for row in table]
    found = read_rows(csv_bytes(table, delimiter=delimiter, line_end=line_end))
    assert [row.fields for row in found] == table
    line_number = 2
    for row, written in zip(found, table, strict=True):
        text = csv_line(written, delimiter) + line_end
        assert row.line_number == line_number
        assert row.text == text.rstrip("\r\n")
        line_number += len(LINE_END.findall(text))


def test_a_row_after_one_with_line_ends_in_quotes_keeps_its_physical_line():
    found = read_rows(raw_file('1,2,"three\nlines\n",4,5,6,7,8', "", " ", "a,b,c,d,e,f,g,h"))
    assert [(row.line_number, row.fields[0]) for row in found] == [(2, "1"), (7, "a")]


def test_a_quote_inside_an_unquoted_field_is_a_sign_like_any_other():
    (row,) = read_rows(raw_file('1,2,5" NAIL,4,5,6,7,8'))
    assert row.fields[2] == '5" NAIL'


def test_an_unclosed_quote_costs_only_its_own_line():
    line = csv_line(good(Description="a, b"))
    found = read_rows(raw_file(line, '1,2,"three,4,5,6,7,8', line, line))
    assert [(row.line_number, row.problem) for row in found] == [
        (2, ""),
        (3, "opens a quote that is not closed"),
        (4, ""),
        (5, ""),
    ]


def test_an_unclosed_quote_on_the_last_line_costs_only_that_line():
    found = read_rows(raw_file(csv_line(GOOD), '1,2,"three,4'))
    assert [row.problem for row in found] == ["", "opens a quote that is not closed"]
    assert found[1].text == '1,2,"three,4'


def test_a_field_of_more_lines_than_any_description_is_an_unclosed_quote():
    def one(line_ends: int) -> str:
        return csv_line(good(Description="\n" * line_ends))

    assert [row.problem for row in read_rows(raw_file(one(20)))] == [""]
    assert read_rows(raw_file(one(21)))[0].problem == "opens a quote that is not closed"


def test_a_row_with_too_few_or_too_many_fields_says_how_many():
    found = read_rows(raw_file("1,2,3", "1,2,3,4,5,6,7,8,9"))
    assert [row.problem for row in found] == [
        "has 3 fields where the header has 8",
        "has 9 fields where the header has 8",
    ]


def test_a_row_that_no_order_line_needs_is_a_problem_and_not_a_crash():
    found = read_rows(
        raw_file(f"1,2,3,4,5,6,7,{'8' * 200_000}", f'1,2,3,4,5,6,7,"{"8" * 200_000}"')
    )
    assert [row.fields for row in found] == [(), ()]
    assert found[0].problem == "has 200,014 characters, the limit is 100,000"


def test_a_nul_far_down_the_file_costs_only_its_line():
    source = raw_file(*[csv_line(GOOD)] * 1500, "1,2,3\0,4,5,6,7,8", csv_line(GOOD))
    problems = [row.problem for row in read_rows(source)]
    assert problems == [""] * 1500 + ["holds a NUL character", ""]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_a_last_line_without_line_end_is_a_row(line_end):
    source = csv_bytes([GOOD, GOOD], line_end=line_end).removesuffix(line_end.encode())
    assert [row.fields for row in read_rows(source)] == [GOOD, GOOD]


def test_columns_are_found_by_name_and_others_ignored():
    header = ("extra", *reversed(FIELDS))
    found = read_rows(csv_bytes([("x", *reversed(GOOD))], header=header))
    assert [row.fields for row in found] == [GOOD]
