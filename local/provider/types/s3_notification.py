"""S3 bucket notifications: to queues, topics, functions (with filters) and EventBridge."""

from local.provider.resource import ResourceType, Task, words
from local.provider.values import Json, Props

# our property → AWS's list and the key of the target in it
_TARGETS = {
    "queues": ("queueConfigurations", "queueArn"),
    "topics": ("topicConfigurations", "topicArn"),
    "lambdaFunctions": ("lambdaFunctionConfigurations", "lambdaFunctionArn"),
}
_FILTERS = {"filterPrefix": "prefix", "filterSuffix": "suffix"}


def _put(task: Task) -> None:
    configuration: Props = {
        name: [_to_aws(item) for item in task.want[key]]
        for key, (name, _) in _TARGETS.items()
        if task.want.get(key)
    }
    if task.want.get("eventbridge"):
        configuration["eventBridgeConfiguration"] = {}
    bucket = task.address or {"bucket": task.want["bucket"]}
    task.call(
        "put_bucket_notification_configuration", **bucket, notificationConfiguration=configuration
    )


def _clear(task: Task) -> None:
    task.call("put_bucket_notification_configuration", notificationConfiguration={})


def _read(task: Task) -> Props | None:
    answer = task.call("get_bucket_notification_configuration")
    if not answer:
        return None
    held: Props = {
        key: [_from_aws(item, target) for item in answer[name]]
        for key, (name, target) in _TARGETS.items()
        if answer.get(name)
    }
    return {**held, "eventbridge": "eventBridgeConfiguration" in answer}


def _to_aws(item: Props) -> Props:
    rules = [{"name": name, "value": item[key]} for key, name in _FILTERS.items() if item.get(key)]
    kept = {key: value for key, value in item.items() if key not in _FILTERS}
    return {**kept, **({"filter": {"key": {"filterRules": rules}}} if rules else {})}


def _from_aws(item: Props, target: str) -> Props:
    rules: Json = item.get("filter", {}).get("key", {}).get("filterRules", {})
    by_name = {name.lower(): value for name, value in rules.items()}
    filters = {key: by_name[name] for key, name in _FILTERS.items() if by_name.get(name)}
    return {
        "id": item.get("id"),
        target: item.get(target),
        "events": item.get("events", []),
        **filters,
    }


NOTIFICATION = ResourceType(
    type="aws:s3/bucketNotification:BucketNotification",
    service="s3",
    inputs=words("bucket eventbridge lambdaFunctions queues topics"),
    id="{bucket}",
    create=_put,
    update=_put,
    read=_read,
    delete=_clear,
)
