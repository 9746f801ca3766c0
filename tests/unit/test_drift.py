"""Each difference between state and cloud is drift, unless something explains just that one."""

import dataclasses
import json
from argparse import Namespace
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from automation import drift, drift_command, drift_issue, drift_report
from automation.drift import GONE, DriftReport, Expected, Kind, Severity
from automation.errors import ROOT, ConfigurationError, Exit, UserError
from automation.github import GitHub, Patience, Published
from automation.results import Change, Op, Outcome, Result, State
from tests.comment.github_api import REPOSITORY, serving
from tests.provider.stacks import sdk_class

AT = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
BUCKET = "aws:s3/bucket:Bucket"
QUEUE = "aws:sqs/queue:Queue"
REASON = "The autoscaler moves it, as it should."


def urn(type_: str, name: str) -> str:
    return f"urn:pulumi:dev::shop::shop:components:X${type_}::{name}"


def state(**outputs) -> State:
    return State(inputs=outputs, outputs=outputs, parent="", protect=False, retain_on_delete=False)


def changed(*paths: str, type_: str = QUEUE, name: str = "q", old=None, new=None) -> Change:
    return Change(
        urn=urn(type_, name),
        type=type_,
        op=Op.UPDATE,
        paths=dict.fromkeys(paths, "update"),
        old=old or state(),
        new=new or state(),
    )


def gone(type_: str) -> Change:
    return Change(urn=urn(type_, "gone"), type=type_, op=Op.DELETE, old=state())


def same(type_: str = QUEUE, name: str = "same") -> Change:
    return Change(urn=urn(type_, name), type=type_, op=Op.REFRESH, old=state(), new=state())


def seen(*changes: Change, expected=(), asleep=None) -> DriftReport:
    result = Result(
        outcome=Outcome.SUCCEEDED,
        preview=True,
        seconds=1,
        changes=changes,
        diagnostics=(),
        policies=(),
    )
    return drift.classify("dev", result, expected=expected, asleep=asleep or {}, at=AT)


def expecting(property_: str, until: date | None = None, urn_: str = "urn:pulumi:dev::shop::*"):
    return Expected(urn=urn_, property=property_, reason=REASON, until=until)


def kinds(report: DriftReport) -> list[tuple[str, Kind]]:
    return [(finding.path, finding.kind) for finding in report.findings]


def test_what_is_the_same_is_compared_and_not_told():
    report = seen(same(), same(name="other"))
    assert report.findings == ()
    assert report.looked_at == 2
    assert not report.drifted


def test_an_expected_difference_has_its_reason_and_the_one_beside_it_is_drift():
    report = seen(changed("size.desired", "size.max"), expected=[expecting("size.desired")])
    assert kinds(report) == [("size.max", Kind.DRIFT), ("size.desired", Kind.EXPECTED)]
    assert report.of(Kind.EXPECTED)[0].reason == REASON


@pytest.mark.parametrize(
    "entry",
    [
        expecting("size", urn_="urn:pulumi:prod::shop::*"),
        expecting("size.*"),
        expecting("siz"),
    ],
)
def test_an_entry_for_something_else_explains_nothing(entry):
    assert kinds(seen(changed("size"), expected=[entry])) == [("size", Kind.DRIFT)]


def test_an_index_in_a_path_is_no_set_of_letters():
    found = changed("rules[0].days", "rules0.days")
    report = seen(found, expected=[expecting("rules[0].days")])
    assert kinds(report) == [("rules0.days", Kind.DRIFT), ("rules[0].days", Kind.EXPECTED)]


def test_an_entry_counts_up_to_its_last_day_and_then_complains():
    last = AT.date()
    assert not seen(changed("size"), expected=[expecting("size", until=last)]).drifted
    report = seen(changed("size"), expected=[expecting("size", until=date(2026, 11, 24))])
    assert report.drifted
    assert "expired on 2026-11-24" in report.notes[0]
    elsewhere = expecting("size", until=date(2026, 1, 1), urn_="urn:pulumi:prod::shop::*")
    assert seen(changed("size"), expected=[elsewhere]).notes == ()


def test_what_sleep_changed_is_sleep_and_the_rest_of_the_resource_is_not():
    schedule = changed("state", "target.arn", type_="aws:scheduler/schedule:Schedule")
    report = seen(schedule, asleep={schedule.urn: ("state",)})
    assert kinds(report) == [("target.arn", Kind.DRIFT), ("state", Kind.SLEEPING)]
    assert seen(schedule).of(Kind.SLEEPING) == ()


