"""The rows of `components.ci_actions` for the warehouse: Redshift Serverless, and the Data API, by
which `python -m redshift` applies its versions.

Databricks has none: its API knows nothing of IAM, and its login is a secret of the platform's name
(`databricks.client_secret_name`), which the row of Secrets Manager covers.
"""

from components.ci_kind import Kind, arns

WAREHOUSE = (
    # Their ARNs end in ids that AWS draws.
    Kind(
        service="redshift-serverless",
        resources=arns("redshift-serverless", "namespace/*", "workgroup/*"),
        read="GetNamespace GetWorkgroup ListTagsForResource",
        write="CreateNamespace UpdateNamespace DeleteNamespace CreateWorkgroup UpdateWorkgroup "
        "DeleteWorkgroup TagResource UntagResource",
    ),
    Kind(
        service="redshift-serverless",
        read="GetUsageLimit",
        write="CreateUsageLimit UpdateUsageLimit DeleteUsageLimit",
    ),
    # What it looks up before it puts a workgroup into a VPC (Redshift management guide, "Granting
    # permissions to Amazon Redshift Serverless").
    Kind(service="ec2", write="DescribeAccountAttributes"),
    # The admin's password, which the service makes and keeps there under the deployer's rights.
    Kind(
        service="secretsmanager",
        resources=arns("secretsmanager", "secret:redshift!{name}-*"),
        read="DescribeSecret",
        write="CreateSecret RotateSecret UpdateSecret DeleteSecret GetSecretValue TagResource",
    ),
    Kind(
        service="redshift-data",
        resources=arns("redshift-serverless", "workgroup/*"),
        write="ExecuteStatement BatchExecuteStatement",
    ),
    # A statement can be asked for by whoever started it only.
    Kind(service="redshift-data", write="DescribeStatement GetStatementResult"),
)
