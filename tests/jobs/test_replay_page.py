"""The page about replays is made of commands that are there, and its policy grants no wildcard."""

import ast
import json
import re
import shlex

import pytest

from jobs.redrive import __main__ as redrive
from jobs.redrive.places import NAMES
from jobs.reprocess import __main__ as reprocess
from tests.graph import ROOT, recorded

PAGE = (ROOT / "docs" / "replay.md").read_text()
PARSERS = {"jobs.redrive": redrive, "jobs.reprocess": reprocess}
COMMANDS = [
    line
    for language, block in re.findall(r"^```(\w*)\n(.*?)^```", PAGE, re.M | re.S)
    for line in block.splitlines()
    if not language
]
STEPS = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)
VALUES = {"STACK": "dev", "DAY": "2026-11-22"}


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_is_one_that_its_parser_takes(line):
    python, module, package, *words = [VALUES.get(word, word) for word in shlex.split(line)]
    assert (python, module) == ("python", "-m")
    options = PARSERS[package]._parser().parse_args(words)
    assert options.stack == "dev"


def test_every_option_that_does_something_is_on_the_page():
    for module in PARSERS.values():
        for action in module._parser()._actions:
            (*_, option) = action.option_strings
            known = option in ("--help", *NAMES.values())
            assert known or option in PAGE, option


@pytest.mark.parametrize(("file", "name"), STEPS)
def test_every_test_it_names_is_there(file, name):
    functions = {
        node.name
        for node in ast.walk(ast.parse((ROOT / file).read_text()))
        if isinstance(node, ast.FunctionDef)
    }
    assert name in functions


def test_every_alarm_it_names_is_one_of_the_program():
    graph = recorded("dev")
    alarms = {node.name for node in graph.of("aws:cloudwatch/metricAlarm:MetricAlarm")}
    named = set(re.findall(r"alarm `([\w-]+)`", PAGE))
    assert len(named) == 4
    assert named <= alarms


def test_the_policy_names_actions_and_resources():
    (text,) = re.findall(r"```json\n(.+?)```", PAGE, re.DOTALL)
    for statement in json.loads(text)["Statement"]:
        assert all(re.fullmatch(r"\w+:[A-Za-z]+", action) for action in statement["Action"])
        assert all(len(resource) > len("arn:aws:s3:::") for resource in statement["Resource"])
