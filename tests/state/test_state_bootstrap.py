"""The bootstrap on the real engine: what it makes, where its own state ends up, and stopping it."""

import json

import pytest

from automation.backend import stored_state
from automation.errors import ConfigurationError
from bootstrap import PROJECT
from tests.state.conftest import Bench, write_stack_file

pytestmark = pytest.mark.engine


class Stopped(BaseException):
    """What a closed laptop is to a program."""


def test_the_state_of_the_bootstrap_lies_in_the_bucket_it_made(founded, bench, access):
    done = founded.done
    assert done.moved
    assert done.simulated == frozenset()
    assert set(done.changes) == {"same"}

    state = stored_state(bench.ground().bucket, PROJECT, "local")
    assert state is not None
    types = [resource["type"] for resource in state["resources"]]
    assert types.count("aws:iam/role:Role") == 2
    assert "aws:dynamodb/table:Table" in types
    # The key that was made encrypts the state that says so.
    assert state["secrets_providers"]["type"] == "cloud"
    assert state["secrets_providers"]["state"]["url"] == done.secrets_provider
    assert not (bench.home / "local" / "state").exists()

    s3 = access.client("s3")
    assert s3.get_bucket_versioning(Bucket="shoptrend-local-state")["Status"] == "Enabled"
    table = access.client("dynamodb").describe_table(TableName="shoptrend-local-lease")["Table"]
    assert table["KeySchema"] == [{"AttributeName": "stack", "KeyType": "HASH"}]
    role = access.client("iam").get_role(RoleName="shoptrend-local-ci-deploy")["Role"]
    assert role["PermissionsBoundary"]["PermissionsBoundaryArn"].endswith(
        "policy/shoptrend-local-ci-boundary"
    )


def test_a_second_run_changes_nothing_from_whatever_machine(founded, bench, tmp_path):
    elsewhere = Bench(folder=tmp_path, engine=bench.engine, url=bench.url)
    write_stack_file(tmp_path)
    before = stored_state(bench.ground().bucket, PROJECT, "local")
    done = elsewhere.run()
    after = stored_state(bench.ground().bucket, PROJECT, "local")
    assert not done.moved
    assert set(done.changes) == {"same"}
    assert before is not None
    assert after is not None
    assert _inventory(before) == _inventory(after)


def test_a_run_that_stops_at_any_step_is_simply_run_again(engine, running, tmp_path):
    """Each run goes one step further than the one before; none starts over."""
    write_stack_file(tmp_path, platform={"prefix": "second"}, ci={"enabled": False})
    bench = Bench(folder=tmp_path, engine=engine, url=running.url)
    keys = set[str]()
    for step in ("moving", "comparing", "removing"):

        def stop_there(text, step=step):
            if text.startswith(step):
                raise Stopped

        with pytest.raises(Stopped):
            bench.run(stop_there)
        kept = bench.home / "local/state/.pulumi/stacks" / PROJECT / "local.json"
        document = json.loads(kept.read_text())
        keys |= {
            resource["id"]
            for resource in document["checkpoint"]["latest"]["resources"]
            if resource["type"] == "aws:kms/key:Key"
        }
    done = bench.run()
    assert set(done.changes) == {"same"}
    assert not kept.exists()
    assert keys == {done.outputs["state_key_arn"].rpartition("/")[2]}


def test_a_wrong_section_is_refused_before_anything_is_made(engine, running, tmp_path):
    write_stack_file(tmp_path, ci={"enabled": True, "repository": "no-owner"})
    with pytest.raises(ConfigurationError, match=r"shop:ci\.repository: .*no-owner"):
        Bench(folder=tmp_path, engine=engine, url=running.url).run()


def _inventory(state: dict) -> dict[str, str]:
    return {resource["urn"]: resource.get("id", "") for resource in state["resources"]}
