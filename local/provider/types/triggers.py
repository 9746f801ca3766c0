"""What may call a Lambda function: mappings, permissions, settings of asynchronous calls."""

import json

from local.provider.resource import Call, Name, ResourceType, Task, tail, words
from local.provider.tags import tags
from local.provider.values import Json, Props, as_object, is_object


def _read_mapping(task: Task) -> Props:
    held = task.call("get_event_source_mapping")
    function: str = held["functionArn"]
    return {
        **held,
        "functionName": function,
        "enabled": held.get("state") in ("Enabled", "Enabling", "Creating", "Updating"),
        "uuid": task.address["uuid"],
        "destinationConfig": _on_failure(held.get("destinationConfig")),
    }


def _on_failure(held: Json) -> Json:
    target: Json = as_object(as_object(held).get("onFailure")).get("destination")
    return {"onFailure": {"destinationArn": target}} if target else None


MAPPING = ResourceType(
    type="aws:lambda/eventSourceMapping:EventSourceMapping",
    service="lambda",
    inputs=words(
        "functionName eventSourceArn batchSize bisectBatchOnFunctionError destinationConfig "
        "enabled filterCriteria functionResponseTypes kmsKeyArn maximumBatchingWindowInSeconds "
        "maximumRecordAgeInSeconds maximumRetryAttempts metricsConfig parallelizationFactor "
        "scalingConfig startingPosition startingPositionTimestamp tumblingWindowInSeconds tags"
    ),
    id="{uuid}",
    create=Call(operation="create_event_source_mapping"),
    created={"uuid": "uuid"},
    update=Call(operation="update_event_source_mapping"),
    read=_read_mapping,
    delete=Call(operation="delete_event_source_mapping"),
    rename={"destinationConfig.onFailure.destinationArn": "Destination"},
    replaces=words("eventSourceArn startingPosition startingPositionTimestamp"),
    unread=words("startingPositionTimestamp"),
    same={"functionName": tail},
    derived={"arn": "arn:aws:lambda:{region}:{account}:event-source-mapping:{uuid}"},
    computed=words(
        "functionArn lastModified lastProcessingResult state stateTransitionReason uuid"
    ),
    volatile=words("lastModified lastProcessingResult state stateTransitionReason functionArn"),
    reset={
        "filterCriteria": {"filters": []},
        "functionResponseTypes": [],
        "destinationConfig": {"onFailure": {}},
        "maximumBatchingWindowInSeconds": 0,
    },
    parts=(tags("list_tags"),),
    ready=("state", words("Enabled Disabled")),
    slow_delete=True,
)


def _read_permission(task: Task) -> Props | None:
    policy = json.loads(task.call("get_policy")["policy"])
    statement = next(
        (item for item in policy["Statement"] if item.get("Sid") == task.address["statementId"]),
        None,
    )
    if statement is None:
        return None
    principal: Json = statement.get("Principal")
    if is_object(principal):
        principal = next(iter(principal.values()))
    conditions = {
        key.lower(): value
        for test in statement.get("Condition", {}).values()
        for key, value in test.items()
    }
    return {
        "action": statement["Action"],
        "principal": principal,
        "sourceArn": conditions.get("aws:sourcearn"),
        "sourceAccount": conditions.get("aws:sourceaccount"),
        "principalOrgId": conditions.get("aws:principalorgid"),
        "eventSourceToken": conditions.get("lambda:eventsourcetoken"),
        "functionUrlAuthType": conditions.get("lambda:functionurlauthtype"),
    }


PERMISSION = ResourceType(
    type="aws:lambda/permission:Permission",
    service="lambda",
    inputs=words(
        "function action principal statementId sourceArn sourceAccount principalOrgId "
        "eventSourceToken functionUrlAuthType"
    ),
    name=Name(property="statementId", limit=100),
    id="{function}/{statementId}",
    create=Call(operation="add_permission"),
    read=_read_permission,
    delete=Call(operation="remove_permission"),
    rename={"function": "FunctionName"},
)


def _read_invoke_config(task: Task) -> Props:
    held = task.call("get_function_event_invoke_config")
    destinations = {
        key: value for key, value in as_object(held.get("destinationConfig")).items() if value
    }
    return {**held, "destinationConfig": destinations or None}


INVOKE_CONFIG = ResourceType(
    type="aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
    service="lambda",
    inputs=words(
        "functionName qualifier destinationConfig maximumEventAgeInSeconds maximumRetryAttempts"
    ),
    id="{functionName}/{qualifier}",
    defaults={"qualifier": "$LATEST"},
    create=Call(operation="put_function_event_invoke_config"),
    update=Call(operation="put_function_event_invoke_config"),
    read=_read_invoke_config,
    delete=Call(operation="delete_function_event_invoke_config"),
    same={"functionName": tail},
)

TYPES = (MAPPING, PERMISSION, INVOKE_CONFIG)
