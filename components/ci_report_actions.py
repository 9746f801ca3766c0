"""The rows of `components.ci_actions` for the dashboards: QuickSight, and CloudFormation, by which
their definitions get there with the caller's own rights.
"""

from components.ci_kind import Kind, arns

REPORTS = (
    Kind(
        service="quicksight",
        resources=arns(
            "quicksight",
            "datasource/{name}-*",
            "dataset/{name}-*",
            "analysis/{name}-*",
            "dashboard/{name}-*",
        ),
        read="DescribeDataSource DescribeDataSourcePermissions DescribeDataSet "
        "DescribeDataSetPermissions DescribeDataSetRefreshProperties DescribeRefreshSchedule "
        "ListRefreshSchedules DescribeAnalysis DescribeAnalysisDefinition "
        "DescribeAnalysisPermissions DescribeDashboard DescribeDashboardDefinition "
        "DescribeDashboardPermissions ListDashboardVersions ListTagsForResource",
        write="CreateDataSource UpdateDataSource DeleteDataSource PassDataSource "
        "UpdateDataSourcePermissions CreateDataSet UpdateDataSet DeleteDataSet PassDataSet "
        "UpdateDataSetPermissions CreateRefreshSchedule UpdateRefreshSchedule "
        "DeleteRefreshSchedule CreateAnalysis UpdateAnalysis DeleteAnalysis "
        "UpdateAnalysisPermissions CreateDashboard UpdateDashboard DeleteDashboard "
        "UpdateDashboardPermissions UpdateDashboardPublishedVersion TagResource UntagResource",
    ),
    Kind(
        service="cloudformation",
        resources=arns("cloudformation", "stack/{name}-*/*"),
        read="DescribeStacks DescribeStackEvents DescribeStackResources GetTemplate GetStackPolicy",
        write="CreateStack UpdateStack DeleteStack TagResource UntagResource",
    ),
)
