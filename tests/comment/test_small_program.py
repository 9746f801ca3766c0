"""What else a commit may be: older than this, broken, hostile, or of no consequence."""

import json
import os
from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from automation import checkout, previews, pull_request
from automation.checks import Checks
from automation.errors import Exit, UserError
from automation.pull_request import Options, secrets_in
from tests.comment.conftest import SMALL
from tests.comment.github_api import REPOSITORY

engine_needed = pytest.mark.engine
NONE = Checks()


@pytest.fixture
def comment(engine, small, tmp_path):
    """Runs the command on two commits of the small program; its exit code and comment."""

    def commented(base="HEAD~1", head="HEAD", **env):
        options = Options(base=base, head=head, root=small.folder, out=tmp_path / "out")
        code = pull_request.run(options, Console(file=StringIO()), env=env, made_by=NONE)
        return code, (tmp_path / "out" / "comment.md").read_text()

    return commented


@engine_needed
def test_a_commit_without_consequence_is_green(small, comment):
    small.commit({"README.md": "words"})
    code, text = comment()
    assert code == Exit.OK
    assert "## 🟢 Infrastructure preview: no changes" in text
    assert "<details>" not in text


@engine_needed
def test_it_is_green_again_after_a_fix_and_the_same_comment_says_so(engine, small, world):
    chosen = options(
        small.folder.parent, small, base="main~1", post=f"{REPOSITORY}#42", api=world.url
    )
    small.commit({"Pulumi.dev.yaml": SMALL["Pulumi.dev.yaml"].replace("1}", "0}")})
    env = {"GITHUB_TOKEN": world.token}
    assert run(chosen, **env, GITHUB_RUN_ID="1") == Exit.FAILED
    assert "🔴" in world.bodies()[0]
    small.commit({"Pulumi.dev.yaml": SMALL["Pulumi.dev.yaml"].replace("1}", "2}")})
    chosen = replace(chosen, base="main~2")
    assert run(chosen, **env, GITHUB_RUN_ID="2") == Exit.OK
    (body,) = world.bodies()
    assert "## 🟢 Infrastructure preview: dev would change, nothing is lost" in body
    assert "+     shardCount: 2" in body


@engine_needed
def test_a_base_that_is_older_than_the_program_is_an_empty_state_and_said(small, comment):
    small.commit({"program.py": None})
    small.commit({"program.py": SMALL["program.py"]})
    code, text = comment()
    assert code == Exit.OK
    assert (
        "> Offline preview against an empty state, so everything counts as new: the base commit "
        "cannot be compared with (the program does not run: ModuleNotFoundError: No module named "
        "'program')."
    ) in text
    assert "+ create aws:kinesis/stream:Stream stream" in text


@engine_needed
def test_a_stack_that_is_new_is_an_empty_state_and_said(small, comment):
    small.commit({"Pulumi.prod.yaml": SMALL["Pulumi.dev.yaml"]})
    _, text = comment()
    assert (
        "> **prod**: Offline preview against an empty state, so everything counts as new: the base "
        "commit has no such stack."
    ) in text
    assert "> **dev**: Offline preview, with no credentials: against what the base commit" in text


@engine_needed
@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("def build(:\n", "the program does not run: SyntaxError: invalid syntax (program.py"),
        ("import nowhere\n", "ModuleNotFoundError: No module named 'nowhere' (program.py line 1)"),
        ("raise SystemExit(3)\n", "its process ended with 3 and no result"),
        ("import os\nos._exit(9)\n", "its process ended with 9 and no result"),
        (
            "def build(settings):\n    return {}['gold']\n",
            "KeyError: 'gold' (program.py line 2)",
        ),
        (
            'import sys\nprint(\'{"problem": "", "notes": []}\')\nsys.exit(0)\n',
            "its process ended with 0 and no result",
        ),
    ],
)
def test_a_program_that_does_not_run_is_a_red_row_with_its_reason(small, comment, program, said):
    small.commit({"program.py": program})
    code, text = comment()
    assert code == Exit.FAILED
    assert "| dev | ❌ failed |" in text
    assert said in text.replace("\\", "")


@engine_needed
def test_the_program_sees_no_token_and_no_credentials(small, comment, tmp_path, monkeypatch):
    seen = tmp_path / "seen.json"
    for name in ("GITHUB_TOKEN", "AWS_SECRET_ACCESS_KEY", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"):
        monkeypatch.setenv(name, "not-to-be-seen")
    spy = f"import json, os\njson.dump(dict(os.environ), open({str(seen)!r}, 'w'))\n"
    small.commit({"program.py": spy + SMALL["program.py"]})
    code, text = comment(**dict(os.environ))
    assert code == Exit.OK
    assert "PATH" in json.loads(seen.read_text())
    assert "not-to-be-seen" not in seen.read_text() + text


@engine_needed
def test_hooks_of_the_repository_do_not_run(small, comment, tmp_path):
    hook = small.folder / ".git" / "hooks" / "post-checkout"
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path / 'ran'}\n")
    hook.chmod(0o755)
    small.commit()
    comment()
    assert not (tmp_path / "ran").exists()


