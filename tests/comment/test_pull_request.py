"""Two commits of the real program, three stacks on the real engine, one comment on GitHub."""

import json
import os
import shutil
from datetime import date
from io import StringIO

import pytest
from rich.console import Console

from automation import pull_request
from automation.errors import ROOT, Exit
from automation.pull_request import Options
from tests.comment.conftest import Repository
from tests.comment.github_api import REPOSITORY

pytestmark = pytest.mark.engine

TODAY = date(2026, 11, 25)
# Of a clone everything but what no program reads, and what is made there.
NOT_READ = (".*", "__pycache__", "bench", "dist", "docs", "out", "target", "tests", "tools")
FILES = ("program.py", "settings.py", "Pulumi.yaml", "Pulumi.local.yaml")
STACKS = ("dev", "staging", "prod")

FAILING_PROVIDER = """

_build = build


def build(settings):
    import pulumi_aws as aws

    if settings.env == "dev":
        aws.cloudwatch.LogGroup("loose")
    if settings.env == "prod":
        aws.kinesis.Stream("second", name="n" * 200, shard_count=1)
    return _build(settings)
"""


def replaced(text, old, new):
    assert text.count(old) == 1, old
    return text.replace(old, new)


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """The program of this checkout as it stands, as the base; and a head that does everything."""
    repository = Repository(tmp_path_factory.mktemp("shop"))
    ignored = shutil.ignore_patterns(*NOT_READ)
    for folder in ROOT.iterdir():
        if folder.is_dir() and folder.name not in ignored(str(ROOT), [folder.name]):
            shutil.copytree(folder, repository.folder / folder.name, ignore=ignored)
    stack = {name: (ROOT / f"Pulumi.{name}.yaml").read_text() for name in STACKS}
    dev = replaced(stack["dev"], "register_gold: false", "register_gold: true")
    repository.commit(
        {
            **{name: (ROOT / name).read_text() for name in FILES},
            **{f"Pulumi.{name}.yaml": text for name, text in stack.items()},
            "Pulumi.dev.yaml": dev,
        }
    )
    repository.git("branch", "base")
    renamed = "  shop:lakehouse:\n    bucket_names: {gold: shoptrend-dev-marts}\n"
    head = replaced(dev, "  shop:lakehouse:\n", renamed)
    head = replaced(head, "register_gold: true", "register_gold: false")
    repository.commit(
        {
            "Pulumi.dev.yaml": replaced(head, "shards: 1 ", "shards: 2 "),
            "Pulumi.staging.yaml": replaced(stack["staging"], "shards: 2", "shards: 0"),
            "program.py": (ROOT / "program.py").read_text() + FAILING_PROVIDER,
        }
    )
    return repository


class Ran:
    """One run of the command: its exit code, its words, its files."""

    def __init__(self, options, **env):
        words = StringIO()
        self.out = options.out
        self.code = pull_request.run(options, Console(file=words, width=200), env=env)
        self.said = words.getvalue()
        self.comment = (options.out / "comment.md").read_text()
        self.summary = (options.out / "summary.md").read_text()
        self.report = json.loads((options.out / "report.json").read_text())


@pytest.fixture(scope="module")
def ran(found_engine, shop, tmp_path_factory):
    out = tmp_path_factory.mktemp("out") / "comment"
    return Ran(Options(base="base", root=shop.folder, out=out, today=TODAY))


def test_the_first_line_says_what_to_worry_about(ran):
    verdict = ran.comment.splitlines()[2]
    assert verdict.startswith("## 🔴 Infrastructure preview: ")
    assert "dev would lose or expose data (lake-gold)" in verdict
    assert "staging and prod failed" in verdict
    assert "dev would break a mandatory policy" in verdict
    assert ran.code == Exit.FAILED


def test_each_stack_has_its_row(ran):
    rows = [line for line in ran.comment.splitlines() if line.startswith("| ")][2:]
    assert [row.split(" | ")[0].strip("| ") for row in rows] == ["dev", "staging", "prod"]
    assert ["❌ failed" in row for row in rows] == [False, True, True]
    assert ran.report["stacks"]["dev"]["against"] == "base commit"


def test_the_changed_shard_count_is_an_update_with_both_values(ran):
    diff = ran.comment.split("! update aws:kinesis/stream:Stream ingest-stream\n")[1]
    assert diff.startswith("-     shardCount: 1\n+     shardCount: 2\n")


def test_the_replaced_bucket_stands_first_with_its_reason(ran):
    first = ran.comment.split("### ♻️ Replaced, deleted or unguarded\n\n")[1].splitlines()[0]
    assert first == (
        "- **dev**: 🔴 replaces **lake-gold** (`aws:s3/bucket:Bucket`), because `bucket` changed. "
        "**It holds data.**"
    )
    assert "replaced only because they refer to these: **lake-gold-" in ran.comment
    assert "shoptrend-dev-marts" not in ran.comment
    assert ran.report["stacks"]["dev"]["dangers"] == {"lake-gold": ["holds data"]}


