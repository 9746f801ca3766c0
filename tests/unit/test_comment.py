"""Ten seconds with the comment are enough to know whether to worry, and it is always whole."""

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from automation.comment import document, full, marker, render
from automation.results import UNKNOWN, Op, Outcome
from automation.stack_report import CostNote, DriftNote, Run, StackReport
from tests.comment.reports import (
    BUCKET,
    RUN,
    TABLE,
    change,
    error,
    report,
    result,
    state,
    violation,
)

SAME = change(Op.SAME, name="untouched")
SHARDS = change(
    Op.UPDATE,
    old=state({"shardCount": 1}),
    new=state({"shardCount": 2}),
    paths={"shardCount": "update"},
)
LOST = change(
    Op.REPLACE, BUCKET, "lake-gold", reasons=("bucket",), new=state({"bucket": "another"})
)
FOLLOWS = change(
    Op.REPLACE,
    "aws:s3/bucketPolicy:BucketPolicy",
    "lake-gold-tls",
    reasons=("bucket",),
    new=state({"bucket": UNKNOWN}),
)


def verdict(*reports) -> str:
    return render(RUN, reports).splitlines()[2].removeprefix("## ")


def row(text: str, stack: str) -> list[str]:
    line = next(line for line in text.splitlines() if line.startswith(f"| {stack} "))
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_the_first_line_is_a_hidden_marker_with_the_run():
    first = render(RUN, [report(SAME)]).splitlines()[0]
    assert first == marker(RUN)
    assert re.fullmatch(r"<!-- shoptrend-preview:v1 pr=42 head=\w{40} run=1234567\.1 -->", first)


@pytest.mark.parametrize(
    ("reports", "said"),
    [
        ([report(SAME)], "🟢 Infrastructure preview: no changes"),
        ([report(SHARDS)], "🟢 Infrastructure preview: dev would change, nothing is lost"),
        (
            [report(change(Op.DELETE, TABLE, "catalog-orders"))],
            "🟠 Infrastructure preview: dev would replace or delete resources (catalog-orders)",
        ),
        (
            [report(LOST)],
            "🔴 Infrastructure preview: dev would lose or expose data (lake-gold)",
        ),
        ([StackReport(stack="prod")], "🔴 Infrastructure preview: prod failed"),
        (
            [report(SAME, violations=(violation(),))],
            "🔴 Infrastructure preview: dev would break a mandatory policy",
        ),
        (
            [report(SAME, violations=(violation(level="advisory"),))],
            "🟢 Infrastructure preview: no changes",
        ),
        (
            [report(SAME, unchecked=("the cost could not be estimated: no rate",))],
            "🔴 Infrastructure preview: dev could not be checked",
        ),
    ],
)
def test_one_sentence_says_whether_to_worry(reports, said):
    assert verdict(*reports) == said


def test_it_turns_green_again_after_a_fix():
    assert verdict(report(LOST)).startswith("🔴")
    assert verdict(report(SAME)).startswith("🟢")


def test_the_table_counts_resources_and_no_components():
    component = change(Op.CREATE, "shop:components:Lakehouse", "lake")
    text = render(RUN, [report(SAME, SHARDS, LOST, component, change(Op.DELETE, TABLE, "x"))])
    assert row(text, "dev") == ["dev", "🔴 data at risk", "0", "1", "**1**", "**1**", "1"]


def test_columns_that_say_nothing_of_any_stack_are_left_out():
    plain = render(RUN, [report(SAME)])
    assert "policy" not in plain
    assert "a month" not in plain
    rich = render(
        RUN,
        [
            report(SAME, policy_ran=True, not_evaluated=2),
            report(SAME, stack="prod", cost=CostNote(delta="+$12.40 (fixed +$12.40; +3.1%)")),
        ],
    )
    assert row(rich, "dev")[-2:] == ["✅ 0, 2 n/e", "-"]
    assert row(rich, "prod")[-2:] == ["-", "+$12.40"]
    assert "- **prod**: +$12.40 (fixed +$12.40; +3.1%)" in rich


def test_a_stack_without_a_result_is_a_red_row():
    text = render(RUN, [report(SAME), StackReport(stack="prod")])
    assert row(text, "prod")[1] == "❌ no result"
    assert "- **prod**: no result arrived; see the log of the run" in text


def test_a_failure_is_told_once_a_resource_with_its_first_error():
    urn = LOST.urn
    failing = result(
        LOST,
        outcome=Outcome.FAILED,
        said=[
            error("the name is taken\nand more", urn),
            error("the name is taken, once more", urn),
            error("preview failed"),
        ],
    )
    text = render(RUN, [StackReport(stack="dev", result=failing)])
    assert "- **dev**: `lake-gold`: the name is taken and more" in text
    assert "once more" not in text
    assert "preview failed" not in text
    assert row(text, "dev")[1:] == ["❌ failed", *["-"] * 5]