@engine_needed
def test_only_the_changes_of_the_branch_are_shown_when_the_base_went_on(small, comment):
    small.git("checkout", "--quiet", "-b", "feature")
    small.commit({"README.md": "words"})
    small.git("checkout", "--quiet", "main")
    small.commit({"Pulumi.dev.yaml": SMALL["Pulumi.dev.yaml"].replace("1}", "9}")})
    _, text = comment(base="main", head="feature")
    assert "🟢 Infrastructure preview: no changes" in text


def options(tmp_path, small, **more):
    usual = Options(base="HEAD", root=small.folder, out=tmp_path / "out")
    return replace(usual, **more)


def run(chosen, **env):
    return pull_request.run(chosen, Console(file=StringIO()), env=env, made_by=NONE)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"base": "nowhere"}, "git knows no commit 'nowhere' here: fetch it"),
        ({"base": "--help"}, "git knows no commit '--help' here"),
        ({"post": "42"}, "--post 42: it names a pull request as owner/name#number"),
        ({"post": "shop/platform#42"}, "needs a token that may write comments: set GITHUB_TOKEN"),
    ],
)
def test_a_mistake_on_the_command_line_is_one_sentence(tmp_path, small, more, said):
    with pytest.raises(UserError, match=said):
        run(options(tmp_path, small, **more))


def test_files_that_are_not_there_are_named(tmp_path, small):
    with pytest.raises(UserError, match=r"there are no previews in .*: no previews\.json"):
        run(options(tmp_path, small, made=tmp_path))


def made(folder, *stacks, **more):
    folder.mkdir()
    document = {"base": "a" * 40, "head": "b" * 40, "stacks": stacks, **more}
    (folder / previews.FILE).write_text(json.dumps(document))
    return folder


@pytest.mark.parametrize(
    "wrong",
    [
        {"stacks": [{"stack": "../../etc"}]},
        {"stacks": [{"stack": "dev", "cost": "free"}]},
        {"head": "<!-- -->"},
        {"run": 10**9},
    ],
)
def test_files_from_outside_that_say_something_else_are_refused(tmp_path, small, wrong):
    folder = made(tmp_path / "made", **wrong)
    with pytest.raises(UserError, match=r"previews\.json is not what a preview writes"):
        run(options(tmp_path, small, made=folder))


@pytest.mark.parametrize(
    "events",
    [
        "Previewing update\nmore",
        '{"resourcePreEvent": {}}',
        '{"summaryEvent": {"result": "won"}}',
        "",
    ],
)
def test_events_that_are_no_events_are_no_result(tmp_path, small, events):
    folder = made(tmp_path / "made", {"stack": "dev"})
    (folder / "dev").mkdir()
    (folder / "dev" / "events.jsonl").write_text(events)
    assert run(options(tmp_path, small, made=folder)) == Exit.FAILED
    text = (tmp_path / "out" / "comment.md").read_text()
    assert "| dev | ❌ " in text
    assert "no result arrived" in text


def test_a_check_that_cannot_be_made_is_told_and_fails(tmp_path, small):
    def broken(*_args):
        raise UserError("exceptions.yaml: a policy 'tsl-only' does not exist")

    folder = made(tmp_path / "made", {"stack": "dev", "compared": True})
    (folder / "dev").mkdir()
    (folder / "dev" / "events.jsonl").write_text('{"summaryEvent": {"isPreview": true}}')
    chosen = options(tmp_path, small, made=folder)
    code = pull_request.run(
        chosen, Console(file=StringIO()), env={}, made_by=Checks(policy=broken, cost=broken)
    )
    text = (tmp_path / "out" / "comment.md").read_text().replace("\\", "")
    assert code == Exit.FAILED
    assert "the policies could not be evaluated: exceptions.yaml: a policy 'tsl-only'" in text
    assert "dev could not be checked" in text


def test_types_of_which_nothing_is_known_are_doubted(tmp_path, small):
    folder = made(tmp_path / "made", {"stack": "dev", "compared": True})
    (folder / "dev").mkdir()
    step = {"op": "update", "type": "aws:chime/room:Room", "old": {}, "new": {}}
    step["urn"] = f"urn:pulumi:dev::shop::{step['type']}::room"
    lines = [{"resourcePreEvent": {"metadata": step}}, {"summaryEvent": {"isPreview": True}}]
    text = "\n".join(map(json.dumps, lines))
    (folder / "dev" / "events.jsonl").write_text(text)
    run(options(tmp_path, small, made=folder))
    told = (tmp_path / "out" / "comment.md").read_text()
    assert "aws:chime/room:Room: shown as changed, may be replaced" in told


def test_secrets_are_known_by_the_names_of_their_variables():
    env = {
        "GITHUB_TOKEN": "ghs_longer-one",
        "DB_PASSWORD": "hunter2-hunter2",
        "SHORT_SECRET": "abc",
        "SECRET_NUMBER": "1234567890",
        "HOME": "somewhere-else",
    }
    assert secrets_in(env) == ("hunter2-hunter2", "ghs_longer-one")


def test_a_process_gets_the_named_variables_only(small, monkeypatch):
    monkeypatch.setenv("GITHUB_TOKEN", "not-to-be-seen")
    with checkout.checked_out(small.git("rev-parse", "HEAD"), small.folder) as tree:
        assert (tree / "program.py").exists()
        done = checkout.run(tree, ["preview", "none", "/no/engine", "", str(tree)])
    assert not tree.exists()
    assert "there is no stack 'none'" in done.stdout
    assert done.returncode == 1
