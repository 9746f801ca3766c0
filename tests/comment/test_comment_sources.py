"""Where each stack's preview comes from, and what the newest look for drift adds to it."""

import json
from argparse import Namespace
from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
from rich.console import Console

from automation import cloud_previews, comment_drift, drift_report, previews, pull_request
from automation.checks import Checks
from automation.drift import DriftReport, Finding, Kind, Severity
from automation.errors import ROOT, ConfigurationError, Exit, UserError
from automation.preview_document import outputs_differ
from automation.pull_request import Options
from tests.comment.github_api import REPOSITORY

TODAY = date(2026, 11, 25)
STACK_FILE = {"config": {"aws:region": "eu-west-1", "aws:secretKey": {"secure": "v1:x"}}}
HEAD = "b" * 40


def events(op, shards, *, host="db.internal.example"):
    step = {"op": op, "type": "aws:kinesis/stream:Stream", "detailedDiff": None}
    step["urn"] = f"urn:pulumi:dev::shop::{step['type']}::events"
    state = {"inputs": {"shardCount": shards}, "outputs": {"endpoint": host}}
    step |= {"new": state, "old": None if op == "create" else state}
    summary = {"isPreview": True, "result": "succeeded"}
    lines = [{"resourcePreEvent": {"metadata": step}}, {"summaryEvent": summary}]
    return [json.dumps(line) for line in lines]


@pytest.fixture
def made(tmp_path):
    """Offline previews of two stacks, as the first job leaves them."""
    folder = tmp_path / "made"
    stacks = [{"stack": name, "compared": True} for name in ("dev", "prod")]
    for name in ("dev", "prod"):
        (folder / name).mkdir(parents=True)
        (folder / name / "events.jsonl").write_text("\n".join(events("create", 1)))
    document = {"base": "a" * 40, "head": HEAD, "stacks": stacks}
    (folder / previews.FILE).write_text(json.dumps(document))
    return folder


@pytest.fixture
def comment(tmp_path):
    """Runs the command over files; its exit code and comment."""

    def commented(**chosen):
        env = chosen.pop("env", {})
        options = Options(out=tmp_path / "out", today=TODAY, **chosen)
        code = pull_request.run(options, Console(file=StringIO()), env=env, made_by=Checks())
        return code, (tmp_path / "out" / "comment.md").read_text()

    return commented


def row(text, stack):
    line = next(line for line in text.splitlines() if line.startswith(f"| {stack} "))
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_a_preview_against_the_state_comes_before_the_offline_one_and_both_are_said(
    made, comment, tmp_path
):
    cloud_previews.write(tmp_path, "dev", events("same", 1), STACK_FILE)
    code, text = comment(made=made, cloud=tmp_path / "cloud")
    assert code == Exit.OK
    assert row(text, "dev")[1] == "✅ no changes"
    assert row(text, "prod")[1] == "✅ changes"
    assert (
        "> **dev**: Compared with what is deployed, by its state.\n>\n> **prod**: Offline" in text
    )
    assert (
        "**prod**: Offline preview, with no credentials (no preview against its state arrived)"
        in (text)
    )
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert [report["stacks"][name]["against"] for name in ("dev", "prod")] == [
        "state",
        "base commit",
    ]


def test_what_is_handed_over_holds_no_output_and_no_secret(tmp_path):
    cloud_previews.write(tmp_path, "dev", [*events("update", 2), '{"half'], STACK_FILE)
    folder = tmp_path / "cloud" / "dev"
    text = (folder / "events.jsonl").read_text() + (folder / "previewed.json").read_text()
    assert '"shardCount": 2' in text
    assert "internal.example" not in text
    assert "v1:x" not in text
    told = cloud_previews.read(tmp_path / "cloud")["dev"]
    assert (told.offline, told.config["aws:region"]) == (False, "eu-west-1")
    assert previews.result(tmp_path / "cloud", told) is not None
    cloud_previews.forget(tmp_path, "dev")
    assert cloud_previews.read(tmp_path / "cloud") == {}


def test_a_bare_run_of_the_engine_will_do(comment, tmp_path):
    (tmp_path / "bare" / "dev").mkdir(parents=True)
    (tmp_path / "bare" / "dev" / "events.jsonl").write_text("\n".join(events("create", 1)))
    code, text = comment(cloud=tmp_path / "bare", root=ROOT)
    assert code == Exit.OK
    assert "> Compared with what is deployed, by its state." in text
    assert " against " not in text.partition("<sub>")[2]


@pytest.mark.parametrize(
    "wrong", [{"stack": "prod", "offline": False}, {"stack": "dev"}, {"stack": "dev", "cost": 1}]
)
def test_an_offline_preview_does_not_pass_for_one_against_the_state(tmp_path, wrong):
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev" / cloud_previews.FILE).write_text(json.dumps(wrong))
    with pytest.raises(UserError, match=r"previewed\.json is no"):
        cloud_previews.read(tmp_path)


