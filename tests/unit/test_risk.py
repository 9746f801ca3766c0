"""What a reviewer must not overlook is found, and nothing else cries wolf."""

import pytest

from automation import risk
from automation.results import UNKNOWN, Op
from tests.comment.reports import BUCKET, TABLE, change, state


@pytest.mark.parametrize("op", [Op.DELETE, Op.REPLACE])
@pytest.mark.parametrize("type_", sorted(risk.HOLDS_DATA))
def test_whatever_holds_data_is_in_danger_when_it_goes(op, type_):
    assert "holds data" in risk.dangers(change(op, type_))


@pytest.mark.parametrize("op", [Op.CREATE, Op.UPDATE, Op.SAME])
def test_what_stays_or_comes_is_in_no_danger(op):
    assert risk.dangers(change(op, BUCKET)) == ()
    assert not risk.destructive(change(op, BUCKET))


def test_a_definition_that_goes_is_destructive_and_endangers_no_data():
    gone = change(Op.DELETE, TABLE)
    assert risk.destructive(gone)
    assert risk.dangers(gone) == ()


@pytest.mark.parametrize(("name", "unguarded"), sorted(risk.GUARDS.items()))
def test_a_guard_that_falls_is_told_and_one_that_was_down_is_not(name, unguarded):
    guarded = not unguarded if isinstance(unguarded, bool) else 7
    before, after = state({name: guarded}), state({name: unguarded})
    falls = change(Op.UPDATE, BUCKET, old=before, new=after)
    assert risk.dangers(falls) == (f"{name} becomes {str(unguarded).lower()}",)
    assert risk.dangers(change(Op.UPDATE, BUCKET, old=after, new=after)) == ()
    assert risk.dangers(change(Op.UPDATE, BUCKET, old=after, new=before)) == ()


def test_protection_is_a_danger_when_it_stands_in_the_way_and_when_it_is_taken_away():
    held = state(protect=True, retain=True)
    assert "is protected: the update will fail" in risk.dangers(change(Op.DELETE, TABLE, old=held))
    assert risk.dangers(change(Op.SAME, TABLE, old=held)) == (
        "loses its protection",
        "is no longer kept on delete",
    )


def test_only_what_is_replaced_for_nothing_but_a_reference_follows():
    refers = change(Op.REPLACE, reasons=("bucket",), new=state({"bucket": UNKNOWN}))
    itself = change(Op.REPLACE, reasons=("bucket",), new=state({"bucket": "another"}))
    both = change(
        Op.REPLACE, reasons=("bucket", "name"), new=state({"bucket": UNKNOWN, "name": "n"})
    )
    nested = change(Op.REPLACE, reasons=("spec.selector",), new=state({"spec": {"selector": 1}}))
    assert [risk.follows(one) for one in (refers, itself, both, nested)] == [
        True,
        False,
        False,
        False,
    ]
    assert not risk.follows(change(Op.UPDATE, new=state({"bucket": UNKNOWN})))
