"""The comment stays one, whatever GitHub does."""

import pytest

from automation.comment import Run, marker
from automation.errors import UserError
from automation.github import GitHub, Patience
from tests.comment.github_api import REPOSITORY, serving

HASTE = Patience(pauses=(0, 0, 0), rate_limit=0, between_writes=0, longest=1)


@pytest.fixture
def world():
    with serving() as world:
        yield world


@pytest.fixture
def here(world):
    return GitHub(repository=REPOSITORY, token=world.token, url=world.url, patience=HASTE)


def run(number=7, attempt=1, head="abc"):
    return Run(pull_request=42, head=head, number=number, attempt=attempt)


def text(run, words="all is well"):
    return lambda _budget: f"{marker(run)}\n\n{words}\n"


def test_the_first_run_writes_and_the_next_edits_in_place(world, here):
    assert here.upsert_comment(42, run(7), text(run(7))).action == "created"
    done = here.upsert_comment(42, run(8), text(run(8), "changed"))
    assert done.action == "updated"
    assert world.bodies() == [f"{marker(run(8))}\n\nchanged\n"]
    assert done.url == world.comments[0]["html_url"]


def test_the_comment_is_found_behind_a_hundred_others(world, here):
    for number in range(250):
        world.add(f"discussion {number}", "alice")
    ours = world.add(text(run(7))(0))
    world.add("more discussion", "bob")
    assert here.upsert_comment(42, run(8), text(run(8))).action == "updated"
    assert len(world.comments) == 252
    assert ours["body"] == text(run(8))(0)


def test_nothing_is_written_when_nothing_changed(world, here):
    here.upsert_comment(42, run(), text(run()))
    world.comments[0]["body"] = world.comments[0]["body"].replace("\n", "\r\n").rstrip()
    world.log.clear()
    assert here.upsert_comment(42, run(), text(run())).action == "unchanged"
    assert world.writes() == []


@pytest.mark.parametrize(
    ("older", "newer"), [((7, 1), (8, 1)), ((8, 1), (8, 2)), ((9, 3), (10, 1))]
)
def test_an_older_run_never_overwrites_a_newer_one(world, here, older, newer):
    here.upsert_comment(42, run(*newer), text(run(*newer)))
    done = here.upsert_comment(42, run(*older), text(run(*older)))
    assert done.action == "older"
    assert f"run {newer[0]}, attempt {newer[1]}" in done.why
    assert world.bodies() == [text(run(*newer))(0)]


def test_a_marker_in_the_comment_of_somebody_else_is_left_alone(world, here):
    world.add(text(run(99))(0), "mallory")
    assert here.upsert_comment(42, run(7), text(run(7))).action == "created"
    assert [comment["user"]["login"] for comment in world.comments] == ["mallory", world.login]


def test_a_token_of_a_person_finds_the_comments_of_that_person(world, here):
    world.asks_who, world.login = True, "alice"
    here.upsert_comment(42, run(7), text(run(7)))
    assert here.upsert_comment(42, run(8), text(run(8))).action == "updated"
    assert len(world.comments) == 1


def test_a_comment_of_another_pull_request_s_marker_is_not_ours(world, here):
    other = Run(pull_request=41, head="abc", number=7)
    world.add(text(other)(0))
    assert here.upsert_comment(42, run(7), text(run(7))).action == "created"


def test_a_lost_answer_makes_no_second_comment(world, here):
    world.lose_answers = 1
    done = here.upsert_comment(42, run(), text(run()))
    assert done.action == "unchanged"  # the look-up found what had been written
    assert world.bodies() == [text(run())(0)]
    assert len(world.writes()) == 1


def test_twins_of_two_runs_at_the_same_moment_become_one(world, here):
    world.add(text(run(7))(0))
    world.add(text(run(8))(0))
    assert here.upsert_comment(42, run(9), text(run(9))).action == "updated"
    assert world.bodies() == [text(run(9))(0)]


