"""The graph as JSON holds every resource, no secret, no path, and is the same each time."""

import hashlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys

import pulumi
import pulumi_aws as aws
import pytest

from automation.errors import ConfigurationError, UserError
from automation.graph import command
from automation.graph.document import as_json, digest, document, plain
from tests.graph import ROOT, Graph, record
from tests.urns import inventory

KEYS = {
    "urn",
    "type",
    "name",
    "parent",
    "inputs",
    "protect",
    "retain_on_delete",
    "depends_on",
}


@pytest.fixture
def project(tmp_path):
    """A project folder with the committed stack files, to be changed."""
    for file in ROOT.glob("Pulumi.*.yaml"):
        shutil.copy(file, tmp_path)
    return tmp_path


def test_every_resource_of_the_inventory_is_in_it_in_order(graph: Graph, stack: str):
    found = json.loads(as_json(graph, stack))
    assert found["stack"] == stack
    assert all(set(resource) == KEYS for resource in found["resources"])
    urns = [resource["urn"] for resource in found["resources"]]
    assert urns == sorted(urns)
    listed = "".join(f"{urn.split('::', 2)[2]}\n" for urn in urns)
    assert listed == inventory(graph)


def test_edges_lead_to_resources_of_the_document(graph: Graph, stack: str):
    resources = document(graph, stack)["resources"]
    urns = {resource["urn"] for resource in resources} | {resources[0]["parent"]}
    for resource in resources:
        assert resource["depends_on"] == sorted(set(resource["depends_on"]))
        assert set(resource["depends_on"]) < urns


def test_a_secret_is_a_mark_wherever_it_stands():
    def program():
        pager = aws.sns.TopicSubscription(
            "pager",
            topic="arn:topic",
            protocol="https",
            endpoint=pulumi.Output.secret("https://pager.example/key-4711"),
            filter_policy=pulumi.Output.json_dumps({"key": pulumi.Output.secret("key-4711")}),
        )
        aws.ssm.Parameter("nested", type="String", tags={"token": pager.endpoint})

    text = as_json(record(program), "dev")
    assert "4711" not in text
    pager, nested = json.loads(text)["resources"]
    assert pager["inputs"]["endpoint"] == "[secret]"
    assert pager["inputs"]["filterPolicy"] == "[secret]"
    assert nested["inputs"]["tags"] == "[secret]"


def test_an_encrypted_setting_stays_out(project):
    file = project / "Pulumi.prod.yaml"
    pager = "https://pager.shoptrend.example/sns"
    text = file.read_text()
    assert pager in text
    file.write_text(text.replace(f"[{pager}]", "[{secure: AAABAEsecretsecret}]"))
    printed = command.run("prod", "json", root=project)
    assert "AAABAE" not in printed
    assert '"endpoint": "[secret]"' in printed


def test_a_file_is_its_hash_and_changes_with_its_content(tmp_path):
    file = tmp_path / "handler.py"
    file.write_text("one")
    archive = pulumi.AssetArchive({"a/handler.py": pulumi.FileAsset(str(file))})
    first = plain({"code": archive})
    assert first == {"code": {"asset": digest(archive)}}
    assert digest(pulumi.FileAsset(str(file))) == hashlib.sha256(b"one").hexdigest()
    folder = digest(pulumi.FileArchive(str(tmp_path)))
    file.write_text("two")
    assert plain({"code": archive}) != first
    assert digest(pulumi.FileArchive(str(tmp_path))) != folder
    renamed = pulumi.AssetArchive({"b/handler.py": pulumi.FileAsset(str(file))})
    assert digest(renamed) != digest(archive)


def test_a_file_that_is_not_built_yet_has_no_hash(tmp_path):
    assert digest(pulumi.FileArchive(str(tmp_path / "layer.zip"))) is None


def test_it_names_no_place_on_this_machine(graph: Graph, stack: str):
    text = as_json(graph, stack)
    assert str(ROOT) not in text
    assert os.path.expanduser("~/") not in text  # noqa: PTH111 (with the slash)


def test_whole_numbers_are_whole():
    assert plain({"memory": 512.0, "percent": 0.5, "on": True}) == {
        "memory": 512,
        "percent": 0.5,
        "on": True,
    }


def test_another_process_prints_the_same_bytes():
    script = (
        "import hashlib; from automation.graph import command as c; "
        "print([hashlib.sha256(c.run('local', f).encode()).hexdigest() for f in c.FORMATS])"
    )
    seeded = {**os.environ, "PYTHONHASHSEED": "1"}
    other = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=seeded, capture_output=True, check=True
    )
    here = [hashlib.sha256(command.run("local", f).encode()).hexdigest() for f in command.FORMATS]
    assert other.stdout.decode().strip() == str(here)


def test_no_connection_is_opened(monkeypatch):
    def refuse(*arguments):
        raise AssertionError(arguments)

    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert command.run("local", "json")


def test_it_goes_into_a_file_whose_folder_need_not_be_there(tmp_path):
    out = tmp_path / "new" / "graph.svg"
    said = command.run("local", "svg", out)
    assert re.fullmatch(rf"written: {re.escape(str(out))} \(\d+ resources\)\n", said)
    assert out.read_text() == command.run("local", "svg")


def test_another_program_has_its_own_project_and_gets_its_sections():
    given = {}

    def build(stack, sections):
        given.update({"stack": stack, **sections["platform"]})
        aws.sqs.Queue("queue")

    source = command.Source(project="shop-other", build=build)
    (queue,) = json.loads(command.run("dev", "json", source=source))["resources"]
    assert queue["urn"].startswith("urn:pulumi:dev::shop-other::")
    assert (given["stack"], given["region"]) == ("dev", "eu-west-1")


def test_a_look_up_is_answered_without_an_account():
    def build(_stack, _sections):
        caller = aws.get_caller_identity_output()
        aws.sqs.Queue("queue", name=caller.account_id)

    source = command.Source(project="shop", build=build)
    (queue,) = json.loads(command.run("dev", "json", source=source))["resources"]
    assert queue["inputs"]["name"] == "111111111111"


@pytest.mark.parametrize(
    ("stack", "format_", "said"),
    [
        ("qa", "json", r"no stack 'qa': Pulumi\.qa\.yaml does not exist; choose one of dev, local"),
        ("dev", "png", "no format 'png': choose one of json, mermaid, svg"),
    ],
)
def test_a_word_it_does_not_know_is_told_with_the_choice(stack, format_, said):
    with pytest.raises(UserError, match=said):
        command.run(stack, format_)


def test_a_wrong_setting_is_told_as_the_engine_tells_it(project):
    file = project / "Pulumi.dev.yaml"
    file.write_text(file.read_text().replace("shards: 1", "shards: 0"))
    with pytest.raises(ConfigurationError, match=r"shop:ingest\.shards: .*\(found 0\)"):
        command.run("dev", "json", root=project)


def test_a_name_that_aws_refuses_is_told_with_the_file(project):
    def build(_stack, _sections):
        raise ValueError("s3 name 'x' has 70 characters, the limit is 63")

    source = command.Source(project="shop", build=build)
    with pytest.raises(ConfigurationError, match=r"^Pulumi\.dev\.yaml: s3 name .* limit is 63"):
        command.run("dev", "json", source=source, root=project)


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=r"cannot be written: .*; name another file with --out"):
        command.run("local", "json", tmp_path / "file" / "graph.json")
