"""SQS queues and SNS topics: both keep their settings as a map of text."""

from local.provider.drift import number
from local.provider.resource import Call, Name, ResourceType, Task, words
from local.provider.tags import tags
from local.provider.values import Json, Props

_QUEUE = {
    "visibilityTimeoutSeconds": "VisibilityTimeout",
    "messageRetentionSeconds": "MessageRetentionPeriod",
    "maxMessageSize": "MaximumMessageSize",
    "receiveWaitTimeSeconds": "ReceiveMessageWaitTimeSeconds",
    "delaySeconds": "DelaySeconds",
    "redrivePolicy": "RedrivePolicy",
    "redriveAllowPolicy": "RedriveAllowPolicy",
    "policy": "Policy",
    "kmsMasterKeyId": "KmsMasterKeyId",
    "kmsDataKeyReusePeriodSeconds": "KmsDataKeyReusePeriodSeconds",
    "sqsManagedSseEnabled": "SqsManagedSseEnabled",
    "fifoQueue": "FifoQueue",
    "contentBasedDeduplication": "ContentBasedDeduplication",
    "deduplicationScope": "DeduplicationScope",
    "fifoThroughputLimit": "FifoThroughputLimit",
}


def _typed(attributes: Props) -> Props:
    """Attributes come as text; their numbers and truth values are given back as such."""
    truth = {"true": True, "false": False}
    return {key: truth.get(value, number(value)) for key, value in attributes.items()}


def _read_queue(task: Task) -> Props:
    attributes: Props = task.call("get_queue_attributes", attributeNames=["All"])["attributes"]
    typed = _typed(attributes)
    arn: str = attributes["QueueArn"]
    held = {key: typed.get(name) for key, name in _QUEUE.items()}
    return {**held, "arn": arn, "name": arn.rpartition(":")[2]}


QUEUE = ResourceType(
    type="aws:sqs/queue:Queue",
    service="sqs",
    inputs=frozenset(_QUEUE) | words("name tags"),
    name=Name(limit=80, fifo="fifoQueue"),
    id="{url}",
    create=Call(operation="create_queue"),
    created={"url": "queueUrl"},
    update=Call(operation="set_queue_attributes"),
    read=_read_queue,
    delete=Call(operation="delete_queue"),
    rename={
        "name": "QueueName",
        "url": "QueueUrl",
        **{key: f"Attributes.{name}" for key, name in _QUEUE.items()},
    },
    replaces=words("fifoQueue"),
    computed=words("arn url"),
    # Defaults from the SQS API reference (SetQueueAttributes).
    reset={
        "visibilityTimeoutSeconds": 30,
        "messageRetentionSeconds": 345600,
        "receiveWaitTimeSeconds": 0,
        "delaySeconds": 0,
        "redrivePolicy": "",
        "redriveAllowPolicy": "",
        "policy": "",
        "kmsMasterKeyId": "",
        "kmsDataKeyReusePeriodSeconds": 300,
    },
    parts=(tags("list_queue_tags", "tag_queue", "untag_queue"),),
)


def _read_queue_policy(task: Task) -> Props | None:
    attributes: Props = task.call("get_queue_attributes", attributeNames=["Policy"]).get(
        "attributes", {}
    )
    return {"policy": attributes["Policy"]} if attributes.get("Policy") else None


QUEUE_POLICY = ResourceType(
    type="aws:sqs/queuePolicy:QueuePolicy",
    service="sqs",
    inputs=words("queueUrl policy"),
    id="{queueUrl}",
    create=Call(operation="set_queue_attributes"),
    update=Call(operation="set_queue_attributes"),
    read=_read_queue_policy,
    delete=Call(operation="set_queue_attributes", fixed={"attributes": {"Policy": ""}}),
    rename={"policy": "Attributes.Policy"},
)

_TOPIC = {
    "displayName": "DisplayName",
    "policy": "Policy",
    "deliveryPolicy": "DeliveryPolicy",
    "kmsMasterKeyId": "KmsMasterKeyId",
    "fifoTopic": "FifoTopic",
    "contentBasedDeduplication": "ContentBasedDeduplication",
    "signatureVersion": "SignatureVersion",
    "tracingConfig": "TracingConfig",
}


