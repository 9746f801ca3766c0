"""Lambda functions, layers, and the aliases of functions' versions.

Code comes as an archive (zipped here), as an object in S3, or as an image.
"""

from local.provider.archives import archive_zip
from local.provider.resource import Call, Name, Part, ResourceType, Task, tail, words
from local.provider.tags import tags
from local.provider.values import Props

_CODE = words("code s3Bucket s3Key s3ObjectVersion imageUri")
_CODE_OF_LAYER = words("code s3Bucket s3Key s3ObjectVersion")
_VERSIONED = words("qualifiedArn qualifiedInvokeArn version codeSha256 sourceCodeSize lastModified")
_NO_LIMIT = -1


def _code(want: Props) -> Props:
    if "code" in want:
        return {"zipFile": archive_zip(want["code"])}
    return {key: want[key] for key in _CODE if key in want}


def _create(task: Task) -> Props:
    own = {key: value for key, value in task.want.items() if key not in _CODE | {"sourceCodeHash"}}
    return task.call("create_function", **own, code=_code(task.want))


def _update(task: Task) -> None:
    task.call("update_function_configuration", **task.want)


def _put_code(task: Task) -> None:
    architectures = {key: task.want[key] for key in ("architectures",) if key in task.want}
    task.call("update_function_code", **_code(task.want), **architectures)


def _publish(task: Task) -> None:
    if task.want.get("publish"):
        task.call("publish_version")


def _put_concurrency(task: Task) -> None:
    limit = task.want.get("reservedConcurrentExecutions", _NO_LIMIT)
    if limit == _NO_LIMIT:
        task.call("delete_function_concurrency")
    else:
        task.call("put_function_concurrency", reservedConcurrentExecutions=limit)


def _read(task: Task) -> Props:
    answer = task.call("get_function")
    held: Props = answer["configuration"]
    return {
        **held,
        **_version(task, held["functionArn"], "$LATEST"),
        "layers": [layer["arn"] for layer in held.get("layers", [])],
        "tags": answer.get("tags", {}),
        "reservedConcurrentExecutions": answer.get("concurrency", {}).get(
            "reservedConcurrentExecutions", _NO_LIMIT
        ),
        "sourceCodeSize": held.get("codeSize"),
        "codeSha256": held.get("codeSha256"),
        "imageUri": answer.get("code", {}).get("imageUri"),
    }


def _read_published(task: Task) -> Props:
    """With `publish`, the version is the newest that was published."""
    versions = task.api.pages(
        "list_versions_by_function", "versions", functionName=task.address["name"]
    )
    numbers = [int(item["version"]) for item in versions if item["version"] != "$LATEST"]
    return _version(task, task.have["arn"], str(max(numbers))) if numbers else {}


def _version(task: Task, arn: str, version: str) -> Props:
    return {
        "arn": arn,
        "version": version,
        "qualifiedArn": f"{arn}:{version}",
        "invokeArn": _invoke_arn(task, arn),
        "qualifiedInvokeArn": _invoke_arn(task, f"{arn}:{version}"),
    }


def _invoke_arn(task: Task, arn: str) -> str:
    prefix = f"arn:aws:apigateway:{task.api.region}:lambda:path/2015-03-31/functions"
    return f"{prefix}/{arn}/invocations"


FUNCTION = ResourceType(
    type="aws:lambda/function:Function",
    service="lambda",
    inputs=_CODE
    | words(
        "name role handler runtime description memorySize timeout environment layers "
        "architectures packageType sourceCodeHash publish reservedConcurrentExecutions "
        "deadLetterConfig tracingConfig ephemeralStorage kmsKeyArn loggingConfig vpcConfig "
        "fileSystemConfig imageConfig snapStart skipDestroy tags"
    ),
    name=Name(limit=64),
    id="{name}",
    create=_create,
    update=_update,
    read=_read,
    delete=Call(operation="delete_function"),
    rename={
        "name": "FunctionName",
        "fileSystemConfig": "FileSystemConfigs",
        "imageConfig.commands": "Command",
        "imageConfig.entryPoints": "EntryPoint",
    },
    replaces=words("packageType"),
    local=words("skipDestroy"),
    unread=words("code s3Bucket s3Key s3ObjectVersion imageUri sourceCodeHash publish"),
    ordered=words("layers"),
    computed=_VERSIONED | words("arn invokeArn"),
    volatile=_VERSIONED,
    reset={
        "description": "",
        "memorySize": 128,
        "timeout": 3,
        "environment": {"variables": {}},
        "layers": [],
        "deadLetterConfig": {"targetArn": ""},
        "tracingConfig": {"mode": "PassThrough"},
        "kmsKeyArn": "",
    },
    parts=(
        Part(
            properties=_CODE | words("sourceCodeHash architectures"), put=_put_code, in_create=True
        ),
        Part(properties=words("reservedConcurrentExecutions"), put=_put_concurrency),
        Part(
            properties=words("publish"),
            put=_publish,
            read=_read_published,
            in_create=True,
            lazy=True,
            follows=True,
        ),
        tags("list_tags"),
    ),
    ready=("state", words("Active Inactive")),
    failed=words("Failed"),
)


def _publish_layer(task: Task) -> Props:
    own = {
        key: value
        for key, value in task.want.items()
        if key not in _CODE_OF_LAYER | {"sourceCodeHash"}
    }
    return task.call("publish_layer_version", **own, content=_code(task.want))


def _read_layer(task: Task) -> Props:
    where = {"layerName": task.address["layerName"], "versionNumber": int(task.address["version"])}
    answer = task.call("get_layer_version", **where)
    content: Props = answer.get("content", {})
    return {
        **answer,
        "arn": answer["layerVersionArn"],
        "codeSha256": content.get("codeSha256"),
        "sourceCodeSize": content.get("codeSize"),
        "version": str(answer["version"]),
    }


def _delete_layer(task: Task) -> None:
    task.call(
        "delete_layer_version",
        layerName=task.address["layerName"],
        versionNumber=int(task.address["version"]),
    )


LAYER = ResourceType(
    type="aws:lambda/layerVersion:LayerVersion",
    service="lambda",
    inputs=_CODE_OF_LAYER
    | words(
        "layerName compatibleArchitectures compatibleRuntimes description licenseInfo skipDestroy "
        "sourceCodeHash"
    ),
    id="arn:aws:lambda:{region}:{account}:layer:{layerName}:{version}",
    create=_publish_layer,
    created={"version": "version"},
    read=_read_layer,
    delete=_delete_layer,
    local=words("skipDestroy"),
    unread=_CODE_OF_LAYER | words("sourceCodeHash"),
    computed=words("arn layerArn version codeSha256 sourceCodeSize createdDate"),
)


def _alias_outputs(task: Task) -> Props:
    answer = task.call("get_alias")
    arn: str = answer["aliasArn"]
    return {
        **answer,
        "functionName": task.address["functionName"],
        "arn": arn,
        "invokeArn": _invoke_arn(task, arn),
    }


ALIAS = ResourceType(
    type="aws:lambda/alias:Alias",
    service="lambda",
    inputs=words("functionName name functionVersion description routingConfig"),
    name=Name(limit=128),
    id="{functionName}/{name}",
    create=Call(operation="create_alias"),
    update=Call(operation="update_alias"),
    read=_alias_outputs,
    delete=Call(operation="delete_alias"),
    reset={"description": "", "routingConfig": {"additionalVersionWeights": {}}},
    same={"functionName": tail},
    computed=words("arn invokeArn"),
)

TYPES = (FUNCTION, LAYER, ALIAS)
