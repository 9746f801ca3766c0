"""The workflows: actionlint finds nothing, and none can do more than its job."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from automation import cloud_previews, previews, stackfile
from automation.errors import Exit
from tests.graph import ROOT

FOLDER = ROOT / ".github"
WORKFLOWS = sorted((FOLDER / "workflows").glob("*.yml"))
SETUP = FOLDER / "actions" / "setup" / "action.yml"
FILES = [*WORKFLOWS, SETUP]
WRITES = {"write"}
# What a login is, in a job.
LOGIN = "aws-actions/configure-aws-credentials"
# Steps that are no make word: they pass on what GitHub knows, and touch no stack.
PLUMBING = ("number=$(gh api", "run=$(gh api", "cat ", "touch .venv/.ready")


def actionlint() -> str | None:
    beside = Path(sys.executable).with_name("actionlint")
    return str(beside) if beside.exists() else shutil.which("actionlint")


def read(path: Path) -> dict:
    document = yaml.safe_load(path.read_text())
    # YAML 1.1 takes `on` for true.
    return {("on" if key is True else key): value for key, value in document.items()}


def running_jobs():
    """Those that have steps of their own, and call no other workflow."""
    return [
        pytest.param(path, name, job, id=f"{path.stem}.{name}")
        for path in WORKFLOWS
        for name, job in read(path)["jobs"].items()
        if "uses" not in job
    ]


def steps(job: dict) -> list[dict]:
    return job.get("steps", [])


def runs(job: dict) -> list[str]:
    return [step["run"] for step in steps(job) if "run" in step]


def words(job: dict) -> list[str]:
    return [
        word
        for run in runs(job)
        if run.startswith("make ")
        for word in run.split("#")[0].split()[1:]
    ]


def uses(job: dict) -> list[str]:
    return [step["uses"].partition("@")[0] for step in steps(job) if "uses" in step]


def test_actionlint_finds_nothing():
    found = actionlint()
    if found is None:
        pytest.skip("no actionlint: `make lint` builds it where there is Go")
    done = subprocess.run(
        [found, "-no-color", "-shellcheck=", "-pyflakes="],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_actionlint_would_find_something(tmp_path):
    found = actionlint()
    if found is None:
        pytest.skip("no actionlint: `make lint` builds it where there is Go")
    text = (FOLDER / "workflows" / "check.yml").read_text()
    wrong = tmp_path / "wrong.yml"
    wrong.write_text(text.replace("matrix.python", "matrix.pythn"))
    done = subprocess.run([found, wrong], capture_output=True, text=True, check=False)
    assert 'property "pythn" is not defined' in done.stdout


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_action_of_others_is_pinned_by_commit_and_says_its_version(path):
    for line in path.read_text().splitlines():
        used = re.match(r"\s*(?:- )?uses: (\S+)(.*)", line)
        if used and not used.group(1).startswith("./"):
            assert re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}", used.group(1)), line
            assert re.fullmatch(r" # v\d+\.\d+\.\d+", used.group(2)), line


def test_an_action_has_one_commit_in_all_files():
    pins: dict[str, set[str]] = {}
    for path in FILES:
        for action, commit in re.findall(r"uses: ([\w/-]+)@(\S+)", path.read_text()):
            pins.setdefault(action, set()).add(commit)
    assert len(pins) >= 5
    assert {action: commits for action, commits in pins.items() if len(commits) > 1} == {}


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_grants_nothing_and_each_job_what_it_needs(path):
    document = read(path)
    assert document["permissions"] == {}
    for name, job in document["jobs"].items():
        assert job["permissions"], name
        assert "write-all" not in str(job["permissions"])


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_no_workflow_runs_foreign_code_with_rights(path):
    assert "pull_request_target" not in read(path)["on"]
    assert "secrets." not in path.read_text()  # logins are by OIDC, tokens by permission


@pytest.mark.parametrize(("path", "name", "job"), running_jobs())
def test_no_job_has_a_login_and_may_write_to_the_repository(path, name, job):
    granted = job["permissions"]
    may_write = {right for right, level in granted.items() if level == "write"} - {"id-token"}
    assert not (LOGIN in uses(job) and may_write), f"{path.name} {name}"
    assert ("id-token" in granted) == (LOGIN in uses(job))


@pytest.mark.parametrize(("path", "name", "job"), running_jobs())
def test_a_login_belongs_to_an_environment_and_to_our_own_code(path, name, job):
    if LOGIN not in uses(job):
        return
    assert job["environment"], f"{path.name} {name}"
    if "pull_request" in read(path)["on"]:
        assert "head.repo.full_name == github.repository" in job["if"]


@pytest.mark.parametrize(("path", "name", "job"), running_jobs())
def test_a_job_is_a_make_word_with_an_end(path, name, job):
    assert words(job), f"{path.name} {name}"
    assert all(run.startswith(("make ", *PLUMBING)) for run in runs(job))
    assert 0 < job["timeout-minutes"] <= 120


def test_every_word_is_in_the_makefile():
    lines = re.findall(r"^([a-z-]+(?: [a-z-]+)*):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    known = {word for line in lines for word in line.split()}
    used = {
        word for path in WORKFLOWS for job in read(path)["jobs"].values() for word in words(job)
    }
    assert used <= known, sorted(used - known)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_value_from_outside_is_pasted_into_a_shell(path):
    document = read(path)
    scripts = [run for job in document.get("jobs", {}).values() for run in runs(job)]
    scripts += [step["run"] for step in document.get("runs", {}).get("steps", []) if "run" in step]
    for script in scripts:
        assert "${{" not in script, f"{path.name}: give it by env"


@pytest.mark.parametrize(("path", "name", "job"), running_jobs())
def test_a_checkout_leaves_no_token_behind(path, name, job):
    for step in steps(job):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False, f"{path.name} {name}"


@pytest.mark.parametrize(("path", "name", "job"), running_jobs())
def test_what_changes_a_stack_is_never_cut_off_by_a_newer_run(path, name, job):
    if not {"promote", "up", "sleep", "wake"} & set(words(job)):
        return
    concurrency = job["concurrency"]
    assert concurrency["cancel-in-progress"] is False, f"{path.name} {name}"
    assert re.search(r"dev|inputs\.stack", concurrency["group"]), "one at a time for each stack"


def test_who_writes_the_comment_runs_the_default_branch_and_takes_the_rest_as_data():
    document = read(FOLDER / "workflows" / "comment.yml")
    assert document["on"]["workflow_run"]["workflows"] == [
        read(FOLDER / "workflows" / "preview.yml")["name"]
    ]
    (job,) = document["jobs"].values()
    assert job["permissions"]["pull-requests"] == "write"
    (checkout,) = [s for s in steps(job) if s.get("uses", "").startswith("actions/checkout@")]
    assert "ref" not in checkout["with"]
    assert "github.event.workflow_run.head_sha" in str(steps(job)[1]["env"])


def test_a_commit_goes_through_the_stacks_in_their_order():
    document = read(FOLDER / "workflows" / "deploy.yml")
    chain = [
        (name, job.get("needs"), job["with"]["stack"]) for name, job in document["jobs"].items()
    ]
    order = list(previews.ORDER)
    assert chain == list(zip(order, [None, *order[:-1]], order, strict=True))
    up = read(FOLDER / "workflows" / "stage.yml")["jobs"]["up"]
    assert up["needs"] == "plan"
    assert up["environment"] == "${{ inputs.stack }}"
    (promote,) = [step for step in steps(up) if "promote" in step.get("run", "")]
    assert "needs.plan.outputs.hash" in promote["env"]["APPROVED"]


def test_drift_looks_at_every_stack_that_is_deployed():
    deployed = {
        stack for stack in stackfile.stacks() if not stackfile.emulator_url(stackfile.read(stack))
    }
    for job in read(FOLDER / "workflows" / "drift.yml")["jobs"].values():
        assert set(job["strategy"]["matrix"]["stack"]) == deployed


def test_only_a_stack_that_may_sleep_is_put_to_sleep():
    for job in read(FOLDER / "workflows" / "off-hours.yml")["jobs"].values():
        config = stackfile.read(job["env"]["STACK"])["config"]
        assert config["shop:off_hours"]["allowed"] is True


def test_sleep_and_wake_each_have_their_hour():
    document = read(FOLDER / "workflows" / "off-hours.yml")
    hours = [entry["cron"] for entry in document["on"]["schedule"]]
    for cron, job in zip(hours, document["jobs"].values(), strict=True):
        assert f"github.event.schedule == '{cron}'" in job["if"]


def test_engine_plugins_and_environment_come_from_caches_keyed_by_what_they_are_made_of():
    keys = [
        step["with"]["key"]
        for step in read(SETUP)["runs"]["steps"]
        if step.get("uses", "").startswith("actions/cache@")
    ]
    assert [key.partition("-")[0] for key in keys] == ["environment", "engine", "plugins"]
    for key in keys:
        assert "runner.os" in key
        (files,) = re.findall(r"hashFiles\(([^)]*)\)", key)
        for name in re.findall(r"'([^']+)'", files):
            assert (ROOT / name).exists(), name


def test_the_page_lists_every_exit_code_with_its_name():
    page = (ROOT / "docs" / "ci.md").read_text()
    rows = re.findall(r"^\| (\d+) \| ([A-Z_]+) \|", page, re.MULTILINE)
    assert [(int(code), name) for code, name in rows] == [(int(one), one.name) for one in Exit]


def test_the_page_names_every_workflow_and_every_variable():
    page = (ROOT / "docs" / "ci.md").read_text()
    for path in WORKFLOWS:
        assert path.stem == "stage" or f"| {path.stem} |" in page
        for variable in re.findall(r"vars\.(\w+)", path.read_text()):
            assert f"`{variable}`" in page, variable


def test_owners_own_files_that_are_there():
    for line in (FOLDER / "CODEOWNERS").read_text().splitlines():
        pattern = line.split()[0] if line and not line.startswith("#") else "*"
        assert any(ROOT.glob(pattern.strip("/"))), pattern


def test_a_preview_with_a_login_reaches_the_comment_and_a_fork_s_can_not_pass_for_one():
    cloud = read(FOLDER / "workflows" / "preview.yml")["jobs"]["cloud"]
    (left,) = [s for s in steps(cloud) if s.get("uses", "").startswith("actions/upload-artifact@")]
    assert left["with"]["name"].startswith("cloud-")
    assert left["with"]["path"] == f"out/{cloud_previews.FOLDER}"
    (job,) = read(FOLDER / "workflows" / "comment.yml")["jobs"].values()
    (taken,) = [s for s in steps(job) if s.get("id") == "cloud"]
    assert taken["with"]["pattern"] == "cloud-*"
    assert "head_repository.full_name == github.repository" in taken["if"]
    (commented,) = [s for s in steps(job) if s.get("run") == "make comment"]
    assert taken["with"]["path"] in commented["env"]["CLOUD"]


def test_the_newest_look_for_drift_reaches_the_comment_as_ours_alone():
    look = read(FOLDER / "workflows" / "drift.yml")["jobs"]["look"]
    (left,) = [s for s in steps(look) if s.get("uses", "").startswith("actions/upload-artifact@")]
    assert left["with"]["name"].startswith("drift-")
    assert left["with"]["path"] == "out/*/drift.json"
    (job,) = read(FOLDER / "workflows" / "comment.yml")["jobs"].values()
    (found,) = [s for s in steps(job) if s.get("id") == "drift"]
    # Anybody's branch may be called main, and anybody may change drift.yml in it.
    assert ".head_repository.full_name == env.GITHUB_REPOSITORY" in found["run"]
    (taken,) = [s for s in steps(job) if s.get("with", {}).get("pattern") == "drift-*"]
    assert taken["with"]["run-id"] == "${{ steps.drift.outputs.run }}"
    (commented,) = [s for s in steps(job) if s.get("run") == "make comment"]
    assert taken["with"]["path"] in commented["env"]["DRIFT"]


@pytest.mark.parametrize("name", ["FROM", "HEAD", "POST", "CLOUD", "DRIFT"])
def test_what_the_workflow_gives_to_make_comment_is_handed_on(name):
    (job,) = read(FOLDER / "workflows" / "comment.yml")["jobs"].values()
    (commented,) = [s for s in steps(job) if s.get("run") == "make comment"]
    assert name in commented["env"]
    assert re.search(rf"automation comment .*\$\({name}\)", (ROOT / "Makefile").read_text())
