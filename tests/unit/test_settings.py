"""A stack file that says something it may not is refused with file, key, value and a way out."""

import copy
import re

import pytest

import settings
from tests.graph import ROOT, STACKS, record, stack_config, stack_file


def sections(stack: str = "dev") -> dict:
    return {
        key.removeprefix("shop:"): copy.deepcopy(value)
        for key, value in stack_file(stack).items()
        if key.startswith("shop:")
    }


@pytest.mark.parametrize("stack", STACKS)
def test_committed_stack_files_are_valid(stack):
    assert settings.parse(stack, sections(stack)).env == stack


@pytest.mark.parametrize(
    ("section", "change", "said"),
    [
        ("ingest", {"shard": 2}, r"shop:ingest\.shard: no such setting \(found 2\)"),
        ("ingest", {"shards": 0}, r"shop:ingest\.shards: .*greater than or equal to 1 \(found 0\)"),
        ("ingest", {"shards": None}, r"mode provisioned needs `shards`"),
        ("ingest", {"mode": "on_demand"}, r"mode on_demand takes no `shards` \(found 1\)"),
        ("ingest", {"retention_hours": 23}, r"retention_hours: .*24 \(found 23\)"),
        ("lakehouse", {"retain": "maybe"}, r"shop:lakehouse\.retain: .*\(found 'maybe'\)"),
        ("platform", {"account_id": "123"}, r"shop:platform\.account_id: .*\(found '123'\)"),
        ("encryption", {"plain_http_from": ["10.0.0.0/8"]}, r"10\.0\.0\.0/8 is not on loopback"),
        ("consumer", {"max_age_hours": 30}, r"max_age_hours 30 is not below .*24"),
    ],
)
def test_a_wrong_value_is_named_with_its_limit(section, change, said):
    given = sections()
    given[section] = {**given[section], **change}
    with pytest.raises(settings.BadSettings) as refused:
        settings.parse("dev", given)
    assert str(refused.value).startswith("Pulumi.dev.yaml:")
    assert re.search(said, str(refused.value)), str(refused.value)


def test_prod_must_keep_its_data():
    with pytest.raises(settings.BadSettings, match=r"prod must set lakehouse\.retain: true"):
        settings.parse("prod", sections())


def test_a_missing_section_is_named():
    given = sections()
    del given["lakehouse"]
    with pytest.raises(settings.BadSettings, match="shop:lakehouse: is missing"):
        settings.parse("dev", given)


def test_a_section_nobody_knows_is_refused():
    with pytest.raises(settings.BadSettings, match="shop:lakehose: no such setting"):
        settings.parse("dev", {**sections(), "lakehose": {}})


def test_every_section_stands_in_the_project_file():
    import yaml

    declared = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    assert set(declared) == {f"shop:{section}" for section in settings.SECTIONS}


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        (
            "aws:allowedAccountIds",
            '["999999999999"]',
            r"aws:allowedAccountIds: must be .*111111111111.*found \['999999999999'\]",
        ),
        ("aws:allowedAccountIds", None, r"aws:allowedAccountIds: must be .*found None"),
        ("aws:region", "us-east-1", r"aws:region: must be .*eu-west-1 \(found 'us-east-1'\)"),
    ],
)
def test_a_provider_that_would_take_another_account_is_refused(key, value, said):
    config = stack_config("dev")
    if value is None:
        del config[key]
    else:
        config[key] = value
    with pytest.raises(settings.BadSettings, match=said):
        record(settings.load, stack="dev", config=config)
