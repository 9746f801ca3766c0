"""Who may do what in QuickSight (readers look, authors build on it), and what QuickSight may do in
Athena.

QuickSight does not take any list of actions: each thing has a viewer's set and an owner's, those
that its console grants.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.catalog import Catalog
from components.encryption import use_key
from components.iam import Statement
from components.lakehouse import Lakehouse, Zone
from components.naming import Site

_LOOK = ("DescribeDashboard", "ListDashboardVersions", "QueryDashboard")
ACTIONS = {
    "dashboard": {
        "readers": _LOOK,
        "authors": (
            *_LOOK,
            "UpdateDashboard",
            "DeleteDashboard",
            "UpdateDashboardPermissions",
            "DescribeDashboardPermissions",
            "UpdateDashboardPublishedVersion",
        ),
    },
    "analysis": {
        "authors": (
            "DescribeAnalysis",
            "QueryAnalysis",
            "UpdateAnalysis",
            "DeleteAnalysis",
            "RestoreAnalysis",
            "DescribeAnalysisPermissions",
            "UpdateAnalysisPermissions",
        ),
    },
    "data_set": {
        "authors": (
            "DescribeDataSet",
            "DescribeDataSetPermissions",
            "PassDataSet",
            "DescribeIngestion",
            "ListIngestions",
        ),
    },
    "data_source": {
        "authors": ("DescribeDataSource", "DescribeDataSourcePermissions", "PassDataSource"),
    },
}
"""Of data sets and the source authors are viewers: they use them, and the program owns them."""


@dataclass(frozen=True, kw_only=True)
class Permission:
    principal: str
    actions: Sequence[str]


def permissions(
    thing: str, *, authors: Sequence[str], readers: Sequence[str] = ()
) -> list[Permission]:
    """Of a dashboard, analysis, data set or data source; who is both, is an author."""
    granted = {"authors": authors, "readers": [one for one in readers if one not in authors]}
    return [
        Permission(principal=principal, actions=[f"quicksight:{action}" for action in actions])
        for who, actions in ACTIONS[thing].items()
        for principal in granted[who]
    ]


def asking(
    site: Site,
    *,
    lake: Lakehouse,
    catalog: Catalog,
    workgroup: pulumi.Input[str],
    results_bucket: pulumi.Input[str],
    key_arn: pulumi.Input[str],
) -> list[Statement]:
    """Grant: ask gold through the workgroup, as QuickSight does.

    Three actions have no permission for a single resource (Service Authorization Reference,
    Amazon Athena); QuickSight calls them to find the workgroup.
    """
    athena = f"arn:aws:athena:{site.region}:{site.account_id}"
    results = pulumi.Output.concat("arn:aws:s3:::", results_bucket)
    return [
        Statement(
            sid="AccountWide",
            actions=[
                "athena:ListDataCatalogs",
                "athena:ListEngineVersions",
                "athena:ListWorkGroups",
            ],
            resources=["*"],
        ),
        Statement(
            sid="AskInWorkgroup",
            actions=[
                "athena:BatchGetQueryExecution",
                "athena:GetQueryExecution",
                "athena:GetQueryResults",
                "athena:GetQueryResultsStream",
                "athena:GetWorkGroup",
                "athena:ListQueryExecutions",
                "athena:StartQueryExecution",
                "athena:StopQueryExecution",
            ],
            resources=[pulumi.Output.concat(f"{athena}:workgroup/", workgroup)],
        ),
        Statement(
            sid="ReadNames",
            actions=[
                "athena:GetDataCatalog",
                "athena:GetDatabase",
                "athena:GetTableMetadata",
                "athena:ListDatabases",
                "athena:ListTableMetadata",
            ],
            resources=[f"{athena}:datacatalog/AwsDataCatalog"],
        ),
        catalog.read(Zone.GOLD),
        *lake.read(Zone.GOLD),
        Statement(
            sid="KeepResults",
            actions=[
                "s3:GetObject",
                "s3:PutObject",
                "s3:AbortMultipartUpload",
                "s3:ListMultipartUploadParts",
            ],
            resources=[pulumi.Output.concat(results, "/*")],
        ),
        Statement(
            sid="FindResults",
            actions=["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"],
            resources=[results],
        ),
        use_key(key_arn, write=True),
    ]