def _put_attributes(names: dict[str, str], operation: str) -> Json:
    """One call for each attribute: SNS takes no more."""

    def put(task: Task) -> None:
        for key, value in task.want.items():
            if value != task.have.get(key):
                text = value if isinstance(value, str) else str(value).lower()
                task.call(operation, attributeName=names[key], attributeValue=text)

    return put


def _read_topic(task: Task) -> Props:
    attributes: Props = task.call("get_topic_attributes")["attributes"]
    typed = _typed(attributes)
    held = {key: typed.get(name) for key, name in _TOPIC.items()}
    return {
        **held,
        "arn": task.address["arn"],
        "name": task.address["arn"].rpartition(":")[2],
        "owner": attributes.get("Owner"),
    }


TOPIC = ResourceType(
    type="aws:sns/topic:Topic",
    service="sns",
    inputs=frozenset(_TOPIC) | words("name tags"),
    name=Name(limit=256, fifo="fifoTopic"),
    id="{arn}",
    create=Call(operation="create_topic"),
    created={"arn": "topicArn"},
    update=_put_attributes(_TOPIC, "set_topic_attributes"),
    read=_read_topic,
    delete=Call(operation="delete_topic"),
    rename={
        "name": "Name",
        "arn": "TopicArn",
        **{key: f"Attributes.{name}" for key, name in _TOPIC.items()},
    },
    replaces=words("fifoTopic"),
    computed=words("arn owner"),
    reset={"displayName": "", "policy": "", "deliveryPolicy": "", "kmsMasterKeyId": ""},
    parts=(tags(),),
)

_SUBSCRIPTION = {
    "rawMessageDelivery": "RawMessageDelivery",
    "filterPolicy": "FilterPolicy",
    "filterPolicyScope": "FilterPolicyScope",
    "deliveryPolicy": "DeliveryPolicy",
    "redrivePolicy": "RedrivePolicy",
    "subscriptionRoleArn": "SubscriptionRoleArn",
}


def _read_subscription(task: Task) -> Props:
    attributes: Props = task.call("get_subscription_attributes")["attributes"]
    typed = _typed(attributes)
    held = {key: typed.get(name) for key, name in _SUBSCRIPTION.items()}
    return {
        **held,
        "topic": attributes.get("TopicArn"),
        "protocol": attributes.get("Protocol"),
        "endpoint": attributes.get("Endpoint"),
        "arn": task.address["arn"],
        "ownerId": attributes.get("Owner"),
        "pendingConfirmation": typed.get("PendingConfirmation"),
        "confirmationWasAuthenticated": typed.get("ConfirmationWasAuthenticated"),
    }


SUBSCRIPTION = ResourceType(
    type="aws:sns/topicSubscription:TopicSubscription",
    service="sns",
    inputs=frozenset(_SUBSCRIPTION)
    | words("topic protocol endpoint endpointAutoConfirms confirmationTimeoutInMinutes"),
    id="{arn}",
    create=Call(operation="subscribe", fixed={"returnSubscriptionArn": True}),
    created={"arn": "subscriptionArn"},
    update=_put_attributes(_SUBSCRIPTION, "set_subscription_attributes"),
    read=_read_subscription,
    delete=Call(operation="unsubscribe"),
    rename={
        "arn": "SubscriptionArn",
        "topic": "TopicArn",
        **{key: f"Attributes.{name}" for key, name in _SUBSCRIPTION.items()},
    },
    replaces=words("topic protocol endpoint"),
    local=words("endpointAutoConfirms confirmationTimeoutInMinutes"),
    computed=words("arn ownerId pendingConfirmation confirmationWasAuthenticated"),
    reset={"filterPolicy": "", "rawMessageDelivery": False, "redrivePolicy": ""},
)

TYPES = (QUEUE, QUEUE_POLICY, TOPIC, SUBSCRIPTION)