def test_the_deleted_tables_are_named(ran):
    (line,) = [line for line in ran.comment.splitlines() if "🟠 deletes" in line]
    assert "`aws:glue/catalogTable:CatalogTable`: **catalog-gold-" in line
    assert ran.report["stacks"]["dev"]["counts"]["delete"] >= 5


def test_what_did_not_change_is_the_same(ran):
    counts = ran.report["stacks"]["dev"]["counts"]
    assert counts["same"] > 60
    assert counts["create"] == 1  # the log group
    assert counts["update"] < counts["same"] / 10


def test_the_policy_violation_is_told_with_the_resource(ran):
    policy = ran.comment.split("### 🛡 Policy\n\n")[1].split("\n\n")[0]
    (line,) = [line for line in policy.splitlines() if "**loose**" in line and "retention" in line]
    assert line.startswith("- **dev**: ❌ ")
    assert ran.report["stacks"]["dev"]["policy"]["mandatory"] >= 1


def test_the_cost_of_a_second_shard_is_told(ran):
    cost = ran.comment.split("### 💰 Cost\n\n")[1].split("\n\n")[0]
    assert "`ingest-stream`" in cost
    assert ran.report["stacks"]["dev"]["cost"].startswith("+$")


def test_the_broken_configuration_and_the_failing_provider_are_told_with_their_reason(ran):
    failures = ran.comment.split("### ❌ Failures\n\n")[1].split("\n\n")[0].splitlines()
    assert failures[0].startswith("- **staging**: Pulumi.staging.yaml: shop:ingest.shards: ")
    assert failures[1].startswith("- **prod**: `second`: ")
    assert failures[1].endswith("has 200 characters; the limit for a Stream is 128")
    assert "Traceback" not in ran.summary
    assert str(ROOT) not in ran.summary


def test_it_says_that_it_was_offline_and_which_commits_were_compared(ran, shop):
    assert "> Offline preview, with no credentials" in ran.comment
    head, base = shop.git("rev-parse", "HEAD"), shop.git("rev-parse", "base")
    assert f"commit {head[:10]} against {base[:10]}" in ran.comment


def test_the_engine_s_idle_words_are_not_in_it(ran):
    assert "$PATH" not in ran.summary
    assert "using pulumi-" not in ran.summary


def test_no_worktree_is_left_behind(ran, shop):
    assert len(shop.git("worktree", "list").splitlines()) == 1


def again(ran, world, tmp_path, number, attempt=1, **env: str):
    """The second job: no engine, no checkout, only the files of the first and a token."""
    options = Options(
        made=ran.out, post=f"{REPOSITORY}#42", api=world.url, out=tmp_path / "out", today=TODAY
    )
    known = {"GITHUB_TOKEN": world.token, "GITHUB_RUN_ID": str(number)}
    return Ran(options, GITHUB_RUN_ATTEMPT=str(attempt), **known, **env)


def test_a_second_job_posts_it_from_the_files_and_a_later_run_updates_it(ran, world, tmp_path):
    world.add("please look at this", "alice")
    first = again(ran, world, tmp_path, 100)
    assert "comment created" in first.said
    assert world.bodies()[1] == first.comment
    assert first.comment.partition("\n")[2] == ran.comment.partition("\n")[2]
    second = again(ran, world, tmp_path, 101)
    assert "comment updated" in second.said
    assert len(world.comments) == 2
    assert "run=101.1 -->" in world.bodies()[1]
    assert "comment older (run 101, attempt 1, has written already)" in (
        again(ran, world, tmp_path, 100, 9).said
    )
    assert "comment unchanged" in again(ran, world, tmp_path, 101).said


def test_a_fork_s_token_leaves_the_text_in_the_job_summary(ran, world, tmp_path):
    world.may_write = False
    summary = tmp_path / "step-summary.md"
    summary.write_text("before\n")
    done = again(ran, world, tmp_path, 100, GITHUB_STEP_SUMMARY=str(summary))
    assert "not posted, the token may not write there" in done.said
    assert summary.read_text() == "before\n" + done.summary
    assert world.bodies() == []


def test_a_comment_that_github_finds_too_long_keeps_the_dangers(ran, world, tmp_path):
    world.longest = 4_500
    again(ran, world, tmp_path, 100)
    (body,) = world.bodies()
    assert len(body) <= 4_500
    assert "🔴 replaces **lake-gold**" in body
    assert "in the full text" in body


def test_the_link_leads_to_the_run(ran, world, tmp_path):
    server = "https://github.example"
    done = again(ran, world, tmp_path, 100, GITHUB_SERVER_URL=server, GITHUB_REPOSITORY=REPOSITORY)
    assert f"[run 100](https://github.example/{REPOSITORY}/actions/runs/100)" in done.comment


def test_the_same_previews_give_the_same_bytes(ran, world, tmp_path):
    texts = [again(ran, world, tmp_path / str(n), 100) for n in range(2)]
    assert texts[0].comment == texts[1].comment
    assert texts[0].summary == texts[1].summary
    assert os.sep + "tmp" not in texts[0].summary