def test_a_resource_that_is_gone_is_drift_whatever_is_expected_or_asleep():
    lost = gone(BUCKET)
    report = seen(lost, expected=[expecting("*")], asleep={lost.urn: ("*",)})
    assert kinds(report) == [(GONE, Kind.DRIFT)]
    assert report.findings[0].severity is Severity.PAGE


def test_a_value_that_only_aws_sets_is_no_drift():
    found = changed(old=state(status="a", arn="x"), new=state(status="b", arn="x"))
    report = seen(found)
    assert kinds(report) == [("status", Kind.COMPUTED)]
    assert not report.drifted


def test_a_component_has_nothing_in_the_cloud():
    component = Change(
        urn="urn:pulumi:dev::shop::shop:components:Lake::lake",
        type="shop:components:Lake",
        op=Op.UPDATE,
        paths={"x": "update"},
    )
    assert seen(component).looked_at == 0


@pytest.mark.parametrize(
    ("type_", "path", "severity"),
    [
        ("aws:iam/rolePolicy:RolePolicy", "policy", Severity.PAGE),
        ("aws:ec2/securityGroup:SecurityGroup", "ingress[0].cidrBlocks", Severity.PAGE),
        (
            "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
            "blockPublicAcls",
            Severity.PAGE,
        ),
        ("aws:rds/instance:Instance", "publiclyAccessible", Severity.PAGE),
        ("aws:sqs/queue:Queue", "policy", Severity.PAGE),
        ("aws:sqs/queue:Queue", "delaySeconds", Severity.TICKET),
        ("aws:sqs/queue:Queue", "tags.team", Severity.NOTE),
    ],
)
def test_who_may_come_in_is_looked_at_today_and_tags_some_time(type_, path, severity):
    assert seen(changed(path, type_=type_)).findings[0].severity is severity


def test_a_tag_is_told_once_although_the_provider_keeps_it_twice():
    report = seen(changed("tags.team", "tagsAll.team", "tagsAll.project"))
    assert [f.path for f in report.findings] == ["tags.team", "tagsAll.project"]


def test_half_a_look_is_no_result(tmp_path):
    def preview_refresh(_on_event):
        (tmp_path / "events.jsonl").write_text('{"preludeEvent": {"config": {}}}\n')

    half: Any = SimpleNamespace(name="dev", preview_refresh=preview_refresh)
    with pytest.raises(UserError, match="drift of dev is not known: the comparison ended cut off"):
        drift.look(half, tmp_path / "events.jsonl", expected=[], asleep={})


def test_the_committed_list_speaks_of_types_that_exist():
    entries = drift.load()
    assert entries
    for entry in entries:
        type_ = entry.urn.rpartition("$")[2].rpartition("::")[0]
        assert sdk_class(type_).__name__ == type_.rpartition(":")[2]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("expected: [{urn: 'urn:pulumi:*::shop::x', property: a, reason: short}]", "at least 20"),
        ("expected: [{urn: everything, property: a, reason: because it has always been}]", "urn"),
        ("expectd: []", "expected"),
        ("expected: [", "cannot be read"),
    ],
)
def test_a_wrong_list_is_refused(tmp_path, text, said):
    path = tmp_path / "expected.yaml"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=said):
        drift.load(path)


def test_a_report_is_read_back_as_it_was_written_and_shows_only_harmless_values(tmp_path):
    found = changed(
        "delaySeconds",
        "apiKey",
        old=state(delaySeconds=1, apiKey="old-and-secret"),
        new=state(delaySeconds=2, apiKey="new-and-secret"),
    )
    written = drift_report.write(seen(found), tmp_path, notes=("a note",))
    assert drift_report.read(tmp_path) == written
    assert written.worst is Severity.TICKET
    body = drift_report.body(written)
    assert (tmp_path / "drift.md").read_text() == body
    assert "delaySeconds: 2" in body
    assert "> a note" in body
    assert "-and-secret" not in body + (tmp_path / "drift.json").read_text()


