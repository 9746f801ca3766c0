"""A dashboard and its analysis as a template of CloudFormation.

The AWS provider of Pulumi has both resources without their `definition` (pulumi-aws issue 2852), so
that they could only copy what somebody drew by hand. CloudFormation takes the definition as it is.
"""

import json
from collections.abc import Sequence

from components.quicksight.access import Permission, permissions
from components.quicksight.visuals import Json

# Bytes of a template in a call (AWS CloudFormation quotas).
LONGEST_TEMPLATE = 51_200


def template(
    *,
    account_id: str,
    id_: str,
    title: str,
    definition: Json,
    authors: Sequence[str],
    readers: Sequence[str],
) -> str:
    """JSON text. Raises ValueError when CloudFormation would refuse it for its size."""
    common: Json = {"AwsAccountId": account_id, "Name": title, "Definition": definition}
    document: Json = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": title,
        "Resources": {
            "Analysis": {
                "Type": "AWS::QuickSight::Analysis",
                "Properties": {
                    **common,
                    "AnalysisId": id_,
                    "Permissions": _granted(permissions("analysis", authors=authors)),
                },
            },
            "Dashboard": {
                "Type": "AWS::QuickSight::Dashboard",
                "Properties": {
                    **common,
                    "DashboardId": id_,
                    "Permissions": _granted(
                        permissions("dashboard", authors=authors, readers=readers)
                    ),
                    "DashboardPublishOptions": {
                        "AdHocFilteringOption": {"AvailabilityStatus": "ENABLED"},
                        "ExportToCSVOption": {"AvailabilityStatus": "ENABLED"},
                    },
                },
            },
        },
        "Outputs": {"DashboardArn": {"Value": {"Fn::GetAtt": ["Dashboard", "Arn"]}}},
    }
    text = json.dumps(document, separators=(",", ":"))
    if len(text.encode()) > LONGEST_TEMPLATE:
        raise ValueError(
            f"the template of {id_} has {len(text.encode()):,} bytes, the limit is "
            f"{LONGEST_TEMPLATE:,}: name groups instead of users in dashboards.authors and readers"
        )
    return text


def _granted(found: Sequence[Permission]) -> list[Json]:
    return [{"Principal": one.principal, "Actions": list(one.actions)} for one in found]
