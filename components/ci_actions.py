"""What a deployment does with each kind of resource of the platform, as IAM actions: looking at it,
and making, changing and removing it.

Names of actions, and whether AWS knows a permission for a single resource, are those of the Service
Authorization Reference. Resources are named `{prefix}-{env}-…`, by the program or by automatic
naming (`pulumi:autonaming` in the stack files), which is what keeps a role to its own environment.
Reading is configuration only: no row reads an object of the lake, a record, a message, a query
result or a secret.
"""

from collections.abc import Iterable

from components.ci_cluster_actions import CLUSTER, DATABASE, NETWORK
from components.ci_kind import Kind, arns
from components.ci_operations import OPERATIONS
from components.ci_pipeline_actions import PIPELINES
from components.ci_report_actions import REPORTS
from components.ci_warehouse_actions import WAREHOUSE

STORAGE = (
    Kind(
        service="s3",
        resources=("arn:aws:s3:::{name}-*",),
        read="ListBucket GetBucketLocation GetBucketAcl GetBucketCORS GetBucketWebsite "
        "GetBucketVersioning GetAccelerateConfiguration GetBucketRequestPayment GetBucketLogging "
        "GetLifecycleConfiguration GetReplicationConfiguration GetEncryptionConfiguration "
        "GetBucketObjectLockConfiguration GetBucketTagging GetBucketPolicy GetBucketNotification "
        "GetBucketPublicAccessBlock GetBucketOwnershipControls",
        write="CreateBucket DeleteBucket PutBucketVersioning PutBucketLogging PutBucketPolicy "
        "DeleteBucketPolicy PutLifecycleConfiguration PutReplicationConfiguration "
        "PutEncryptionConfiguration PutBucketTagging PutBucketNotification "
        "PutBucketPublicAccessBlock PutBucketOwnershipControls ListBucketVersions",
    ),
    # Scripts and layers are objects; emptying a bucket that goes with its stack deletes them.
    Kind(
        service="s3",
        resources=("arn:aws:s3:::{name}-*/*",),
        write="GetObject GetObjectTagging PutObject PutObjectTagging DeleteObject "
        "DeleteObjectVersion AbortMultipartUpload",
    ),
    Kind(
        service="kinesis",
        resources=arns("kinesis", "stream/{name}-*"),
        read="DescribeStream DescribeStreamSummary ListShards ListTagsForStream "
        "ListTagsForResource",
        write="CreateStream DeleteStream IncreaseStreamRetentionPeriod "
        "DecreaseStreamRetentionPeriod StartStreamEncryption StopStreamEncryption "
        "AddTagsToStream RemoveTagsFromStream TagResource UntagResource",
    ),
    Kind(service="kinesis", write="UpdateShardCount UpdateStreamMode"),
    Kind(
        service="firehose",
        resources=arns("firehose", "deliverystream/{name}-*"),
        read="DescribeDeliveryStream ListTagsForDeliveryStream",
        write="CreateDeliveryStream DeleteDeliveryStream UpdateDestination "
        "StartDeliveryStreamEncryption StopDeliveryStreamEncryption TagDeliveryStream "
        "UntagDeliveryStream",
    ),
    Kind(
        service="glue",
        resources=arns(
            "glue", "catalog", "database/{glue}*", "table/{glue}*/*", "userDefinedFunction/{glue}*"
        ),
        read="GetDatabase GetTable GetPartitionIndexes",
        write="CreateDatabase UpdateDatabase DeleteDatabase CreateTable UpdateTable DeleteTable",
    ),
    Kind(
        service="glue",
        resources=arns("glue", "job/{name}-*", "crawler/{name}-*", "trigger/{name}-*"),
        read="GetJob GetCrawler GetTrigger GetTags",
        write="CreateJob UpdateJob DeleteJob UpdateCrawler DeleteCrawler CreateTrigger "
        "UpdateTrigger DeleteTrigger StartTrigger StopTrigger TagResource UntagResource",
    ),
    Kind(
        service="glue",
        read="GetSecurityConfiguration",
        write="CreateSecurityConfiguration DeleteSecurityConfiguration CreateCrawler",
    ),
    Kind(
        service="athena",
        resources=arns("athena", "workgroup/{name}*"),
        read="GetWorkGroup GetNamedQuery ListTagsForResource",
        write="CreateWorkGroup UpdateWorkGroup DeleteWorkGroup CreateNamedQuery UpdateNamedQuery "
        "DeleteNamedQuery TagResource UntagResource",
    ),
)