def test_of_a_traceback_the_last_line_and_the_place_in_the_program_are_told():
    told = 'Traceback (most recent call last):\n  File "/opt/x.py", line 2, in run\n    f()\n'
    told += '  File "components/lake.py", line 7, in build\n    {}["gold"]\nKeyError: \'gold\'\n'
    failing = result(outcome=Outcome.FAILED, said=[error(told)])
    text = render(RUN, [StackReport(stack="dev", result=failing)])
    assert "- **dev**: KeyError: 'gold' (components/lake.py line 7)" in text


def test_a_value_that_a_provider_refuses_is_not_repeated():
    told = "property password value {hunter2-hunter2} has a problem: too short"
    failing = result(outcome=Outcome.FAILED, said=[error(told, LOST.urn)])
    text = render(RUN, [StackReport(stack="dev", result=failing)])
    assert "property password has a problem: too short" in text
    assert "hunter2" not in full(RUN, [StackReport(stack="dev", result=failing)])


def test_an_endless_word_loses_its_middle_and_a_long_arn_does_not():
    arn = "arn:aws:iam::111111111111:role/shoptrend-prod-consumer-function-role-0123456789abcdef"
    told = f"{arn} may not read '{'n' * 200}' at all"
    failing = result(outcome=Outcome.FAILED, said=[error(told)])
    text = render(RUN, [StackReport(stack="dev", result=failing)])
    assert arn in text.replace("\\", "")
    assert "n" * 51 not in text
    assert "' at all" in text


def test_what_endangers_data_stands_first_with_the_reason_and_followers_last():
    deleted = [change(Op.DELETE, TABLE, f"table-{n}") for n in range(3)]
    text = render(RUN, [report(FOLLOWS, SHARDS, LOST, *deleted)])
    section = text.split("### ")[1].splitlines()
    assert section[0] == "♻️ Replaced, deleted or unguarded"
    assert section[2:5] == [
        "- **dev**: 🔴 replaces **lake-gold** (`aws:s3/bucket:Bucket`), because `bucket` changed. "
        "**It holds data.**",
        "- **dev**: 🟠 deletes 3 `aws:glue/catalogTable:CatalogTable`: **table-0**, **table-1** "
        "and **table-2**",
        "- **dev**: 🟠 1 more is replaced only because it refers to these: **lake-gold-tls**",
    ]


def test_the_guard_that_falls_stands_above_the_fold_although_nothing_is_replaced():
    unguarded = change(
        Op.SAME, BUCKET, "lake-gold", old=state(protect=True), new=state(protect=False)
    )
    text = render(RUN, [report(unguarded)])
    assert "🔴 changes **lake-gold** (`aws:s3/bucket:Bucket`). **It loses its protection.**" in text


def test_what_is_said_of_several_stacks_stands_once():
    reports = [report(LOST, stack=stack) for stack in ("dev", "staging", "prod")]
    text = render(RUN, reports)
    assert text.count("It holds data") == 1
    assert "- **dev, staging, prod**: 🔴 replaces **lake-gold**" in text
    assert "<summary>dev = staging = prod: 1 change</summary>" in text


def test_policies_are_grouped_the_mandatory_first_and_the_unevaluated_counted_apart():
    notes = (
        violation("tags", level="advisory", message="add owner"),
        violation(name="a"),
        violation(name="b"),
    )
    text = render(RUN, [report(SAME, policy_ran=True, violations=notes, not_evaluated=4)])
    policy = text.split("### 🛡 Policy\n\n")[1].splitlines()
    assert policy[:2] == [
        "- **dev**: ❌ `tls-only` on **a** and **b**: add the policy",
        "- **dev**: 💡 `tags` on **lake-gold**: add owner",
    ]
    assert row(text, "dev")[-1] == "❌ 2, 1 advice, 4 n/e"
    assert "n/e: rules not evaluated" in text


def test_the_diff_has_its_signs_in_the_first_column_so_that_github_colours_it():
    text = render(RUN, [report(SHARDS)])
    assert "```diff\n! update aws:kinesis/stream:Stream ingest-stream\n" in text
    assert "\n-     shardCount: 1\n+     shardCount: 2\n```" in text


def test_an_offline_preview_says_so_and_against_what():
    text = render(RUN, [report(SHARDS)])
    assert "> Offline preview, with no credentials: against what the base commit would" in text
    why = "the base commit cannot be compared with (no settings.py)"
    text = render(RUN, [replace(report(SHARDS), compared=False, why_empty=why)])
    assert f"> Offline preview against an empty state, so everything counts as new: {why}" in (
        text.replace("\\", "")
    )


def test_known_secrets_appear_nowhere():
    secret = "-".join(("tok_en", "with|marks"))
    reports = [
        StackReport(
            stack="prod",
            problem=f"login failed with {secret}",
            hidden=(secret,),
        ),
        report(
            change(Op.DELETE, BUCKET, f"named-{secret}", reasons=(secret,)),
            violations=(violation(message=f"remove {secret}", name=secret, policy=secret),),
            notes=(f"not read: {secret}",),
            hidden=(secret,),
            drift=DriftNote(cell=secret, lines=(f"🔴 {secret} was changed",)),
            cost=CostNote(delta=f"+$1 {secret}"),
        ),
    ]
    for text in (full(RUN, reports), str(document(RUN, reports))):
        assert "tok" not in text
        assert "[secret]" in text.replace("\\", "")


