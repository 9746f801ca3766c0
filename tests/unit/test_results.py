"""A run is read back from its raw events as it was."""

import json

import pytest

from automation.results import SECRET, SIGNATURE, Op, Outcome, is_secret, read

BUCKET = "urn:pulumi:dev::shop::aws:s3/bucket:Bucket::lake-bronze"
STREAM = "urn:pulumi:dev::shop::aws:kinesis/stream:Stream::ingest-stream"
STACK = "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev"


def step(kind: str, op: str, urn: str, **more) -> str:
    type_ = urn.split("::")[2]
    return json.dumps(
        {"sequence": 1, kind: {"metadata": {"op": op, "urn": urn, "type": type_} | more}}
    )


def summary(**more) -> str:
    return json.dumps({"summaryEvent": {"durationSeconds": 3, "isPreview": True} | more})


def said(severity: str, message: str, **more) -> str:
    return json.dumps({"diagnosticEvent": {"severity": severity, "message": message} | more})


def test_the_three_steps_of_a_replacement_are_one_change():
    lines = [
        step("resourcePreEvent", "create-replacement", BUCKET, keys=["bucket"]),
        step("resourcePreEvent", "replace", BUCKET, keys=["bucket"]),
        step("resourcePreEvent", "delete-replaced", BUCKET),
        summary(),
    ]
    (change,) = read(lines).changes
    assert (change.op, change.reasons, change.name) == (Op.REPLACE, ("bucket",), "lake-bronze")


def test_the_riskiest_step_of_a_resource_counts_whatever_came_first():
    steps = [step("resourcePreEvent", op, BUCKET) for op in ("update", "delete", "same")]
    for lines in (steps, steps[::-1]):
        (change,) = read([*lines, summary()]).changes
        assert change.op is Op.DELETE


def test_what_a_refresh_found_takes_the_place_of_its_announcement():
    lines = [
        step("resourcePreEvent", "refresh", BUCKET),
        step("resourcePreEvent", "refresh", STREAM),
        step(
            "resOutputsEvent",
            "update",
            STREAM,
            detailedDiff={"shardCount": {"diffKind": "update", "inputDiff": True}},
        ),
        summary(),
    ]
    found = {change.name: change for change in read(lines).changes}
    assert found["lake-bronze"].op is Op.REFRESH
    assert found["ingest-stream"].op is Op.UPDATE
    assert found["ingest-stream"].paths == {"shardCount": "update"}


def test_resources_come_in_order_and_without_the_engine_s_own():
    lines = [step("resourcePreEvent", "create", urn) for urn in (STREAM, STACK, BUCKET)]
    assert [c.name for c in read([*lines, summary()]).changes] == ["ingest-stream", "lake-bronze"]


def test_both_sides_of_a_change_are_kept_with_their_protection():
    old = {"inputs": {"shardCount": 1}, "protect": True, "retainOnDelete": True, "parent": STACK}
    new = {"inputs": {"shardCount": 2}}
    (change,) = read([step("resourcePreEvent", "update", STREAM, old=old, new=new)]).changes
    assert change.old
    assert change.new
    assert (change.old.inputs["shardCount"], change.new.inputs["shardCount"]) == (1, 2)
    assert change.old.protect
    assert change.old.retain_on_delete
    assert not change.new.protect


def test_messages_are_plain_text_told_once_and_without_debug():
    lines = [
        said("error", "<{%fg 1%}>no \x1b[31mbucket\x1b[0m<{%reset%}>\n", urn=BUCKET),
        said("error", "no bucket", urn=BUCKET),
        said("debug", "noise"),
        said("info", "live", ephemeral=True),
        summary(),
    ]
    (only,) = read(lines).diagnostics
    assert (only.urn, only.message) == (BUCKET, "no bucket")


@pytest.mark.parametrize(
    ("lines", "outcome"),
    [
        ([summary()], Outcome.SUCCEEDED),
        ([summary(result="canceled")], Outcome.CANCELED),
        ([said("error", "no"), summary()], Outcome.FAILED),
        ([step("resOpFailedEvent", "create", BUCKET), summary()], Outcome.FAILED),
        ([step("resourcePreEvent", "create", BUCKET)], Outcome.CUT_OFF),
        ([], Outcome.CUT_OFF),
    ],
)
def test_how_a_run_ended(lines, outcome):
    assert read(lines).outcome is outcome


def test_a_resource_that_failed_is_marked():
    lines = [
        step("resourcePreEvent", "create", BUCKET),
        step("resOpFailedEvent", "create", BUCKET),
        step("resourcePreEvent", "create", STREAM),
        summary(),
    ]
    assert [(c.name, c.failed) for c in read(lines).changes] == [
        ("ingest-stream", False),
        ("lake-bronze", True),
    ]


def test_policy_notes_keep_their_severity():
    note = {
        "resourceUrn": BUCKET,
        "policyName": "tls-only",
        "enforcementLevel": "mandatory",
        "severity": "high",
        "message": "add the policy",
    }
    (policy,) = read([json.dumps({"policyEvent": note}), summary()]).policies
    assert (policy.policy, policy.level, policy.severity) == ("tls-only", "mandatory", "high")


def test_a_killed_run_leaves_half_a_line_and_is_read_all_the_same():
    result = read([step("resourcePreEvent", "create", BUCKET), '{"sequence": 2, "resourceP'])
    assert (result.outcome, result.count(Op.CREATE)) == (Outcome.CUT_OFF, 1)


def test_a_line_that_is_no_event_is_named():
    with pytest.raises(ValueError, match="line 1 is not an engine event: 'Previewing"):
        read(["Previewing update (dev)", summary()])


def test_an_operation_nobody_knows_is_named():
    with pytest.raises(ValueError, match="'teleport'"):
        read([step("resourcePreEvent", "teleport", BUCKET)])


def test_secrets_are_told_by_the_engine_s_mark():
    assert is_secret({SIGNATURE: SECRET, "ciphertext": "[secret]"})
    assert not is_secret({SIGNATURE: "of an asset"})
    assert not is_secret("text")


def test_without_keys_the_kinds_of_the_differences_tell_the_reason():
    detail = {
        "bucket": {"diffKind": "update-replace", "inputDiff": True},
        "tags": {"diffKind": "add", "inputDiff": True},
    }
    (change,) = read([step("resourcePreEvent", "replace", BUCKET, detailedDiff=detail)]).changes
    assert change.reasons == ("bucket",)
