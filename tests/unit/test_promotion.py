"""One commit goes from stack to stack: only what was approved, nothing that loses data unnamed, and
no stack before the one in front of it is proved.
"""

import json
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automation import change_set, promotion, promotion_command
from automation.change_set import ChangeSet
from automation.errors import ConfigurationError, DataAtRiskError, Exit, PolicyError, UserError
from automation.preview import Preview
from automation.promotion import Hands, NotApprovedError, Promotion, Step
from automation.results import Op
from tests.comment.reports import BUCKET, STREAM, change, result, state

COMMIT = "a" * 40
NEW = change(Op.CREATE, name="new-stream")
GROWN = change(Op.UPDATE, paths={"shardCount": "update"})
MOVED = change(Op.REPLACE, BUCKET, "lake-gold", reasons=("bucket",))
SAME = change(Op.SAME, name="untouched")


def planned(*changes) -> ChangeSet:
    return change_set.of(result(*changes))


class Cloud:
    """Stacks with changes that are waiting for them, and what was done to whom."""

    def __init__(self, tmp_path: Path, **waiting):
        self.waiting = {stack: tuple(changes) for stack, changes in waiting.items()}
        self.done: list[str] = []
        self.held: list[str] = []
        self.broken: dict[str, Exception] = {}
        self.path = tmp_path / "promotion.json"
        self.said: list[str] = []
        self.refused: list[str] = []
        self.other_outputs: list[str] = []

    def preview(self, stack):
        assert stack in self.held, "nobody else may deploy meanwhile"
        changes = self.waiting.get(stack, ())
        return Preview(
            stack=stack,
            offline=False,
            result=result(*changes),
            notes=(),
            folder=self.path.parent,
            outputs_differ=stack in self.other_outputs,
        )

    def refuse(self, previewed, _names):
        if previewed.stack in self.refused:
            raise PolicyError(f"{previewed.stack} breaks a policy")

    def up(self, stack, _names):
        self.done.append(f"up {stack}")
        if f"up {stack}" in self.broken:
            raise self.broken[f"up {stack}"]
        self.waiting[stack] = ()

    def smoke(self, stack):
        self.done.append(f"smoke {stack}")
        if f"smoke {stack}" in self.broken:
            raise self.broken[f"smoke {stack}"]
        return "it arrived"

    @contextmanager
    def hold(self, stack):
        self.held.append(stack)
        yield
        self.held.remove(stack)

    def promote(self, *stacks, approved=None, commit=COMMIT, may_lose=(), plans=None):
        hashes = {stack: planned(*changes).hash for stack, changes in self.waiting.items()}
        return Promotion(
            commit=commit,
            approved=hashes if approved is None else approved,
            plans=plans or {},
            hands=Hands(
                preview=self.preview,
                refuse=self.refuse,
                up=self.up,
                smoke=self.smoke,
                hold=self.hold,
            ),
            say=self.said.append,
            may_lose=may_lose,
            path=self.path,
        ).run(stacks)

    def journal(self) -> dict:
        return json.loads(self.path.read_text())


@pytest.fixture
def cloud(tmp_path):
    return Cloud(tmp_path, dev=[NEW], staging=[NEW], prod=[NEW])


def test_an_approved_commit_reaches_all_stacks_in_order_each_proved_before_the_next(cloud):
    journal = cloud.promote("prod", "dev", "staging")
    ups = [f"{what} {stack}" for stack in ("dev", "staging", "prod") for what in ("up", "smoke")]
    assert cloud.done == ups
    assert {stack: stage.step for stack, stage in journal.stages.items()} == {
        "dev": Step.PROVED,
        "staging": Step.PROVED,
        "prod": Step.PROVED,
    }
    assert cloud.held == []


