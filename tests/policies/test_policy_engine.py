"""The pack as the real engine runs it: `--policy-pack policies`, on our program and spoilt ones."""

import gc
import os
import shutil
from pathlib import Path

import pytest
from pulumi import automation as auto

import program
from automation import engine as engines
from automation import session
from automation.errors import ROOT, UserError
from automation.results import Result, read
from tests.provider.stacks import close_what_failed_runs_left

PACK = ROOT / "policies"
NOT_KNOWN = "can't run policy"

pytestmark = [
    pytest.mark.engine,
    # What a program leaves whose run failed; closed below.
    pytest.mark.filterwarnings("ignore:Exception ignored in. <coroutine object run_in_stack"),
]


@pytest.fixture
def engine(monkeypatch):
    found = os.environ.get("SHOP_PULUMI") or shutil.which("pulumi")
    if not found:
        pytest.skip("no Pulumi engine: set SHOP_PULUMI to its path, or put `pulumi` on the PATH")
    # Where an engine without a Python language host looks for the way to start a pack.
    path = [str(PACK / "bin"), str(Path(found).parent), os.environ["PATH"]]
    monkeypatch.setenv("PATH", os.pathsep.join(path))
    yield engines.find(print)
    close_what_failed_runs_left()
    gc.collect()


def preview(stack: str, engine, tmp_path: Path, build=program.build, pack: Path = PACK):
    """What the engine said, and the error that ended it, if one did."""
    events, problem = tmp_path / f"{stack}.jsonl", ""
    with session.open_offline(stack, engine, events=events, build=build) as opened:
        try:
            opened.preview(lambda _event: None, policy_packs=[str(pack)])
        except UserError as error:
            problem = str(error)
    return read(events.read_text().splitlines()), problem


def said(result: Result) -> set[tuple[str, str, str]]:
    """Rule, level and resource of what the pack found, without what it could not tell yet."""
    return {
        (note.policy, note.level, note.urn.rsplit("::", 1)[-1])
        for note in result.policies
        if NOT_KNOWN not in note.message
    }


def keeps_a_log_for_ten_years(loaded):
    consumer = loaded.consumer.model_copy(update={"log_retention_days": 3653})
    return program.build(loaded.model_copy(update={"consumer": consumer}))


@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
def test_every_stack_passes_the_pack(stack, engine, tmp_path):
    result, problem = preview(stack, engine, tmp_path)
    assert said(result) == set()
    assert problem == ""
    # An offline preview knows no ARN, so the pack says of some rules that it could not run them.
    assert any(NOT_KNOWN in note.message for note in result.policies)


def test_a_mandatory_rule_fails_the_preview_of_a_spoilt_program(engine, tmp_path):
    result, problem = preview("prod", engine, tmp_path, keeps_a_log_for_ten_years)
    assert problem
    assert ("logs-kept-and-encrypted", "mandatory", "consumer-log") in said(result)


def test_the_engine_s_own_exit_code_is_not_zero_then(engine):
    with (
        session.open_offline("prod", engine, build=keeps_a_log_for_ten_years) as opened,
        pytest.raises(auto.CommandError, match=r"code: [1-9]"),
    ):
        opened.stack.preview(policy_packs=[str(PACK)], color="never")


def test_advice_does_not_fail_the_preview(engine, tmp_path):
    def forgetful(loaded):
        lake = loaded.lakehouse.model_copy(update={"versioned": False})
        return program.build(loaded.model_copy(update={"lakehouse": lake}))

    result, problem = preview("dev", engine, tmp_path, forgetful)
    assert problem == ""
    found = {name for rule, _, name in said(result) if rule == "buckets-keep-versions-advice"}
    assert found == {"lake-bronze", "lake-silver", "lake-gold"}


def test_an_exception_that_has_expired_fails_the_preview(engine, tmp_path):
    pack = tmp_path / "pack"
    shutil.copytree(PACK, pack / "policies", ignore=shutil.ignore_patterns("__pycache__"))
    (pack / "components").symlink_to(ROOT / "components")
    manifest = pack / "policies" / "PulumiPolicy.yaml"
    manifest.write_text(manifest.read_text().replace("../.venv", str(ROOT / ".venv")))
    file = pack / "policies" / "exceptions.yaml"
    file.write_text(file.read_text().replace("expires: 2027", "expires: 2020"))
    result, problem = preview("staging", engine, tmp_path, pack=pack / "policies")
    assert problem
    assert {rule for rule, level, _ in said(result) if level == "mandatory"} == {
        "exceptions",
        "buckets-under-our-key",
    }
