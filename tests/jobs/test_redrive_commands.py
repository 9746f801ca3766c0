"""The commands as people type them: dry unless told otherwise, one sentence for a mistake."""

import gzip

import pytest
from botocore.exceptions import ClientError

from jobs.redrive import __main__ as redrive
from jobs.reprocess import __main__ as reprocess
from tests.functions.consumer_fakes import page_view
from tests.jobs.stack_in_memory import Stack, consume, letter


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Stack:
    stack = Stack()
    stack.put(*(page_view(number) + b"\n" for number in range(4)))
    for module in (redrive, reprocess):
        monkeypatch.setattr(module, "places", lambda _: stack.places)
    return stack


def test_redrive_is_dry_unless_told_and_says_so(stack: Stack, capsys):
    stack.sqs.send("a", letter(0, 3))
    assert redrive.main([]) == 0
    said = capsys.readouterr().out
    assert "letters could be redriven: 1, with records: 4; of reprocessed days: 0" in said
    assert "the same with --yes" in said
    assert stack.silver() == {}
    assert redrive.main(["--yes"]) == 0
    assert stack.silver()


def test_redrive_fails_as_long_as_something_stays_and_names_the_command(stack: Stack, capsys):
    stack.kinesis.horizon = 2
    stack.sqs.send("a", letter(0, 3))
    assert redrive.main(["--yes"]) == 1
    assert "python -m jobs.reprocess --day 2026-11-22" in capsys.readouterr().out


def test_a_lost_batch_is_settled_by_reprocessing_its_day(stack: Stack, capsys):
    stack.kinesis.horizon = 2
    stack.sqs.send("lost", letter(0, 1))
    stack.sqs.send("there", letter(2, 3))
    stack.sqs.send("not ours", "{}")
    assert reprocess.main(["--day", "2026-11-22", "--yes"]) == 0
    assert redrive.main(["--reprocessed", "2026-11-21", "--yes"]) == 1
    assert set(stack.sqs.messages) == {"lost", "not ours"}
    assert redrive.main(["--reprocessed", "2026-11-22"]) == 1
    assert set(stack.sqs.messages) == {"lost", "not ours"}
    assert redrive.main(["--reprocessed", "2026-11-22", "--yes"]) == 1
    assert set(stack.sqs.messages) == {"not ours"}
    assert "of reprocessed days: 1; letters that stay: 1" in capsys.readouterr().out


def test_where_there_is_nothing_to_do_nothing_is_offered(stack: Stack, capsys):
    assert redrive.main([]) == redrive.main(["--quarantine"]) == 0
    assert "--yes" not in capsys.readouterr().out


def test_a_quarantine_that_would_only_come_back_is_not_sent(stack: Stack, capsys):
    stack.put(b"<html>\n")
    consume(stack.s3, stack.kinesis.as_lambda_sends(4, 4))
    assert redrive.main(["--quarantine"]) == 0
    assert redrive.main(["--quarantine", "--yes"]) == 1
    assert "error: none of them fits the contract" in capsys.readouterr().out
    assert len(stack.kinesis.records) == 5


def test_an_object_that_the_consumer_did_not_write_is_named(stack: Stack, capsys):
    for body in (b"hello", gzip.compress(b"hello"), gzip.compress(b"{}\n")[:-9]):
        stack.s3.put_object(Bucket="bronze", Key="quarantine/events/year=2026/x", Body=body)
        assert redrive.main(["--quarantine"]) == 1
        said = capsys.readouterr().out
        assert said.startswith("error: s3://bronze/quarantine/events/year=2026/x is no object")
        assert said.count("\n") == 1


def test_what_aws_refuses_is_a_sentence(stack: Stack, monkeypatch, capsys):
    def refused(**_: object) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "ReceiveMessage")

    monkeypatch.setattr(stack.sqs, "receive_message", refused)
    assert redrive.main([]) == 1
    said = capsys.readouterr().out
    assert said.startswith("error: An error occurred (AccessDenied)")
    assert said.count("\n") == 1


def test_reprocess_reads_where_the_stack_puts_raw_events(stack: Stack, capsys):
    stack.names["raw_prefix"] = "raw/clicks"
    assert reprocess.main(["--day", "2026-11-22"]) == 1
    assert "there is nothing under raw/clicks/2026/11/22/" in capsys.readouterr().out


def test_what_is_in_glacier_is_asked_for_only_when_told(stack: Stack, capsys):
    keys = stack.s3.keys("bronze", "raw/")
    stack.s3.archived = {keys[0]}
    assert reprocess.main(["--day", "2026-11-22"]) == 1
    assert "1 of 2 objects are in Glacier" in capsys.readouterr().out
    assert reprocess.main(["--day", "2026-11-22", "--restore"]) == 0
    assert stack.s3.asked == []
    assert reprocess.main(["--day", "2026-11-22", "--restore", "--yes"]) == 0
    assert stack.s3.asked == [keys[0]]
    assert stack.silver() == {}
    stack.s3.restored = {keys[0]}
    assert reprocess.main(["--day", "2026-11-22", "--yes"]) == 0
    assert stack.silver()


def test_reprocess_is_dry_unless_told_and_does_several_days(stack: Stack, capsys):
    assert reprocess.main(["--day", "2026-11-22"]) == 0
    assert stack.silver() == {}
    assert "Nothing was changed" in capsys.readouterr().out
    assert reprocess.main(["--day", "2026-11-22", "--yes"]) == 0
    assert stack.silver()
    assert reprocess.main(["--day", "2026-11-22", "--until", "2026-11-23"]) == 1
    assert "there is nothing under raw/events/2026/11/23/" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("command", "arguments", "sentence"),
    [
        (redrive, ["--day", "2026-11-22"], "--day goes with --quarantine"),
        (redrive, ["--quarantine", "--day", "x"], "x is no day"),
        (redrive, ["--reprocessed", "x"], "x is no day"),
        (redrive, ["--quarantine", "--reprocessed", "2026-11-22"], "leave out --quarantine"),
        (reprocess, ["--day", "22.11.2026"], "22.11.2026 is no day"),
        (reprocess, ["--day", "2026-11-22", "--until", "2026-11-21"], "is before --day"),
    ],
)
@pytest.mark.usefixtures("stack")
def test_a_mistake_is_one_sentence(command, arguments, sentence, capsys):
    assert command.main(arguments) != 0
    said = capsys.readouterr().out
    assert sentence in said
    assert said.startswith("error: ")
    assert said.count("\n") == 1


def test_a_name_that_nobody_gave_is_named_with_its_option(capsys):
    assert redrive.main(["--quarantine"]) == 1
    assert "there is no bronze_bucket: give --bronze, or --stack" in capsys.readouterr().out
