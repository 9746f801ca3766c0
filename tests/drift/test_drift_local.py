"""Drift and sleep of the whole stack `local` on the real engine, with the emulator as the cloud."""

from dataclasses import replace

import pytest

from automation import smoke
from automation.drift import GONE, Kind, Severity
from automation.sleep import operation
from components.off_hours import OffHours

pytestmark = pytest.mark.engine

BRONZE = "shoptrend-local-bronze"
SCHEDULE_TYPE = "aws:scheduler/schedule:Schedule"


@pytest.fixture
def s3(access):
    return access.client("s3")


@pytest.fixture
def bed(deployed):
    made = operation.bed("local", root=deployed.root, emulator_url=deployed.url)
    return replace(made, section=OffHours(allowed=True), patience=5, pause=0.05)


def drifted(told) -> list[tuple[str, str]]:
    return [(finding.name, finding.path) for finding in told.of(Kind.DRIFT)]


def test_what_nobody_touched_has_not_drifted(deployed):
    told = deployed.look()
    assert told.findings == ()
    assert told.looked_at > 50


def test_a_bucket_changed_behind_its_back_is_found_and_nothing_else(deployed, s3):
    block = s3.get_public_access_block(Bucket=BRONZE)["PublicAccessBlockConfiguration"]
    opened = {**block, "BlockPublicPolicy": False}
    s3.put_public_access_block(Bucket=BRONZE, PublicAccessBlockConfiguration=opened)
    tags = s3.get_bucket_tagging(Bucket=BRONZE)["TagSet"]
    s3.put_bucket_tagging(Bucket=BRONZE, Tagging={"TagSet": [*tags, {"Key": "who", "Value": "me"}]})
    try:
        told = deployed.look()
    finally:
        s3.put_public_access_block(Bucket=BRONZE, PublicAccessBlockConfiguration=block)
        s3.put_bucket_tagging(Bucket=BRONZE, Tagging={"TagSet": tags})
    found = {finding.name: finding for finding in told.of(Kind.DRIFT)}
    assert found["lake-bronze-private"].path == "blockPublicPolicy"
    assert found["lake-bronze-private"].severity is Severity.PAGE
    assert found["lake-bronze"].severity is Severity.NOTE
    assert len(found) == 2
    # Looking wrote nothing: what was put back is as it was.
    assert deployed.look().findings == ()


def test_a_log_group_that_somebody_deleted_is_gone(deployed, access):
    logs = access.client("logs")
    name = "/aws/lambda/shoptrend-local-producer"
    (group,) = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    logs.delete_log_group(logGroupName=name)
    told = deployed.look()
    assert [(f.path, f.severity) for f in told.of(Kind.DRIFT)] == [(GONE, Severity.PAGE)]
    with deployed.opened() as session:  # the program's value again, as the report advises
        session.refresh(lambda _event: None)
        session.up(lambda _event: None)
    (again,) = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    assert again["retentionInDays"] == group["retentionInDays"]
    assert deployed.look().findings == ()


def test_sleep_stops_the_schedule_and_wake_brings_it_back_as_it_was(deployed, bed, access):
    scheduler = access.client("scheduler")
    (entry,) = scheduler.list_schedules()["Schedules"]

    def held():
        answer = scheduler.get_schedule(Name=entry["Name"])
        volatile = ("ResponseMetadata", "LastModificationDate")
        return {key: answer[key] for key in answer if key not in volatile}

    before = held()
    assert before["State"] == "ENABLED"
    with deployed.opened() as session:
        planned = operation.plan(session.export_state())
    assert [target.type for target in planned.targets] == [SCHEDULE_TYPE]

    for _ in range(2):  # the second time nothing is left to do
        operation.to_sleep(bed, planned, lambda _text: None)
        assert held() == {**before, "State": "DISABLED"}
    assert not deployed.look().drifted
    (kept,) = bed.records.all()
    assert (kept.name, kept.before) == ("producer-schedule", {"State": "ENABLED"})

    said: list[str] = []
    operation.wake(bed, said.append)
    assert held() == before
    assert bed.records.all() == []
    operation.wake(bed, said.append)
    assert said == ["producer-schedule: is back", "local is awake"]


def test_a_marked_event_arrives_in_bronze_and_in_silver(deployed, access, s3):
    with deployed.opened() as session:
        outputs, loaded = session.outputs(), session.settings
    at = smoke.places(loaded, outputs, access.client)
    passed = smoke.prove(replace(at, patience=60))
    assert passed.event_id.startswith(smoke.MARK)
    assert 0 <= passed.bronze_seconds < 60
    assert 0 <= passed.silver_seconds < 60
    keys = [entry["Key"] for entry in s3.list_objects_v2(Bucket=BRONZE)["Contents"]]
    assert any(key.startswith("raw/events/") for key in keys)
