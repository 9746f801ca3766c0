"""What the bootstrap program is made from, and the laws over its sections."""

import gzip

import pytest

import bootstrap
import settings
from automation import backend, recovery
from automation.errors import ConfigurationError
from automation.ground import ground
from tests.graph import record

SECTIONS = {
    "platform": {"account_id": "123456789012", "region": "eu-west-1"},
    "encryption": {"deletion_window_days": 30},
    "state": {"retain": True},
    "images": {"enabled": True, "retain": True},
    "ci": {"enabled": True, "repository": "shoptrend/platform", "deletes_data": False},
}


def foundation(stack: str = "dev", **sections) -> bootstrap.Foundation:
    merged = {name: {**values, **sections.get(name, {})} for name, values in SECTIONS.items()}
    return bootstrap.parse(stack, merged)


def test_its_outputs_are_what_ci_and_the_engine_have_to_be_told():
    outputs = set[str]()
    record(lambda: outputs.update(bootstrap.build(foundation())))
    assert outputs == {
        "state_bucket",
        "state_key_arn",
        "lease_table",
        "image_repository",
        "preview_role_arn",
        "deploy_role_arn",
    }


def test_without_ci_nothing_of_ci_is_made():
    graph = record(lambda: bootstrap.build(foundation(ci={"enabled": False})))
    assert not [node for node in graph.nodes.values() if node.type.startswith("aws:iam/")]


def test_sections_of_the_platform_are_passed_over():
    assert bootstrap.parse("dev", {**SECTIONS, "ingest": {"mode": "nonsense"}}).env == "dev"


@pytest.mark.parametrize(
    ("stack", "sections", "message"),
    [
        ("prod", {"state": {"retain": False}}, "prod must set state.retain: true"),
        ("prod", {"ci": {"deletes_data": True}}, "prod must set ci.deletes_data: false"),
        ("dev", {"ci": {"repository": None}}, "shop:ci: enabled is true and repository is not"),
        ("dev", {"state": {"retain": "perhaps"}}, r"shop:state\.retain: .*perhaps"),
    ],
)
def test_a_mistake_is_told_with_its_key(stack, sections, message):
    with pytest.raises(settings.BadSettings, match=message):
        foundation(stack, **sections)


def test_a_missing_section_is_told():
    with pytest.raises(settings.BadSettings, match="shop:state: is missing"):
        bootstrap.parse("dev", {name: SECTIONS[name] for name in SECTIONS if name != "state"})


def _stack_file(folder, extra=""):
    (folder / "Pulumi.dev.yaml").write_text(
        "config:\n  aws:region: us-east-1\n  aws:allowedAccountIds: ['999999999999']\n"
        "  aws:defaultTags: {tags: {project: shoptrend}}\n"
        "  shop:platform: {account_id: '123456789012', region: eu-west-1}\n"
        "  shop:encryption: {deletion_window_days: 30}\n"
        "  shop:state: {retain: true}\n"
        "  shop:images: {enabled: false, retain: true}\n"
        f"  shop:ci: {{enabled: false, deletes_data: false{extra}}}\n"
    )


def test_the_account_and_region_of_the_platform_are_the_only_ones_it_works_in(tmp_path):
    """Also where the file's own `aws:` keys say otherwise."""
    _stack_file(tmp_path)
    at = ground("dev", root=tmp_path, home=tmp_path)
    assert at.provider_config["aws:allowedAccountIds"] == ["123456789012"]
    assert at.provider_config["aws:region"] == "eu-west-1"
    assert at.provider_config["aws:defaultTags"] == {"tags": {"project": "shoptrend"}}
    assert at.login.environment == {}  # whoever is logged in


def test_the_addresses_of_a_real_account_are_those_the_engine_takes(tmp_path):
    _stack_file(tmp_path)
    at = ground("dev", root=tmp_path, home=tmp_path)
    assert at.bucket.url == "s3://shoptrend-dev-state?region=eu-west-1&awssdk=v2"
    assert at.secrets_provider == "awskms://alias/shoptrend-dev-state?region=eu-west-1&awssdk=v2"


def test_a_wrong_stack_file_ends_the_command_with_the_code_for_that(tmp_path):
    _stack_file(tmp_path, ", repositry: a/b")
    with pytest.raises(ConfigurationError, match=r"shop:ci\.repositry: no such setting"):
        ground("dev", root=tmp_path, home=tmp_path)


def _operation(type_: str, name: str, kind: str = "creating", **inputs) -> dict:
    urn = f"urn:pulumi:dev::shop::{type_}::{name}"
    return {"type": kind, "resource": {"urn": urn, "type": type_, "inputs": inputs}}


def test_what_was_being_made_is_adopted_where_its_name_is_its_id():
    bucket = _operation("aws:s3/bucket:Bucket", "lake", bucket="shop-lake")
    key = _operation("aws:kms/key:Key", "key", description="of the lake")
    deleting = _operation("aws:s3/bucket:Bucket", "old", kind="deleting", bucket="shop-old")
    before = {"resources": [], "pending_operations": [bucket, key, deleting]}
    settled, mended = recovery.adopted(before)
    assert [(one["id"], one["outputs"]) for one in settled["resources"]] == [("shop-lake", {})]
    assert settled["pending_operations"] == [key, deleting]
    assert mended == recovery.Mended(adopted=("lake",), dropped=("key",))
    assert before["resources"] == []


def test_a_replacement_under_way_does_not_stand_in_the_state_twice():
    bucket = _operation("aws:s3/bucket:Bucket", "lake", bucket="shop-new")
    held = {**bucket["resource"], "id": "shop-old"}
    settled, mended = recovery.adopted({"resources": [held], "pending_operations": [bucket]})
    assert settled["resources"] == [held]
    assert mended.dropped == ("lake",)


def test_a_state_of_a_folder_is_read_packed_or_not(tmp_path):
    store = backend.Folder(path=tmp_path)
    path = tmp_path / backend.state_key("shop", "dev")
    assert backend.stored_state(store, "shop", "dev") is None
    path.parent.mkdir(parents=True)
    path.write_text('{"version": 3, "checkpoint": {"stack": "dev", "latest": null}}')
    assert backend.stored_state(store, "shop", "dev") == {}
    path.unlink()
    path.with_name("dev.json.gz").write_bytes(
        gzip.compress(b'{"checkpoint": {"latest": {"resources": [1]}}}')
    )
    assert backend.stored_state(store, "shop", "dev") == {"resources": [1]}
