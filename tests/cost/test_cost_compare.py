"""What a change does to the bill is said with its parts, its movers, and what is not counted."""

from decimal import Decimal

import pytest

from automation.comment import CostNote
from automation.cost import compare
from automation.cost.estimate import estimate
from automation.results import UNKNOWN
from tests.cost.made import resource

STREAM = "aws:kinesis/stream:Stream"
DASHBOARD = "aws:cloudwatch/dashboard:Dashboard"


@pytest.fixture
def delta(book, assumed):
    def between(old, new, replaced=0):
        sides = (estimate("dev", side, assumed, book) for side in (old, new))
        return compare.between(*sides, replaced=replaced)

    return between


def stream(shards, hours=24):
    mode = {"streamMode": "PROVISIONED"}
    return resource(
        STREAM, "events", streamModeDetails=mode, shardCount=shards, retentionPeriod=hours
    )


def test_a_second_shard_is_a_mover_with_what_it_was_and_will_be(delta):
    found = delta([stream(1)], [stream(2)])
    assert (found.fixed, found.usage) == (Decimal("12.41"), 0)
    note = compare.note(found)
    assert note.short == "+$12.41"
    assert note.delta == "+$12.41 (fixed +$12.41, usage ±$0.00; +99.2% of $12.51)"
    assert note.lines == (
        "`events` (`aws:kinesis/stream:Stream`) +$12.41 a month: shards $12.41 to $24.82",
    )


def test_new_and_deleted_resources_are_movers(delta):
    board = resource(DASHBOARD, "board")
    assert [(one.name, one.usd, one.why) for one in delta([], [board]).movers] == [
        ("board", Decimal("3.00"), "new")
    ]
    assert [(one.usd, one.why) for one in delta([board], []).movers] == [
        (Decimal("-3.00"), "deleted")
    ]
    assert compare.note(delta([], [board])).delta == (
        "+$3.00 (fixed +$3.00, usage ±$0.00; all is new)"
    )


def test_the_same_stack_moves_nothing(delta):
    note = compare.note(delta([stream(1)], [stream(1)]))
    assert note == CostNote(delta="±$0.00 of $12.51", lines=())


def test_movers_come_from_the_largest_on_and_the_rest_is_one_line(delta):
    boards = [resource(DASHBOARD, f"board{n}") for n in range(7)]
    note = compare.note(delta([], [*boards, stream(1)]))
    assert note.lines[0].startswith("`events`")
    assert len(note.lines) == compare.MOST_MOVERS + 1
    assert note.lines[-1] == "3 more resources +$9.00 together"


def test_a_line_that_comes_in_addition_is_named(delta):
    note = compare.note(delta([stream(1)], [stream(1, hours=48)]))
    assert note.lines == (
        "`events` (`aws:kinesis/stream:Stream`) +$16.79 a month: retention beyond a day - to "
        "$16.79",
    )


def test_what_becomes_unknown_is_told_with_its_range_and_not_as_a_saving(delta):
    note = compare.note(delta([stream(1)], [stream(UNKNOWN)]))
    assert any(
        "`events` is not in these sums" in line and "between $12.51 and $6,205.10" in line
        for line in note.lines
    )


def test_what_was_uncounted_before_is_not_told_again(delta):
    strange = resource("aws:opensearch/domain:Domain", "search")
    assert compare.note(delta([strange], [strange])).lines == ()
    (line,) = compare.note(delta([], [strange])).lines
    assert line == "`search` is not in these sums: no rule for aws:opensearch/domain:Domain"


def test_a_replacement_warns_that_both_cost_for_a_while(delta):
    lines = compare.note(delta([stream(1)], [stream(2)], replaced=1)).lines
    assert lines[-1] == "while a resource is replaced, the old and the new one both cost"


def test_the_stack_s_own_urn_does_not_matter(delta):
    elsewhere = resource(DASHBOARD, "board")
    moved = elsewhere.__class__(
        urn=elsewhere.urn.replace("pulumi:test::", "pulumi:other::"),
        type=elsewhere.type,
        inputs={},
    )
    assert delta([elsewhere], [moved]).movers == ()
