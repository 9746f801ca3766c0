"""`cost` on files of events: what it prints and writes, and with which exit code it ends."""

import argparse
import io
import json
from decimal import Decimal

import pytest
from rich.console import Console

from automation.cost import command, compare, docs, options
from automation.cost.command import Limits
from automation.errors import ConfigurationError, Exit, TooDearError, UserError
from tests.graph import ROOT

STREAM = "urn:pulumi:dev::shop::aws:kinesis/stream:Stream::events"


def events(path, op, old=None, new=None, **summary):
    def state(shards):
        mode = {"streamMode": "PROVISIONED"}
        return {"inputs": {"streamModeDetails": mode, "shardCount": shards}} if shards else None

    metadata = {
        "op": op,
        "urn": STREAM,
        "type": "aws:kinesis/stream:Stream",
        "old": state(old),
        "new": state(new),
    }
    lines = [
        {"resourcePreEvent": {"metadata": metadata}},
        {"summaryEvent": {"isPreview": True, "durationSeconds": 1} | summary},
    ]
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return path


def run(out, *arguments):
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--stack", required=True, nargs="+")
    options.add_arguments(parser)
    screen = io.StringIO()
    chosen = parser.parse_args([str(one) for one in arguments])
    code = command.run(chosen, Console(file=screen, width=200), out)
    return code, screen.getvalue()


def test_the_estimate_of_a_change_tells_the_difference_and_writes_its_files(tmp_path):
    path = events(tmp_path / "e.jsonl", "update", old=1, new=2)
    code, said = run(tmp_path, "--stack", "dev", "--events", path)
    assert code is Exit.OK
    assert "The change: +$12.41 (fixed +$12.41, usage ±$0.00" in said
    document = json.loads((tmp_path / "dev" / "cost.json").read_text())
    assert Decimal(document["fixed"]) == Decimal("24.82")
    assert "| Kinesis | $24.82 |" in (tmp_path / "dev" / "cost.md").read_text()


def test_json_goes_to_programs_and_words_to_people(tmp_path, capsys):
    path = events(tmp_path / "e.jsonl", "create", new=1)
    _, said = run(tmp_path, "--stack", "dev", "--events", path, "--json")
    document = json.loads(capsys.readouterr().out)
    assert Decimal(document["fixed"]) == Decimal("12.41")
    assert "Kinesis" in said


def test_above_the_limit_it_fails_with_the_amounts_and_the_files_are_there(tmp_path):
    path = events(tmp_path / "e.jsonl", "create", new=2)
    run(tmp_path, "--stack", "dev", "--events", path, "--fail-above", "$1,000")
    with pytest.raises(
        TooDearError, match=r"dev would cost \$24\.83 a month, above the limit of \$20\.00"
    ) as raised:
        run(tmp_path, "--stack", "dev", "--events", path, "--fail-above", "20")
    assert raised.value.exit is Exit.TOO_DEAR
    assert (tmp_path / "dev" / "cost.md").exists()


def test_a_change_that_adds_more_than_allowed_fails_and_one_that_saves_never_does(tmp_path):
    more = events(tmp_path / "more.jsonl", "update", old=1, new=3)
    less = events(tmp_path / "less.jsonl", "update", old=3, new=1)
    run(tmp_path, "--stack", "dev", "--events", more, "--fail-increase", "24.82")
    with pytest.raises(TooDearError, match=r"adds \$24\.82 a month to dev"):
        run(tmp_path, "--stack", "dev", "--events", more, "--fail-increase", "24.81")
    run(tmp_path, "--stack", "dev", "--events", less, "--fail-increase", "0")


def test_two_offline_previews_are_compared(tmp_path):
    base = events(tmp_path / "base.jsonl", "create", new=1)
    head = events(tmp_path / "head.jsonl", "create", new=2)
    arguments = ("--stack", "dev", "--events", head, "--against", base)
    _, said = run(tmp_path, *arguments)
    assert "The change: +$12.41" in said
    with pytest.raises(TooDearError, match=r"adds \$12\.41"):
        run(tmp_path, *arguments, "--fail-increase", "1")


def test_an_increase_over_nothing_is_no_increase_but_a_mistake(tmp_path):
    path = events(tmp_path / "e.jsonl", "create", new=2)
    with pytest.raises(ConfigurationError, match="needs something to compare with"):
        run(tmp_path, "--stack", "dev", "--events", path, "--fail-increase", "1")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--stack", "dev", "staging", "--events", "e"), "are of one stack, not of dev, staging"),
        (("--stack", "local"), "costs nothing; choose dev, staging, prod"),
        (("--stack", "moon"), "there is no stack 'moon'"),
        (("--stack", "dev", "--events", "nowhere.jsonl"), "nowhere.jsonl does not exist"),
    ],
)
def test_a_wrong_command_line_is_one_sentence(tmp_path, arguments, message):
    with pytest.raises(UserError, match=message):
        run(tmp_path, *arguments)


@pytest.mark.parametrize(
    "content", ["no event\n{}\n", '{"resourcePreEvent": {"metadata": {"op": "create"}}}\n']
)
def test_a_file_without_events_is_one_sentence(tmp_path, content):
    path = tmp_path / "e.jsonl"
    path.write_text(content)
    with pytest.raises(ConfigurationError, match="does not hold the events of a run"):
        run(tmp_path, "--stack", "dev", "--events", path)


def test_half_a_stack_has_no_total(tmp_path):
    path = events(tmp_path / "e.jsonl", "create", new=1, result="failed")
    with pytest.raises(UserError, match="the preview failed: half a stack has no total"):
        run(tmp_path, "--stack", "dev", "--events", path)
    path.write_text(path.read_text().splitlines()[0] + "\n")
    with pytest.raises(UserError, match="was cut off"):
        run(tmp_path, "--stack", "dev", "--events", path)


@pytest.mark.parametrize("text", ["much", "-1", "NaN", "Infinity", ""])
def test_an_amount_must_be_one(text):
    with pytest.raises(argparse.ArgumentTypeError, match="is no amount"):
        options.amount(text)


def test_a_limit_that_is_met_exactly_holds(book, assumed):
    from automation.cost.estimate import estimate
    from tests.cost.made import resource

    board = resource("aws:cloudwatch/dashboard:Dashboard")
    delta = compare.between(
        estimate("dev", [], assumed, book), estimate("dev", [board], assumed, book)
    )
    command.check(delta, Limits(total=Decimal("3.00")))
    with pytest.raises(TooDearError):
        command.check(delta, Limits(total=Decimal("2.99")))


@pytest.mark.engine
def test_the_cost_page_is_current(estimates):
    made = docs.page(estimates)
    assert (ROOT / "docs" / "cost.md").read_text() == made, "run `python -m automation.cost.docs`"