def test_a_run_that_left_nothing_turns_the_green_comment_red(made, comment, world, tmp_path):
    posted = {"post": f"{REPOSITORY}#42", "api": world.url, "head": HEAD}
    env = {"GITHUB_TOKEN": world.token}
    comment(made=made, env={**env, "GITHUB_RUN_ID": "1"}, **posted)
    assert "🟢" in world.bodies()[0]
    code, _ = comment(made=tmp_path / "nothing", env={**env, "GITHUB_RUN_ID": "2"}, **posted)
    assert code == Exit.FAILED
    (body,) = world.bodies()
    assert "## 🔴 Infrastructure preview: dev, staging and prod failed" in body
    assert "the job that previews left no result" in body


def test_a_comment_of_nothing_is_a_mistake_on_the_command_line():
    nothing = Namespace(base="", made=None, cloud=None)
    with pytest.raises(ConfigurationError, match="--base COMMIT makes them"):
        pull_request.options(nothing)


def test_the_report_is_printed_for_programs(made, comment, capsys):
    comment(made=made, json=True)
    assert set(json.loads(capsys.readouterr().out)["stacks"]) == {"dev", "prod"}


def looked(folder, stack, *findings, at=None):
    report = DriftReport(
        stack=stack,
        at=at or datetime(2026, 11, 25, 3, 17, tzinfo=UTC),
        looked_at=60,
        findings=findings,
    )
    drift_report.write(report, folder / stack)


def finding(path="policy", kind=Kind.DRIFT, severity=Severity.PAGE, name="lake-bronze"):
    type_ = "aws:s3/bucketPolicy:BucketPolicy"
    urn = f"urn:pulumi:dev::shop::{type_}::{name}"
    return Finding(urn=urn, type=type_, path=path, kind=kind, severity=severity)


def test_the_newest_look_for_drift_has_its_column_and_the_worst_is_named(made, comment, tmp_path):
    looked(tmp_path / "looks", "dev", finding(), finding("tags.who", severity=Severity.NOTE))
    _, text = comment(made=made, drift=tmp_path / "looks")
    assert row(text, "dev")[-1] == "🔴 2, 25 Nov"
    assert row(text, "prod")[-1] == "not checked"
    drift = text.split("### 🌊 Drift")[1].splitlines()
    assert drift[2] == (
        "- **dev**: 🔴 **lake-bronze** (`aws:s3/bucketPolicy:BucketPolicy`): `policy` was changed"
    )
    assert "drift not checked" not in text


def test_where_nobody_looked_the_comment_says_so(made, comment):
    _, text = comment(made=made)
    assert "drift not checked" in text.partition("<sub>")[2]
    assert "| drift" not in text


def test_a_stack_without_drift_an_old_look_and_a_file_that_is_none_are_told_apart(tmp_path):
    looked(tmp_path, "dev")
    looked(tmp_path, "staging", at=datetime(2026, 10, 3, tzinfo=UTC))
    asleep = finding("desired", Kind.SLEEPING, Severity.NOTE)
    looked(tmp_path, "prod", asleep)
    (tmp_path / "qa").mkdir()
    (tmp_path / "qa" / drift_report.FILE).write_text("{}")
    cells = {
        stack: comment_drift.note(tmp_path, stack, TODAY).cell
        for stack in ("dev", "staging", "prod", "qa", "gone")
    }
    assert cells == {
        "dev": "none, 25 Nov",
        "staging": "not checked since 3 Oct",
        "prod": "none (asleep), 25 Nov",
        "qa": "not checked",
        "gone": "not checked",
    }
    later = TODAY + timedelta(days=comment_drift.FRESH_DAYS)
    assert comment_drift.note(tmp_path, "dev", later).cell == "none, 25 Nov"
    (tmp_path / "gone").mkdir()
    (tmp_path / "dev" / drift_report.FILE).rename(tmp_path / "gone" / drift_report.FILE)
    assert comment_drift.note(tmp_path, "gone", TODAY).cell == "not checked", "of another stack"


def stack_event(old, new):
    metadata = {"op": "same", "type": "pulumi:pulumi:Stack", "urn": "urn:…::pulumi:pulumi:Stack::x"}
    sides = {"old": {"outputs": old} if old is not None else None, "new": {"outputs": new}}
    return json.dumps({"resOutputsEvent": {"metadata": {**metadata, **sides}}})


@pytest.mark.parametrize(
    ("old", "new", "differ"),
    [
        ({"a": 1}, {"a": 1}, False),
        ({"a": 1}, {"a": 2}, True),
        ({"a": 1}, {}, True),
        (None, {}, False),
    ],
)
def test_outputs_that_alone_would_change_are_seen(old, new, differ):
    early = stack_event(old, old or {})  # the engine says it twice, first as it was
    assert outputs_differ([early, stack_event(old, new), *events("same", 1)]) is differ
