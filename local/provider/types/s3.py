"""S3: buckets and what is configured on them. Objects are in `s3_objects.py`.

Left out: the settings that the official plugin deprecates on the bucket itself (`versioning`,
`acl`, …); each has a resource of its own.
"""

from local.provider.errors import ServiceError, UserError
from local.provider.resource import Call, Look, Name, Part, Read, ResourceType, Task, words
from local.provider.types.s3_notification import NOTIFICATION
from local.provider.types.s3_objects import OBJECT, empty_bucket
from local.provider.values import Props

# The one region whose buckets are made without naming it.
_HOME_REGION = "us-east-1"


def _create_bucket(task: Task) -> Props:
    want = {key: value for key, value in task.want.items() if key != "tags"}
    if task.api.region != _HOME_REGION:
        want["createBucketConfiguration"] = {"locationConstraint": task.api.region}
    return task.call("create_bucket", **want)


def _delete_bucket(task: Task) -> None:
    if task.want.get("forceDestroy"):
        empty_bucket(task.api, task.address["bucket"])
    try:
        task.call("delete_bucket")
    except ServiceError as error:
        if error.code != "BucketNotEmpty":
            raise
        raise UserError(
            f"bucket {task.address['bucket']!r} still holds objects: empty it, or set forceDestroy "
            "on it and run `up` before `destroy`"
        ) from None


def _bucket_setting(
    label: str,
    inputs: str,
    call: str,
    *,
    under: str = "",
    delete: Call | None = None,
    read: Look | None = None,
    local: str = "",
) -> ResourceType:
    """A setting of a bucket with a put, a get and a delete of its own; its id is the bucket."""
    owner = words("expectedBucketOwner")
    beside = owner | words("bucket transitionDefaultMinimumObjectSize")
    put = Call(operation=f"put_{call}", under=under, beside=beside)
    return ResourceType(
        type=f"aws:s3/{label[0].lower()}{label[1:]}:{label}",
        service="s3",
        inputs=words(f"bucket {inputs} {local}"),
        id="{bucket}",
        create=put,
        update=put,
        read=read or Read(operation=f"get_{call}", at=under),
        delete=delete or Call(operation=f"delete_{call}"),
        replaces=words(inputs) & owner,
        unread=words(inputs) & owner,
        local=words(local),
    )


def _read_versioning(task: Task) -> Props | None:
    """A bucket that was never versioned has no status at all."""
    answer = task.call("get_bucket_versioning")
    return {"versioningConfiguration": answer} if answer.get("status") else None


BUCKET = ResourceType(
    type="aws:s3/bucket:Bucket",
    service="s3",
    inputs=words("bucket forceDestroy objectLockEnabled tags"),
    name=Name(property="bucket", limit=63, lower=True),
    id="{bucket}",
    create=_create_bucket,
    read=Read(operation="head_bucket"),
    delete=_delete_bucket,
    rename={"objectLockEnabled": "ObjectLockEnabledForBucket", "tags": "Tagging.TagSet"},
    local=words("forceDestroy"),
    unread=words("objectLockEnabled"),
    derived={
        "arn": "arn:aws:s3:::{bucket}",
        "bucketRegion": "{region}",
        "bucketDomainName": "{bucket}.s3.amazonaws.com",
        "bucketRegionalDomainName": "{bucket}.s3.{region}.amazonaws.com",
    },
    parts=(
        Part(
            properties=words("tags"),
            put=Call(operation="put_bucket_tagging"),
            clear=Call(operation="delete_bucket_tagging"),
            read=Read(operation="get_bucket_tagging", at="tagSet", into="tags"),
            lazy=True,
        ),
    ),
)

TYPES = (
    BUCKET,
    OBJECT,
    NOTIFICATION,
    _bucket_setting(
        "BucketVersioning",
        "versioningConfiguration expectedBucketOwner",
        "bucket_versioning",
        read=_read_versioning,
        # Versioning can't be taken back, only suspended.
        delete=Call(
            operation="put_bucket_versioning",
            fixed={"versioningConfiguration": {"status": "Suspended"}},
        ),
    ),
    _bucket_setting(
        "BucketServerSideEncryptionConfiguration",
        "rules expectedBucketOwner",
        "bucket_encryption",
        under="serverSideEncryptionConfiguration",
    ),
    _bucket_setting(
        "BucketPublicAccessBlock",
        "blockPublicAcls blockPublicPolicy ignorePublicAcls restrictPublicBuckets",
        "public_access_block",
        under="publicAccessBlockConfiguration",
        local="skipDestroy",
    ),
    _bucket_setting(
        "BucketOwnershipControls",
        "rule",
        "bucket_ownership_controls",
        under="ownershipControls",
        read=Read(
            operation="get_bucket_ownership_controls",
            at="ownershipControls",
            rename={"rule": "rules.0"},
        ),
    ),
    _bucket_setting(
        "BucketLifecycleConfiguration",
        "rules transitionDefaultMinimumObjectSize expectedBucketOwner",
        "bucket_lifecycle_configuration",
        under="lifecycleConfiguration",
        delete=Call(operation="delete_bucket_lifecycle"),
        read=Read(operation="get_bucket_lifecycle_configuration"),
    ),
    _bucket_setting("BucketPolicy", "policy", "bucket_policy"),
)
