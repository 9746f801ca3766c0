"""S3 objects, and emptying a bucket of them."""

import base64

from local.provider.archives import archive_zip, asset_bytes
from local.provider.clients import Api
from local.provider.errors import UserError
from local.provider.resource import Call, ResourceType, Task, words
from local.provider.values import Json, Props, as_object

_BODY = words("source content contentBase64")
_CHUNK = 1000  # objects in one DeleteObjects call (S3 API reference)


def empty_bucket(api: Api, bucket: str) -> None:
    """Deletes every object, version and delete marker."""
    for items in ("versions", "deleteMarkers"):
        found = api.pages("list_object_versions", items, bucket=bucket)
        for start in range(0, len(found), _CHUNK):
            objects = [
                {"key": item["key"], "versionId": item.get("versionId", "null")}
                for item in found[start : start + _CHUNK]
            ]
            api.call(
                "delete_objects", {"bucket": bucket, "delete": {"objects": objects, "quiet": True}}
            )


def _put(task: Task) -> None:
    want = {**task.want, **{key: task.address[key] for key in ("bucket", "key") if task.address}}
    rest = {
        key: value
        for key, value in want.items()
        if key not in _BODY | {"tags", "etag", "sourceHash"}
    }
    task.call("put_object", **rest, body=_body(want))
    if want.get("tags") or task.have.get("tags"):
        where = {"bucket": want["bucket"], "key": want["key"]}
        task.call("put_object_tagging", **where, tagging={"tagSet": want.get("tags") or {}})


def _body(want: Props) -> bytes:
    if "content" in want:
        return str(want["content"]).encode()
    if "contentBase64" in want:
        return base64.b64decode(want["contentBase64"])
    source: Json = want.get("source")
    if source is None:
        return b""
    if isinstance(source, str):
        raise UserError("source of a BucketObjectv2 must be an asset: pulumi.FileAsset(path)")
    single = "text" in source or ("path" in source and "assets" not in source)
    return asset_bytes(source) if single else archive_zip(source)


def _read(task: Task) -> Props:
    head = task.call("head_object")
    tags = as_object(task.call("get_object_tagging").get("tagSet"))
    etag: str = head.get("eTag", "").strip('"')
    return {"storageClass": "STANDARD", **head, "etag": etag, "tags": tags}


OBJECT = ResourceType(
    type="aws:s3/bucketObjectv2:BucketObjectv2",
    service="s3",
    inputs=words(
        "bucket key source content contentBase64 sourceHash etag acl bucketKeyEnabled "
        "cacheControl contentDisposition contentEncoding contentLanguage contentType kmsKeyId "
        "metadata serverSideEncryption storageClass tags websiteRedirect"
    ),
    id="{bucket}/{key}",
    create=_put,
    update=_put,
    read=_read,
    delete=Call(operation="delete_object"),
    rename={"kmsKeyId": "SSEKMSKeyId", "websiteRedirect": "WebsiteRedirectLocation"},
    unread=_BODY | words("acl sourceHash"),
    computed=words("etag versionId"),
    volatile=words("etag versionId"),
    derived={"arn": "arn:aws:s3:::{bucket}/{key}"},
)