def test_names_from_a_pull_request_mention_nobody_and_close_no_issue():
    evil = "@octocat closes #12 <img src=x> https://evil.example --> ```"
    reports = [
        report(change(Op.DELETE, BUCKET, evil)),
        StackReport(stack=evil[:20], problem=evil),
    ]
    body = full(RUN, reports).replace(RUN.url, "")
    assert not re.search(r"@\w|#\d|https?://", body)
    assert_whole(body)
    outside = re.sub(r"(?ms)^(`{3,})diff$.*?^\1$", "", body)
    assert "<img" not in re.sub(r"``+ .*? ``+|`[^`]*`", "", outside)
    assert outside.count("-->") == 1


TEXT = st.text(alphabet=st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1, max_size=80)
CHANGES = st.lists(
    st.builds(
        lambda op, name, paths: change(
            op,
            BUCKET,
            name,
            paths=dict.fromkeys(paths, "update"),
            reasons=tuple(paths[:2]) if op is Op.REPLACE else (),
        ),
        st.sampled_from([Op.CREATE, Op.UPDATE, Op.REPLACE, Op.DELETE]),
        TEXT,
        st.lists(TEXT, max_size=8),
    ),
    max_size=60,
    unique_by=lambda one: one.urn,
)
REPORTS = st.lists(
    st.builds(
        lambda stack, changes, problem, notes: replace(
            report(*changes, stack=stack, violations=tuple(violation(message=n) for n in notes)),
            **({"result": None, "problem": problem} if problem else {}),
        ),
        st.sampled_from(["dev", "staging", "prod"]),
        CHANGES,
        st.one_of(st.just(""), TEXT),
        st.lists(TEXT, max_size=30, unique=True),
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda one: one.stack,
)


def assert_whole(text: str) -> None:
    """Every block that is opened is closed, in order."""
    depth, fence = 0, ""
    for line in text.splitlines():
        if fence:
            fence = "" if line == fence else fence
        elif found := re.match(r"(`{3,})diff$", line):
            fence = found.group(1)
        else:
            depth += line.count("<details>") - line.count("</details>")
        assert depth in (0, 1), line
    assert (depth, fence) == (0, "")
    assert text.count("<sub>") == text.count("</sub>") == 1


@settings(deadline=None, max_examples=60)
@given(REPORTS, st.sampled_from([4_000, 8_000, 60_000]))
def test_it_keeps_to_its_budget_and_cuts_no_markup(reports, budget):
    text = render(RUN, reports, budget=budget)
    assert len(text.encode()) <= budget
    assert_whole(text)
    assert_whole(full(RUN, reports))
    assert render(RUN, reports, budget=budget) == text


def test_the_riskiest_are_kept_and_the_rest_is_counted():
    many = [change(Op.CREATE, name=f"new-{n:04}") for n in range(3_000)]
    prod = report(LOST, *many, stack="prod")
    dev = report(*many)
    text = render(RUN, [dev, prod])
    assert len(text.encode()) <= 60_000
    assert "! replace aws:s3/bucket:Bucket lake-gold" in text
    shown = text.count("+ create ")
    left = sum(int(n) for n in re.findall(r"(\d+) more, less risky, in the full text", text))
    assert shown + left == 6_000
    assert full(RUN, [dev, prod]).count("+ create ") == 6_000


def test_a_resource_with_endless_properties_leaves_room_for_the_others():
    paths = {f"rules[{n}].days": "update" for n in range(5_000)}
    huge = change(Op.UPDATE, BUCKET, "huge", paths=paths)
    text = render(RUN, [report(huge, SHARDS)])
    assert "shardCount: 2" in text
    assert "and 4960 lines more, in the full text" in text
    assert full(RUN, [report(huge)]).count("rules[") == 5_000


def test_long_lists_say_how_many_more_there_are():
    notes = tuple(violation(policy=f"rule-{n:02}") for n in range(50))
    text = render(RUN, [report(SAME, violations=notes)])
    assert text.count("❌ `rule-") == 20
    assert "- 30 more in the full text" in text
    assert full(RUN, [report(SAME, violations=notes)]).count("❌ `rule-") == 50


def test_the_document_says_the_same_to_a_program():
    told = document(RUN, [report(LOST, SAME), StackReport(stack="prod", problem="no file")])
    assert told["stacks"]["dev"]["counts"] == {"replace": 1, "same": 1}
    assert told["stacks"]["dev"]["dangers"] == {"lake-gold": ["holds data"]}
    assert told["stacks"]["prod"] | {"failed": True, "problem": "no file"} == told["stacks"]["prod"]


def test_the_link_to_the_run_is_the_only_one():
    links = re.findall(r"\]\((.*?)\)", render(RUN, [report(SHARDS)]))
    assert links == [RUN.url]
    assert "](" not in render(Run(pull_request=1, head="a", number=1), [report(SHARDS)])