def test_a_stack_that_would_change_otherwise_than_approved_is_not_touched(cloud):
    approved = {stack: planned(NEW) for stack in cloud.waiting}
    cloud.waiting["staging"] = (NEW, GROWN)
    with pytest.raises(NotApprovedError) as stopped:
        cloud.promote(
            "dev",
            "staging",
            "prod",
            approved={stack: one.hash for stack, one in approved.items()},
            plans=approved,
        )
    assert stopped.value.exit is Exit.CHANGES
    assert f"not approved: update {GROWN.urn}" in str(stopped.value)
    assert cloud.done == ["up dev", "smoke dev"]


def test_what_nobody_approved_is_not_done_and_the_message_says_how_to(cloud):
    with pytest.raises(NotApprovedError, match=f"--approved dev={planned(NEW).hash}"):
        cloud.promote("dev", approved={})
    assert cloud.done == []


def test_a_stack_with_nothing_to_change_needs_no_approval_and_is_proved_all_the_same(cloud):
    cloud.waiting["dev"] = (SAME,)
    cloud.promote("dev", approved={})
    assert cloud.done == ["smoke dev"]


def test_outputs_that_alone_would_change_are_applied_without_an_approval(cloud):
    cloud.waiting["dev"] = (SAME,)
    cloud.other_outputs = ["dev"]
    cloud.promote("dev", approved={})
    assert cloud.done == ["up dev", "smoke dev"]


@pytest.mark.parametrize("lost", [MOVED, change(Op.DELETE, STREAM, "events", old=state())])
def test_data_that_would_be_lost_in_prod_stops_it_unless_a_label_names_it(cloud, lost):
    cloud.waiting["prod"] = (lost,)
    with pytest.raises(DataAtRiskError, match=lost.name):
        cloud.promote("dev", "staging", "prod")
    assert "up prod" not in cloud.done
    other = promotion.losses_allowed([f"allow-data-loss:other-{lost.name}", lost.name, "bug"])
    with pytest.raises(DataAtRiskError):
        cloud.promote("prod", may_lose=other)
    named = promotion.losses_allowed(["bug", f"allow-data-loss:{lost.name}"])
    cloud.promote("prod", may_lose=named)
    assert cloud.done[-2:] == ["up prod", "smoke prod"]


def test_a_policy_that_is_broken_stops_the_stack_before_it_is_touched(cloud):
    cloud.refused = ["staging"]
    with pytest.raises(PolicyError):
        cloud.promote("dev", "staging")
    assert cloud.done == ["up dev", "smoke dev"]


def test_a_smoke_test_that_fails_keeps_the_commit_from_the_next_stack(cloud):
    cloud.broken["smoke dev"] = UserError("it did not arrive")
    with pytest.raises(UserError, match="did not arrive"):
        cloud.promote("dev", "staging")
    assert cloud.journal()["stages"]["dev"]["step"] == "applied"
    assert "up staging" not in cloud.done
    # The next job of the same commit does not apply again, and does not get by either.
    with pytest.raises(UserError, match="did not arrive"):
        cloud.promote("dev", "staging")
    assert cloud.done.count("up dev") == 1
    del cloud.broken["smoke dev"]
    cloud.promote("dev", "staging", approved={"staging": planned(NEW).hash})
    assert cloud.done[-2:] == ["up staging", "smoke staging"]


def test_a_stage_waits_for_the_one_before_it_also_in_another_process(cloud):
    with pytest.raises(UserError, match="not proved in dev and staging; promote it there first"):
        cloud.promote("prod")
    for stack in ("dev", "staging", "prod"):
        cloud.promote(stack)
    assert [done for done in cloud.done if done.startswith("up")] == [
        "up dev",
        "up staging",
        "up prod",
    ]


def test_another_commit_takes_nothing_over(cloud):
    cloud.promote("dev")
    with pytest.raises(UserError, match="not proved in dev"):
        cloud.promote("staging", commit="b" * 40)


def test_what_is_proved_is_not_done_again(cloud):
    cloud.promote("dev")
    cloud.promote("dev")
    assert cloud.done == ["up dev", "smoke dev"]
    assert cloud.said[-1] == "dev: this commit was deployed and proved before"


