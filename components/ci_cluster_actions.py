"""The rows of `components.ci_actions` for the network, the cluster and the shop's database.

Network interfaces, gateways and the like are known by ids that AWS draws, so that a row names the
account and the region and no more.
"""

from components.ci_kind import Kind, arns

NETWORK = (
    Kind(
        service="ec2",
        resources=arns("ec2", "*"),
        read="DescribeVpcAttribute",
        write="CreateVpc DeleteVpc ModifyVpcAttribute CreateSubnet DeleteSubnet "
        "ModifySubnetAttribute CreateRouteTable DeleteRouteTable CreateRoute DeleteRoute "
        "ReplaceRoute AssociateRouteTable DisassociateRouteTable ReplaceRouteTableAssociation "
        "CreateInternetGateway DeleteInternetGateway AttachInternetGateway DetachInternetGateway "
        "CreateNatGateway DeleteNatGateway AllocateAddress ReleaseAddress AssociateAddress "
        "DisassociateAddress CreateVpcEndpoint ModifyVpcEndpoint DeleteVpcEndpoints "
        "CreateSecurityGroup DeleteSecurityGroup AuthorizeSecurityGroupIngress "
        "AuthorizeSecurityGroupEgress RevokeSecurityGroupIngress RevokeSecurityGroupEgress "
        "ModifySecurityGroupRules CreateFlowLogs DeleteFlowLogs CreateNetworkInterface "
        "DeleteNetworkInterface ModifyNetworkInterfaceAttribute AttachNetworkInterface "
        "DetachNetworkInterface CreateLaunchTemplate DeleteLaunchTemplate ModifyLaunchTemplate "
        "CreateLaunchTemplateVersion DeleteLaunchTemplateVersions RunInstances CreateTags "
        "DeleteTags",
    ),
    Kind(
        service="ec2",
        read="DescribeVpcs DescribeSubnets DescribeRouteTables DescribeInternetGateways "
        "DescribeNatGateways DescribeAddresses DescribeAddressesAttribute DescribeVpcEndpoints "
        "DescribeVpcEndpointServices DescribePrefixLists DescribeSecurityGroups "
        "DescribeSecurityGroupRules DescribeNetworkInterfaces DescribeNetworkAcls "
        "DescribeFlowLogs DescribeLaunchTemplates DescribeLaunchTemplateVersions DescribeImages "
        "DescribeInstanceTypes DescribeAvailabilityZones DescribeTags",
    ),
    Kind(
        service="autoscaling",
        resources=arns("autoscaling", "autoScalingGroup:*:autoScalingGroupName/{name}-*"),
        write="CreateAutoScalingGroup UpdateAutoScalingGroup DeleteAutoScalingGroup "
        "CreateOrUpdateTags DeleteTags StartInstanceRefresh PutScheduledUpdateGroupAction "
        "DeleteScheduledAction EnableMetricsCollection SetDesiredCapacity",
    ),
    Kind(
        service="autoscaling",
        read="DescribeAutoScalingGroups DescribeScheduledActions DescribeScalingActivities "
        "DescribeInstanceRefreshes DescribeTags",
    ),
)

CLUSTER = (
    Kind(
        service="eks",
        resources=arns(
            "eks",
            "cluster/{name}-*",
            "nodegroup/{name}-*",
            "addon/{name}-*",
            "access-entry/{name}-*",
            "podidentityassociation/{name}-*",
        ),
        read="DescribeCluster DescribeNodegroup DescribeAddon DescribeAccessEntry DescribeUpdate "
        "DescribePodIdentityAssociation ListAssociatedAccessPolicies ListTagsForResource",
        write="DeleteCluster UpdateClusterConfig UpdateClusterVersion "
        "CreateNodegroup DeleteNodegroup UpdateNodegroupConfig UpdateNodegroupVersion CreateAddon "
        "DeleteAddon UpdateAddon CreateAccessEntry UpdateAccessEntry DeleteAccessEntry "
        "AssociateAccessPolicy DisassociateAccessPolicy CreatePodIdentityAssociation "
        "UpdatePodIdentityAssociation DeletePodIdentityAssociation TagResource UntagResource",
    ),
    Kind(service="eks", read="DescribeAddonVersions", write="CreateCluster"),
    # A workspace is known by an id that AWS draws.
    Kind(
        service="aps",
        resources=arns("aps", "workspace/*", "rulegroupsnamespace/*", "scraper/*"),
        read="DescribeWorkspace DescribeWorkspaceConfiguration DescribeAlertManagerDefinition "
        "DescribeRuleGroupsNamespace DescribeScraper DescribeLoggingConfiguration "
        "ListTagsForResource",
        write="UpdateWorkspaceAlias UpdateWorkspaceConfiguration DeleteWorkspace "
        "CreateAlertManagerDefinition PutAlertManagerDefinition DeleteAlertManagerDefinition "
        "CreateRuleGroupsNamespace PutRuleGroupsNamespace DeleteRuleGroupsNamespace "
        "CreateScraper UpdateScraper DeleteScraper TagResource UntagResource",
    ),
    Kind(service="aps", write="CreateWorkspace"),
    # The roles that these services take for themselves, once in an account.
    Kind(
        service="iam",
        resources=arns("iam", "role/aws-service-role/*", place=":{account}"),
        read="GetRole",
        write="CreateServiceLinkedRole",
    ),
)

DATABASE = (
    Kind(
        service="rds",
        resources=arns("rds", "db:{name}-*", "pg:{name}-*", "subgrp:{name}-*", "snapshot:{name}-*"),
        read="DescribeDBInstances DescribeDBParameterGroups DescribeDBParameters "
        "DescribeDBSubnetGroups ListTagsForResource",
        write="CreateDBInstance ModifyDBInstance DeleteDBInstance RebootDBInstance "
        "CreateDBParameterGroup ModifyDBParameterGroup ResetDBParameterGroup "
        "DeleteDBParameterGroup CreateDBSubnetGroup ModifyDBSubnetGroup DeleteDBSubnetGroup "
        "CreateDBSnapshot AddTagsToResource RemoveTagsFromResource",
    ),
    Kind(
        service="secretsmanager",
        resources=arns("secretsmanager", "secret:{name}-*"),
        read="DescribeSecret GetResourcePolicy",
        # Its own versions are read back: an update compares with them.
        write="CreateSecret UpdateSecret DeleteSecret PutSecretValue GetSecretValue "
        "UpdateSecretVersionStage PutResourcePolicy DeleteResourcePolicy RotateSecret "
        "TagResource UntagResource",
    ),
)
