"""Names, tags and refusals, before anything is created; and the provider's configuration."""

import json
from dataclasses import replace

import pytest

from local.provider.check import Naming, check
from local.provider.config import ProviderConfig, check_account, parse
from local.provider.errors import UserError
from local.provider.types import TABLE
from local.provider.values import UNKNOWN

NAMING = Naming(logical="lake-Bronze", seed=bytes(range(32)))
ENDPOINTS = {"s3": "http://127.0.0.1:1", "sqs": "http://127.0.0.1:1", "kms": "http://127.0.0.1:1"}


# Access to nothing: checks never call a service.
CONFIG = ProviderConfig(
    region="eu-west-1",
    access_key="1",
    secret_key="2",  # noqa: S106
    endpoints=ENDPOINTS,
)


@pytest.fixture
def config():
    return CONFIG


def checked(config, type_, news, olds=None, naming=NAMING):
    return check(TABLE[type_], config, news, olds or {}, naming)


BUCKET = "aws:s3/bucket:Bucket"
QUEUE = "aws:sqs/queue:Queue"


def test_a_name_is_made_from_the_logical_name_and_a_random_end(config):
    made = checked(config, BUCKET, {}).additions
    assert made == {"bucket": "lake-bronze-0001020", "__defaults": ["bucket"], "tagsAll": None}


def test_a_made_up_name_is_kept_and_an_explicit_one_wins(config):
    assert checked(config, QUEUE, {}, {"name": "q-1234567"}).additions["name"] == "q-1234567"
    assert "name" not in checked(config, QUEUE, {"name": "mine"}, {"name": "old"}).additions


def test_a_made_up_name_is_cut_to_the_limit_of_the_service(config):
    naming = Naming(logical="x" * 100, seed=bytes(32))
    name = checked(config, BUCKET, {}, naming=naming).additions["bucket"]
    assert len(name) == 63
    assert name.endswith("x-0000000")


def test_an_explicit_name_beyond_the_limit_is_refused(config):
    failures = checked(config, BUCKET, {"bucket": "b" * 64}).failures
    assert failures == [("bucket", f"{'b' * 64!r} has 64 characters; the limit for a Bucket is 63")]


def test_what_the_engine_proposes_is_taken(config):
    proposed = Naming(logical="q", seed=bytes(32), proposed="local-q-12")
    assert checked(config, QUEUE, {}, naming=proposed).additions["name"] == "local-q-12"
    disabled = Naming(logical="q", seed=bytes(32), disabled=True)
    assert checked(config, QUEUE, {}, naming=disabled).failures == [
        ("name", "a name is needed: this stack switches automatic names off")
    ]


def test_names_follow_the_rules_of_their_service(config):
    fifo = checked(config, QUEUE, {"fifoQueue": True}).additions["name"]
    assert fifo == "lake-Bronze-0001020.fifo"
    alias = checked(config, "aws:kms/alias:Alias", {"targetKeyId": "k"}).additions["name"]
    assert alias == "alias/lake-Bronze-0001020"


def test_an_unknown_name_stays_unknown(config):
    assert "name" not in checked(config, QUEUE, {"name": UNKNOWN}).additions


def test_a_name_prefix_is_refused_with_the_way_out(config):
    assert checked(config, QUEUE, {"namePrefix": "x-"}).failures == [
        (
            "namePrefix",
            "the local provider knows no name prefixes: set name, or neither for an automatic name",
        )
    ]


def test_a_property_that_would_be_ignored_is_refused(config):
    failures = checked(config, BUCKET, {"bucket": "b", "acl": "private"}).failures
    assert failures == [("acl", f"the local provider does not support this property of {BUCKET}")]


def test_a_service_without_endpoint_is_refused_before_anything_is_made(config):
    [(where, reason)] = checked(config, "aws:sns/topic:Topic", {"name": "t"}).failures
    assert where == ""
    assert reason.startswith("no endpoint for 'sns': add `sns: http://127.0.0.1")


def test_default_tags_come_first_and_own_tags_win():
    config = replace(CONFIG, default_tags={"project": "shop", "team": "data"})
    made = checked(config, QUEUE, {"name": "q", "tags": {"team": "mine"}}).additions
    assert made["tagsAll"] == {"project": "shop", "team": "mine"}
    assert checked(config, QUEUE, {"tags": UNKNOWN}).additions["tagsAll"] == UNKNOWN


def test_firehose_delivers_to_s3_only():
    config = replace(CONFIG, endpoints={"firehose": "http://[::1]:1"})
    type_ = "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"
    failures = checked(config, type_, {"name": "f", "destination": "redshift"}).failures
    assert failures == [("destination", "the local provider delivers to extended_s3 only")]


VARIABLES = {
    "aws:config:region": "eu-west-1",
    "aws:config:accessKey": "000000000000",
    "aws:config:secretKey": "x",
    "aws:config:endpoints": json.dumps([{"s3": "http://localhost:4566", "sts": ""}]),
    "aws:config:defaultTags": '{"tags": {"a": "b"}}',
    "aws:config:allowedAccountIds": '["000000000000"]',
    "aws:config:skipCredentialsValidation": "true",
    "aws:config:profile": "mine",
}


def test_the_keys_of_the_official_plugin_are_read():
    assert parse(VARIABLES) == replace(
        CONFIG,
        access_key="000000000000",
        secret_key="x",  # noqa: S106
        endpoints={"s3": "http://localhost:4566"},
        default_tags={"a": "b"},
        allowed_account_ids=("000000000000",),
    )


@pytest.mark.parametrize(
    "url",
    [
        "https://s3.eu-west-1.amazonaws.com",
        "http://10.0.0.1:4566",
        "http://localhost.example.com:4566",
        "http://127.0.0.1@example.com",
        "localhost:4566",
    ],
)
def test_no_endpoint_but_one_on_this_machine_is_accepted(url):
    endpoints = json.dumps([{"s3": "http://127.0.0.1:1", "sqs": url}])
    with pytest.raises(UserError, match=r"aws:endpoints: sqs is .*not on this machine"):
        parse({**VARIABLES, "aws:config:endpoints": endpoints})


@pytest.mark.parametrize("key", ["endpoints", "region"])
def test_what_is_needed_is_asked_for_by_name(key):
    variables = {name: value for name, value in VARIABLES.items() if not name.endswith(key)}
    with pytest.raises(UserError, match=f"aws:{key} is missing"):
        parse(variables)


def test_broken_json_is_named():
    with pytest.raises(UserError, match="aws:defaultTags is not valid JSON"):
        parse({**VARIABLES, "aws:config:defaultTags": "{"})


def test_another_account_is_refused():
    config = parse(VARIABLES)
    check_account(config, "000000000000")
    with pytest.raises(
        UserError, match="allows 000000000000, but the emulator answers as account 1"
    ):
        check_account(config, "1")
