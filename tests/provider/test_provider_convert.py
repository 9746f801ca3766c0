"""Names and values to and from botocore's model, without a service."""

from typing import Any

import botocore.session
import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.provider import rename
from local.provider.convert import FreeMap, camel, from_response, to_request
from local.provider.errors import UserError


def operation(service, name) -> Any:
    model = botocore.session.Session().get_service_model(service)
    return model.operation_model(name)


@pytest.fixture(scope="module")
def put_alarm():
    return operation("cloudwatch", "PutMetricAlarm").input_shape


def test_a_property_finds_its_argument_without_case_and_in_plural(put_alarm):
    asked = {"alarmName": "a", "okActions": "arn:x", "threshold": 1.5, "evaluationPeriods": "3"}
    assert to_request(put_alarm, asked, "put") == {
        "AlarmName": "a",
        "OKActions": ["arn:x"],
        "Threshold": 1.5,
        "EvaluationPeriods": 3,
    }


def test_a_map_becomes_the_pairs_that_a_service_wants(put_alarm):
    request = to_request(put_alarm, {"dimensions": {"b": 2, "a": "1"}, "tags": {"k": "v"}}, "put")
    assert request == {
        "Dimensions": [{"Name": "a", "Value": "1"}, {"Name": "b", "Value": "2"}],
        "Tags": [{"Key": "k", "Value": "v"}],
    }


def test_every_property_without_an_argument_is_named(put_alarm):
    asked = {"colour": "red", "metrics": [{"id": "m", "metricStat": {"nope": 1}}]}
    with pytest.raises(
        UserError, match=r"^put has no argument for colour, metrics.metricStat.nope$"
    ):
        to_request(put_alarm, asked, "put")


def test_text_where_an_object_belongs_is_refused_by_name(put_alarm):
    with pytest.raises(UserError, match=r"metrics\.metricStat = 'x'"):
        to_request(put_alarm, {"metrics": [{"metricStat": "x"}]}, "put")


def test_a_document_is_sent_as_json_text():
    shape = operation("iam", "CreateRole").input_shape
    request = to_request(shape, {"assumeRolePolicyDocument": {"Version": "1"}}, "create")
    assert request == {"AssumeRolePolicyDocument": '{"Version": "1"}'}


def test_an_answer_keeps_the_users_own_keys_as_they_are():
    shape = operation("lambda", "GetFunctionConfiguration").output_shape
    answer = {"FunctionName": "f", "Environment": {"Variables": {"MY_Key": "1"}}, "Layers": None}
    held = from_response(shape, answer)
    assert held == {"functionName": "f", "environment": {"variables": {"MY_Key": "1"}}}
    assert isinstance(held["environment"]["variables"], FreeMap)


@pytest.mark.parametrize(
    ("aws", "pulumi"),
    [
        ("SSEAlgorithm", "sseAlgorithm"),
        ("KMSMasterKeyID", "kmsMasterKeyId"),
        ("RoleARN", "roleArn"),
        ("S3BackupMode", "s3BackupMode"),
        ("logGroupName", "logGroupName"),
        ("ARN", "arn"),
    ],
)
def test_names_are_spelt_as_pulumi_spells_them(aws, pulumi):
    assert camel(aws) == pulumi


RULES = {
    "hooks": "HookList",
    "hooks.size": "Hints.SizeInMBs",
    "hooks.seconds": "Hints.Seconds",
    "queue": "Target.Attributes.QueueArn",
}


def test_renames_move_properties_into_the_structure_that_aws_wants():
    asked = {"hooks": [{"size": 1, "seconds": 2, "other": 3}], "queue": "q", "plain.key": "x"}
    assert rename.apply(asked, RULES) == {
        "HookList": [{"Hints": {"SizeInMBs": 1, "Seconds": 2}, "other": 3}],
        "Target": {"Attributes": {"QueueArn": "q"}},
        "plain.key": "x",
    }


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "hooks": st.lists(
                st.fixed_dictionaries(
                    {"other": st.integers()},
                    optional={"size": st.integers(), "seconds": st.integers()},
                ),
                min_size=1,
            ),
            "queue": st.text(min_size=1),
            "name": st.text(),
        },
    )
)
def test_what_was_renamed_is_restored(asked):
    assert rename.restore(rename.apply(asked, RULES), RULES) == asked


def test_a_number_in_a_rule_picks_an_item_of_a_list():
    held = {"destinations": [{"s3": {"prefix": "a"}, "id": "d"}], "name": "n"}
    found = rename.restore(held, {"s3": "destinations.0.s3", "missing": "destinations.1.s3"})
    assert found["s3"] == {"prefix": "a"}
    assert "missing" not in found
