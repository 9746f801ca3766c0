"""Which date format a file uses: told, or told by evidence with a notice, or refused."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.order_file.dates import DateEvidence, DateFormat
from jobs.order_file.errors import OrderFileError
from jobs.order_file.instants import instant_reader
from jobs.order_file.named_format import NamedFormat


def told(values) -> DateFormat:
    evidence = DateEvidence()
    for line_number, value in enumerate(values, start=2):
        evidence.add(line_number, value)
    return evidence.decide()


@pytest.mark.parametrize(
    ("value", "form"),
    [
        ("13/12/2010", "%d/%m/%Y"),
        ("12/13/2010", "%m/%d/%Y"),
        ("2010-12-13", "%Y-%m-%d"),
        ("2010/12/13", "%Y/%m/%d"),
        ("13.12.2010", "%d.%m.%Y"),
        ("1.12.2010", "%d.%m.%Y"),
        ("13-12-2010", "%d-%m-%Y"),
        ("12-13-2010", "%m-%d-%Y"),
        ("1-Dec-2010", "%d-%b-%Y"),
        ("01 dec 2010", "%d %b %Y"),
        ("13/12/10", "%d/%m/%y"),
        ("1-Dec-10", "%d-%b-%y"),
        ("13/12/2010 8:26", "%d/%m/%Y %H:%M"),
        ("12/13/2010 8:26", "%m/%d/%Y %H:%M"),
        ("12/13/2010 8:26 AM", "%m/%d/%Y %I:%M %p"),
        ("12/13/2010 8:26:01pm", "%m/%d/%Y %I:%M:%S%p"),
        ("2010-12-13 08:26:00", "%Y-%m-%d %H:%M:%S"),
        ("2010-12-13 08:26:00.125", "%Y-%m-%d %H:%M:%S.%f"),
        ("2010-12-13T08:26", "%Y-%m-%dT%H:%M"),
        ("2010-12-13T08:26:00Z", "%Y-%m-%dT%H:%M:%S%z"),
        ("2010-12-13T08:26:00+01:00", "%Y-%m-%dT%H:%M:%S%z"),
    ],
)
def test_a_format_that_reads_every_value_is_told_without_a_notice(value, form):
    assert told([value]) == DateFormat(format=form)


def test_days_that_lie_close_together_decide_and_a_notice_says_so():
    values = [f"{day}/12/2010" for day in (1, 2, 3, 5)]
    assert told(values) == DateFormat(
        format="%d/%m/%Y",
        notice="InvoiceDate reads both as %d/%m/%Y and as %m/%d/%Y; taken as %d/%m/%Y, because its "
        "days lie within 5 days (2010-12-01 to 2010-12-05) against 121; DATE_FORMAT=%m/%d/%Y says "
        "otherwise",
    )


def test_the_same_days_written_the_american_way_are_told_too():
    assert told([f"12/{day}/2010" for day in (1, 2, 3, 5)]).format == "%m/%d/%Y"


@given(
    start=st.dates(date(1950, 1, 1), date(2100, 1, 1)),
    form=st.sampled_from(["%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y %H:%M", "%d/%m/%y"]),
)
def test_a_year_of_days_is_told_whatever_the_order(start, form):
    days = [start + timedelta(days=n) for n in range(365)]
    assert told(day.strftime(form) for day in days) == DateFormat(format=form)


def test_one_telling_value_is_believed_when_the_days_lie_close_together_too():
    values = [f"{day}/12/2010" for day in range(1, 13)] * 20 + ["13/12/2010"]
    assert told(values).format == "%d/%m/%Y"


def test_a_slip_of_the_pen_does_not_turn_the_whole_file_around():
    with pytest.raises(OrderFileError, match=r"dates read only as .* only as"):
        told([f"{day}/12/2010" for day in range(1, 6)] * 40 + ["12/25/2010"])


def test_days_and_months_that_are_the_same_need_no_telling():
    assert told(["12/12/2010", "1/1/2011"]) == DateFormat(format="%d/%m/%Y")


@pytest.mark.parametrize(
    "values",
    [
        ["1/12/2010"],
        ["1/2/2010", "2/1/2010"],
        ["1/1/2010", "2/3/2010"],
        ["13/12/2010", "12/13/2010"] + ["1/12/2010"] * 38,
    ],
)
def test_a_file_that_reads_both_ways_alike_is_refused_with_the_way_out(values):
    with pytest.raises(OrderFileError) as error:
        told(values)
    message = str(error.value)
    assert "InvoiceDate reads as %d/%m/%Y and as %m/%d/%Y" in message or (
        "InvoiceDate reads as %m/%d/%Y and as %d/%m/%Y" in message
    )
    assert "DATE_FORMAT=%d/%m/%Y" in message
    assert "DATE_FORMAT=%m/%d/%Y" in message
    assert repr(next(value for value in values if "13" not in value)) in message


def test_one_value_in_twenty_may_be_no_date():
    assert told(["2010-12-13"] * 19 + ["soon"]).format == "%Y-%m-%d"


def test_more_than_one_in_twenty_may_not_and_the_first_is_named():
    with pytest.raises(OrderFileError) as error:
        told(["2010-12-13"] * 18 + ["soon", "later"])
    assert str(error.value) == (
        "the date format can't be told: no format reads 95% of the 20 values of InvoiceDate; "
        "formats that read some: %Y-%m-%d (18); line 20 has 'soon'; write all dates alike, or name "
        "the format, for example DATE_FORMAT=%d/%m/%Y"
    )


@pytest.mark.parametrize(
    "values",
    [["13/12/2010", "2010-12-13"], ["40513"], ["30/02/2010"], ["13/12/0210"], ["٣/12/2010"]],
)
def test_values_that_share_no_format_are_refused(values):
    with pytest.raises(OrderFileError, match=f"line . has '{values[-1]}'"):
        told(values)


def test_a_file_without_any_date_is_refused():
    with pytest.raises(OrderFileError, match="InvoiceDate is empty on every line"):
        told([])


def test_a_named_format_is_taken_against_the_evidence():
    named = NamedFormat("%m/%d/%Y")
    for value in ["1/12/2010", "2/12/2010"]:
        named.add(2, value)
    assert named.decide() == DateFormat(format="%m/%d/%Y")


def test_a_named_format_that_does_not_read_the_file_names_the_first_value_and_its_line():
    named = NamedFormat("%m/%d/%Y")
    for line_number, value in enumerate(["12/1/2010", "13/12/2010", "14/12/2010"], start=2):
        named.add(line_number, value)
    with pytest.raises(OrderFileError) as error:
        named.decide()
    assert str(error.value) == (
        "DATE_FORMAT=%m/%d/%Y reads 1 of 3 values of InvoiceDate, needed are 95%; the first that "
        "it does not read is '13/12/2010' on line 3; name another format, or none to have it told "
        "from the file"
    )


@pytest.mark.parametrize(
    "form", ["dd/mm/yyyy", "%H:%M", "%d/%m", "%Q", "%c", "%d/%m/%Y %", "%Y-%U"]
)
def test_a_named_format_that_is_none_is_refused(form):
    with pytest.raises(OrderFileError, match="needs a day, a month and a year in strptime syntax"):
        NamedFormat(form)


@pytest.mark.parametrize(
    "form", ["%Y%m%d", "%d %B %Y", "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%SZ"]
)
def test_a_named_format_may_be_one_that_is_never_guessed(form):
    named = NamedFormat(form)
    named.add(2, datetime(2010, 12, 13, 8, 26, tzinfo=UTC).strftime(form))
    assert named.decide().format == form


@pytest.mark.parametrize(
    ("value", "form", "zone", "instant"),
    [
        ("1/7/2010 8:26", "%d/%m/%Y %H:%M", "UTC", datetime(2010, 7, 1, 8, 26, tzinfo=UTC)),
        (
            "1/7/2010 8:26",
            "%d/%m/%Y %H:%M",
            "Europe/London",
            datetime(2010, 7, 1, 7, 26, tzinfo=UTC),
        ),
        (
            "2010-07-01T08+02:00",
            "%Y-%m-%dT%H%z",
            "Europe/London",
            datetime(2010, 7, 1, 6, tzinfo=UTC),
        ),
        ("1/7/68", "%d/%m/%y", "UTC", datetime(2068, 7, 1, tzinfo=UTC)),
    ],
)
def test_a_value_is_an_instant_in_utc(value, form, zone, instant):
    found = instant_reader(form, zone)(value)
    assert found == instant
    assert found.tzinfo is UTC


@pytest.mark.parametrize(
    ("value", "form"),
    [
        ("190011", "%Y%m%d"),
        ("1/ 1/2010", "%d/%m/%Y"),
        ("1/1/2010  8:26", "%d/%m/%Y %H:%M"),
        ("1/1/1899", "%d/%m/%Y"),
        ("1/1/2200", "%d/%m/%Y"),
        ("2010-07-01T08:00+020030", "%Y-%m-%dT%H:%M%z"),
    ],
)
def test_what_strptime_reads_too_kindly_is_no_date(value, form):
    with pytest.raises(ValueError, match=r"is not|ends with|does not match"):
        instant_reader(form, "UTC")(value)
