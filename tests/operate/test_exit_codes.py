"""Each way in which a command may end, by the code of a real process on the real engine.

The codes are `automation.errors.Exit`; docs/ci.md has the table. Nothing is shown as a traceback
(`ended` looks), and what is refused has changed nothing.
"""

import json
import os
import signal
from datetime import UTC, datetime

import pytest

from automation import cloud_previews, previews
from automation.errors import Exit
from automation.results import Op
from tests.operate.conftest import END, ORDERS, ended, wait_for

pytestmark = pytest.mark.engine

LOCAL = ("--stack", "local")
UP = ("up", *LOCAL, "--yes")
ANOTHER = '    queue("returns")\n'
# Each waits for the one before: some seconds of work, which a signal falls into.
LENGTH = 80
CHAIN = f"""    before = [orders]
    for number in range({LENGTH}):
        before = [queue(f"chained-{{number}}", before)]
"""
TESTED: set[Exit] = set()


def is_(code: int, wanted: Exit) -> bool:
    TESTED.add(wanted)
    return code == wanted


def test_it_is_up_to_date_and_a_second_up_changes_nothing_and_says_so(small):
    assert small.names() == {"orders"}
    assert list((small.root / "out/local/states").glob("*.json")), "the state as it was is kept"
    (small.root / "out/local/result.json").unlink()
    done = small.run(*UP, "--json")
    assert is_(done.code, Exit.OK), done.said
    assert json.loads(done.out)["counts"]["same"] == 1
    assert small.result()["operation"] == "up"


def test_outputs_are_brought_up_to_date_although_every_resource_is_the_same(small):
    small.program(ORDERS + '    return {"orders": orders.name, "more": orders.arn}\n')
    done = small.run(*UP)
    assert is_(done.code, Exit.OK), done.said
    assert set(small.outputs()) == {"orders", "more"}


def test_changes_that_nobody_expected_are_told_and_not_made(small):
    small.program(ORDERS + ANOTHER + END)
    done = small.run("preview", *LOCAL, "--expect-no-changes", "--json")
    assert is_(done.code, Exit.CHANGES), done.said
    assert json.loads(done.out)["counts"] == {"create": 1, "same": 1}
    assert small.names() == {"orders"}
    # And it is left for the comment, without what the state says of the deployed.
    cloud = small.root / "out" / "cloud"
    result = previews.result(cloud, cloud_previews.read(cloud, small.root)["local"])
    assert result is not None
    assert (result.count(Op.CREATE), result.count(Op.SAME)) == (1, 1)
    assert not any(side.outputs for one in result.changes for side in (one.old, one.new) if side)


def test_a_mandatory_policy_stops_it(small):
    small.program(ORDERS + '    aws.cloudwatch.LogGroup("endless")\n' + END)
    done = small.run(*UP, "--json")
    assert is_(done.code, Exit.POLICY), done.said
    assert json.loads(done.out)["name"] == "POLICY"
    assert "logs-kept-and-encrypted on endless: retentionInDays is missing" in done.said
    assert small.names() == {"orders"}


def test_what_holds_data_is_not_deleted_unless_it_is_named(small):
    small.program(ANOTHER + "    return {}\n")
    done = small.run(*UP)
    assert is_(done.code, Exit.DATA_AT_RISK), done.said
    assert "orders: holds data" in done.said
    assert "--allow-data-loss NAME" in done.said
    assert small.names() == {"orders"}
    assert not (small.root / "out/local/result.json").exists(), "of another run"


def test_a_stack_that_another_run_holds_is_left_alone_and_its_holder_named(small):
    small.program(ORDERS + ANOTHER + END)
    small.locks.mkdir(parents=True, exist_ok=True)
    lock = small.locks / "0.json"
    written = {"pid": 4711, "username": "ana", "hostname": "laptop"}
    lock.write_text(json.dumps({**written, "timestamp": datetime.now(UTC).isoformat()}))
    try:
        done = small.run(*UP)
    finally:
        lock.unlink()
    assert is_(done.code, Exit.LOCKED), done.said
    assert "locked by another update" in done.said
    assert "ana@laptop, pid 4711" in done.said
    assert small.names() == {"orders"}


@pytest.mark.parametrize(
    ("number", "to_group", "wanted"),
    [(signal.SIGTERM, False, Exit.TERMINATED), (signal.SIGINT, True, Exit.INTERRUPTED)],
)
def test_a_stopped_update_ends_in_order_and_releases_its_lock(small, number, to_group, wanted):
    """SIGTERM is for the process alone, as CI sends it; Ctrl-C for all of the terminal's."""
    small.program(ORDERS + CHAIN + END)
    known = len(small.names())  # the second of the two goes on where the first was stopped
    process = small.start(*UP)
    wait_for(lambda: len(small.names()) > known + 1, process)
    assert small.held()
    (os.killpg if to_group else os.kill)(process.pid, number)
    done = ended(process)
    assert is_(done.code, wanted), done.said
    assert "the same command goes on" in done.said
    assert small.held() == []
    assert known + 1 < len(small.names()) < LENGTH, "stopped midway"
    assert small.result()["outcome"] in ("canceled", "failed")


def test_the_program_s_own_failure_is_one_sentence(small):
    small.program(ORDERS + "    raise RuntimeError('no such shop')\n")
    done = small.run(*UP)
    assert is_(done.code, Exit.FAILED), done.said
    assert "no such shop" in done.said


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("shards: 1", "shards: 0", "shop:ingest.shards: Input should be greater than or equal to"),
        ("config:", "config: [", "Pulumi.local.yaml is not YAML"),
    ],
)
def test_a_stack_file_that_is_wrong_starts_nothing(small, old, new, said):
    path = small.root / "Pulumi.local.yaml"
    good = path.read_text()
    assert old in good
    path.write_text(good.replace(old, new, 1))
    try:
        done = small.run(*UP)
    finally:
        path.write_text(good)
    assert is_(done.code, Exit.CONFIGURATION), done.said
    assert said in done.said


def test_without_an_engine_and_with_all_ways_to_one_closed_each_way_is_named(small, tmp_path):
    done = small.run(
        *UP, PATH="/usr/bin:/bin", XDG_CACHE_HOME=str(tmp_path), https_proxy="http://127.0.0.1:9"
    )
    assert is_(done.code, Exit.NO_ENGINE), done.said
    for way in ("PATH: ", "official installer: ", "Go module: "):
        assert way in done.said


def test_a_month_above_the_limit_fails(small):
    event = {"summaryEvent": {"isPreview": True, "result": "succeeded"}}
    stream = "aws:kinesis/stream:Stream"
    step = {
        "op": "create",
        "type": stream,
        "urn": f"urn:pulumi:dev::shop::{stream}::events",
        "new": {"inputs": {"shardCount": 2, "name": "events"}},
    }
    events = small.root / "dev.jsonl"
    lines = [{"resourcePreEvent": {"metadata": step}}, event]
    events.write_text("\n".join(map(json.dumps, lines)))
    limited = ("--events", str(events), "--fail-above", "5")
    done = small.run("cost", "--stack", "dev", *limited)
    assert is_(done.code, Exit.TOO_DEAR), done.said
    assert "above the limit of $5.00" in done.said


def test_every_code_was_seen(request):
    """In a run of the whole file; a part of it proves nothing of the others."""
    if request.session.testscollected <= len(Exit):
        pytest.skip("only a part of the file runs")
    assert set(Exit) == TESTED