def test_an_up_that_broke_off_goes_on_with_the_rest_of_what_was_approved(cloud):
    cloud.waiting["dev"] = (NEW, GROWN)
    whole = planned(NEW, GROWN)
    cloud.broken["up dev"] = UserError("throttled")
    with pytest.raises(UserError, match="throttled"):
        cloud.promote("dev", plans={"dev": whole})
    assert cloud.journal()["stages"]["dev"]["step"] == "applying"
    cloud.broken.clear()
    cloud.waiting["dev"] = (GROWN,)  # the new one was made

    with pytest.raises(NotApprovedError):  # of the hash alone nobody knows what was in it
        cloud.promote("dev", approved={"dev": whole.hash})
    cloud.promote("dev", approved={"dev": whole.hash}, plans={"dev": whole})
    assert cloud.journal()["stages"]["dev"]["step"] == "proved"


def test_a_part_of_what_was_approved_is_not_it_when_no_up_broke_off(cloud):
    whole = planned(NEW, GROWN)
    with pytest.raises(NotApprovedError, match="approved, and no longer there"):
        cloud.promote("dev", approved={"dev": whole.hash}, plans={"dev": whole})


def test_a_journal_that_is_none_is_refused(cloud):
    cloud.path.write_text("{}")
    with pytest.raises(UserError, match="remove it to begin anew"):
        cloud.promote("dev")


def test_the_hash_knows_operation_urn_and_replace_keys_but_no_value():
    base = planned(change(Op.UPDATE, old=state({"a": 1}), new=state({"a": 2})))
    assert planned(change(Op.UPDATE, old=state({"a": 1}), new=state({"a": 3}))) == base
    assert planned(change(Op.CREATE)).hash != base.hash
    assert planned(change(Op.UPDATE, name="other")).hash != base.hash
    by_name, by_both = (
        planned(change(Op.REPLACE, reasons=reasons)) for reasons in (("name",), ("name", "zone"))
    )
    assert by_name.hash != by_both.hash
    assert planned(change(Op.REPLACE, reasons=("zone", "name"))) == by_both
    assert planned(SAME, change(Op.READ)).lines == ()


@given(st.permutations(["a", "b", "c", "d"]), st.sets(st.sampled_from(["a", "b", "c", "d"])))
def test_the_hash_depends_on_the_changes_and_not_on_their_order(names, kept):
    every = planned(*(change(Op.CREATE, name=name) for name in names))
    some = planned(*(change(Op.CREATE, name=name) for name in names if name in kept))
    assert (every.hash == some.hash) == (len(kept) == len(names))
    assert len(change_set.differences(every, some)) == len(names) - len(kept)


def test_a_plan_is_read_back_and_one_that_was_altered_is_refused(tmp_path):
    change_set.write(tmp_path, "dev", COMMIT, planned(NEW))
    found = change_set.read(tmp_path)
    assert found is not None
    assert (found.stack, found.commit, found.change_set) == ("dev", COMMIT, planned(NEW))
    path = tmp_path / change_set.FILE
    document = json.loads(path.read_text())
    path.write_text(json.dumps({**document, "lines": [*document["lines"], "delete everything"]}))
    with pytest.raises(UserError, match="the hash is not that of the lines"):
        change_set.read(tmp_path)
    assert change_set.read(tmp_path / "nowhere") is None


@pytest.mark.parametrize("said", ["dev", "dev=abc", "=" + "0" * 64, "dev=" + "G" * 64])
def test_an_approval_that_is_none_is_refused(said):
    with pytest.raises(ConfigurationError, match="STACK=HASH"):
        promotion_command.approvals([said])


def test_approvals_are_taken_for_each_stack():
    one, two = planned(NEW).hash, planned(GROWN).hash
    assert promotion_command.approvals([f"dev={one}", f"prod={two}"]) == {"dev": one, "prod": two}
