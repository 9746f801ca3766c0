"""DynamoDB tables.

Left out: replicas, import, restore, and changes of indexes after creation (they force replacement).
"""

from local.provider.resource import Call, Name, Part, ResourceType, Task, words
from local.provider.tags import tags
from local.provider.values import Json, Props, as_object

_KEYS = {"hashKey": "HASH", "rangeKey": "RANGE"}
_CAPACITY = {"readCapacity": "readCapacityUnits", "writeCapacity": "writeCapacityUnits"}
_STREAM = words("streamEnabled streamViewType")


def _create(task: Task) -> Props:
    tags = {"tags": task.want["tags"]} if task.want.get("tags") else {}
    return task.call("create_table", **_request(task.want), **tags)


def _request(want: Props) -> Props:
    request: Props = {
        key: want[key]
        for key in ("billingMode", "tableClass", "deletionProtectionEnabled")
        if key in want
    }
    request["tableName"] = want["name"]
    request["attributeDefinitions"] = [
        {"attributeName": item["name"], "attributeType": item["type"]}
        for item in want.get("attributes", [])
    ]
    request["keySchema"] = _key_schema(want)
    if capacity := _capacity(want):
        request["provisionedThroughput"] = capacity
    if want.get("streamEnabled"):
        request["streamSpecification"] = {key: want[key] for key in _STREAM if key in want}
    if encryption := want.get("serverSideEncryption"):
        request["sseSpecification"] = _encryption(encryption)
    for kind in ("globalSecondaryIndexes", "localSecondaryIndexes"):
        if want.get(kind):
            request[kind] = [_index(item, want) for item in want[kind]]
    return request


def _key_schema(item: Props) -> list[Json]:
    return [
        {"attributeName": item[key], "keyType": kind}
        for key, kind in _KEYS.items()
        if item.get(key)
    ]


def _capacity(item: Props) -> Props:
    return {name: item[key] for key, name in _CAPACITY.items() if item.get(key)}


def _index(item: Props, table: Props) -> Props:
    projection = {key: item[key] for key in ("projectionType", "nonKeyAttributes") if key in item}
    keys = item if item.get("hashKey") else {**item, "hashKey": table["hashKey"]}
    index: Props = {
        "indexName": item["name"],
        "keySchema": _key_schema(keys),
        "projection": projection,
    }
    return {
        **index,
        **({"provisionedThroughput": capacity} if (capacity := _capacity(item)) else {}),
    }


def _encryption(want: Props) -> Props:
    key = {"sseType": "KMS", "kmsMasterKeyId": want["kmsKeyArn"]} if want.get("kmsKeyArn") else {}
    return {"enabled": want.get("enabled", True), **key}


def _read(task: Task) -> Props:
    held: Props = task.call("describe_table")["table"]
    keys = _keys_of(held.get("keySchema", []))
    throughput = as_object(held.get("provisionedThroughput"))
    stream = as_object(held.get("streamSpecification"))
    encryption = as_object(held.get("sseDescription"))
    return {
        **keys,
        "arn": held["tableArn"],
        "tableStatus": held["tableStatus"],
        "attributes": [
            {"name": item["attributeName"], "type": item["attributeType"]}
            for item in held.get("attributeDefinitions", [])
        ],
        "billingMode": as_object(held.get("billingModeSummary")).get("billingMode", "PROVISIONED"),
        "readCapacity": throughput.get("readCapacityUnits"),
        "writeCapacity": throughput.get("writeCapacityUnits"),
        "streamEnabled": stream.get("streamEnabled", False),
        "streamViewType": stream.get("streamViewType"),
        "streamArn": held.get("latestStreamArn"),
        "streamLabel": held.get("latestStreamLabel"),
        "tableClass": as_object(held.get("tableClassSummary")).get("tableClass"),
        "deletionProtectionEnabled": held.get("deletionProtectionEnabled"),
        "serverSideEncryption": {
            "enabled": encryption.get("status") in ("ENABLED", "ENABLING"),
            "kmsKeyArn": encryption.get("kmsMasterKeyArn"),
        },
        "globalSecondaryIndexes": [
            _index_of(item) for item in held.get("globalSecondaryIndexes", [])
        ],
        "localSecondaryIndexes": [
            _index_of(item) for item in held.get("localSecondaryIndexes", [])
        ],
    }


