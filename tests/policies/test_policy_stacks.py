"""The committed stacks keep the rules, as recorded graphs and as events of the engine."""

import json
from datetime import UTC, datetime

import pytest

from automation import policy
from automation.results import SECRET, SIGNATURE, UNKNOWN, read
from tests.graph import stack_file
from tests.policies.bench import TODAY, Bench

LOG = "aws:cloudwatch/logGroup:LogGroup"
FUNCTION = "aws:lambda/function:Function"


def events(bench: Bench, **changed) -> list[str]:
    """The events of a preview that would create the graph; `changed` are inputs by name."""
    steps = [
        {
            "resourcePreEvent": {
                "metadata": {
                    "op": "create",
                    "urn": node.urn,
                    "type": node.type,
                    "new": {
                        "inputs": {**node.inputs, **changed.get(node.name.replace("-", "_"), {})},
                        "parent": node.parent,
                        "protect": node.protect,
                    },
                }
            }
        }
        for node in bench.graph.nodes.values()
    ]
    summary = {"summaryEvent": {"isPreview": True, "durationSeconds": 1}}
    return [json.dumps(one, default=str) for one in [*steps, summary]]


def report(bench: Bench, today=TODAY, **changed) -> policy.PolicyReport:
    result = read(events(bench, **changed))
    return policy.evaluate(result, bench.stack, today, config=stack_file(bench.stack))


def test_the_committed_program_keeps_every_rule(bench: Bench):
    verdict = bench.verdict()
    assert verdict.violations == ()
    assert verdict.unknown == ()  # a recorded graph knows every value


def test_no_exception_has_expired_today(bench: Bench):
    verdict = bench.verdict(today=datetime.now(tz=UTC).date())
    assert [one.message for one in verdict.violations if one.policy == "exceptions"] == []


def test_the_events_of_a_preview_are_judged_like_the_graph(bench: Bench):
    found = report(bench)
    assert {(one.policy, one.urn) for one in found.violations} == {
        (one.policy, one.urn) for one in bench.verdict().violations
    }
    assert len(found.excused) == len(bench.verdict().excused)
    assert found.not_evaluated == 0


def test_a_violation_in_the_events_is_told_with_its_level_and_the_way_out(prod: Bench):
    found = report(prod, consumer_log={"retentionInDays": 3653})
    (note,) = set(found.violations) - set(report(prod).violations)
    assert (note.policy, note.level, note.severity) == (
        "logs-kept-and-encrypted",
        "mandatory",
        "medium",
    )
    assert note.urn.endswith("::consumer-log")
    assert note.message == "retentionInDays is 3653, at most 400 are allowed: lower it"
    assert found.mandatory == report(prod).mandatory + 1


def test_a_value_that_is_not_known_yet_is_counted_and_is_no_pass(prod: Bench):
    found = report(prod, consumer_log={"retentionInDays": UNKNOWN})
    assert found.not_evaluated == 1
    assert found.violations == report(prod).violations


def test_what_is_wrong_beside_an_unknown_value_is_told(prod: Bench):
    found = report(
        prod,
        producer_function={
            "environment": {"variables": {"A": UNKNOWN, "SHOP_TOKEN": "hunter2", "Z": UNKNOWN}}
        },
    )
    (note,) = set(found.violations) - set(report(prod).violations)
    assert note.policy == "no-plaintext-secrets"
    assert "SHOP_TOKEN" in note.message
    assert "hunter2" not in note.message
    assert found.not_evaluated == 1


def test_a_secret_is_not_shown_in_events_and_counts_as_not_known(prod: Bench):
    hidden = {SIGNATURE: SECRET, "ciphertext": "[secret]"}
    found = report(prod, consumer_log={"retentionInDays": hidden})
    assert found.not_evaluated == 1


def test_a_resource_that_goes_is_not_judged(prod: Bench):
    urn = prod.graph.named("consumer-log", LOG).urn
    going = json.dumps(
        {
            "resourcePreEvent": {
                "metadata": {
                    "op": "delete",
                    "urn": urn,
                    "type": LOG,
                    "old": {"inputs": {"retentionInDays": 3653}},
                }
            }
        }
    )
    kept = [line for line in events(prod) if f'"urn": "{urn}"' not in line]
    result = read([*kept[:-1], going, kept[-1]])
    found = policy.evaluate(result, "prod", TODAY, config=stack_file("prod"))
    assert found.violations == report(prod).violations


def test_of_a_preview_that_broke_off_no_resource_is_missed(prod: Bench):
    def half(text: str) -> bool:
        return "BucketPublicAccessBlock" in text or "BucketPolicy" in text or "summary" in text

    spoilt = events(prod, consumer_log={"retentionInDays": 3653})
    result = read([line for line in spoilt if not half(line)])
    found = policy.evaluate(result, "prod", TODAY, config=stack_file("prod"))
    new = set(found.violations) - set(report(prod).violations)
    assert [one.policy for one in new] == ["logs-kept-and-encrypted"]
    buckets = len(list(prod.graph.of("aws:s3/bucket:Bucket")))
    # Whose endpoints may have been cut off.
    private = ("aws:ec2/vpc:Vpc", "aws:redshiftserverless/workgroup:Workgroup")
    without_internet = sum(len(list(prod.graph.of(type_))) for type_ in private)
    assert found.not_evaluated == 4 * buckets + without_internet


def test_what_is_only_read_is_not_judged(prod: Bench):
    spoilt = events(prod, consumer_log={"retentionInDays": 3653})
    urn = prod.graph.named("consumer-log", LOG).urn
    lines = [
        line.replace('"op": "create"', '"op": "read"') if f'"urn": "{urn}"' in line else line
        for line in spoilt
    ]
    found = policy.evaluate(read(lines), "prod", TODAY, config=stack_file("prod"))
    assert found.violations == report(prod).violations


def test_a_wrong_file_of_the_pack_is_one_sentence(prod: Bench, tmp_path, monkeypatch):
    from automation.errors import UserError
    from policies import exceptions

    path = tmp_path / "exceptions.yaml"
    path.write_text("exceptions:\n  - policy: backups\n")
    monkeypatch.setattr(exceptions.load, "__defaults__", (path,))
    with pytest.raises(UserError, match=r"^policies/exceptions.yaml: exceptions.0.urn"):
        report(prod)
