"""The Glue catalog and Athena."""

from local.provider.resource import Call, Name, Part, Read, ResourceType, Task, words
from local.provider.tags import tags
from local.provider.values import Json, Props

DATABASE = ResourceType(
    type="aws:glue/catalogDatabase:CatalogDatabase",
    service="glue",
    inputs=words(
        "name catalogId description locationUri parameters targetDatabase "
        "createTableDefaultPermissions tags"
    ),
    name=Name(limit=255, lower=True),
    id="{catalogId}:{name}",
    defaults={"catalogId": "{account}"},
    create=Call(operation="create_database", under="databaseInput", beside=words("catalogId tags")),
    update=Call(operation="update_database", under="databaseInput", keep=words("name")),
    read=Read(operation="get_database", at="database"),
    delete=Call(operation="delete_database"),
    derived={"arn": "arn:aws:glue:{region}:{account}:database/{name}"},
    parts=(tags("get_tags", added="tagsToAdd", removed="tagsToRemove"),),
)

TABLE = ResourceType(
    type="aws:glue/catalogTable:CatalogTable",
    service="glue",
    inputs=words(
        "name databaseName catalogId description owner parameters partitionKeys retention "
        "storageDescriptor tableType viewExpandedText viewOriginalText targetTable "
        "partitionIndices openTableFormatInput"
    ),
    name=Name(limit=255, lower=True),
    id="{catalogId}:{databaseName}:{name}",
    defaults={"catalogId": "{account}"},
    create=Call(
        operation="create_table",
        under="tableInput",
        beside=words("catalogId databaseName PartitionIndexes openTableFormatInput"),
    ),
    update=Call(operation="update_table", under="tableInput", keep=words("name")),
    read=Read(operation="get_table", at="table"),
    delete=Call(operation="delete_table"),
    rename={"partitionIndices": "PartitionIndexes"},
    replaces=words("partitionIndices openTableFormatInput"),
    unread=words("partitionIndices openTableFormatInput"),
    ordered=words("columns partitionKeys bucketColumns sortColumns"),
    derived={"arn": "arn:aws:glue:{region}:{account}:table/{databaseName}/{name}"},
)


def _update_workgroup(task: Task) -> None:
    """Changes have other names than the workgroup itself, removals are flags (Athena API)."""
    want = dict(task.want)
    configuration: Props = dict(want.pop("configuration", None) or {})
    if "bytesScannedCutoffPerQuery" not in configuration:
        configuration["removeBytesScannedCutoffPerQuery"] = True
    results: Json = dict(configuration.get("resultConfiguration") or {})
    if "outputLocation" not in results:
        results["removeOutputLocation"] = True
    if "encryptionConfiguration" not in results:
        results["removeEncryptionConfiguration"] = True
    elif key := results["encryptionConfiguration"].get("kmsKeyArn"):
        results["encryptionConfiguration"] = {**results["encryptionConfiguration"], "kmsKey": key}
        del results["encryptionConfiguration"]["kmsKeyArn"]
    configuration.pop("resultConfiguration", None)
    task.call(
        "update_work_group",
        workGroup=task.address["name"],
        **want,
        configurationUpdates={**configuration, "resultConfigurationUpdates": results},
    )


def _create_workgroup(task: Task) -> None:
    want = {key: value for key, value in task.want.items() if key != "state"}
    task.call("create_work_group", **want)


WORKGROUP = ResourceType(
    type="aws:athena/workgroup:Workgroup",
    service="athena",
    inputs=words("name configuration description state forceDestroy tags"),
    name=Name(limit=128),
    id="{name}",
    create=_create_workgroup,
    update=_update_workgroup,
    read=Read(operation="get_work_group", at="workGroup", by={"workGroup": "name"}),
    delete=lambda task: task.call(
        "delete_work_group",
        workGroup=task.address["name"],
        recursiveDeleteOption=bool(task.want.get("forceDestroy")),
    ),
    rename={
        "configuration.resultConfiguration.encryptionConfiguration.kmsKeyArn": "KmsKey",
    },
    local=words("forceDestroy"),
    gone=words("InvalidRequestException"),
    derived={"arn": "arn:aws:athena:{region}:{account}:workgroup/{name}"},
    reset={"description": "", "configuration": {}},
    parts=(
        Part(
            properties=words("state"),
            put=Call(operation="update_work_group", by={"workGroup": "name"}),
            clear=Call(
                operation="update_work_group", by={"workGroup": "name"}, fixed={"state": "ENABLED"}
            ),
        ),
        tags(),
    ),
)

NAMED_QUERY = ResourceType(
    type="aws:athena/namedQuery:NamedQuery",
    service="athena",
    inputs=words("name database query description workgroup"),
    name=Name(limit=128),
    id="{namedQueryId}",
    create=Call(operation="create_named_query"),
    created={"namedQueryId": "namedQueryId"},
    read=Read(operation="get_named_query", at="namedQuery"),
    delete=Call(operation="delete_named_query"),
    rename={"query": "QueryString", "workgroup": "WorkGroup"},
    gone=words("InvalidRequestException"),
)

TYPES = (DATABASE, TABLE, WORKGROUP, NAMED_QUERY)
