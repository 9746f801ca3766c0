"""What is done rarely and on purpose: another key for the state, and data that leaves its stack."""

import pytest
from pulumi import automation as auto

from automation.errors import UserError
from tests.state.tiny import STACK, Tiny

pytestmark = pytest.mark.engine


def _nothing(_event: object) -> None:
    pass


def _pulumi(opened, *arguments: str) -> str:
    """`pulumi` by hand, in the project's folder."""
    return opened.stack._run_pulumi_cmd_sync(list(arguments)).stdout


def test_the_secrets_of_a_stack_change_over_to_another_key(tiny: Tiny, access):
    other = access.client("kms").create_key()["KeyMetadata"]["KeyId"]
    with tiny.opened() as opened:
        opened.stack.set_config("tiny:password", auto.ConfigValue("open sesame", secret=True))
        opened.up(_nothing)
        old = tiny.state()["secrets_providers"]["state"]
        target = old["url"].replace(tiny.key_arn.rpartition("/")[2], other)
        _pulumi(opened, "stack", "change-secrets-provider", target, "--stack", STACK)
        new = tiny.state()["secrets_providers"]["state"]
        assert new["url"] == target
        assert new["encryptedkey"] != old["encryptedkey"]
        assert opened.stack.get_config("tiny:password").value == "open sesame"


def test_protected_data_leaves_its_stack_and_stays_in_the_account(tiny: Tiny, access):
    with tiny.opened(retain=True) as opened:
        bucket = opened.up(_nothing).outputs["bucket"]
        with pytest.raises(UserError, match="protected"):
            opened.destroy(_nothing)
        assert "bucket" in tiny.names()

        _pulumi(opened, "state", "unprotect", "--all", "--yes", "--stack", STACK)
        _pulumi(opened, "destroy", "--yes", "--skip-preview", "--stack", STACK)
    assert tiny.state().get("resources", []) == []
    names = {one["Name"] for one in access.client("s3").list_buckets()["Buckets"]}
    assert bucket in names
    assert not access.client("sqs").list_queues(QueueNamePrefix=bucket[:-6]).get("QueueUrls")
