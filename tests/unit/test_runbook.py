"""The runbook is made of steps that are there: its commands are words, its tests exist."""

import ast
import re
import shlex

import pytest

from automation import __main__ as command_line
from automation import state_commands
from tests.graph import ROOT

PAGE = (ROOT / "docs" / "runbook.md").read_text()
COMMANDS = [
    line
    for block in re.findall(r"^```\n(.*?)^```", PAGE, re.M | re.S)
    for line in block.split("\n")
]
STEPS = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)
VALUES = {"STACK": "dev", "VERSION": "v1"}


def test_it_has_commands_and_tested_steps():
    assert len([line for line in COMMANDS if line]) > 8
    assert len(STEPS) > 6


@pytest.mark.parametrize("line", [line for line in COMMANDS if line.startswith("python")])
def test_every_command_of_ours_is_one_the_command_line_takes(line):
    python, module, package, *words = [VALUES.get(word, word) for word in shlex.split(line)]
    assert (python, module, package) == ("python", "-m", "automation")
    options = command_line._parser(words).parse_args(words)
    assert options.command == words[0]
    assert options.stack in (["dev"], ["prod"])


@pytest.mark.parametrize("line", [line for line in COMMANDS if line.startswith("pulumi")])
def test_every_command_of_pulumi_is_one_that_a_test_runs(line):
    _, *words = shlex.split(line)
    tests = "".join(path.read_text() for path in (ROOT / "tests" / "state").glob("*.py"))
    for word in words:
        assert "://" in word or word in ("dev", "prod") or f'"{word}"' in tests, line


@pytest.mark.parametrize(("file", "name"), STEPS)
def test_every_test_it_names_is_there(file, name):
    functions = {
        node.name
        for node in ast.walk(ast.parse((ROOT / file).read_text()))
        if isinstance(node, ast.FunctionDef)
    }
    assert name in functions


def test_no_line_is_a_command_of_anything_else():
    known = ("python -m automation ", "pulumi ")
    assert [line for line in COMMANDS if line and not line.startswith(known)] == []


def test_every_word_about_state_is_in_the_runbook_or_the_help():
    assert set(state_commands.COMMANDS) <= set(command_line.COMMANDS)
