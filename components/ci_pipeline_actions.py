"""The rows of `components.ci_actions` for the pipelines: state machines, MWAA, Spark, and the
image, whose repository the foundation made and CI fills.
"""

from components.ci_kind import Kind, arns

PIPELINES = (
    Kind(
        service="states",
        resources=arns("states", "stateMachine:{name}-*"),
        read="DescribeStateMachine ListStateMachineVersions ListTagsForResource",
        write="CreateStateMachine UpdateStateMachine DeleteStateMachine "
        "ValidateStateMachineDefinition TagResource UntagResource",
    ),
    Kind(
        service="airflow",
        resources=arns("airflow", "environment/{name}-*"),
        read="GetEnvironment ListTagsForResource",
        write="CreateEnvironment UpdateEnvironment DeleteEnvironment TagResource UntagResource",
    ),
    # An application is known by an id that AWS draws.
    Kind(
        service="emr-serverless",
        resources=arns("emr-serverless", "/applications/*"),
        read="GetApplication ListTagsForResource",
        write="UpdateApplication DeleteApplication StartApplication StopApplication TagResource "
        "UntagResource",
    ),
    Kind(service="emr-serverless", write="CreateApplication"),
    Kind(
        service="logs",
        read="DescribeResourcePolicies",
        write="PutResourcePolicy DeleteResourcePolicy",
    ),
    Kind(
        service="ecr",
        resources=arns("ecr", "repository/{name}-*"),
        write="BatchCheckLayerAvailability BatchGetImage CompleteLayerUpload DescribeImages "
        "GetDownloadUrlForLayer InitiateLayerUpload PutImage UploadLayerPart",
    ),
    Kind(service="ecr", write="GetAuthorizationToken"),
)