def test_a_report_from_outside_cannot_leave_its_place(tmp_path):
    found = changed("a|b`c", name="<img>@everyone</details>")
    drift_report.write(seen(found), tmp_path)
    body = drift_report.body(drift_report.read(tmp_path))
    outside, fence, inside = body.partition("```diff")
    assert "<img>" not in outside  # in a code block it is text
    assert fence
    assert "```" not in inside.split("\n```\n", 1)[0]
    assert "@everyone" not in body
    document = json.loads((tmp_path / "drift.json").read_text())
    (tmp_path / "drift.json").write_text(json.dumps({**document, "stack": "../../etc"}))
    with pytest.raises(UserError, match="is not what `drift` writes"):
        drift_report.read(tmp_path)


class Issues:
    """One open issue at most, as on GitHub."""

    def __init__(self):
        self.open: dict[str, tuple[str, str]] = {}
        self.closed: list[str] = []

    def upsert_issue(self, marker, title, body):
        action = "updated" if marker in self.open else "created"
        self.open[marker] = (title, body)
        return Published(action=action, url="https://example/1")

    def close_issue(self, marker, body):
        if self.open.pop(marker, None) is None:
            return Published(action="unchanged")
        self.closed.append(body)
        return Published(action="updated", url="https://example/1")


def test_a_stack_has_one_issue_which_closes_when_the_drift_is_over(tmp_path):
    issues = Issues()
    drifted = drift_report.write(seen(changed("size"), changed("policy", name="p")), tmp_path)
    clean = drift_report.write(seen(same()), tmp_path)
    assert drift_issue.tell(issues, clean).action == "unchanged"
    assert drift_issue.tell(issues, drifted).action == "created"
    assert drift_issue.tell(issues, drifted).action == "updated"
    ((title, body),) = issues.open.values()
    assert title == "Drift in dev: 2 differences in 2 resources"
    assert "🔴 look today" in body
    assert drift_issue.tell(issues, clean).action == "updated"
    assert not issues.open
    assert "No drift in dev" in issues.closed[0]


def test_on_github_the_issue_is_closed_with_the_good_news_and_no_other_is_touched(tmp_path):
    with serving() as world:
        there = GitHub(
            repository=REPOSITORY,
            token=world.token,
            url=world.url,
            patience=Patience(pauses=(), between_writes=0),
        )
        issues = drift_issue.OnGitHub(there=there)
        drifted = drift_report.write(seen(changed("size")), tmp_path)
        clean = drift_report.write(seen(same()), tmp_path)
        prod = drift_report.write(dataclasses.replace(seen(changed("x")), stack="prod"), tmp_path)
        assert drift_issue.tell(issues, clean).action == "unchanged"
        drift_issue.tell(issues, prod)
        assert drift_issue.tell(issues, drifted).action == "created"
        world.issues.append({**world.issues[1], "number": 3, "user": {"login": "stranger"}})
        assert drift_issue.tell(issues, clean).action == "updated"
        assert [issue["state"] for issue in world.issues] == ["open", "closed", "open"]
        assert "No drift in dev" in world.issues[1]["body"]
        world.may_write = False
        world.issues[1]["state"] = "open"
        with pytest.raises(UserError, match="give the job `issues: write`"):
            drift_issue.tell(issues, clean)


@pytest.mark.parametrize(
    ("changes", "exit_zero", "code"),
    [
        ((changed("size"),), False, Exit.CHANGES),
        ((changed("size"),), True, Exit.OK),
        ((same(),), False, Exit.OK),
    ],
)
def test_drift_that_another_job_looked_for_decides_the_exit(
    tmp_path, capsys, changes, exit_zero, code
):
    drift_report.write(seen(*changes), tmp_path / "dev")
    summary = tmp_path / "summary.md"
    options = Namespace(stack=["dev"], made=tmp_path, issue="", exit_zero=exit_zero, json=True)
    env = {"GITHUB_STEP_SUMMARY": str(summary)}
    assert drift_command.run(options, Console(quiet=True), env=env) is code
    assert "in dev" in summary.read_text()
    (document,) = json.loads(capsys.readouterr().out)
    assert document["counts"]["drift"] == sum(one.op is Op.UPDATE for one in changes)
    assert document["schema"] == 1


def test_the_report_of_another_stack_is_refused(tmp_path):
    told = dataclasses.replace(seen(same()), stack="prod")
    drift_report.write(told, tmp_path / "dev")
    with pytest.raises(UserError, match="holds the report of 'prod', not of 'dev'"):
        drift_command._made(tmp_path, "dev")


def test_the_list_of_expected_changes_is_where_the_page_says():
    assert drift.EXPECTED == ROOT / "drift" / "expected.yaml"