@pytest.mark.parametrize(
    "answer",
    [
        (403, {"Retry-After": "0"}, "You have exceeded a secondary rate limit."),
        (403, {}, "You have exceeded a secondary rate limit. Please wait a few minutes."),
        (429, {"Retry-After": "0"}, "API rate limit exceeded"),
        (502, {}, "Bad Gateway"),
        (503, {}, "Service Unavailable"),
    ],
)
def test_a_limit_or_an_error_that_passes_is_waited_for(world, here, answer):
    world.failing = [answer, answer]
    assert here.upsert_comment(42, run(), text(run())).action == "created"
    assert world.bodies() == [text(run())(0)]


def test_the_time_that_github_asks_for_is_waited(world, here, monkeypatch):
    waited = []
    monkeypatch.setattr("automation.github.time.sleep", waited.append)
    here.patience = Patience(pauses=(0, 0), longest=600, between_writes=0)
    world.failing = [(403, {"Retry-After": "37"}, "You have exceeded a secondary rate limit.")]
    here.upsert_comment(42, run(), text(run()))
    assert waited == [37]


def test_reads_are_tried_again_too(world, here):
    world.failing_reads = [500, 503]
    assert here.upsert_comment(42, run(), text(run())).action == "created"


def test_a_github_that_stays_broken_is_one_sentence(world, here):
    world.failing = [(500, {}, "Server Error")] * 9
    with pytest.raises(UserError, match=r"does not take it after 4 tries \(500: Server Error\)"):
        here.upsert_comment(42, run(), text(run()))
    assert world.bodies() == []


def test_a_fork_s_token_may_not_write_and_that_is_no_error(world, here):
    world.may_write = False
    done = here.upsert_comment(42, run(), text(run()))
    assert done.action == "refused"
    assert "not accessible" in done.why
    assert world.bodies() == []


def test_a_text_that_github_finds_too_long_is_made_shorter(world, here):
    world.longest = 20_000
    asked = []

    def body(budget):
        asked.append(budget)
        return f"{marker(run())}\n\n{'x' * (budget - 100)}"

    assert here.upsert_comment(42, run(), body).action == "created"
    assert asked == [60_000, 30_000, 15_000]
    assert len(world.bodies()[0]) < 15_000


def test_another_refusal_of_the_text_is_told(world, here):
    world.failing = [(422, {}, "Validation Failed")]
    with pytest.raises(
        UserError, match=r"refuses to write pull request 42: 422: Validation Failed"
    ):
        here.upsert_comment(42, run(), text(run()))


def test_a_pull_request_that_is_not_there_is_named(here):
    with pytest.raises(UserError, match="shows no pull request 43 of shop/platform"):
        here.upsert_comment(43, run(), text(run()))


def test_a_token_that_is_not_valid_is_told_and_never_shown(world):
    wrong = "wrong-" + world.token
    here = GitHub(repository=REPOSITORY, token=wrong, url=world.url, patience=HASTE)
    with pytest.raises(UserError, match="refuses the token") as refused:
        here.upsert_comment(42, run(), text(run()))
    assert wrong not in f"{refused.value}{here!r}"


def test_a_server_that_is_not_there_is_one_sentence(world):
    nowhere = "http://127.0.0.1:9"
    here = GitHub(repository=REPOSITORY, token=world.token, url=nowhere, patience=HASTE)
    with pytest.raises(UserError, match=r"http://127.0.0.1:9 does not take it"):
        here.upsert_comment(42, run(), text(run()))


def test_an_issue_is_made_once_and_then_edited(world, here):
    mark = "<!-- drift:dev -->"
    assert here.upsert_issue(mark, "Drift in dev", "one bucket").action == "created"
    assert here.upsert_issue(mark, "Drift in dev", "one bucket").action == "unchanged"
    assert here.upsert_issue(mark, "Drift in dev", "two buckets").action == "updated"
    (issue,) = world.issues
    assert (issue["title"], issue["body"]) == ("Drift in dev", f"{mark}\ntwo buckets")


def test_a_closed_issue_is_not_opened_again_but_a_new_one_is_made(world, here):
    here.upsert_issue("<!-- a -->", "t", "b")
    world.issues[0]["state"] = "closed"
    assert here.upsert_issue("<!-- a -->", "t", "b").action == "created"
    assert len(world.issues) == 2