def _keys_of(schema: list[Json]) -> Props:
    by_kind = {item["keyType"]: item["attributeName"] for item in schema}
    return {key: by_kind[kind] for key, kind in _KEYS.items() if kind in by_kind}


def _index_of(item: Props) -> Props:
    throughput = as_object(item.get("provisionedThroughput"))
    return {
        "name": item["indexName"],
        **_keys_of(item["keySchema"]),
        **item.get("projection", {}),
        **{key: throughput[name] for key, name in _CAPACITY.items() if throughput.get(name)},
    }


def _update(task: Task) -> None:
    request: Props = {
        key: task.want[key]
        for key in ("billingMode", "tableClass", "deletionProtectionEnabled")
        if key in task.want and task.want[key] != task.have.get(key)
    }
    if (capacity := _capacity(task.want)) and task.want.get("billingMode") != "PAY_PER_REQUEST":
        request["provisionedThroughput"] = capacity
    if request:
        task.call("update_table", **request)


def _put_stream(task: Task) -> None:
    wanted: Json = {key: task.want[key] for key in _STREAM if task.want.get(key)}
    task.call("update_table", streamSpecification=wanted or {"streamEnabled": False})


def _put_ttl(task: Task) -> None:
    wanted: Props = task.want.get("ttl") or {"enabled": False}
    attribute = wanted.get("attributeName") or as_object(task.have.get("ttl")).get("attributeName")
    task.call(
        "update_time_to_live",
        timeToLiveSpecification={
            "attributeName": attribute,
            "enabled": wanted.get("enabled", False),
        },
    )


def _read_ttl(task: Task) -> Props:
    held: Props = task.call("describe_time_to_live").get("timeToLiveDescription", {})
    enabled = held.get("timeToLiveStatus") in ("ENABLED", "ENABLING")
    return {"ttl": {"enabled": enabled, "attributeName": held.get("attributeName")}}


def _put_recovery(task: Task) -> None:
    wanted: Props = task.want.get("pointInTimeRecovery") or {"enabled": False}
    task.call(
        "update_continuous_backups",
        pointInTimeRecoverySpecification={"pointInTimeRecoveryEnabled": wanted["enabled"]},
    )


def _read_recovery(task: Task) -> Props:
    answer = task.call("describe_continuous_backups")["continuousBackupsDescription"]
    held = as_object(answer.get("pointInTimeRecoveryDescription"))
    return {"pointInTimeRecovery": {"enabled": held.get("pointInTimeRecoveryStatus") == "ENABLED"}}


TABLE = ResourceType(
    type="aws:dynamodb/table:Table",
    service="dynamodb",
    inputs=words(
        "name attributes hashKey rangeKey billingMode readCapacity writeCapacity streamEnabled "
        "streamViewType ttl pointInTimeRecovery serverSideEncryption globalSecondaryIndexes "
        "localSecondaryIndexes tableClass deletionProtectionEnabled tags"
    ),
    name=Name(limit=255),
    id="{name}",
    create=_create,
    update=_update,
    read=_read,
    delete=Call(operation="delete_table"),
    rename={"name": "TableName"},
    replaces=words(
        "hashKey rangeKey attributes globalSecondaryIndexes localSecondaryIndexes "
        "serverSideEncryption"
    ),
    computed=words("arn streamArn streamLabel"),
    volatile=words("streamArn streamLabel"),
    parts=(
        Part(properties=_STREAM, put=_put_stream, in_create=True),
        Part(properties=words("ttl"), put=_put_ttl, read=_read_ttl),
        Part(properties=words("pointInTimeRecovery"), put=_put_recovery, read=_read_recovery),
        tags("list_tags_of_resource"),
    ),
    ready=("tableStatus", words("ACTIVE")),
    slow_delete=True,
)

TYPES = (TABLE,)
