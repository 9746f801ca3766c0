"""The lines of a change show what it is and no value that nobody looked at."""

import pytest

from automation.difference import lines
from automation.results import SECRET, SIGNATURE, UNKNOWN, Op
from tests.comment.reports import change, state


def update(path, old, new, kind="update", **more):
    inputs = [state({path: value} if value is not None else {}) for value in (old, new)]
    return lines(change(Op.UPDATE, old=inputs[0], new=inputs[1], paths={path: kind}, **more))[1:]


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("shardCount", 1, 2),
        ("retentionPeriod", 24.0, 168),
        ("memorySize", 128, 256),
        ("engineVersion", "8.0", "8.4"),
        ("instanceClass", "db.t4g.micro", "db.t4g.small"),
        ("runtime", "python3.11", "python3.12"),
    ],
)
def test_sizes_counts_versions_and_switches_are_shown(name, old, new):
    before = int(old) if isinstance(old, float) else old  # the wire knows no integers
    assert update(name, old, new) == [f"-     {name}: {before}", f"+     {name}: {new}"]


def test_a_switch_is_shown_whatever_it_is_called_unless_it_sounds_secret():
    assert update("anything", False, True) == ["-     anything: false", "+     anything: true"]
    assert update("passwordAuth", False, True) == ["!     passwordAuth: changed"]


@pytest.mark.parametrize(
    "name",
    [
        "bucket",
        "policy",
        "description",
        "endpoint",
        "password",
        "masterPasswordVersion",
        "secretVersion",
        "tokenSize",
        "credentialMode",
        "privateKeySize",
        "environment",
        "userData",
        "connectionStringVersion",
    ],
)
def test_any_other_value_is_only_changed(name):
    assert update(name, "visible-old", "visible-new") == [f"!     {name}: changed"]


@pytest.mark.parametrize(
    ("kind", "old", "new", "said"),
    [
        ("add", None, "x", "added"),
        ("delete", "x", None, "removed"),
        ("update", "x", "y", "changed"),
    ],
)
def test_what_is_not_shown_says_what_happened_to_it(kind, old, new, said):
    assert update("bucket", old, new, kind) == [f"!     bucket: {said}"]


def test_a_property_that_comes_or_goes_is_one_line():
    assert update("memorySize", None, 128, "add") == ["+     memorySize: 128"]
    assert update("memorySize", 128, None, "delete") == ["-     memorySize: 128"]


def test_secrets_and_values_of_the_future_are_named_as_such():
    secret = {SIGNATURE: SECRET, "ciphertext": "[secret]"}
    assert update("shardCount", 1, secret) == ["!     shardCount: [secret]"]
    assert update("shardCount", 1, UNKNOWN) == ["!     shardCount: known after the update"]


def test_what_forces_the_replacement_is_marked():
    replaced = change(
        Op.REPLACE,
        old=state({"shardCount": 1}),
        new=state({"shardCount": 2}),
        paths={"shardCount": "update-replace"},
        reasons=("shardCount",),
    )
    assert lines(replaced) == [
        "! replace aws:kinesis/stream:Stream ingest-stream  (because of shardCount)",
        "-     shardCount: 1",
        "+     shardCount: 2  forces replacement",
    ]


def test_values_deep_inside_are_found_by_their_path():
    old = {"rules": [{"expiration": {"days": 7}}], "tags": {"a.b": "x"}}
    new = {"rules": [{"expiration": {"days": 9}}], "tags": {"a.b": "y"}}
    paths = {"rules[0].expiration.days": "update", 'tags["a.b"]': "update"}
    assert lines(change(Op.UPDATE, old=state(old), new=state(new), paths=paths))[1:] == [
        "-     rules[0].expiration.days: 7",
        "+     rules[0].expiration.days: 9",
        '!     tags["a.b"]: changed',
    ]


def test_protection_that_goes_is_shown():
    guarded = change(Op.UPDATE, old=state(protect=True), new=state(protect=False))
    assert lines(guarded)[1:] == ["-     protect: true", "+     protect: false"]


def test_a_long_value_is_not_shown_even_of_a_name_that_may():
    assert update("mode", "a", "b" * 61) == ["!     mode: changed"]


def test_a_known_secret_is_taken_out_wherever_it_stands():
    named = change(Op.DELETE, name="queue-hunter2")
    (line,) = lines(named, lambda text: text.replace("hunter2", "[secret]"))
    assert line == "- delete aws:kinesis/stream:Stream queue-[secret]"