COMPUTE = (
    Kind(
        service="lambda",
        resources=arns("lambda", "function:{name}-*", "layer:{name}-*"),
        read="GetFunction GetFunctionConfiguration GetFunctionCodeSigningConfig GetPolicy "
        "GetFunctionConcurrency GetFunctionEventInvokeConfig GetFunctionRecursionConfig "
        "GetRuntimeManagementConfig ListVersionsByFunction ListTags GetLayerVersion",
        write="CreateFunction DeleteFunction UpdateFunctionCode UpdateFunctionConfiguration "
        "PublishVersion PutFunctionConcurrency DeleteFunctionConcurrency "
        "PutFunctionEventInvokeConfig UpdateFunctionEventInvokeConfig "
        "DeleteFunctionEventInvokeConfig AddPermission RemovePermission PublishLayerVersion "
        "DeleteLayerVersion TagResource UntagResource",
    ),
    Kind(
        service="lambda",
        resources=arns("lambda", "event-source-mapping:*"),
        read="GetEventSourceMapping",
        write="UpdateEventSourceMapping DeleteEventSourceMapping",
    ),
    Kind(service="lambda", write="CreateEventSourceMapping"),
    Kind(
        service="sqs",
        resources=arns("sqs", "{name}-*"),
        read="GetQueueAttributes GetQueueUrl ListQueueTags",
        write="CreateQueue DeleteQueue SetQueueAttributes TagQueue UntagQueue",
    ),
    Kind(
        service="sns",
        resources=arns("sns", "{name}-*"),
        read="GetTopicAttributes ListTagsForResource",
        write="CreateTopic DeleteTopic SetTopicAttributes Subscribe TagResource UntagResource",
    ),
    Kind(
        service="sns",
        read="GetSubscriptionAttributes",
        write="SetSubscriptionAttributes Unsubscribe",
    ),
    Kind(
        service="scheduler",
        resources=arns("scheduler", "schedule/*/{name}-*"),
        read="GetSchedule",
        write="CreateSchedule UpdateSchedule DeleteSchedule",
    ),
    Kind(
        service="logs",
        resources=arns("logs", "log-group:*{name}-*"),
        read="DescribeLogStreams ListTagsForResource",
        write="CreateLogGroup DeleteLogGroup PutRetentionPolicy DeleteRetentionPolicy "
        "AssociateKmsKey DisassociateKmsKey CreateLogStream DeleteLogStream TagResource "
        "UntagResource",
    ),
    Kind(service="logs", read="DescribeLogGroups"),
    Kind(
        service="cloudwatch",
        resources=(
            *arns("cloudwatch", "alarm:{name}-*"),
            *arns("cloudwatch", "dashboard/{name}-*", place=":{account}"),
        ),
        read="DescribeAlarms GetDashboard ListTagsForResource",
        write="PutMetricAlarm DeleteAlarms PutDashboard DeleteDashboards TagResource UntagResource",
    ),
)

GUARDS = (
    Kind(
        service="iam",
        resources=arns("iam", "role/{name}-*", "policy/{name}-*", place=":{account}"),
        read="GetRole GetRolePolicy ListRolePolicies ListAttachedRolePolicies "
        "ListInstanceProfilesForRole ListRoleTags GetPolicy GetPolicyVersion ListPolicyVersions "
        "ListPolicyTags",
        write="CreateRole DeleteRole PutRolePolicy DeleteRolePolicy AttachRolePolicy "
        "DetachRolePolicy UpdateAssumeRolePolicy UpdateRole UpdateRoleDescription TagRole "
        "UntagRole PassRole CreatePolicy CreatePolicyVersion DeletePolicy DeletePolicyVersion "
        "TagPolicy UntagPolicy",
    ),
    # A key has no name: its id is drawn by AWS. The boundary keeps the state's key apart.
    Kind(
        service="kms",
        resources=arns("kms", "key/*"),
        read="DescribeKey GetKeyPolicy GetKeyRotationStatus ListResourceTags",
        write="PutKeyPolicy EnableKeyRotation EnableKey UpdateKeyDescription "
        "ScheduleKeyDeletion CreateGrant Decrypt GenerateDataKey TagResource UntagResource",
    ),
    Kind(
        service="kms",
        resources=arns("kms", "alias/{name}-*", "key/*"),
        write="CreateAlias UpdateAlias DeleteAlias",
    ),
    Kind(service="kms", read="ListAliases", write="CreateKey"),
    Kind(
        service="budgets",
        resources=arns("budgets", "budget/{name}-*", place=":{account}"),
        read="ViewBudget DescribeBudgetAction ListTagsForResource",
        write="ModifyBudget CreateBudgetAction UpdateBudgetAction DeleteBudgetAction TagResource "
        "UntagResource",
    ),
    Kind(
        service="cloudtrail",
        resources=arns("cloudtrail", "trail/{name}-*"),
        read="GetTrail GetTrailStatus GetEventSelectors GetInsightSelectors ListTags",
        write="CreateTrail UpdateTrail DeleteTrail StartLogging StopLogging PutEventSelectors "
        "AddTags RemoveTags",
    ),
    Kind(service="cloudtrail", read="DescribeTrails"),
)

# An IAM policy holds 6,144 characters (IAM quotas), so that each group is one.
GROUPS: dict[str, tuple[Kind, ...]] = {
    "storage": STORAGE,
    "compute": COMPUTE,
    "guards": GUARDS,
    "network": NETWORK,
    "cluster": CLUSTER,
    # A role has ten policies at most (IAM quotas), so that small groups share one.
    "database": (*DATABASE, *REPORTS, *WAREHOUSE),
    "operations": (*OPERATIONS, *PIPELINES),
}


def kinds() -> Iterable[Kind]:
    return (kind for group in GROUPS.values() for kind in group)


def services() -> list[str]:
    """The services of the platform, by their IAM prefix."""
    return sorted({kind.service for kind in kinds()})
